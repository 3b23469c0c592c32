//! Gates: calls held at an exact moment until the test lets them go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::super::shared::Shared;
use super::on::On;
use super::rule::{Action, RuleId};

/// On which side of its effect a call is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateAt {
    /// The call has arrived and has changed nothing. If its client disconnects while it is held, it never will.
    BeforeEffect,
    /// The call has done all that it does; only its answer is held. If its client disconnects, the effect stays: a
    /// message that a held ReceiveMessage has taken is in flight, though nobody knows its receipt handle.
    AfterEffect,
}

/// A gate that holds calls. It opens for good when opened or dropped.
pub struct Gate {
    shared: Arc<Shared>,
    barrier: Arc<Barrier>,
    rule: RuleId,
}

/// What the held calls and the test share.
pub(in super::super) struct Barrier {
    open: watch::Sender<bool>,
}

impl Barrier {
    /// Counts the call as arrived and waits until the gate is open.
    pub async fn pass(&self, arrived: impl FnOnce()) {
        let mut open = self.open.subscribe();
        arrived();
        // An error means that the gate is gone, which opens it.
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

    /// How many calls have arrived at the gate, whether or not they are still held.
    pub fn arrived(&self) -> usize {
        self.shared.read(|world| world.rules.arrived(self.rule))
    }

    /// Waits until `count` calls have arrived at the gate.
    ///
    /// # Panics
    ///
    /// If they have not after `timeout`, with the state and the latest calls.
    #[track_caller]
    pub fn wait_arrived(&self, count: usize, timeout: Duration) {
        if !self.shared.wait(|| self.arrived() >= count, timeout) {
            let arrived = self.arrived();
            let state = self.shared.read(|world| format!("{world:?}"));
            panic!("{arrived} of {count} calls arrived at the gate within {timeout:?}\n{state}");
        }
    }

    /// Lets the held calls go on, and all later ones pass.
    pub fn open(self) {}
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.update(|world| world.rules.remove(self.rule));
        self.barrier.open.send_replace(true);
    }
}
