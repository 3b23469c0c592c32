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

#[cfg(test)]
pub(super) mod tests {
    use autotag_core::event::{decode_message, time};
    use autotag_core::ownership::{Proof, Verdict};
    use autotag_core::resource::Resource;

    use super::super::ownership_cache::Standing;
    use super::*;

    const FRESH: Duration = Duration::from_secs(3600);
    pub(in crate::tagger) const USER: &str = r#""userIdentity": {"type": "IAMUser", "principalId": "AIDABOB"}"#;

    /// An event of an API call that was made so many seconds ago, with these further fields of its record.
    pub(in crate::tagger) fn event(age: Option<i64>, more: &str) -> Event {
        let called = age.map_or("some day".to_owned(), |age| {
            let (now, distance) = (SystemTime::now(), Duration::from_secs(age.unsigned_abs()));
            time::format(if age < 0 { now + distance } else { now - distance })
        });
        decode_message(&format!(
            r#"{{"detail-type": "AWS API Call via CloudTrail", "id": "1", "source": "aws.ec2", "account": "1",
                "region": "r", "time": "", "detail": {{"eventName": "RunInstances", "eventTime": "{called}", {more}}}}}"#
        ))
        .unwrap()
    }

    fn policy() -> TagPolicy {
        TagPolicy { access_keys: ["PrincipalId".into()].into(), keep_keys: ["Owner".into()].into() }
    }

    /// What `ask` says of the event's API call.
    pub(in crate::tagger) fn of<T>(event: &Event, ask: impl FnOnce(&RecordedCall<'_>) -> T) -> T {
        let (policy, cache, record) = (policy(), OwnershipCache::default(), event.record().unwrap());
        ask(&RecordedCall::of(event, Some(&record), &policy, FRESH, &cache))
    }

    fn tags(tags: &[(&str, &str)]) -> Tags {
        tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn how_old_an_api_call_is_decides_how_much_is_waited_for() {
        for (age, is_just_made, is_recent, is_unclear, is_over) in [
            (Some(-120), true, true, true, false),
            (Some(30), true, true, true, false),
            (Some(70), false, true, true, false),
            (Some(590), false, true, true, false),
            (Some(610), false, false, true, true),
            (Some(44 * 60), false, false, true, true),
            (Some(46 * 60), false, false, false, true),
            (None, false, false, false, false),
        ] {
            let said = of(&event(age, USER), |call| {
                (call.is_just_made(), call.is_recent(), call.is_unclear(), call.is_over())
            });
            assert_eq!(said, (is_just_made, is_recent, is_unclear, is_over), "{age:?}");
        }
    }

    #[test]
    fn an_event_is_young_for_the_time_that_is_set_unless_it_is_a_replay_or_far_ahead() {
        let is_young = |event: &Event| of(event, |call| call.is_young);
        for (age, expected) in
            [(Some(3590), true), (Some(3610), false), (Some(-240), true), (Some(-360), false), (None, false)]
        {
            assert_eq!(is_young(&event(age, USER)), expected, "{age:?}");
        }
        let mut replay = event(Some(1), USER);
        replay.replay_name = Some("again".into());
        assert!(!is_young(&replay));
    }

    #[test]
    fn the_caller_is_a_principal_and_no_service() {
        let service =
            r#""userIdentity": {"type": "AWSService", "principalId": "X", "invokedBy": "spot.amazonaws.com"}"#;
        for (identity, expected) in [(USER, (Some("AIDABOB"), false)), (service, (None, true))] {
            let event = event(Some(1), identity);
            of(&event, |call| assert_eq!((call.caller, call.is_by_service), expected));
        }
    }

    #[test]
    fn what_a_request_says_is_seen_and_what_is_omitted_may_be_anything() {
        let volume = ResourceId::parse("vol-0123456789abcdef0").unwrap();
        let said = |request: &str| {
            let event = event(Some(1), &format!(r#""requestParameters": {request}"#));
            of(&event, |call| (call.names(&volume), call.may_use_template(), call.hides_request()))
        };
        assert_eq!(said(r#"{"volumeId": "vol-0123456789abcdef0"}"#), (true, false, false));
        assert_eq!(said(r#"{"launchTemplate": {"launchTemplateName": "web"}}"#), (false, true, false));
        assert_eq!(said(r#"{"omitted": true}"#), (false, true, true));
        assert_eq!(said("null"), (false, false, false));
    }

    #[test]
    fn tags_of_the_request_may_be_hidden_for_as_long_as_the_call_is_recent() {
        let request = r#""requestParameters": {"tagSpecificationSet": {"items": [{"tags": [{"key": "Owner"}]}]}}"#;
        let may_hide = |age, key: &str| of(&event(Some(age), request), |call| call.may_hide_tags(&[key.to_owned()]));
        assert_eq!((may_hide(1, "Owner"), may_hide(1, "Team"), may_hide(700, "Owner")), (true, false, false));
    }

    #[test]
    fn the_keys_that_matter_are_those_that_stay_and_those_that_decide_access() {
        let event = event(Some(1), USER);
        let keys = |tags: &Tags| of(&event, |call| call.keys_to_see(tags));
        let all = tags(&[("Owner", "bob"), ("PrincipalId", "AIDABOB"), ("Team", "red")]);
        assert_eq!(keys(&all), ["Owner", "PrincipalId"]);
        assert_eq!(keys(&tags(&[("Team", "red")])), ["PrincipalId"]);
        assert_eq!(of(&event, |call| call.identity(&all)), tags(&[("PrincipalId", "AIDABOB")]));
    }

    #[test]
    fn what_this_host_has_put_on_does_not_replace_what_is_there_a_second_time() {
        let event = event(Some(1), USER);
        let resource = ResourceId::parse("vol-0123456789abcdef0").map(Resource::Ec2).unwrap();
        let claim = Claim { resource, verdict: Verdict::Proved(Proof::Success), is_reusable: false, unique_id: None };
        let (bobs, eves) = (tags(&[("PrincipalId", "AIDABOB")]), tags(&[("PrincipalId", "AIDAEVE")]));
        of(&event, |call| {
            assert!(call.rule(&claim, &bobs).is_young);
            let id = claim.resource.as_str();
            call.cache.reserve(&event, id, bobs.clone(), call.time, Standing::Named).unwrap().written();
            assert!(!call.rule(&claim, &bobs).is_young);
            assert!(call.rule(&claim, &eves).is_young);
        });
    }
}
