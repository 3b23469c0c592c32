//! Why tags are not on, and what that means for the message.

use autotag_core::text::sanitize;

use super::classify::{AwsError, AwsErrorKind};
use super::recorded_call::RecordedCall;
use crate::disposition::{BEING_MADE, Disposition};

/// Why a tag may be missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct TagError {
    /// It decides what becomes of the message.
    pub kind: TagErrorKind,
    /// What happened, on which resource.
    pub why: String,
}

/// What kind of error keeps a tag from being on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagErrorKind {
    /// The host has no room for more messages that wait for this account and Region.
    Crowded,
    /// AWS does not show yet what the API call created.
    NotYet,
    /// AWS says that what the API call created is still being made.
    BeingMade,
    /// Of what the API call created, nothing is there any more.
    Gone,
    /// The API call is young, and it is not known whether the error is transient.
    Unclear,
    /// Another event's tags for the same resource are on their way.
    Contended,
    /// The event's time cannot be read, and a verdict depends on it.
    NoTime,
    /// The resource has as many tags as AWS allows.
    NoRoom,
    /// A request to AWS failed.
    Api(AwsErrorKind),
}

impl TagErrorKind {
    /// What becomes of the message.
    #[must_use]
    pub fn disposition(self) -> Disposition {
        match self {
            Self::Crowded => Disposition::Retry("crowded"),
            Self::NotYet => Disposition::Wait("not_yet"),
            Self::BeingMade => Disposition::Wait(BEING_MADE),
            Self::Unclear => Disposition::Wait(AwsErrorKind::Unclear.name()),
            Self::Contended => Disposition::Retry("contended"),
            Self::NoTime => Disposition::Failed("no_time"),
            Self::NoRoom => Disposition::Failed("no_room"),
            Self::Gone => Disposition::Failed(AwsErrorKind::NotFound.name()),
            Self::Api(AwsErrorKind::Busy) => Disposition::Wait(AwsErrorKind::Busy.name()),
            Self::Api(
                kind @ (AwsErrorKind::NotFound
                | AwsErrorKind::Unclear
                | AwsErrorKind::BadResource
                | AwsErrorKind::TagLimit
                | AwsErrorKind::BadRequest),
            ) => Disposition::Failed(kind.name()),
            Self::Api(
                kind @ (AwsErrorKind::Throttled
                | AwsErrorKind::Transient
                | AwsErrorKind::NotAllowed
                | AwsErrorKind::Credentials),
            ) => Disposition::Retry(kind.name()),
        }
    }
}

impl TagError {
    pub(super) fn new(kind: TagErrorKind, why: String) -> Self {
        Self { kind, why }
    }

    pub(super) fn gone(why: String) -> Self {
        Self::new(TagErrorKind::Gone, why)
    }

    pub(super) fn no_time(why: String) -> Self {
        Self::new(TagErrorKind::NoTime, why)
    }

    pub(super) fn not_yet(why: String) -> Self {
        Self::new(TagErrorKind::NotYet, why)
    }

    pub(super) fn being_made(why: String) -> Self {
        Self::new(TagErrorKind::BeingMade, why)
    }

    /// What the failure of a request about the resources of `call` means.
    pub(super) fn of(failure: AwsError, resource: Option<&str>, call: &RecordedCall<'_>) -> Self {
        let kind = match failure.kind {
            AwsErrorKind::NotFound if call.is_recent() => TagErrorKind::NotYet,
            AwsErrorKind::Unclear if call.is_unclear() => TagErrorKind::Unclear,
            AwsErrorKind::TagLimit => TagErrorKind::NoRoom,
            kind => TagErrorKind::Api(kind),
        };
        let AwsError { why, .. } = &failure;
        let why = match resource {
            // AWS does not always say which resource it means.
            Some(id) if !failure.names(id) => format!("{id}: {why}"),
            _ => why.clone(),
        };
        Self { kind, why }
    }

    /// Whether the host's credentials were refused.
    #[must_use]
    pub fn is_about_credentials(&self) -> bool {
        self.kind == TagErrorKind::Api(AwsErrorKind::Credentials)
    }

    /// Of two results, the one that decides what becomes of the message.
    pub(super) fn graver(one: Result<(), Self>, other: Result<(), Self>) -> Result<(), Self> {
        match (one, other) {
            // The text names each resource, whatever else went wrong.
            (Err(one), Err(other)) => {
                // Credentials that were refused are renewed, so they must not go unnoticed.
                let is_graver = other.is_about_credentials()
                    || (!one.is_about_credentials()
                        && one.kind.disposition().graver(other.kind.disposition()) != one.kind.disposition());
                let (graver, other) = if is_graver { (other, one) } else { (one, other) };
                let why =
                    if graver.why.contains(&other.why) { graver.why } else { format!("{}; {}", graver.why, other.why) };
                Err(Self { kind: graver.kind, why: sanitize(&why) })
            }
            (Err(error), Ok(())) | (Ok(()), Err(error)) => Err(error),
            (Ok(()), Ok(())) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded_call::tests::{USER, event, of};
    use super::*;

    /// Minutes after which a call is not recent any more, and after which nothing about it is unclear any more.
    const MINUTES: [i64; 3] = [1, 11, 46];

    fn failure(kind: AwsErrorKind) -> AwsError {
        AwsError { kind, why: "DescribeVolumes: vol-1 is odd".into() }
    }

    #[test]
    fn what_a_failure_means_depends_on_how_long_ago_the_call_was() {
        let kinds = |kind| {
            MINUTES.map(|minutes| {
                of(&event(Some(60 * minutes), USER), |call| TagError::of(failure(kind), None, call).kind)
            })
        };
        let always = |kind| [kind, kind, kind];
        let (not_found, unclear) = (AwsErrorKind::NotFound, AwsErrorKind::Unclear);
        assert_eq!(
            kinds(not_found),
            [TagErrorKind::NotYet, TagErrorKind::Api(not_found), TagErrorKind::Api(not_found)]
        );
        assert_eq!(kinds(unclear), [TagErrorKind::Unclear, TagErrorKind::Unclear, TagErrorKind::Api(unclear)]);
        assert_eq!(kinds(AwsErrorKind::TagLimit), always(TagErrorKind::NoRoom));
        assert_eq!(kinds(AwsErrorKind::Throttled), always(TagErrorKind::Api(AwsErrorKind::Throttled)));
    }

    #[test]
    fn an_error_names_the_resource_once() {
        let said = |resource: Option<&str>| {
            of(&event(Some(1), USER), |call| TagError::of(failure(AwsErrorKind::Busy), resource, call).why)
        };
        assert_eq!(said(None), "DescribeVolumes: vol-1 is odd");
        assert_eq!(said(Some("vol-1")), "DescribeVolumes: vol-1 is odd");
        assert_eq!(said(Some("vol-2")), "vol-2: DescribeVolumes: vol-1 is odd");
    }

    #[test]
    fn of_two_errors_the_one_that_can_still_succeed_counts_and_that_about_credentials_before_all() {
        let error = |kind: AwsErrorKind, why: &str| TagError::new(TagErrorKind::Api(kind), why.into());
        let credentials = error(AwsErrorKind::Credentials, "expired");
        let (throttled, busy) = (error(AwsErrorKind::Throttled, "throttled"), error(AwsErrorKind::Busy, "busy"));
        let bad = error(AwsErrorKind::BadRequest, "bad");
        // Each is graver than all that follow.
        let by_gravity = [credentials, throttled, busy, bad];
        for (at, graver) in by_gravity.iter().enumerate() {
            for lesser in by_gravity.iter().skip(at + 1) {
                let expected = TagError::new(graver.kind, format!("{}; {}", graver.why, lesser.why));
                let (graver, lesser) = (|| Err(graver.clone()), || Err(lesser.clone()));
                assert_eq!(TagError::graver(graver(), lesser()), Err(expected.clone()));
                assert_eq!(TagError::graver(lesser(), graver()), Err(expected));
            }
            let graver = || Err(graver.clone());
            assert_eq!(TagError::graver(graver(), Ok(())), graver());
            assert_eq!(TagError::graver(Ok(()), graver()), graver());
            assert_eq!(TagError::graver(graver(), graver()), graver());
        }
        assert_eq!(TagError::graver(Ok(()), Ok(())), Ok(()));
    }
}
