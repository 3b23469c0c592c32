//! Gates: requests held at an exact point until the test opens the gate.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::super::shared::Shared;
use super::on::On;
use super::rule::{Action, RuleId};

/// On which side of its effect a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateAt {
    /// The request has arrived and has changed nothing. If its client disconnects while it is held, it never does.
    BeforeEffect,
    /// The request has taken effect; only its answer is held. If its client disconnects, the effect stays: a message
    /// that a held ReceiveMessage has taken is in flight, although no client knows its receipt handle.
    AfterEffect,
}

/// A gate that holds requests. It opens for good by [`Gate::open`] or when dropped.
pub struct Gate {
    shared: Arc<Shared>,
    barrier: Arc<Barrier>,
    rule: RuleId,
}

/// The state that the held requests and the test share.
pub(in super::super) struct Barrier {
    open: watch::Sender<bool>,
}

impl Barrier {
    /// Counts the request as arrived and waits until the gate is open.
    pub async fn pass(&self, arrived: impl FnOnce()) {
        let mut open = self.open.subscribe();
        arrived();
        // An error means that the gate was dropped, which opens it.
        let _ = open.wait_for(|open| *open).await;
    }
}

impl Gate {
    pub(in super::super) fn set(shared: &Arc<Shared>, on: On, at: GateAt) -> Self {
        let barrier = Arc::new(Barrier { open: watch::channel(false).0 });
        let action = Action::Hold(at, Arc::clone(&barrier));
        let rule = shared.update(|world| world.rules.add(on, action));
        Self { shared: Arc::clone(shared), barrier, rule }
    }

    /// How many requests have arrived at the gate, including those that have passed it.
    pub fn arrived(&self) -> usize {
        self.shared.read(|world| world.rules.arrived(self.rule))
    }

    /// Waits until `count` requests have arrived at the gate.
    ///
    /// # Panics
    ///
    /// If that takes longer than `timeout`. The message has the state and the latest requests.
    #[track_caller]
    pub fn wait_arrived(&self, count: usize, timeout: Duration) {
        if !self.shared.wait(|| self.arrived() >= count, timeout) {
            let arrived = self.arrived();
            let state = self.shared.read(|world| format!("{world:?}"));
            panic!("{arrived} of {count} requests arrived at the gate within {timeout:?}\n{state}");
        }
    }

    /// Releases the held requests and lets all later ones pass.
    pub fn open(self) {}
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.update(|world| world.rules.remove(self.rule));
        self.barrier.open.send_replace(true);
    }
}
