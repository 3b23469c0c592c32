//! Messages that come again although it is known what is to become of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many are remembered. Only messages whose deletion failed, and those on their way to the dead-letter queue, are.
const MOST: usize = 100_000;

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// All of its tags are on; only its deletion may have failed.
    Done,
    /// It cannot succeed.
    Poison {
        /// The number of the set of plugins that said so; another one may know better.
        plugins: u64,
        /// How often it had been received then. A message that begins anew was sent back by somebody who has mended something.
        receive_count: u32,
    },
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

    const POISON: Known = Known::Poison { plugins: 0, receive_count: 1 };

    #[test]
    fn the_latest_are_remembered() {
        let remembered = Remembered::default();
        remembered.know("first", POISON);
        for id in 0..MOST {
            remembered.know(&id.to_string(), Known::Done);
        }
        assert_eq!(remembered.of("first"), None);
        assert_eq!((remembered.of("0"), remembered.of("99999")), (Some(Known::Done), Some(Known::Done)));
    }

    #[test]
    fn what_was_learnt_last_counts() {
        let remembered = Remembered::default();
        remembered.know("id", POISON);
        remembered.know("id", Known::Done);
        assert_eq!((remembered.of("id"), remembered.memory().order.len()), (Some(Known::Done), 1));
    }
}
