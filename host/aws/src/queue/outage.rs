//! A failure that goes on, told when it begins, once a minute, and when it ends: many tasks meet the same one again and
//! again, and a line for each would bury all others.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often it is told, at most.
const INTERVAL: Duration = Duration::from_secs(60);

/// Whether something fails at present. All copies share one state.
#[derive(Debug, Clone, Default)]
pub(super) struct Outage(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// When it began, if it goes on.
    since: Option<Instant>,
    /// The failures since then.
    failures: u64,
    /// Whether the log knows of it.
    is_told: bool,
    /// When a failure was told last, of this outage or of one before.
    last_told: Option<Instant>,
}

/// How much has failed so far, in all tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failures {
    pub(super) count: u64,
    /// For how long.
    pub(super) lasted: Duration,
}

impl Outage {
    /// Notes a failure. Says what has failed so far, if it is to be told now.
    pub(super) fn failed(&self, now: Instant) -> Option<Failures> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures += 1;
        let since = *state.since.get_or_insert(now);
        // If something fails and succeeds by turns, it is told once a minute, too.
        if state.last_told.is_some_and(|told| now.saturating_duration_since(told) < INTERVAL) {
            return None;
        }
        (state.last_told, state.is_told) = (Some(now), true);
        Some(Failures { count: state.failures, lasted: now.saturating_duration_since(since) })
    }

    /// Notes a success. Says what had failed before, if that was told.
    pub(super) fn ended(&self, now: Instant) -> Option<Failures> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = state.since.take()?;
        let failures = Failures { count: state.failures, lasted: now.saturating_duration_since(since) };
        let was_told = state.is_told;
        (state.failures, state.is_told) = (0, false);
        was_told.then_some(failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_told_when_it_begins_once_a_minute_and_when_it_ends() {
        let (outage, begin) = (Outage::default(), Instant::now());
        assert_eq!(outage.ended(begin), None);
        let told: Vec<_> =
            (0..=125).filter_map(|second| Some((second, outage.clone().failed(begin + seconds(second))?))).collect();
        let failures = |count, second| Failures { count, lasted: seconds(second) };
        assert_eq!(told, [(0, failures(1, 0)), (60, failures(61, 60)), (120, failures(121, 120))]);
        assert_eq!(outage.ended(begin + seconds(130)), Some(failures(126, 130)));
        assert_eq!(outage.ended(begin + seconds(131)), None);
    }

    #[test]
    fn what_fails_and_succeeds_by_turns_is_told_once_a_minute() {
        let (outage, begin) = (Outage::default(), Instant::now());
        let mut lines = 0;
        for second in 0..60 {
            lines += usize::from(outage.failed(begin + seconds(second)).is_some());
            lines += usize::from(outage.ended(begin + seconds(second)).is_some());
        }
        assert_eq!(lines, 2);
        assert_eq!(outage.failed(begin + seconds(60)), Some(Failures { count: 1, lasted: Duration::ZERO }));
    }
}
