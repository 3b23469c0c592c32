//! Messages that come again although it is known what is to become of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disposition::Disposition;

/// How many are remembered. Only messages whose deletion failed, and those on their way to the dead-letter queue, are.
const MOST: usize = 100_000;

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// What becomes of it: it is done, and only its deletion may have failed, or it can never succeed.
    pub(super) disposition: Disposition,
    /// The number of the set of plugins that said so; another one may know better of what cannot succeed.
    pub(super) plugins: u64,
    /// How often it had been received then. A message that begins anew was sent back by somebody who has mended something.
    pub(super) receive_count: u32,
}

impl Known {
    /// Whether it holds for a message that is received so often now, with this set of plugins.
    pub(super) fn holds(self, plugins: u64, receive_count: u32) -> bool {
        self.disposition.is_done() || (self.plugins == plugins && self.receive_count < receive_count)
    }
}

/// What is known of messages, by SQS's ids of them; of the latest ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Remembered(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    by_id: HashMap<Arc<str>, Known>,
    order: VecDeque<Arc<str>>,
}

impl Remembered {
    pub(super) fn know(&self, id: &str, known: Known) {
        let mut memory = self.memory();
        let id: Arc<str> = id.into();
        if memory.by_id.insert(Arc::clone(&id), known).is_none() {
            memory.order.push_back(id);
        }
        while memory.order.len() > MOST {
            if let Some(oldest) = memory.order.pop_front() {
                memory.by_id.remove(&oldest);
            }
        }
    }

    pub(super) fn of(&self, id: &str) -> Option<Known> {
        self.memory().by_id.get(id).copied()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disposition::Extent;

    const DONE: Known = Known { disposition: Disposition::Tagged(Extent::All), plugins: 0, receive_count: 1 };
    const POISON: Known = Known { disposition: Disposition::Refused(""), plugins: 0, receive_count: 1 };

    #[test]
    fn what_cannot_succeed_is_tried_again_with_other_plugins_or_if_it_begins_anew() {
        assert!(DONE.holds(1, 1) && POISON.holds(0, 2));
        assert!(!POISON.holds(1, 2) && !POISON.holds(0, 1));
    }

    #[test]
    fn the_latest_are_remembered() {
        let remembered = Remembered::default();
        remembered.know("first", POISON);
        for id in 0..MOST {
            remembered.know(&id.to_string(), DONE);
        }
        assert_eq!(remembered.of("first"), None);
        assert_eq!((remembered.of("0"), remembered.of("99999")), (Some(DONE), Some(DONE)));
    }

    #[test]
    fn what_was_learnt_last_counts() {
        let remembered = Remembered::default();
        remembered.know("id", POISON);
        remembered.know("id", DONE);
        assert_eq!((remembered.of("id"), remembered.memory().order.len()), (Some(DONE), 1));
    }
}
