//! What an API call can have created, as far as its record shows.

use autotag_api_calls::{ApiCall, ec2};
use serde_json::Value;

use super::Refusal;
use super::provenance::Provenance;
use crate::event::{Event, Part, Record};
use crate::ownership::{Judge, client_token_in, kind_of};
use crate::resource::{Arn, Resource, ResourceArn, ResourceId, partition_of};
use crate::tagging::Launch;

/// How the names of creating API calls begin: an ARN in the response of any other API call may be that of an old
/// resource. Not asked of EC2's: one that the host does not know is refused under any name, unless the operator names
/// it.
const CREATING: [&str; 16] = [
    "Allocate",
    "Associate",
    "Authorize",
    "Build",
    "Clone",
    "Copy",
    "Create",
    "Export",
    "Import",
    "Issue",
    "Provision",
    "Publish",
    "Purchase",
    "Register",
    "Request",
    "Restore",
];

/// What one record shows of what its API call created.
pub(super) struct Creation<'a> {
    pub(super) event: &'a Event,
    pub(super) record: &'a Record<'a>,
    pub(super) provenance: &'a Provenance<'a>,
    pub(super) judge: &'a Judge<'a>,
    pub(super) is_chosen: bool,
}

impl Creation<'_> {
    /// Proves that the API call returned the resource, and can have created it.
    pub(super) fn prove(&self, text: &str) -> Result<Resource, Refusal> {
        let resource = self.returned(text)?;
        let event_name = || self.record.event_name.to_string();
        let (is_ec2, is_named) = match &resource {
            // No verb suffices: the host knows EC2's creating API calls, and the operator may name more.
            Resource::Ec2(_) => (true, self.is_chosen),
            Resource::Other(_) => {
                (false, self.is_chosen || CREATING.iter().any(|verb| self.record.event_name.starts_with(verb)))
            }
        };
        if is_ec2 && (self.event.source != "aws.ec2" || self.record.event_source.as_deref() != Some(ec2::EVENT_SOURCE))
        {
            return Err(Refusal::NotOfEc2(text.into()));
        }
        match self.judge.call() {
            Some(call) if kind_of(call, &resource).is_none() => {
                Err(Refusal::NotCreated { resource: text.into(), event_name: event_name() })
            }
            None if !is_named => Err(Refusal::NotCreating { resource: text.into(), event_name: event_name() }),
            _ => Ok(resource),
        }
    }

    /// Proves that the API call returned the resource.
    fn returned(&self, text: &str) -> Result<Resource, Refusal> {
        let Some(arn) = Arn::parse(text) else {
            let id = ResourceId::parse(text).ok_or_else(|| Refusal::NotTaggable(text.into()))?;
            self.provenance.prove_id(text)?;
            return Ok(Resource::Ec2(id));
        };
        let event = self.event;
        let service = event.source.strip_prefix("aws.").unwrap_or_default();
        for (part, given, expected, may_be_empty) in [
            ("partition", arn.partition, partition_of(&event.region), false),
            ("service", arn.service, service, false),
            ("Region", arn.region, event.region.as_str(), true),
            ("account", arn.account, event.account.as_str(), true),
        ] {
            if given != expected && !(may_be_empty && given.is_empty()) {
                return Err(Refusal::ArnPart { arn: text.into(), part, expected: expected.into() });
            }
        }
        let not_taggable = || Refusal::NotTaggable(text.into());
        if arn.service != "ec2" {
            self.provenance.prove_arn(text, &arn, self.judge.call().is_some())?;
            return ResourceArn::parse(text).map(Resource::Other).ok_or_else(not_taggable);
        }
        let id = ResourceId::parse(arn.name()).ok_or_else(not_taggable)?;
        self.provenance.prove_id(arn.name())?;
        Ok(Resource::Ec2(id))
    }

    /// The launch whose response CloudTrail has omitted, so that its instances are to be looked up.
    pub(super) fn launch(&self) -> Result<Launch, Refusal> {
        if !self.judge.call().is_some_and(ApiCall::launches_by_client_token) {
            return Err(Refusal::NoLaunch("the call launches none"));
        }
        let Part::Omitted(omitted) = &self.record.response_elements else {
            return Err(Refusal::NoLaunch("CloudTrail has not omitted what the call answered"));
        };
        let request = self.record.request_parameters.json().unwrap_or_default();
        let client_token =
            client_token_in(request).ok_or(Refusal::NoLaunch("the request has no client token to look them up by"))?;
        let (min_count, max_count) = counts_in(request).unwrap_or((1, 1));
        Ok(Launch { client_token, min_count, max_count, omitted: omitted.clone() })
    }
}

/// How many instances a launch asks for: at least, and at most.
fn counts_in(request: &str) -> Option<(usize, usize)> {
    let request: Value = serde_json::from_str(request).ok()?;
    let items = request.get("instancesSet")?.get("items")?.as_array()?;
    let sum = |field: &str| {
        let counts = items.iter().map(|item| usize::try_from(item.get(field)?.as_u64()?).ok());
        counts.sum::<Option<usize>>()
    };
    Some((sum("minCount")?, sum("maxCount")?))
}
