//! The API call that an event records, as far as tagging asks about it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use autotag_core::event::{Event, Part, Record};
use autotag_core::ownership::rule::{OwnershipRule, TagPolicy, Tags};
use autotag_core::ownership::{Claim, may_use_template};
use autotag_core::resource::ResourceId;

use super::ownership_cache::OwnershipCache;

/// For how long after the API call AWS, which is eventually consistent, may not show yet what the call created. Other
/// tools have seen it take minutes; what is not there later is gone.
pub(super) const GRACE: Duration = Duration::from_secs(10 * 60);

/// For how long after the API call an unclear error may be transient. What takes longest to make, as other tools have
/// seen, is a directory.
const UNCLEAR: Duration = Duration::from_secs(45 * 60);

/// For how long after a launch EC2 may yet show more instances than the minimum that it asked for.
const JUST_MADE: Duration = Duration::from_secs(60);

/// How far ahead of this machine's clock an event may be and still count as young.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// The API call that an event records.
pub(super) struct RecordedCall<'a> {
    pub(super) event: &'a Event,
    /// When it was made; none if the event does not say it in a form that can be read.
    pub(super) time: Option<SystemTime>,
    pub(super) request: Option<&'a Part<'a>>,
    pub(super) policy: &'a TagPolicy,
    /// Whether its proved claims replace what is there.
    pub(super) is_young: bool,
    /// Whether a service made it for itself.
    pub(super) is_by_service: bool,
    /// The caller's principal id, as IAM compares it; none if the caller is a service.
    pub(super) caller: Option<&'a str>,
    pub(super) cache: &'a OwnershipCache,
}

impl<'a> RecordedCall<'a> {
    /// The call of this event; `fresh` is the age up to which its proved claims replace what is there.
    pub(super) fn of(
        event: &'a Event,
        record: Option<&'a Record<'a>>,
        policy: &'a TagPolicy,
        fresh: Duration,
        cache: &'a OwnershipCache,
    ) -> Self {
        let time = record.map_or_else(|| event.time(), |record| event.time_in(record));
        let is_young = time.is_some_and(|time| match time.elapsed() {
            Ok(age) => age < fresh,
            Err(ahead) => ahead.duration() < CLOCK_SKEW,
        });
        Self {
            event,
            time,
            request: record.map(|record| &record.request_parameters),
            policy,
            is_young: is_young && event.replay_name.is_none(),
            is_by_service: event.is_by_service(),
            caller: record.and_then(|record| record.principal_id.as_deref()).filter(|_| !event.is_by_service()),
            cache,
        }
    }
}

impl RecordedCall<'_> {
    /// Whether what it created may still be unknown to AWS. A call at an unknown time was long ago.
    pub(super) fn is_recent(&self) -> bool {
        self.is_younger_than(GRACE)
    }

    /// Whether an error may still be transient, if nothing else says so. A call at an unknown time was long ago.
    pub(super) fn is_unclear(&self) -> bool {
        self.is_younger_than(UNCLEAR)
    }

    fn is_younger_than(&self, bound: Duration) -> bool {
        self.time.is_some_and(|time| time.elapsed().is_ok_and(|age| age < bound) || time > SystemTime::now())
    }

    /// Whether what it created is gone for sure if AWS does not show it. For a call at an unknown time this cannot be
    /// told.
    pub(super) fn is_over(&self) -> bool {
        self.time.is_some() && !self.is_recent()
    }

    /// Whether the request parameters name a resource, which then was there before the call.
    pub(super) fn names(&self, id: &ResourceId) -> bool {
        let request = self.request.and_then(Part::json);
        request.is_some_and(|request| request.contains(&format!("\"{id}\"")))
    }

    /// Whether a launch template may have brought something along.
    pub(super) fn may_use_template(&self) -> bool {
        self.request.is_none_or(may_use_template)
    }

    /// Whether the request parameters are omitted, so that it is not known what they name.
    pub(super) fn hides_request(&self) -> bool {
        self.request.is_some_and(Part::is_omitted)
    }

    /// Whether what it created may have a tag with one of these keys that AWS does not show yet: the event has the key
    /// as a text, in the request parameters or in the response.
    pub(super) fn may_hide_tags(&self, keys: &[String]) -> bool {
        let says = |text: &String| self.event.detail().contains(&format!("\"{text}\""));
        self.is_recent() && keys.iter().any(says)
    }

    /// The keys whose present values matter.
    pub(super) fn keys_to_see(&self, tags: &Tags) -> Vec<String> {
        let kept = tags.keys().filter(|key| self.policy.keep_keys.contains(*key));
        kept.chain(&self.policy.access_keys).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Whether it was made within the last minute. A call at an unknown time was long ago.
    pub(super) fn is_just_made(&self) -> bool {
        self.is_younger_than(JUST_MADE)
    }

    /// The ownership rule for one claim. What this host has put on already does not replace what is there a second
    /// time, since that may be a hand-over.
    pub(super) fn rule(&self, claim: &Claim, tags: &Tags) -> OwnershipRule<'_> {
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
    pub(super) fn identity(&self, tags: &Tags) -> Tags {
        let access = tags.iter().filter(|(key, _)| self.policy.access_keys.contains(*key));
        access.map(|(key, value)| (key.clone(), value.clone())).collect::<BTreeMap<_, _>>()
    }
}
