//! Which lease is due when. Time comes in as an argument.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::queue::sqs::Handle;

/// The shortest time between two attempts to extend a lease.
const MIN_RETRY: Duration = Duration::from_millis(100);

/// All leases, in the order in which something is to be done about them.
#[derive(Debug)]
pub(super) struct LeaseTable {
    visibility: Duration,
    max_lease: Duration,
    leases: HashMap<u64, LeaseEntry>,
    due: BTreeSet<(Instant, u64)>,
    last_key: u64,
}

#[derive(Debug)]
struct LeaseEntry {
    handle: Handle,
    /// When it ends, unless it is extended.
    until: Instant,
    /// Beyond this it is not extended.
    limit: Instant,
    /// When something is next to be done about it: at `until`, it is lost; before, it is to be extended.
    due: Instant,
    lost: CancellationToken,
}

impl LeaseTable {
    /// A lease is for `visibility`, again and again, but for no longer than `max_lease` altogether.
    pub(super) fn new(visibility: Duration, max_lease: Duration) -> Self {
        Self { visibility, max_lease, leases: HashMap::new(), due: BTreeSet::new(), last_key: 0 }
    }

    /// Adds a lease that begins at `now`. `lost` is cancelled when it is lost.
    pub(super) fn add(&mut self, handle: Handle, lost: CancellationToken, now: Instant) -> u64 {
        self.last_key += 1;
        let (until, due) = (now + self.visibility, now + self.visibility / 2);
        self.leases.insert(self.last_key, LeaseEntry { handle, until, limit: now + self.max_lease, due, lost });
        self.due.insert((due, self.last_key));
        self.last_key
    }

    /// Whether this is the lease that is due next.
    pub(super) fn is_next(&self, key: u64) -> bool {
        self.due.first().is_some_and(|(_, next)| *next == key)
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// When a lease ends; none if it has.
    pub(super) fn until(&self, key: u64) -> Option<Instant> {
        self.leases.get(&key).map(|lease| lease.until)
    }

    /// What is to be extended now: what is due, and what soon would be. Leases that have run out are lost.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<(u64, Handle)> {
        let soon = now + self.visibility / 8;
        let mut to_extend = Vec::new();
        let later = self.due.split_off(&(soon, u64::MAX));
        for (due, key) in std::mem::replace(&mut self.due, later) {
            let Some(lease) = self.leases.get_mut(&key) else { continue };
            if now >= lease.until {
                lease.lost.cancel();
                self.leases.remove(&key);
                continue;
            }
            if due < lease.until {
                // Until the outcome of the extension is known, the next thing due is the lease's end.
                lease.due = lease.until;
                if now + self.visibility <= lease.limit {
                    to_extend.push((key, lease.handle.clone()));
                }
            }
            self.due.insert((lease.due, key));
        }
        to_extend
    }

    /// Notes that a lease was extended by a request that began at `now`.
    pub(super) fn extended(&mut self, key: u64, now: Instant) {
        let visibility = self.visibility;
        self.change(key, |lease| {
            lease.until = now + visibility;
            lease.due = now + visibility / 2;
        });
    }

    /// Notes that a lease could not be extended; it is due again at half of what remains.
    pub(super) fn not_extended(&mut self, key: u64, now: Instant) {
        self.change(key, |lease| {
            let half = lease.until.saturating_duration_since(now) / 2;
            lease.due = (now + half.max(MIN_RETRY)).min(lease.until);
        });
    }

    /// Notes that a message is no longer this host's, and tells its worker; false if its lease has ended already.
    pub(super) fn lose(&mut self, key: u64) -> bool {
        let lease = self.end(key);
        lease.inspect(|lost| lost.cancel()).is_some()
    }

    /// Removes a lease that is no longer needed.
    pub(super) fn end(&mut self, key: u64) -> Option<CancellationToken> {
        let lease = self.leases.remove(&key)?;
        self.due.remove(&(lease.due, key));
        Some(lease.lost)
    }

    fn change(&mut self, key: u64, change: impl FnOnce(&mut LeaseEntry)) {
        if let Some(lease) = self.leases.get_mut(&key) {
            self.due.remove(&(lease.due, key));
            change(lease);
            self.due.insert((lease.due, key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISIBILITY: Duration = Duration::from_secs(60);
    const MOST: Duration = Duration::from_secs(200);

    struct World {
        table: LeaseTable,
        start: Instant,
    }

    impl World {
        fn new() -> Self {
            Self { table: LeaseTable::new(VISIBILITY, MOST), start: Instant::now() }
        }

        fn at(&self, seconds: u64) -> Instant {
            self.start + Duration::from_secs(seconds)
        }

        fn add(&mut self, seconds: u64) -> (u64, CancellationToken) {
            let lost = CancellationToken::new();
            let at = self.at(seconds);
            (self.table.add(Handle::for_test("handle"), lost.clone(), at), lost)
        }

        fn due_at(&mut self, seconds: u64) -> Vec<u64> {
            let at = self.at(seconds);
            self.table.take_due(at).into_iter().map(|(key, _)| key).collect()
        }
    }

    #[test]
    fn a_lease_is_due_at_half_of_what_remains() {
        let mut world = World::new();
        let (key, _) = world.add(0);
        assert_eq!(world.table.next_due(), Some(world.at(30)));
        assert_eq!(world.due_at(30), [key]);
        world.table.extended(key, world.at(30));
        assert_eq!(world.table.next_due(), Some(world.at(60)));
    }

    #[test]
    fn what_cannot_be_extended_is_due_again_at_half_of_what_remains_then_and_is_lost_in_the_end() {
        let mut world = World::new();
        let (key, lost) = world.add(0);
        world.due_at(30);
        world.table.not_extended(key, world.at(30));
        assert_eq!(world.table.next_due(), Some(world.at(45)));
        world.due_at(45);
        assert!(!lost.is_cancelled());
        assert!(world.due_at(60).is_empty() && lost.is_cancelled());
        assert_eq!(world.table.until(key), None);
    }

    #[test]
    fn what_is_due_soon_goes_along() {
        let mut world = World::new();
        let (one, _) = world.add(0);
        let (other, _) = world.add(7);
        world.add(20);
        assert_eq!(world.due_at(30), [one, other]);
    }

    #[test]
    fn a_lease_is_not_extended_twice_at_the_same_time() {
        let mut world = World::new();
        let (key, _) = world.add(0);
        assert_eq!(world.due_at(30), [key]);
        assert!(world.due_at(31).is_empty());
    }

    #[test]
    fn no_lease_lasts_longer_than_the_bound_on_the_total() {
        let mut world = World::new();
        let (key, lost) = world.add(0);
        for seconds in [30, 60, 90, 120] {
            assert_eq!(world.due_at(seconds), [key], "{seconds}");
            world.table.extended(key, world.at(seconds));
        }
        assert!(world.due_at(150).is_empty() && !lost.is_cancelled());
        world.due_at(180);
        assert!(lost.is_cancelled());
    }

    #[test]
    fn a_message_that_another_consumer_has_is_lost_at_once() {
        let mut world = World::new();
        let (key, lost) = world.add(0);
        assert!(world.table.lose(key) && lost.is_cancelled());
        assert!(!world.table.lose(key) && world.table.next_due().is_none());
    }

    #[test]
    fn what_has_ended_is_not_due_and_not_lost() {
        let mut world = World::new();
        let (key, lost) = world.add(0);
        world.table.end(key);
        world.table.extended(key, world.at(1));
        world.table.not_extended(key, world.at(1));
        assert!(world.due_at(100).is_empty() && !lost.is_cancelled() && world.table.next_due().is_none());
    }
}
