//! Rules: which calls a fault happens to, and which fault.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::call::Request;
use super::super::reply::ApiError;
use super::super::shared::Shared;
use super::bucket::Buckets;
use super::gate::{Barrier, GateAt};
use super::{Decision, End, Steps};

/// Picks calls: all of one API action, narrowed by what else is asked for.
#[derive(Clone, Debug)]
pub struct On {
    action: String,
    account: Option<String>,
    region: Option<String>,
    touching: Option<String>,
    skip: usize,
    count: usize,
}

impl On {
    /// Calls of one API action, such as `CreateTags`.
    pub fn action(action: &str) -> Self {
        Self { action: action.to_owned(), account: None, region: None, touching: None, skip: 0, count: usize::MAX }
    }

    /// Only calls that act in this account.
    pub fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Only calls that were signed for this Region.
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only calls that name this EC2 resource id, or this SQS queue by its name.
    pub fn touching(mut self, name: &str) -> Self {
        self.touching = Some(name.to_owned());
        self
    }

    /// Only the n-th of the calls that fit from now on, counted from 1, instead of all.
    pub fn nth(mut self, n: usize) -> Self {
        self.skip = n.saturating_sub(1);
        self.count = 1;
        self
    }

    /// Only the next `k` calls that fit, instead of all.
    pub fn next(mut self, k: usize) -> Self {
        self.count = k;
        self
    }

    fn fits(&self, request: &Request) -> bool {
        let place_fits = self.account.as_ref().is_none_or(|account| *account == request.account)
            && self.region.as_ref().is_none_or(|region| *region == request.region);
        self.action == request.action
            && place_fits
            && self
                .touching
                .as_ref()
                .is_none_or(|name| request.queue_name().as_ref() == Some(name) || request.resource_ids().contains(name))
    }

    /// Whether the `n`-th fitting call, counted from 0, is picked.
    fn picks(&self, n: usize) -> bool {
        n >= self.skip && n - self.skip < self.count
    }
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It has no effect and is answered with this error.
    Error {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
    },
    /// It takes effect and is answered with this error all the same.
    ErrorAfterEffect {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
    },
    /// It has no effect; the connection is reset.
    DropBeforeEffect,
    /// It takes effect; the connection is reset in place of an answer.
    DropAfterEffect,
    /// It takes effect; the connection is reset in the middle of the answer.
    CutReply,
    /// It waits before it takes effect. The effect does not happen if the client disconnects meanwhile.
    DelayBeforeEffect(Duration),
    /// It takes effect at once and is answered later.
    DelayAfterEffect(Duration),
    /// Entries of a batch fail; the call itself succeeds.
    FailEntries {
        /// Their positions in the request, counted from 0.
        positions: Vec<usize>,
        /// The error code of each.
        code: String,
    },
    /// `RequestLimitExceeded` (503) without effect once a token bucket, one for each account and Region, is empty.
    Throttle {
        /// How many tokens it holds, and starts with.
        burst: u32,
        /// How many it gains.
        per_second: f64,
    },
}

impl Fault {
    /// An error without effect, such as `InternalError` with 500.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Error { status, code: code.to_owned() }
    }

    /// EC2's answer to too many requests, without effect.
    pub fn throttled() -> Self {
        Self::error(503, "RequestLimitExceeded")
    }
}

/// A fault that a test has set. It stays when this handle is dropped.
pub struct Rule {
    shared: Arc<Shared>,
    id: RuleId,
}

impl Rule {
    pub(in super::super) fn set(shared: &Arc<Shared>, on: On, fault: Fault) -> Self {
        let id = shared.update(|world| world.rules.add(on, Action::Fault(fault, Buckets::default())));
        Self { shared: Arc::clone(shared), id }
    }

    /// How many calls it has picked.
    pub fn picked(&self) -> usize {
        self.shared.read(|world| world.rules.get(self.id).map_or(0, |rule| rule.picked))
    }

    /// Ends it; what it has decided for calls under way stands.
    pub fn remove(self) {
        self.shared.update(|world| world.rules.remove(self.id));
    }
}

/// Names a rule; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct RuleId(u64);

/// What a rule does.
pub(in super::super) enum Action {
    Fault(Fault, Buckets),
    Hold(GateAt, Arc<Barrier>),
}

struct Entry {
    id: RuleId,
    on: On,
    action: Action,
    fitted: usize,
    picked: usize,
    arrived: usize,
}

/// All rules, in the order in which they were set.
#[derive(Default)]
pub(in super::super) struct Rules {
    entries: Vec<Entry>,
    added: u64,
}

impl Rules {
    pub fn add(&mut self, on: On, action: Action) -> RuleId {
        self.added += 1;
        let id = RuleId(self.added);
        self.entries.push(Entry { id, on, action, fitted: 0, picked: 0, arrived: 0 });
        id
    }

    pub fn remove(&mut self, id: RuleId) {
        self.entries.retain(|entry| entry.id != id);
    }

    /// Notes that a call has arrived at the gate of a rule.
    pub fn arrive(&mut self, barrier: &Arc<Barrier>) {
        for entry in &mut self.entries {
            if matches!(&entry.action, Action::Hold(_, held) if Arc::ptr_eq(held, barrier)) {
                entry.arrived += 1;
            }
        }
    }

    pub fn arrived(&self, id: RuleId) -> usize {
        self.get(id).map_or(0, |entry| entry.arrived)
    }

    /// All that is to happen to a call.
    pub fn decide(&mut self, request: &Request, now: Instant) -> Decision {
        let mut decision = Decision::default();
        for entry in &mut self.entries {
            if !entry.on.fits(request) {
                continue;
            }
            let n = entry.fitted;
            entry.fitted += 1;
            if entry.on.picks(n) {
                entry.picked += 1;
                entry.action.add_to(&mut decision, request, now);
            }
        }
        decision
    }

    fn get(&self, id: RuleId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

impl Action {
    fn add_to(&mut self, decision: &mut Decision, request: &Request, now: Instant) {
        // The rule that was set first wins where only one end is possible.
        let end = |steps: &mut Steps, end: End| {
            steps.end.get_or_insert(end);
        };
        let scripted = |status: u16, code: &str| ApiError::new(status, code, format!("{code}, as the test asked for"));
        match self {
            Self::Hold(GateAt::BeforeEffect, barrier) => decision.before.gates.push(Arc::clone(barrier)),
            Self::Hold(GateAt::AfterEffect, barrier) => decision.after.gates.push(Arc::clone(barrier)),
            Self::Fault(fault, buckets) => match fault {
                Fault::Error { status, code } => end(&mut decision.before, End::Error(scripted(*status, code))),
                Fault::ErrorAfterEffect { status, code } => {
                    end(&mut decision.after, End::Error(scripted(*status, code)));
                }
                Fault::DropBeforeEffect => end(&mut decision.before, End::Drop),
                Fault::DropAfterEffect => end(&mut decision.after, End::Drop),
                Fault::CutReply => decision.cut_reply = true,
                Fault::DelayBeforeEffect(delay) => decision.before.delay += *delay,
                Fault::DelayAfterEffect(delay) => decision.after.delay += *delay,
                Fault::FailEntries { positions, code } => {
                    let errors = positions.iter().map(|position| (*position, scripted(500, code)));
                    decision.failing_entries.extend(errors);
                }
                Fault::Throttle { burst, per_second } => {
                    let place = (request.account.clone(), request.region.clone());
                    if !buckets.take(place, *burst, *per_second, now) {
                        let error = ApiError::new(503, "RequestLimitExceeded", "Request limit exceeded.");
                        end(&mut decision.before, End::Error(error));
                    }
                }
            },
        }
    }
}
