//! The record of every request.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::call::Request;
use super::shared::Shared;

/// One request that the fake has received.
#[derive(Clone, Debug)]
pub struct Call {
    /// The API action, such as `ReceiveMessage`.
    pub action: String,
    /// The account that it acted in.
    pub account: String,
    /// The Region that it was signed for.
    pub region: String,
    /// The name of the queue, for SQS.
    pub queue: Option<String>,
    /// The EC2 resource ids that it names, in its id lists and in the values of its filters, in order.
    pub resources: Vec<String>,
    /// Everything that was asked: SQS's JSON object as it came; EC2's form as an object of strings
    /// (`{"ResourceId.1": "i-…"}`).
    pub parameters: Value,
    /// When it had arrived whole.
    pub at: Instant,
    /// Since the start of the log, for people to read.
    pub since_start: Duration,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not answered yet: a long poll that waits, a call held at a gate.
    Open,
    /// Answered with success.
    Success,
    /// Answered with an error.
    Error {
        /// The HTTP status.
        status: u16,
        /// The error code, such as `InvalidVolume.NotFound`.
        code: String,
    },
    /// A fault closed the connection, in place of the answer or in the middle of it.
    Dropped,
    /// The client went away before it was answered.
    ClientGone,
}

impl Call {
    /// Whether the caller was told that it succeeded.
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Success
    }

    /// The code of the error that it was answered with.
    pub fn error_code(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Error { code, .. } => Some(code),
            _ => None,
        }
    }
}

/// One line: when, what, where, on what, and what became of it.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const RESOURCES_SHOWN: usize = 4;
        write!(f, "{:8.3}s {} {} {}", self.since_start.as_secs_f64(), self.account, self.region, self.action)?;
        if let Some(queue) = &self.queue {
            write!(f, " {queue}")?;
        }
        for resource in self.resources.iter().take(RESOURCES_SHOWN) {
            write!(f, " {resource}")?;
        }
        if self.resources.len() > RESOURCES_SHOWN {
            write!(f, " and {} more", self.resources.len() - RESOURCES_SHOWN)?;
        }
        write!(f, " -> {:?}", self.outcome)
    }
}

/// All calls in the order of arrival.
pub(super) struct Log {
    started: Instant,
    calls: Vec<Call>,
}

impl Default for Log {
    fn default() -> Self {
        Self { started: Instant::now(), calls: Vec::new() }
    }
}

impl Log {
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn add(&mut self, request: &Request) -> usize {
        let at = Instant::now();
        self.calls.push(Call {
            action: request.action.clone(),
            account: request.account.clone(),
            region: request.region.clone(),
            queue: request.queue_name(),
            resources: request.resource_ids(),
            parameters: request.parameters.clone(),
            at,
            since_start: at - self.started,
            outcome: Outcome::Open,
        });
        self.calls.len() - 1
    }
}

/// A call's line in the log while the call is open. Dropped without [`Entry::close`], as it is when the server gives up
/// a request whose client has disconnected, it notes that the client is gone.
pub(super) struct Entry {
    shared: Arc<Shared>,
    index: usize,
    open: bool,
}

impl Entry {
    pub fn open(shared: &Arc<Shared>, request: &Request) -> Self {
        let index = shared.update(|world| world.log.add(request));
        Self { shared: Arc::clone(shared), index, open: true }
    }

    pub fn close(mut self, outcome: Outcome) {
        self.set(outcome);
    }

    fn set(&mut self, outcome: Outcome) {
        self.open = false;
        self.shared.update(|world| {
            if let Some(call) = world.log.calls.get_mut(self.index) {
                call.outcome = outcome;
            }
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.open {
            self.set(Outcome::ClientGone);
        }
    }
}
