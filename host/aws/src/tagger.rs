//! Puts the tags of a plan on.
//!
//! A message's taggings pass through stages, each of which shares its requests with all other messages of the same
//! account and Region. For EC2's resources (`by_id`), `launch` looks up the instances that an omitted response would
//! name, `parent` who owns a service's launch, `observe` what EC2 shows of the resources that the event names, and
//! `related` what belongs to them. `tag_sets` then asks [`autotag_core::ownership::rule`] for each resource which tags
//! may be put on, and reserves the resource in `ownership_cache` while CreateTags puts them on. Resources of other services
//! (`by_arn`) are tagged through the Resource Groups Tagging API. `batcher` combines what many messages ask for into
//! few requests, `limiter` says how fast they may go, and `classify` what an error means.

mod arns;
#[cfg(feature = "full")]
mod auto_scaling;
mod batcher;
mod bulkheads;
mod by_arn;
mod by_id;
mod classify;
mod credentials;
mod ec2;
mod error;
mod launch;
mod limiter;
#[cfg(not(feature = "full"))]
mod not_built;
mod observe;
mod ownership_cache;
mod parent;
pub mod probe;
mod probe_one;
mod rates;
#[cfg(feature = "full")]
mod rds;
mod related;
#[cfg(feature = "full")]
mod s3;
mod services;
mod tag_sets;
mod tagged;
mod tagging_api;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use autotag_core::event::{Event, Part, Record};
use autotag_core::ownership::rule::{OwnershipRule, TagPolicy, Tags, Withheld};
use autotag_core::ownership::{Claim, Verdict, may_use_template};
use autotag_core::resource::{Resource, ResourceId};
use autotag_core::tagging::{Related, Tagging};
use bulkheads::Bulkheads;
use by_id::Ec2Tagging;
pub use classify::{AwsError, AwsErrorKind};
pub use credentials::{Credentials, RoleInAccounts};
pub use error::{TagError, TagErrorKind};
use ownership_cache::OwnershipCache;
pub use rates::{Rate, Rates};
use services::Services;
pub use tagged::Tagged;
pub use tagging_api::failure_of_resource;

use crate::metrics::ServiceMetrics;

/// For how long after the API call AWS, which is eventually consistent, may not show yet what the call created. Other
/// tools have seen it take minutes; what is not there later is gone.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// For how long after the API call an unclear error may be transient. What takes longest to make, as other tools have
/// seen, is a directory.
const UNCLEAR: Duration = Duration::from_secs(45 * 60);

/// For how long after a launch EC2 may yet show more instances than the minimum that it asked for.
const JUST_MADE: Duration = Duration::from_secs(60);

/// How far ahead of this machine's clock an event may be and still count as young.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// Puts tags on, in every account and Region.
#[derive(Debug)]
pub struct Tagger {
    bulkheads: Bulkheads,
    policy: TagPolicy,
    /// The age up to which an event's proved claims replace what is there.
    fresh: Duration,
    cache: OwnershipCache,
}

impl Tagger {
    /// A tagger that uses `credentials`, for at most `room` messages at once. The proved claims of events younger than
    /// `fresh` replace what is there.
    #[must_use]
    pub fn new(
        credentials: Credentials,
        rates: Rates,
        policy: TagPolicy,
        fresh: Duration,
        room: usize,
        metrics: ServiceMetrics,
    ) -> Self {
        Self {
            bulkheads: Bulkheads::new(credentials, rates, room, metrics),
            policy,
            fresh,
            cache: OwnershipCache::default(),
        }
    }

    /// Puts the tags of all taggings on, those of looked-up resources included, as far as ownership allows.
    ///
    /// It is idempotent: after a second time the same tags are there.
    pub async fn tag(&self, event: &Event, taggings: &[Tagging]) -> Tagged {
        let record = event.record().ok();
        let call = self.call(event, record.as_ref());
        let (account, region) = (event.account.as_str(), event.region.as_str());
        let Some(admission) = self.bulkheads.admit(account, region) else {
            let why = format!(
                "nearly all of max_in_flight waits for AWS, most of it for {account} in {region}: trying again later, so that \
                 other accounts and Regions are not kept waiting"
            );
            return Tagged::failed(TagError::new(TagErrorKind::Crowded, why));
        };
        let services = match self.bulkheads.services(&admission, account, region).await {
            Ok(services) => services,
            Err(failure) => return Tagged::failed(TagError::of(failure, None, &call)),
        };
        let mut all = Tagged::nothing();
        for tagging in taggings {
            for (resource, contradiction) in tagging.disproved() {
                all.withhold(resource, Withheld::Disproved(contradiction.clone()));
            }
        }
        let mut asked = Vec::with_capacity(taggings.len());
        for tagging in taggings.iter().filter(|tagging| tagging.is_for_something()) {
            match asked_by(services, &call, tagging, &mut all).await {
                Ok(one) => asked.push(one),
                Err(error) => all.problem(error),
            }
        }
        for Asked { ec2, arns } in merge_same_resources(asked) {
            let tags = ec2.tags.clone();
            if !ec2.claims.is_empty() {
                all.add(by_id::tag(services, &call, ec2).await);
            }
            if !arns.is_empty() {
                all.add(by_arn::tag(services, &call, &tags, arns).await);
            }
        }
        if all.problem.as_ref().is_err_and(TagError::is_about_credentials) {
            self.bulkheads.renew(&admission, account, region);
        }
        all
    }

    fn call<'a>(&'a self, event: &'a Event, record: Option<&'a Record<'a>>) -> RecordedCall<'a> {
        let time = record.map_or_else(|| event.called_at(), |record| event.called_at_in(record));
        let is_young = time.is_some_and(|time| match time.elapsed() {
            Ok(age) => age < self.fresh,
            Err(ahead) => ahead.duration() < CLOCK_SKEW,
        });
        RecordedCall {
            event,
            time,
            request: record.map(|record| &record.request_parameters),
            policy: &self.policy,
            is_young: is_young && event.replay_name.is_none(),
            is_by_service: event.is_by_service(),
            caller: record.and_then(|record| record.principal_id.as_deref()).filter(|_| !event.is_by_service()),
            cache: &self.cache,
        }
    }
}

/// What one tagging, or several of the same resources, ask for.
struct Asked {
    ec2: Ec2Tagging,
    arns: Vec<Claim>,
}

/// What a tagging asks for, of EC2 and of other services. It includes the instances of a launch whose response is
/// omitted, and has a parent's tags instead of a service's. A launch of which not all instances are shown yet is a
/// problem of `all`.
async fn asked_by(
    services: &Services,
    call: &RecordedCall<'_>,
    tagging: &Tagging,
    all: &mut Tagged,
) -> Result<Asked, TagError> {
    let claims = tagging.claims.iter().filter(|claim| !matches!(claim.verdict, Verdict::Disproved(_)));
    let (claims, arns) = claims.cloned().partition(|claim| matches!(claim.resource, Resource::Ec2(_)));
    let mut ec2 = Ec2Tagging { claims, related: tagging.related.clone(), tags: tagging.tags.clone() };
    if let Some(launch) = &tagging.launch {
        let (instances, problem) = launch::instances(services, call, launch).await;
        ec2.claims.extend(instances);
        match problem {
            Err(error) if error.kind == TagErrorKind::Gone && call.is_over() => all.gone.push(error.why),
            Err(error) => all.problem(error),
            Ok(()) => {}
        }
    }
    if tagging.related.contains(&Related::Parent) {
        ec2.tags = parent::tags(services, call, &ec2).await?;
    }
    Ok(Asked { ec2, arns })
}

/// Merges what taggings of the same resources ask for: a resource has an owner, a tag has none.
fn merge_same_resources(asked: Vec<Asked>) -> Vec<Asked> {
    let mut all: Vec<Asked> = Vec::with_capacity(asked.len());
    for one in asked {
        let is_same = |other: &&mut Asked| other.ec2.claims == one.ec2.claims && other.arns == one.arns;
        match all.iter_mut().find(is_same) {
            Some(same) => {
                let related: BTreeSet<_> = same.ec2.related.drain(..).chain(one.ec2.related).collect();
                same.ec2.related = related.into_iter().collect();
                same.ec2.tags.extend(one.ec2.tags);
            }
            None => all.push(one),
        }
    }
    all
}

/// The API call that an event records.
struct RecordedCall<'a> {
    event: &'a Event,
    /// When it was made; none if the event does not say it in a form that can be read.
    time: Option<SystemTime>,
    request: Option<&'a Part<'a>>,
    policy: &'a TagPolicy,
    /// Whether its proved claims replace what is there.
    is_young: bool,
    /// Whether a service made it for itself.
    is_by_service: bool,
    /// The caller's principal id, as IAM compares it; none if the caller is a service.
    caller: Option<&'a str>,
    cache: &'a OwnershipCache,
}

impl RecordedCall<'_> {
    /// Whether what it created may still be unknown to AWS. A call at an unknown time was long ago.
    fn is_recent(&self) -> bool {
        self.is_younger_than(GRACE)
    }

    /// Whether an error may still be transient, if nothing else says so. A call at an unknown time was long ago.
    fn is_unclear(&self) -> bool {
        self.is_younger_than(UNCLEAR)
    }

    fn is_younger_than(&self, bound: Duration) -> bool {
        self.time.is_some_and(|time| time.elapsed().is_ok_and(|age| age < bound) || time > SystemTime::now())
    }

    /// Whether what it created is gone for sure if AWS does not show it. For a call at an unknown time this cannot be
    /// told.
    fn is_over(&self) -> bool {
        self.time.is_some() && !self.is_recent()
    }

    /// Whether the request parameters name a resource, which then was there before the call.
    fn names(&self, id: &ResourceId) -> bool {
        let request = self.request.and_then(Part::json);
        request.is_some_and(|request| request.contains(&format!("\"{id}\"")))
    }

    /// Whether a launch template may have brought something along.
    fn may_use_template(&self) -> bool {
        self.request.is_none_or(may_use_template)
    }

    /// Whether the request parameters are omitted, so that it is not known what they name.
    fn hides_request(&self) -> bool {
        self.request.is_some_and(Part::is_omitted)
    }

    /// Whether what it created may have a tag with one of these keys that AWS does not show yet: the event has the key
    /// as a text, in the request parameters or in the response.
    fn may_hide_tags(&self, keys: &[String]) -> bool {
        let says = |text: &String| self.event.detail().contains(&format!("\"{text}\""));
        self.is_recent() && keys.iter().any(says)
    }

    /// The keys whose present values matter.
    fn keys_to_see(&self, tags: &Tags) -> Vec<String> {
        let kept = tags.keys().filter(|key| self.policy.keep_keys.contains(*key));
        kept.chain(&self.policy.access_keys).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether it was made within the last minute. A call at an unknown time was long ago.
    fn is_just_made(&self) -> bool {
        self.is_younger_than(JUST_MADE)
    }

    /// The ownership rule for one claim. What this host has put on already does not replace what is there a second
    /// time, since that may be a hand-over.
    fn rule(&self, claim: &Claim, tags: &Tags) -> OwnershipRule<'_> {
        let written = self.cache.written(self.event, claim.resource.as_str(), self.time);
        let is_on = written.is_some_and(|identity| identity == self.identity(tags));
        OwnershipRule {
            policy: self.policy,
            called: self.time,
            is_young: self.is_young && !is_on,
            is_by_service: self.is_by_service,
            caller: self.caller,
        }
    }

    /// Those of the tags whose keys decide access.
    fn identity(&self, tags: &Tags) -> Tags {
        let access = tags.iter().filter(|(key, _)| self.policy.access_keys.contains(*key));
        access.map(|(key, value)| (key.clone(), value.clone())).collect::<BTreeMap<_, _>>()
    }
}
