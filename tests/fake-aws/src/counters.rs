//! How many requests there were and how they ended. Of a million requests, a quiet fake keeps little else.

use std::collections::BTreeMap;

use super::log::Outcome;

/// The requests of one API action, by how they ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// All that have arrived, including those that are still open.
    pub requests: usize,
    /// Answered with success.
    pub succeeded: usize,
    /// Answered with an error, by its code.
    pub errors: BTreeMap<String, usize>,
    /// A fault closed the connection.
    pub dropped: usize,
    /// The client disconnected before it was answered.
    pub client_gone: usize,
}

impl Counters {
    /// Answered with any error code.
    pub fn failed(&self) -> usize {
        self.errors.values().sum()
    }

    /// Not answered yet.
    pub fn open(&self) -> usize {
        self.requests - self.succeeded - self.failed() - self.dropped - self.client_gone
    }

    pub(super) fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Open => {}
            Outcome::Success => self.succeeded += 1,
            Outcome::Error { code, .. } => *self.errors.entry(code.clone()).or_default() += 1,
            Outcome::Dropped => self.dropped += 1,
            Outcome::ClientGone => self.client_gone += 1,
        }
    }
}
