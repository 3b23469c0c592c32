//! Puts the tags of a plan on.
//!
//! A message's taggings pass through stages, each of which shares its requests with all other messages of the same
//! account and Region. For EC2's resources (`by_id`), `launch` looks up the instances that an omitted response would
//! name, `parent` who owns a service's launch, `observe` what EC2 shows of the resources that the event names, and
//! `related` what belongs to them. `tag_sets` then asks [`autotag_core::ownership::rule`] for each resource which tags
//! may be put on, and reserves the resource in `ownership_cache` while CreateTags puts them on. Resources of other
//! services (`by_arn`) are tagged through the Resource Groups Tagging API. `batcher` combines what many messages ask
//! for into few requests, `limiter` says how fast they may go, and `classify` what an error means.

mod arns;
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
mod observe;
mod ownership_cache;
mod parent;
pub mod probe;
mod probe_one;
mod rates;
mod recorded_call;
mod related;
mod services;
mod tag_sets;
mod tagged;
mod tagging_api;

use std::collections::BTreeSet;
use std::time::Duration;

use autotag_core::event::Event;
use autotag_core::ownership::rule::{TagPolicy, Withheld};
use autotag_core::ownership::{Claim, Verdict};
use autotag_core::resource::Resource;
use autotag_core::tagging::{Related, Tagging};
use bulkheads::Bulkheads;
use by_id::Ec2Tagging;
pub use classify::{AwsError, AwsErrorKind};
pub use credentials::{Credentials, RoleInAccounts};
pub use error::{TagError, TagErrorKind};
use ownership_cache::OwnershipCache;
pub use rates::{Rate, Rates};
use recorded_call::RecordedCall;
use services::Services;
pub use tagged::{Tagged, TaggedResources};
pub use tagging_api::failure_of_resource;

use crate::metrics::ServiceMetrics;

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
        let call = RecordedCall::of(event, record.as_ref(), &self.policy, self.fresh, &self.cache);
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
