//! Why tags are not on, and what that means for the message.

use super::Call;
use super::classify::{Class, Failure};
use crate::text::words;

/// Why a tag may be missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct TagError {
    /// What is to be done about it.
    pub remedy: Remedy,
    /// One of a few words, for metrics.
    pub reason: &'static str,
    /// What happened, on which resource.
    pub why: String,
}

/// What is to be done about a tag that is not on. Of several, the gravest decides what becomes of the message: what can succeed
/// later is tried again first, since each round tries everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remedy {
    /// Nothing: it cannot succeed, however often it is tried.
    None,
    /// Wait until AWS shows what the call created.
    Wait,
    /// Try again, with growing delays: AWS may recover, and what a role or its credentials lack, somebody may be about to give.
    Retry,
}

impl TagError {
    pub(super) fn permanent(reason: &'static str, why: String) -> Self {
        Self { remedy: Remedy::None, reason, why }
    }

    pub(super) fn not_yet(why: String) -> Self {
        Self { remedy: Remedy::Wait, reason: "not_yet", why }
    }

    /// What the failure of a call for `call`'s resources means.
    pub(super) fn of(failure: Failure, resource: Option<&str>, call: &Call<'_>) -> Self {
        let (remedy, reason) = match failure.class {
            Class::NotFound if call.is_recent() => (Remedy::Wait, "not_yet"),
            class @ (Class::NotFound | Class::BadResource | Class::BadCall) => (Remedy::None, class.name()),
            class => (Remedy::Retry, class.name()),
        };
        let Failure { why, .. } = &failure;
        let why = match resource {
            // AWS does not always say which resource it means.
            Some(id) if !failure.names(id) => format!("{id}: {why}"),
            _ => why.clone(),
        };
        Self { remedy, reason, why }
    }

    /// Of two results, the one that decides what becomes of the message.
    pub(super) fn graver(one: Result<(), Self>, other: Result<(), Self>) -> Result<(), Self> {
        match (one, other) {
            // Each resource is named, whatever else went wrong.
            (Err(one), Err(other)) => {
                let (graver, other) = if other.remedy > one.remedy { (other, one) } else { (one, other) };
                let why =
                    if graver.why.contains(&other.why) { graver.why } else { format!("{}; {}", graver.why, other.why) };
                let reason = if other.reason == Class::Credentials.name() { other.reason } else { graver.reason };
                Err(Self { remedy: graver.remedy, reason, why: words(&why) })
            }
            (Err(error), Ok(())) | (Ok(()), Err(error)) => Err(error),
            (Ok(()), Ok(())) => Ok(()),
        }
    }
}
