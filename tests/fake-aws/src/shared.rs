//! The state that the server's thread and the tests share: one lock, and a way to wait for changes.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, ReentrantMutex};

use super::world::World;

/// A [`World`] behind a reentrant lock: a condition that a test waits for reads the state through the public methods,
/// while no other thread can change it.
pub(super) struct Shared {
    world: ReentrantMutex<RefCell<World>>,
    version: Mutex<u64>,
    changed: Condvar,
    replies: AtomicU64,
}

/// A waiting test pauses for at least this long between evaluations, and for at least as long as the last one took:
/// under load it would otherwise starve all other threads of the lock.
const PAUSE: Duration = Duration::from_millis(1);

impl Shared {
    pub fn new() -> Self {
        Self {
            world: ReentrantMutex::new(RefCell::new(World::default())),
            version: Mutex::new(0),
            changed: Condvar::new(),
            replies: AtomicU64::new(0),
        }
    }

    /// Reads the state; nothing changes meanwhile.
    pub fn read<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world.lock().borrow())
    }

    /// Changes the state and wakes the tests that wait for a change.
    pub fn update<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.world.lock().borrow_mut());
        *self.version.lock() += 1;
        self.changed.notify_all();
        result
    }

    /// A number that no earlier reply has.
    pub fn next_reply(&self) -> u64 {
        self.replies.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Waits until `condition` holds; false after `timeout`.
    pub fn wait(&self, condition: impl Fn() -> bool, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let seen = *self.version.lock();
            let look = Instant::now();
            let wake_at = {
                let world = self.world.lock();
                if condition() {
                    return true;
                }
                let now = Instant::now();
                if now >= deadline {
                    return false;
                }
                world.borrow().next_change(now).map_or(deadline, |change| change.min(deadline))
            };
            thread::sleep(look.elapsed().max(PAUSE));
            let mut version = self.version.lock();
            while *version == seen {
                if self.changed.wait_until(&mut version, wake_at).timed_out() {
                    break;
                }
            }
        }
    }
}
