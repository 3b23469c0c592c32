//! The dedup cache: messages of which it is known, if they come again, what is to become of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disposition::Disposition;

/// How many messages the cache holds: only those whose deletion failed, and those on their way to the dead-letter
/// queue.
const CAPACITY: usize = 100_000;

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// What becomes of it: it is done, and only its deletion may have failed, or it can never succeed.
    pub(super) disposition: Disposition,
    /// The number of the set of plugins that decided so; another set may decide otherwise about a poison message.
    pub(super) plugins: u64,
    /// How often it had been received then. If the count begins anew, an operator has mended something and sent the
    /// message back.
    pub(super) receive_count: u32,
}

impl Known {
    /// Whether it still holds for a message that has now been received `receive_count` times, with this set of plugins.
    pub(super) fn holds(self, plugins: u64, receive_count: u32) -> bool {
        self.disposition.is_done() || (self.plugins == plugins && self.receive_count < receive_count)
    }
}

/// What is known of the latest messages, by their SQS ids. The oldest entry is evicted first.
#[derive(Debug, Clone, Default)]
pub(super) struct DedupCache(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    by_id: HashMap<Arc<str>, Known>,
    order: VecDeque<Arc<str>>,
}

impl DedupCache {
    pub(super) fn insert(&self, id: &str, known: Known) {
        let mut entries = self.entries();
        let id: Arc<str> = id.into();
        if entries.by_id.insert(Arc::clone(&id), known).is_none() {
            entries.order.push_back(id);
        }
        while entries.order.len() > CAPACITY {
            if let Some(oldest) = entries.order.pop_front() {
                entries.by_id.remove(&oldest);
            }
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<Known> {
        self.entries().by_id.get(id).copied()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
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
        let dedup_cache = DedupCache::default();
        dedup_cache.insert("first", POISON);
        for id in 0..CAPACITY {
            dedup_cache.insert(&id.to_string(), DONE);
        }
        assert_eq!(dedup_cache.get("first"), None);
        assert_eq!((dedup_cache.get("0"), dedup_cache.get("99999")), (Some(DONE), Some(DONE)));
    }

    #[test]
    fn what_was_learnt_last_counts() {
        let dedup_cache = DedupCache::default();
        dedup_cache.insert("id", POISON);
        dedup_cache.insert("id", DONE);
        assert_eq!((dedup_cache.get("id"), dedup_cache.entries().order.len()), (Some(DONE), 1));
    }
}
