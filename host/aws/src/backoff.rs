//! Exponential backoff with jitter, and sleeping until an instant.

use std::time::{Duration, Instant};

/// The pause after a failure that follows `failures_before` others: `first`, doubled for each of them up to `longest`.
/// Jitter takes off up to half of it, so that hosts do not retry in step.
pub(crate) fn backoff(first: Duration, longest: Duration, failures_before: u32) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(failures_before.min(16))).min(longest);
    doubled.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Waits until `at`; for ever if it is none.
pub(crate) async fn sleep_until(at: Option<Instant>) {
    match at {
        // The timer counts in milliseconds, rounded up: without this, what is due already would wait for one.
        Some(at) if at <= Instant::now() => {}
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_its_bound_and_is_never_the_same_for_all() {
        let (first, bound) = (Duration::from_millis(500), Duration::from_secs(30));
        for (failures, longest) in [(0, 500), (1, 1_000), (3, 4_000), (6, 30_000), (u32::MAX, 30_000)] {
            let pauses: Vec<_> = (0..20).map(|_| backoff(first, bound, failures)).collect();
            assert!(pauses.iter().all(|pause| (longest / 2..=longest).contains(&pause.as_millis())), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
        }
    }
}
