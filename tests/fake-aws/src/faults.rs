//! Scripted faults: which requests a rule picks, and what happens to them.
//!
//! [`rule::Rules::decide`] runs once for every request, before its effect, and decides all that happens to it; the
//! pipeline then does it. A new kind of fault is a variant of [`fault::Fault`], a field of [`FaultDecision`], and the
//! step in the pipeline that obeys it.

mod bucket;
pub(super) mod fault;
pub(super) mod gate;
mod latency;
pub(super) mod on;
pub(super) mod rule;

use std::sync::Arc;
use std::time::Duration;

use super::reply::ApiError;
use gate::Barrier;

/// All that happens to one request.
#[derive(Default)]
pub(super) struct FaultDecision {
    pub before: Steps,
    pub after: Steps,
    /// Entries of a batch, by index, that fail with this error instead of taking effect: a partial batch failure.
    pub failing_entries: Vec<(usize, ApiError)>,
    /// The reply is cut off half-way.
    pub cut_reply: bool,
}

/// What happens on one side of a request's effect: first the delay, then the gates, then the end.
#[derive(Default)]
pub(super) struct Steps {
    pub delay: Duration,
    pub gates: Vec<Arc<Barrier>>,
    pub end: Option<End>,
}

/// How a request ends early.
pub(super) enum End {
    Error(ApiError),
    Drop,
    /// No answer, and the connection stays open.
    Silence,
}
