//! The record of every request.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::counters::Counters;
use super::request::Request;
use super::shared::Shared;

/// How many of the latest requests a quiet log keeps, and how many a failed test's message shows.
pub(super) const LATEST: usize = 60;

/// One request that the fake has received.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// The service that it was signed for, such as `ec2`.
    pub service: &'static str,
    /// The API action, such as `ReceiveMessage`.
    pub action: String,
    /// The account that it acted in.
    pub account: String,
    /// The Region that it was signed for.
    pub region: String,
    /// The name of the queue, for SQS.
    pub queue: Option<String>,
    /// What it names, in order: EC2's resource ids, in its id lists and in the values of its filters, the tagging API's
    /// ARNs, the names of Auto Scaling groups, EventBridge's rules and the ARNs of their targets, CloudTrail's trails,
    /// KMS's keys, RDS's resources by their names or ARNs, and S3's buckets by their names or a prefix.
    pub resources: Vec<String>,
    /// All parameters: the unchanged JSON object of a service that speaks JSON; the form of the others as an object of
    /// strings (`{"ResourceId.1": "i-…"}`), and so S3's query, with the bucket as `Bucket`.
    pub parameters: Value,
    /// When it had arrived completely.
    pub at: Instant,
    /// Since the start of the log, for readers of messages.
    pub since_start: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// When it ended, just before the answer was sent; `None` while it is open.
    pub ended: Option<Instant>,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not answered yet: a long poll that waits, a request held at a gate.
    Open,
    /// Answered with success.
    Success,
    /// Answered with an error.
    Error {
        /// The HTTP status of the answer.
        status: u16,
        /// The error code, such as `InvalidVolume.NotFound`.
        code: String,
    },
    /// A fault closed the connection, in place of the answer or in the middle of it.
    Dropped,
    /// The client disconnected before it was answered.
    ClientGone,
}

impl LoggedRequest {
    /// Whether the client was told that it succeeded.
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

/// One line: when, what, where, on what, and how it ended.
impl fmt::Display for LoggedRequest {
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

/// All requests in the order of arrival, or a ring buffer of the latest, and the counters of each action.
pub(super) struct Log {
    started: Instant,
    /// How many requests it keeps.
    limit: usize,
    kept: VecDeque<Record>,
    /// How many requests came before those that it keeps.
    forgotten: usize,
    counters: BTreeMap<String, Counters>,
}

/// A request as it is stored. Its [`LoggedRequest`] is computed only when a test asks for it.
struct Record {
    request: Arc<Request>,
    at: Instant,
    outcome: Outcome,
    ended: Option<Instant>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            limit: usize::MAX,
            kept: VecDeque::new(),
            forgotten: 0,
            counters: BTreeMap::new(),
        }
    }
}

impl Log {
    /// Keeps only the latest requests from now on.
    pub fn keep(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// How many requests there were, including those that are not kept.
    pub fn len(&self) -> usize {
        self.forgotten + self.kept.len()
    }

    /// The requests that are kept.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.kept.iter().map(|record| self.logged(record)).collect()
    }

    /// The kept requests of one action.
    pub fn requests_of(&self, action: &str) -> Vec<LoggedRequest> {
        let of_action = self.kept.iter().filter(|record| record.request.action == action);
        of_action.map(|record| self.logged(record)).collect()
    }

    /// The latest requests.
    pub fn latest(&self) -> Vec<LoggedRequest> {
        let first = self.kept.len().saturating_sub(LATEST);
        self.kept.range(first..).map(|record| self.logged(record)).collect()
    }

    pub fn counters_by_action(&self) -> &BTreeMap<String, Counters> {
        &self.counters
    }

    /// Adds a request that has arrived; returns its number.
    pub fn add(&mut self, request: &Arc<Request>, at: Instant) -> usize {
        match self.counters.get_mut(&request.action) {
            Some(counters) => counters.requests += 1,
            None => drop(self.counters.insert(request.action.clone(), Counters { requests: 1, ..Counters::default() })),
        }
        self.kept.push_back(Record { request: Arc::clone(request), at, outcome: Outcome::Open, ended: None });
        while self.kept.len() > self.limit {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        self.len() - 1
    }

    fn close(&mut self, number: usize, action: &str, outcome: Outcome) {
        if let Some(counters) = self.counters.get_mut(action) {
            counters.add(&outcome);
        }
        if let Some(record) = number.checked_sub(self.forgotten).and_then(|index| self.kept.get_mut(index)) {
            record.outcome = outcome;
            record.ended = Some(Instant::now());
        }
    }

    fn logged(&self, record: &Record) -> LoggedRequest {
        let request = &record.request;
        LoggedRequest {
            service: request.service.name(),
            action: request.action.clone(),
            account: request.account.clone(),
            region: request.region.clone(),
            queue: request.queue_name(),
            resources: request.resource_ids(),
            parameters: request.parameters.clone(),
            at: record.at,
            since_start: record.at - self.started,
            outcome: record.outcome.clone(),
            ended: record.ended,
        }
    }
}

/// A request's entry in the log while it is open. If it is dropped without [`Entry::close`], as when the server cancels
/// a request whose client has disconnected, it records that the client is gone.
pub(super) struct Entry {
    shared: Arc<Shared>,
    request: Arc<Request>,
    number: usize,
    open: bool,
}

impl Entry {
    /// The entry that has this number from [`Log::add`].
    pub fn new(shared: &Arc<Shared>, request: &Arc<Request>, number: usize) -> Self {
        Self { shared: Arc::clone(shared), request: Arc::clone(request), number, open: true }
    }

    pub fn close(mut self, outcome: Outcome) {
        self.set(outcome);
    }

    fn set(&mut self, outcome: Outcome) {
        self.open = false;
        self.shared.update(|world| world.log.close(self.number, &self.request.action, outcome));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.open {
            self.set(Outcome::ClientGone);
        }
    }
}
