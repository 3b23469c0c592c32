//! The requests to the Resource Groups Tagging API: for resources of all services, by their ARNs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use autotag_core::resource::ResourceArn;
use autotag_core::text::sanitize;
use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::types::FailureInfo;

use super::batcher::{Answers, Api, Batcher, all_ok};
use super::classify::{AwsError, AwsErrorKind, kind_of};
use crate::metrics::ServiceMetrics;
use crate::tagger::rates::Rates;

/// The API's limit on the ARNs of one TagResources.
const TAGGED_AT_ONCE: usize = 20;
/// The API's limit on the ARNs of one GetResources.
const GOT_AT_ONCE: usize = 100;

/// The tagging API in one account and Region. All messages share its requests.
#[derive(Debug)]
pub(super) struct TaggingApi {
    pub(super) tag_resources: Batcher<TagResources>,
    pub(super) get_resources: Batcher<GetResources>,
}

impl TaggingApi {
    pub(super) fn start(client: &Client, rates: &Rates, metrics: &ServiceMetrics) -> Self {
        let (tag_resources, get_resources) = (TagResources(client.clone()), GetResources(client.clone()));
        Self {
            tag_resources: Batcher::start(tag_resources, rates.tag_resources, TAGGED_AT_ONCE, metrics.clone()),
            get_resources: Batcher::start(get_resources, rates.get_resources, GOT_AT_ONCE, metrics.clone()),
        }
    }
}

/// Puts the same tags on many resources, beside those that are there.
pub(super) struct TagResources(Client);

impl Api for TagResources {
    type Group = Arc<BTreeMap<String, String>>;
    type Item = ResourceArn;
    type Answer = ();

    const NAME: &'static str = "TagResources";
    // An ARN that it does not accept, or of a service that it does not know, fails the request for all others.
    const ONE_BAD_FAILS_ALL: bool = true;

    async fn send(&self, tags: &Self::Group, resources: &[ResourceArn]) -> Result<Answers<Self>, AwsError> {
        let tags = tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let answer = self
            .0
            .tag_resources()
            .set_resource_arn_list(Some(resources.iter().map(ToString::to_string).collect()))
            .set_tags(Some(tags))
            .send()
            .await
            .map_err(|error| AwsError::of(Self::NAME, error))?;
        let failed = answer.failed_resources_map.unwrap_or_default();
        let failed = failed.iter().filter_map(|(arn, info)| {
            let arn = ResourceArn::parse(arn)?;
            let failure = failure_of_resource(&arn, info);
            Some((arn, Err(failure)))
        });
        Ok(failed.collect())
    }
}

/// What is wrong with one resource. The code is the tagging API's, or that of the service whose resource it is.
#[must_use]
pub fn failure_of_resource(arn: &ResourceArn, info: &FailureInfo) -> AwsError {
    let code = info.error_code.as_ref().map_or("", |code| code.as_str());
    let status = u16::try_from(info.status_code).unwrap_or_default();
    let kind = match code {
        // The API says the first also of what does not exist, the second of resource types that it does not know, and
        // the third of a resource that has reached a limit. None of them says whether it is transient, or anything
        // about other resources.
        "InvalidParameterException" | "InternalServiceException" | "LimitExceededException" => AwsErrorKind::Unclear,
        _ if code.contains("NotFound") || status == 404 => AwsErrorKind::NotFound,
        // Other services say these also of what is still being made: "not supported for directories in this state".
        _ => match kind_of(code, status) {
            AwsErrorKind::BadResource | AwsErrorKind::BadRequest => AwsErrorKind::Unclear,
            kind => kind,
        },
    };
    let message = info.error_message.as_deref().unwrap_or_default();
    AwsError { kind, why: sanitize(&format!("{}: {arn}: {code} ({status}): {message}", TagResources::NAME)) }
}

/// The tags of each resource that has any. A resource that does not exist looks like one that never had a tag.
pub(super) struct GetResources(Client);

impl Api for GetResources {
    type Group = ();
    type Item = ResourceArn;
    /// None if the resource is not shown.
    type Answer = Option<Vec<(String, String)>>;

    const NAME: &'static str = "GetResources";
    const ONE_BAD_FAILS_ALL: bool = true;

    async fn send(&self, (): &(), resources: &[ResourceArn]) -> Result<Answers<Self>, AwsError> {
        let mut found: HashMap<ResourceArn, Self::Answer> = HashMap::new();
        let arns = resources.iter().map(ToString::to_string).collect();
        let mut pages = self.0.get_resources().set_resource_arn_list(Some(arns)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for resource in page.resource_tag_mapping_list() {
                let Some(arn) = resource.resource_arn().and_then(ResourceArn::parse) else { continue };
                let tags = resource.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
                found.entry(arn).or_default().get_or_insert_default().extend(tags);
            }
        }
        Ok(all_ok(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_one_resource_says_whether_it_can_get_better() {
        let arn = ResourceArn::parse("arn:aws:rds:eu-central-1:111122223333:db:orders").unwrap();
        for (code, status, kind) in [
            ("InternalServiceException", 500, AwsErrorKind::Unclear),
            ("InvalidParameterException", 400, AwsErrorKind::Unclear),
            ("LimitExceededException", 400, AwsErrorKind::Unclear),
            ("UnsupportedOperationException", 400, AwsErrorKind::Unclear),
            ("InvalidParameterValue", 400, AwsErrorKind::Unclear),
            ("RepositoryDoesNotExistException", 400, AwsErrorKind::NotFound),
            ("TagQuotaPerResourceExceeded", 400, AwsErrorKind::TagLimit),
            ("SomethingNew", 404, AwsErrorKind::NotFound),
            ("OperationAborted", 409, AwsErrorKind::Busy),
            ("ConflictException", 409, AwsErrorKind::Busy),
            ("DBInstanceNotFound", 404, AwsErrorKind::NotFound),
            ("DBClusterNotFoundFault", 404, AwsErrorKind::NotFound),
            ("NoSuchBucket", 404, AwsErrorKind::NotFound),
            ("InvalidDBClusterStateFault", 400, AwsErrorKind::Busy),
            ("AccessDeniedException", 403, AwsErrorKind::NotAllowed),
            ("ThrottlingException", 400, AwsErrorKind::Throttled),
            ("BadRequestException", 400, AwsErrorKind::Unclear),
            ("SomethingNew", 503, AwsErrorKind::Transient),
        ] {
            let info = FailureInfo::builder().status_code(status).error_code(code.into()).error_message("…").build();
            let failure = failure_of_resource(&arn, &info);
            assert_eq!(failure.kind, kind, "{code}");
            assert_eq!(failure.why, format!("TagResources: {arn}: {code} ({status}): …"));
        }
    }
}
