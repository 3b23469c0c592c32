//! How fast requests to one API may go in one account and Region: a token bucket, with a rate that follows AIMD.
//!
//! AWS has a token bucket for each API of an account and Region, which all principals of the account share. The bucket
//! here is the host's estimate of it:
//! - Each request takes a token. The more tokens are gone, the longer a request that could still grow waits after the
//!   one before: a full bucket gives at once, and one that lacks a tenth no faster than it fills. So a burst of loads
//!   becomes few large requests, rather than many small ones that empty AWS's bucket for all principals. A request that
//!   is full gains nothing by waiting, and does not wait.
//! - When AWS throttles, the rate is halved (multiplicative decrease); it grows back slowly (additive increase). So the
//!   host finds the share that other principals leave it, and several hosts share it without knowing each other.
//!
//! Time comes in as an argument.

use std::time::{Duration, Instant};

use crate::tagger::rates::Rate;

/// For how long after the rate was halved it is not halved again: requests that were under way together say the same
/// thing.
const SETTLING: Duration = Duration::from_secs(1);
/// In how many seconds the rate grows by the configured rate.
const SECONDS_TO_GROW: f64 = 10.0;
/// Once this part of the bucket is gone, requests that could still grow come no faster than it fills.
const FREE: f64 = 0.1;
/// The smallest rate, as a part of what was configured.
const SLOWEST: f64 = 1.0 / 64.0;

/// The token bucket of one API.
#[derive(Debug)]
pub(super) struct Limiter {
    configured: Rate,
    per_second: f64,
    tokens: f64,
    /// As of when `tokens` and `per_second` are.
    as_of: Instant,
    last_taken: Option<Instant>,
    last_halved: Option<Instant>,
}

impl Limiter {
    pub(super) fn new(configured: Rate, now: Instant) -> Self {
        Self {
            configured,
            per_second: configured.per_second,
            tokens: configured.burst,
            as_of: now,
            last_taken: None,
            last_halved: None,
        }
    }

    /// When the next token is given, which may be now. `is_full` says that the request cannot grow by waiting.
    pub(super) fn ready_at(&mut self, now: Instant, is_full: bool) -> Instant {
        self.pass_time(now);
        let filled = now + self.seconds_for(1.0 - self.tokens);
        let Some(taken) = self.last_taken.filter(|_| !is_full) else { return filled };
        let gone = 1.0 - self.tokens / self.configured.burst;
        filled.max(taken + self.seconds_for((gone / FREE).clamp(0.0, 1.0)))
    }

    pub(super) fn take(&mut self, now: Instant) {
        self.pass_time(now);
        self.tokens = (self.tokens - 1.0).max(0.0);
        self.last_taken = Some(now);
    }

    /// Too many requests: AWS's bucket is empty.
    pub(super) fn throttled(&mut self, now: Instant) {
        self.pass_time(now);
        self.tokens = 0.0;
        if self.last_halved.is_none_or(|halved| now.duration_since(halved) >= SETTLING) {
            self.per_second = (self.per_second / 2.0).max(self.configured.per_second * SLOWEST);
            self.last_halved = Some(now);
        }
    }

    fn pass_time(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.as_of).as_secs_f64();
        self.tokens = (self.tokens + seconds * self.per_second).min(self.configured.burst);
        let growth = seconds * self.configured.per_second / SECONDS_TO_GROW;
        self.per_second = (self.per_second + growth).min(self.configured.per_second);
        self.as_of = now.max(self.as_of);
    }

    /// How long it takes to gain this many tokens.
    fn seconds_for(&self, tokens: f64) -> Duration {
        Duration::try_from_secs_f64(tokens.max(0.0) / self.per_second).unwrap_or(Duration::from_secs(3600))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 100.0, per_second: 10.0 };

    /// How many requests are sent from `from` on, each as early as it may be, and none of them full.
    fn requests_within(limiter: &mut Limiter, from: Instant, span: Duration) -> u32 {
        let mut now = from;
        let mut requests = 0;
        loop {
            now = limiter.ready_at(now, false).max(now);
            if now > from + span {
                return requests;
            }
            limiter.take(now);
            requests += 1;
        }
    }

    #[test]
    fn a_full_bucket_gives_at_once() {
        let now = Instant::now();
        assert_eq!(Limiter::new(RATE, now).ready_at(now, false), now);
    }

    #[test]
    fn the_fewer_tokens_are_left_the_longer_the_next_one_takes() {
        let now = Instant::now();
        let mut limiter = Limiter::new(RATE, now);
        let mut waits = Vec::new();
        let mut at = now;
        for _ in 0..50 {
            let next = limiter.ready_at(at, false);
            waits.push(next - at);
            at = next;
            limiter.take(at);
        }
        assert!(waits.is_sorted(), "{waits:?}");
        assert!(waits[5] < Duration::from_millis(60), "{waits:?}");
        assert!(waits[49] > Duration::from_millis(95) && waits[49] < Duration::from_millis(101), "{waits:?}");
    }

    #[test]
    fn a_burst_of_requests_that_could_still_grow_leaves_most_of_the_bucket() {
        let now = Instant::now();
        let requests = requests_within(&mut Limiter::new(RATE, now), now, Duration::from_millis(500));
        assert!((8..=12).contains(&requests), "{requests}");
    }

    #[test]
    fn full_requests_get_all_that_the_bucket_holds_at_once() {
        let now = Instant::now();
        let mut limiter = Limiter::new(RATE, now);
        for request in 0..100 {
            assert_eq!(limiter.ready_at(now, true), now, "{request}");
            limiter.take(now);
        }
        assert_eq!(limiter.ready_at(now, true), now + Duration::from_millis(100));
    }

    #[test]
    fn in_the_long_run_the_rate_is_the_configured_one() {
        let now = Instant::now();
        let requests = requests_within(&mut Limiter::new(RATE, now), now, Duration::from_secs(1000));
        assert!((9_990..=10_100).contains(&requests), "{requests}");
    }

    #[test]
    fn being_throttled_halves_the_rate_once_and_it_grows_back_slowly() {
        let now = Instant::now();
        let mut limiter = Limiter::new(RATE, now);
        limiter.throttled(now);
        limiter.throttled(now + Duration::from_millis(10));
        // The bucket is empty, and fills at 5 a second at first.
        assert_eq!(requests_within(&mut limiter, now, Duration::from_secs(1)), 5);
        // It grows by a tenth of the configured rate each second.
        for (seconds, rate) in [(3, 8.0), (60, 10.0)] {
            limiter.ready_at(now + Duration::from_secs(seconds), false);
            assert!((limiter.per_second - rate).abs() < 0.02, "{seconds}: {}", limiter.per_second);
        }
    }

    #[test]
    fn however_often_it_is_throttled_it_gives_again() {
        let mut now = Instant::now();
        let mut limiter = Limiter::new(RATE, now);
        for _ in 0..1000 {
            limiter.throttled(now);
            now += SETTLING;
        }
        assert!(limiter.ready_at(now, false) < now + Duration::from_secs(10));
    }
}
