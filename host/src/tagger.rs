//! Puts the tags of a plan on.
//!
//! What a message asks goes through stations, each of which shares its calls with all other messages of the same account and Region. For
//! EC2's resources, `parent` looks up whose a service's launch is, `related` what belongs along, `existing` what must not be
//! overwritten, and then CreateTags puts the tags on. Other services' resources are tagged by their ARNs, in `arns`. `coalesce`
//! makes few calls of many requests, `limiter` says how fast, and `classify` what an error means.

mod arns;
mod auto_scaling;
mod classify;
mod clients;
mod coalesce;
mod ec2;
mod error;
mod existing;
mod limiter;
mod parent;
mod places;
mod related;
mod services;
mod tagging_api;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
pub use classify::Class;
pub use clients::Clients;
use ec2::Ec2;
pub use error::{Remedy, TagError};
use places::Places;
use services::Services;

use crate::config::Rates;
use crate::event::Event;
use crate::plan::{Related, Tagging};
use crate::resource::{Resource, ResourceArn, ResourceId};
use crate::telemetry::Meter;

/// For how long after the call EC2 may not know yet what the call created.
const GRACE: Duration = Duration::from_secs(5 * 60);

/// What becomes of tags that are there already.
#[derive(Debug, Clone)]
pub struct TagPolicy {
    /// The keys that decide access. What is looked up and already carries one of them with another value is somebody else's.
    pub access_keys: BTreeSet<String>,
    /// The keys whose present values stay; all others are overwritten.
    pub keep_keys: BTreeSet<String>,
}

/// Puts tags on, in every account and Region.
#[derive(Debug)]
pub struct Tagger {
    places: Places,
    policy: TagPolicy,
}

impl Tagger {
    /// A tagger with the credentials of `clients`, for at most `room` messages at once.
    #[must_use]
    pub fn new(clients: Clients, rates: Rates, policy: TagPolicy, room: usize, meter: Meter) -> Self {
        Self { places: Places::new(clients, rates, room, meter), policy }
    }

    /// Puts the tags of all taggings on, looked-up resources included. Answers how many resources have them now.
    ///
    /// Doing it again does no harm: the same tags are there afterwards.
    ///
    /// # Errors
    /// If a tag may be missing. Everything that could be tagged is tagged all the same.
    pub async fn tag(&self, event: &Event, taggings: &[Tagging]) -> Result<usize, TagError> {
        let call = Call::of(event);
        let (account, region) = (event.account.as_str(), event.region.as_str());
        let Some(stay) = self.places.enter(account, region) else {
            let why = format!(
                "nearly all of max_in_flight waits for AWS, most of it for {account} in {region}: trying again later, so that \
                 other accounts and Regions are not kept waiting"
            );
            return Err(TagError { remedy: Remedy::Retry, reason: "crowded", why });
        };
        let services = self.places.services(&stay, account, region).await;
        let services = services.map_err(|failure| TagError::of(failure, None, &call))?;
        let mut count = 0;
        let mut problem = Ok(());
        for tagging in taggings {
            let (ec2, arns) = by_service(tagging);
            let (tagged, result) = self.tag_ec2(services, &call, ec2).await;
            count += tagged;
            problem = TagError::graver(problem, result);
            let (tags, keep_keys) = (&tagging.tags, &self.policy.keep_keys);
            let (tagged, result) = arns::tag(&services.tagging_api, &call, tags, arns, keep_keys).await;
            count += tagged;
            problem = TagError::graver(problem, result);
        }
        if problem.as_ref().is_err_and(|error| error.reason == Class::Credentials.name()) {
            self.places.renew(&stay, account, region);
        }
        problem.map(|()| count)
    }

    async fn tag_ec2(
        &self,
        services: &Services,
        call: &Call<'_>,
        mut tagging: Ec2Tagging,
    ) -> (usize, Result<(), TagError>) {
        if tagging.related.contains(&Related::Parent) {
            match parent::tags(services, call, &tagging).await {
                Ok(tags) => tagging.tags = tags,
                Err(error) => return (0, Err(error)),
            }
        }
        let (ec2, tagging) = (&services.ec2, &tagging);
        let looked_up = related::look_up(ec2, call, tagging, &self.policy.access_keys).await;
        let mut problem = looked_up.problem;
        let mut resources: BTreeSet<&ResourceId> = tagging.resources.iter().chain(&looked_up.found).collect();
        looked_up.withheld.iter().for_each(|id| {
            resources.remove(id);
        });
        let resources: Vec<ResourceId> = resources.into_iter().cloned().collect();
        let (tag_sets, result) =
            existing::tag_sets_of_ec2(ec2, call, tagging, resources, looked_up.tags, &self.policy.keep_keys).await;
        problem = TagError::graver(problem, result);
        let mut count = 0;
        for (tags, resources) in tag_sets {
            let (tagged, result) = create_tags(ec2, call, tags, resources).await;
            count += tagged;
            problem = TagError::graver(problem, result);
        }
        (count, problem)
    }
}

async fn create_tags(
    ec2: &Ec2,
    call: &Call<'_>,
    tags: BTreeMap<String, String>,
    resources: Vec<ResourceId>,
) -> (usize, Result<(), TagError>) {
    let mut count = 0;
    let mut problem = Ok(());
    for (id, tagged) in ec2.create_tags.ask(Arc::new(tags), resources).await {
        match tagged {
            Ok(()) => count += 1,
            Err(failure) => problem = TagError::graver(problem, Err(TagError::of(failure, Some(id.as_str()), call))),
        }
    }
    (count, problem)
}

/// What a tagging asks of EC2.
struct Ec2Tagging {
    resources: Vec<ResourceId>,
    related: Vec<Related>,
    tags: BTreeMap<String, String>,
}

/// A tagging's part for EC2, and the resources of other services.
fn by_service(tagging: &Tagging) -> (Ec2Tagging, Vec<ResourceArn>) {
    let (mut ids, mut arns) = (Vec::new(), Vec::new());
    for resource in &tagging.resources {
        match resource {
            Resource::Ec2(id) => ids.push(id.clone()),
            Resource::Other(arn) => arns.push(arn.clone()),
        }
    }
    (Ec2Tagging { resources: ids, related: tagging.related.clone(), tags: tagging.tags.clone() }, arns)
}

/// The call that an event tells of.
struct Call<'a> {
    event: &'a Event,
    /// When it was made; none if the event does not say it in a form that can be read.
    time: Option<SystemTime>,
}

impl<'a> Call<'a> {
    fn of(event: &'a Event) -> Self {
        Self { event, time: time_of(event) }
    }

    /// Whether what it created may still be unknown to EC2. A call at an unknown time was long ago.
    fn is_recent(&self) -> bool {
        self.time.is_some_and(|time| time.elapsed().is_ok_and(|age| age < GRACE) || time > SystemTime::now())
    }

    /// Whether what it created may have one of these tags that AWS does not show yet: the event has a text of that name, in what was asked
    /// for or in what came of it.
    fn may_hide_tags<'k>(&self, mut keys: impl Iterator<Item = &'k String>) -> bool {
        self.is_recent() && keys.any(|key| self.event.detail().contains(&format!("\"{key}\"")))
    }
}

/// When the call of an event was made; none if the event does not say it in a form that can be read.
#[must_use]
pub fn time_of(event: &Event) -> Option<SystemTime> {
    let time = DateTime::from_str(&event.time, DateTimeFormat::DateTimeWithOffset).ok()?;
    SystemTime::try_from(time).ok()
}
