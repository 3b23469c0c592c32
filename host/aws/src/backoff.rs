//! When to do something next: after how many failures, and not before an instant.

use std::time::{Duration, Instant};

/// How long to pause after a failure that came behind this many others: `first`, doubled for each of them up to `longest`, of which a
/// random part is taken, so that hosts do not come back in step.
pub(crate) fn backoff(first: Duration, longest: Duration, failures_before: u32) -> Duration {
    let doubled = first.saturating_mul(2_u32.saturating_pow(failures_before.min(16))).min(longest);
    doubled.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Waits until then; for ever, if there is nothing to wait for.
pub(crate) async fn sleep_until(at: Option<Instant>) {
    match at {
        // The timer counts in milliseconds, rounded up: what is due already would wait for one.
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
