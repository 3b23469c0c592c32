//! Puts the tags of a plan on.
//!
//! What a message asks goes through stations, each of which shares its calls with all other messages of the same account and Region. For
//! EC2's resources (`by_id`), `parent` looks up whose a service's launch is, `related` what belongs along, `existing` what must not
//! be overwritten, and then CreateTags puts the tags on. Those of other services (`by_arn`) are tagged through the tagging API.
//! `coalesce` makes few calls of many requests, `limiter` says how fast, and `classify` what an error means.

mod auto_scaling;
mod by_arn;
mod by_id;
mod classify;
mod coalesce;
mod credentials;
mod ec2;
mod error;
mod existing;
mod limiter;
mod parent;
mod places;
mod related;
mod services;
mod tagged;
mod tagging_api;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use by_id::Ec2Tagging;
pub use classify::Class;
pub(crate) use classify::Failure;
pub use credentials::Credentials;
pub use error::{Remedy, TagError};
use places::Places;
use tagged::Tagged;
pub(crate) use tagging_api::failure_of_resource;

use crate::config::Rates;
use crate::event::Event;
use crate::plan::Tagging;
use crate::resource::{Resource, ResourceArn};
use crate::telemetry::Meter;

/// For how long after the call AWS may not know yet what the call created.
const GRACE: Duration = Duration::from_secs(5 * 60);

/// What becomes of tags that are there already.
#[derive(Debug, Clone)]
pub struct TagPolicy {
    /// The keys that decide access.
    pub access_keys: BTreeSet<String>,
    /// The keys whose present values stay; all others are overwritten.
    pub keep_keys: BTreeSet<String>,
}

impl TagPolicy {
    /// The key among those present that decides access and says somebody else than `tags` do.
    fn another_identity<'a>(
        &self,
        tags: &BTreeMap<String, String>,
        present: &'a [(String, String)],
    ) -> Option<&'a (String, String)> {
        present.iter().find(|(key, value)| self.access_keys.contains(key) && tags.get(key) != Some(value))
    }
}

/// Puts tags on, in every account and Region.
#[derive(Debug)]
pub struct Tagger {
    places: Places,
    policy: TagPolicy,
}

impl Tagger {
    /// A tagger with the credentials of `credentials`, for at most `room` messages at once.
    #[must_use]
    pub fn new(credentials: Credentials, rates: Rates, policy: TagPolicy, room: usize, meter: Meter) -> Self {
        Self { places: Places::new(credentials, rates, room, meter), policy }
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
        let mut all = Tagged::nothing();
        for tagging in taggings {
            let (ec2, arns) = by_service(tagging);
            if !ec2.resources.is_empty() {
                all.add(by_id::tag(services, &call, ec2, &self.policy).await);
            }
            if !arns.is_empty() {
                all.add(by_arn::tag(&services.tagging_api, &call, &tagging.tags, arns, &self.policy).await);
            }
        }
        if all.problem.as_ref().is_err_and(|error| error.reason == Class::Credentials.name()) {
            self.places.renew(&stay, account, region);
        }
        all.problem.map(|()| all.count)
    }
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

    /// Whether what it created may still be unknown to AWS. A call at an unknown time was long ago.
    fn is_recent(&self) -> bool {
        self.time.is_some_and(|time| time.elapsed().is_ok_and(|age| age < GRACE) || time > SystemTime::now())
    }

    /// Whether the event has the text, as one of its own.
    fn says(&self, text: &str) -> bool {
        self.event.detail().contains(&format!("\"{text}\""))
    }

    /// Whether what it created may have one of these tags that AWS does not show yet: the event has a text of that name, in what was asked
    /// for or in what came of it.
    fn may_hide_tags(&self, keys: &[String]) -> bool {
        self.is_recent() && keys.iter().any(|key| self.says(key))
    }
}

/// When the call of an event was made; none if the event does not say it in a form that can be read.
#[must_use]
pub fn time_of(event: &Event) -> Option<SystemTime> {
    let time = DateTime::from_str(&event.time, DateTimeFormat::DateTimeWithOffset).ok()?;
    SystemTime::try_from(time).ok()
}
