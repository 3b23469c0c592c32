//! Whether an API call created the resources that it returned, and for its caller.
//!
//! "The API call returned it" is not "the API call created it": an idempotent API call that is repeated returns what is
//! there already, an event is replayed years later, a name is reused. So each resource that is to be tagged has a
//! [`Claim`], with a verdict:
//!
//! - **Proved:** the record shows its creation time, from 2 s before the API call to 60 s after it. Or it cannot have
//!   existed before, since without a client token the API call creates another one or fails. The tags are written over
//!   what is there, while the event is young and its id or name cannot be another resource's by now.
//! - **Open:** the record shows neither, or something is omitted. The tags are written only where no identity is set
//!   and nothing that AWS shows contradicts it.
//! - **Disproved:** the record shows an earlier creation time, or a state that no new resource has. Nothing is written.
//!
//! [`autotag_api_calls`] says for each API call what its record can show, `response` reads it, and [`Judge`] reaches
//! the verdict. What AWS shows of the resource when the tags are put on then has the last word: [`rule`].

mod kind;
mod response;
pub mod rule;
mod verdict;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use autotag_api_calls::{ApiCall, Evidence, Naming, Repeat, ResourceKind, find};
pub use kind::kind_of;
pub(crate) use response::client_token_in;
pub use response::may_use_template;
use response::{LAUNCH_TIME, Response};
pub use verdict::{Claim, Contradiction, Doubt, Proof, Verdict};

use crate::event::{Event, Record, time};
use crate::resource::Resource;

/// How much earlier than its API call a resource may have been created: records have whole seconds.
pub const MAX_CREATED_BEFORE: Duration = Duration::from_secs(2);
/// How much earlier, where that alone does not show that the API call was a repeated one: a long one may be recorded
/// with the time of its end, and of some times no recording shows how exact they are.
pub const LONG_CALL_TOLERANCE: Duration = Duration::from_secs(60);
/// How much earlier EC2 may show a launch that took long and is recorded with the time of its end.
pub const LONG_LAUNCH_TOLERANCE: Duration = Duration::from_secs(10);
/// How much later than its API call a resource may have been created.
pub const MAX_CREATED_AFTER: Duration = Duration::from_secs(60);

/// Judges what an API call created, from its record.
///
/// ```
/// use autotag_core::event::decode;
/// use autotag_core::ownership::Judge;
/// use autotag_core::resource::{Resource, ResourceId};
///
/// let event = decode(
///     br#"{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVolume", "eventTime": "2026-11-20T10:00:00Z",
///         "requestParameters": {"clientToken": "t"},
///         "responseElements": {"volumeId": "vol-1", "createTime": 1795168800000}}"#,
/// )
/// .remove(0)?;
/// let record = event.record()?;
/// let volume = ResourceId::parse("vol-1").map(Resource::Ec2).ok_or("no id")?;
/// // It was created at 10:00:00, too.
/// assert_eq!(Judge::of(&event, &record).claim(volume).verdict.name(), "proved");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Judge<'a> {
    call: Option<&'static ApiCall>,
    called: Option<SystemTime>,
    region: &'a str,
    answer: Response<'a>,
    /// The instances that the API call launched, each with its verdict.
    launched: OnceCell<BTreeMap<String, Verdict>>,
}

impl<'a> Judge<'a> {
    /// A judge of what the API call in `event` created; `record` must be the event's own.
    #[must_use]
    pub fn of(event: &'a Event, record: &'a Record<'a>) -> Self {
        let call = record.event_source.as_deref().and_then(|source| find(source, &record.event_name));
        Self {
            call,
            called: event.time_in(record),
            region: &event.region,
            answer: Response::of(record, call),
            launched: OnceCell::new(),
        }
    }

    /// The API call's row in [`autotag_api_calls`], if there is one.
    #[must_use]
    pub fn call(&self) -> Option<&'static ApiCall> {
        self.call
    }

    /// Judges one resource.
    ///
    /// ```
    /// use autotag_core::event::decode;
    /// use autotag_core::ownership::{Contradiction, Judge, Verdict};
    /// use autotag_core::resource::{Resource, ResourceId};
    ///
    /// // An hour after the volume was created, the same client token returns it again.
    /// let event = decode(
    ///     br#"{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVolume", "eventTime": "2026-11-20T11:00:00Z",
    ///         "requestParameters": {"clientToken": "t"},
    ///         "responseElements": {"volumeId": "vol-1", "createTime": 1795168800000}}"#,
    /// )
    /// .remove(0)?;
    /// let record = event.record()?;
    /// let volume = ResourceId::parse("vol-1").map(Resource::Ec2).ok_or("no id")?;
    /// let claim = Judge::of(&event, &record).claim(volume);
    /// assert!(matches!(claim.verdict, Verdict::Disproved(Contradiction::CreatedAt { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn claim(&self, resource: Resource) -> Claim {
        let kind = self.call.and_then(|call| kind_of(call, &resource));
        let name = kind.map_or_else(|| Self::name_of(&resource), |kind| kind.naming);
        let verdict = match kind {
            Some(kind) if !self.answer.names(kind, resource.as_str()) => Verdict::Disproved(Contradiction::Elsewhere),
            Some(kind) => self.verdict(kind, resource.as_str()),
            None => Verdict::Open(Doubt::UnknownCall),
        };
        let (is_reusable, unique_id) = match name {
            Naming::Unique => (false, None),
            Naming::Reusable { unique_id } => (true, unique_id.and_then(|field| self.answer.text_at_top(field))),
        };
        Claim { resource, verdict, is_reusable, unique_id }
    }

    /// The naming of a resource of an unknown API call.
    fn name_of(resource: &Resource) -> Naming {
        match resource {
            Resource::Ec2(_) => Naming::Unique,
            Resource::Other(_) => Naming::Reusable { unique_id: None },
        }
    }

    fn verdict(&self, kind: &ResourceKind, resource: &str) -> Verdict {
        match kind.evidence {
            Evidence::Time { time, is_recorded } => self.by_time(resource, time, is_recorded),
            Evidence::State { field, new } => {
                let states = self.answer.values(resource, field);
                let mut states = states.filter_map(|state| serde_json::from_str::<String>(state).ok());
                match states.find(|state| state != new) {
                    Some(state) => Verdict::Disproved(Contradiction::State { state, new }),
                    None => self.by_success(),
                }
            }
            Evidence::Launch => {
                self.launched().get(resource).cloned().unwrap_or(Verdict::Disproved(Contradiction::Elsewhere))
            }
            Evidence::WithLaunch => self.with_launch(),
            Evidence::InterfaceOfLaunch => self.interface_of_launch(resource),
            Evidence::Nothing => self.by_success(),
        }
    }

    fn by_time(&self, resource: &str, field: &'static str, is_recorded: bool) -> Verdict {
        match self.time_of(resource, field) {
            Ok(created) => self.by_creation(created, is_recorded),
            Err(doubt) => Verdict::Open(doubt),
        }
    }

    /// An instance that was started again shows the time of that as its launch. An earlier attachment reveals it.
    fn of_launch(&self, instance: &str) -> Verdict {
        match self.time_of(instance, LAUNCH_TIME) {
            Ok(Some(launched)) => {
                let attached = self.answer.first_attached(instance);
                self.by_creation(Some(attached.map_or(launched, |attached| attached.min(launched))), true)
            }
            Ok(None) => match self.by_creation(self.answer.first_attached(instance), true) {
                // A new volume or interface can be attached to an old instance.
                Verdict::Proved(_) => self.by_success(),
                verdict => verdict,
            },
            Err(doubt) => Verdict::Open(doubt),
        }
    }

    /// The one time beside the resource in the response, if there is any.
    fn time_of(&self, resource: &str, field: &'static str) -> Result<Option<SystemTime>, Doubt> {
        let mut times = self.answer.values(resource, field).filter_map(time::of_json);
        let first = times.next();
        if times.any(|time| Some(time) != first) { Err(Doubt::SeveralTimes) } else { Ok(first) }
    }

    fn by_creation(&self, created: Option<SystemTime>, is_recorded: bool) -> Verdict {
        let Some(created) = created else { return self.by_success() };
        let Some(called) = self.called else { return Verdict::Open(Doubt::NoTime) };
        if is_at(created, called) {
            return Verdict::Proved(Proof::CreatedAt(created));
        }
        // A record's time may be the end of a long API call. What cannot have existed before is new all the same.
        if created + LONG_CALL_TOLERANCE >= called
            && let proved @ Verdict::Proved(_) = self.by_success()
        {
            return proved;
        }
        if created < called && is_recorded {
            return Verdict::Disproved(Contradiction::CreatedAt { created, called });
        }
        Verdict::Open(Doubt::OtherTime(created))
    }

    /// What success alone shows.
    fn by_success(&self) -> Verdict {
        let is_idempotent = match self.call.map(|call| call.repeat) {
            Some(Repeat::CreatesOrFails) => false,
            Some(Repeat::ReturnsExistingIn(region)) => self.region == region,
            Some(Repeat::ReturnsExisting) | None => true,
        };
        if is_idempotent {
            Verdict::Open(Doubt::ReturnsExisting)
        } else if self.answer.is_request_omitted() {
            Verdict::Open(Doubt::RequestOmitted)
        } else if self.answer.may_have_client_token() {
            Verdict::Open(Doubt::ClientToken)
        } else {
            Verdict::Proved(Proof::Success)
        }
    }

    /// What comes with a launch is as new as its instances, at most.
    fn with_launch(&self) -> Verdict {
        let launched = self.launched();
        if launched.is_empty() {
            return self.by_success();
        }
        if launched.values().any(|verdict| matches!(verdict, Verdict::Disproved(_))) {
            return Verdict::Disproved(Contradiction::OfAnotherLaunch);
        }
        let open = launched.values().find(|verdict| matches!(verdict, Verdict::Open(_)));
        open.cloned().unwrap_or(Verdict::Proved(Proof::MadeWithInstance))
    }

    /// An interface, unlike the rest, can have existed before its instance.
    fn interface_of_launch(&self, interface: &str) -> Verdict {
        match self.with_launch() {
            Verdict::Proved(_) if self.answer.may_use_template() && !self.answer.ends_with_instance(interface) => {
                Verdict::Disproved(Contradiction::BroughtAlong)
            }
            verdict => verdict,
        }
    }

    fn launched(&self) -> &BTreeMap<String, Verdict> {
        let judged = |instance: &str| (instance.to_owned(), self.of_launch(instance));
        self.launched.get_or_init(|| self.answer.instances().map(judged).collect())
    }
}

/// Whether a creation time fits an API call: at most [`MAX_CREATED_BEFORE`] earlier, and at most [`MAX_CREATED_AFTER`]
/// later.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use autotag_core::ownership::is_at;
///
/// let called = SystemTime::now();
/// assert!(is_at(called - Duration::from_secs(2), called));
/// assert!(!is_at(called - Duration::from_secs(3), called));
/// assert!(is_at(called + Duration::from_secs(60), called));
/// ```
#[must_use]
pub fn is_at(created: SystemTime, called: SystemTime) -> bool {
    called <= created + MAX_CREATED_BEFORE && created <= called + MAX_CREATED_AFTER
}

#[cfg(test)]
mod tests;
