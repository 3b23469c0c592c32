//! Rules: what a test has set to happen to which requests.

use std::sync::Arc;
use std::time::Instant;

use super::super::request::Request;
use super::super::shared::Shared;
use super::FaultDecision;
use super::fault::{ActiveFault, Fault};
use super::gate::{Barrier, GateAt};
use super::on::{On, Picker};

/// A fault that a test has set. It stays when this handle is dropped.
pub struct FaultRule {
    shared: Arc<Shared>,
    id: RuleId,
}

impl FaultRule {
    pub(in super::super) fn set(shared: &Arc<Shared>, on: On, fault: Fault) -> Self {
        let id = shared.update(|world| world.rules.add(on, Action::Fault(ActiveFault::new(fault))));
        Self { shared: Arc::clone(shared), id }
    }

    /// How many requests it has picked.
    pub fn picked(&self) -> usize {
        self.shared.read(|world| world.rules.get(self.id).map_or(0, |rule| rule.picked))
    }

    /// How many of them it has struck: a token bucket may not have been empty, and chance may have spared all entries
    /// of a batch.
    pub fn struck(&self) -> usize {
        self.shared.read(|world| world.rules.get(self.id).map_or(0, |rule| rule.struck))
    }

    /// Removes the rule. What it has decided for requests under way still happens.
    pub fn remove(self) {
        self.shared.update(|world| world.rules.remove(self.id));
    }
}

/// Identifies a rule; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct RuleId(u64);

pub(super) enum Action {
    Fault(ActiveFault),
    Hold(GateAt, Arc<Barrier>),
}

struct Entry {
    id: RuleId,
    picker: Picker,
    action: Action,
    picked: usize,
    struck: usize,
    arrived: usize,
}

/// All rules, in the order in which they were set.
#[derive(Default)]
pub(in super::super) struct Rules {
    entries: Vec<Entry>,
    added: u64,
}

impl Rules {
    pub(super) fn add(&mut self, on: On, action: Action) -> RuleId {
        self.added += 1;
        let id = RuleId(self.added);
        self.entries.push(Entry { id, picker: Picker::new(on), action, picked: 0, struck: 0, arrived: 0 });
        id
    }

    pub fn remove(&mut self, id: RuleId) {
        self.entries.retain(|entry| entry.id != id);
    }

    /// Counts a request that has arrived at a rule's gate.
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

    /// Decides all that happens to a request.
    pub fn decide(&mut self, request: &Request, now: Instant) -> FaultDecision {
        let mut decision = FaultDecision::default();
        for entry in &mut self.entries {
            if !entry.picker.picks(request) {
                continue;
            }
            entry.picked += 1;
            match &mut entry.action {
                Action::Fault(fault) => entry.struck += usize::from(fault.add_to(&mut decision, request, now)),
                Action::Hold(GateAt::BeforeEffect, barrier) => decision.before.gates.push(Arc::clone(barrier)),
                Action::Hold(GateAt::AfterEffect, barrier) => decision.after.gates.push(Arc::clone(barrier)),
            }
        }
        decision
    }

    fn get(&self, id: RuleId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}
