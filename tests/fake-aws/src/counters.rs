//! How many calls there were and how they ended, which is all that is left of a million of them.

use std::collections::BTreeMap;

use super::log::Outcome;

/// The calls of one API action by how they ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// All that have arrived, those included that are not answered yet.
    pub calls: usize,
    /// Answered with success.
    pub succeeded: usize,
    /// Answered with an error, by its code.
    pub errors: BTreeMap<String, usize>,
    /// A fault closed the connection.
    pub dropped: usize,
    /// The client went away before it was answered.
    pub client_gone: usize,
}

impl Counters {
    /// Answered with any error.
    pub fn failed(&self) -> usize {
        self.errors.values().sum()
    }

    /// Not answered yet.
    pub fn open(&self) -> usize {
        self.calls - self.succeeded - self.failed() - self.dropped - self.client_gone
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
