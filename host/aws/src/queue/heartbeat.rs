//! Whether the service still receives: what feeds a service manager's watchdog.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::sqs::QueueError;

/// By when a receive must have ended. All copies share one state.
///
/// A receive that was answered, was refused or could not reach AWS is a sign of life: an error of AWS's is not this
/// host's fault, and another host would meet it, too. A receive that the host gave up because no response came is none:
/// AWS always answers a receive in time, so that the silence may be this host's own fault, such as a dead connection.
#[derive(Debug, Clone)]
pub struct Heartbeat(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: Instant,
    /// The longest that a receive takes before it is given up.
    longest: Duration,
    /// By when the next receive must have ended, in milliseconds since `started`.
    due: AtomicU64,
    /// What the latest receive failed with, if it failed.
    failure: Mutex<Option<String>>,
}

impl Heartbeat {
    /// The heartbeat of a service that begins now, and whose receives are given up after `longest`.
    #[must_use]
    pub fn new(longest: Duration) -> Self {
        let (started, due) = (Instant::now(), AtomicU64::new(0));
        let heartbeat = Self(Arc::new(Inner { started, longest, due, failure: Mutex::default() }));
        heartbeat.beat(Duration::ZERO);
        heartbeat
    }

    /// A receive was answered.
    pub(super) fn answered(&self) {
        self.beat(Duration::ZERO);
        *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A receive failed, and nothing is received for `pause`.
    pub(super) fn failed(&self, error: &QueueError, pause: Duration) {
        if !error.is_silence() {
            self.beat(pause);
        }
        *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }

    /// There was no room for more messages just now, so that nothing had to be received.
    pub fn had_no_room(&self) {
        self.beat(Duration::ZERO);
    }

    /// Whether the next receive still has time to end.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.millis(Duration::ZERO) <= self.0.due.load(Ordering::Relaxed)
    }

    /// What the latest receive failed with; none if it was answered.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn beat(&self, pause: Duration) {
        self.0.due.fetch_max(self.millis(pause + self.0.longest), Ordering::Relaxed);
    }

    /// The instant that is `from_now` ahead, in milliseconds since the start.
    fn millis(&self, from_now: Duration) -> u64 {
        u64::try_from((self.0.started.elapsed() + from_now).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So long that a machine that is busy elsewhere does not fail these tests.
    const LONGEST: Duration = Duration::from_secs(1);

    fn after_its_time() -> Heartbeat {
        let heartbeat = Heartbeat::new(LONGEST);
        assert!(heartbeat.is_alive(), "the first receive has its time");
        std::thread::sleep(2 * LONGEST);
        assert!(!heartbeat.is_alive());
        heartbeat
    }

    #[test]
    fn an_answer_an_error_and_a_host_without_room_are_signs_of_life() {
        let refused = QueueError::refused("ReceiveMessage", "AccessDenied");
        let heartbeat = after_its_time();
        heartbeat.answered();
        assert_eq!((heartbeat.is_alive(), heartbeat.failure()), (true, None));
        let heartbeat = after_its_time();
        heartbeat.failed(&refused, Duration::ZERO);
        assert_eq!((heartbeat.is_alive(), heartbeat.failure()), (true, Some("ReceiveMessage: AccessDenied".into())));
        let heartbeat = after_its_time();
        heartbeat.had_no_room();
        assert!(heartbeat.is_alive());
    }

    #[test]
    fn a_receive_without_an_answer_is_no_sign_of_life() {
        let heartbeat = after_its_time();
        heartbeat.failed(&QueueError::took_too_long("ReceiveMessage"), Duration::ZERO);
        assert_eq!(
            (heartbeat.is_alive(), heartbeat.failure()),
            (false, Some("ReceiveMessage: no answer in time".into()))
        );
    }

    #[test]
    fn the_pause_after_an_error_is_not_silence() {
        let heartbeat = Heartbeat::new(LONGEST);
        heartbeat.failed(&QueueError::refused("ReceiveMessage", "AccessDenied"), 4 * LONGEST);
        std::thread::sleep(3 * LONGEST);
        assert!(heartbeat.is_alive());
    }
}
