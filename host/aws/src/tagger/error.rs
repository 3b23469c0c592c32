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
