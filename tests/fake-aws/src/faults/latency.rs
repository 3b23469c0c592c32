//! How long requests to a service take: most of them about the same, a few much longer.

use std::time::Duration;

use super::super::random::Random;

/// The 99th percentile of a normal distribution, in standard deviations above its mean.
const DEVIATIONS_TO_P99: f64 = 2.326_347_9;

/// No request waits longer: the distribution itself is unbounded.
const LONGEST: Duration = Duration::from_secs(3_600);

/// A log-normal distribution.
pub(super) struct Latency {
    /// In seconds.
    median: f64,
    deviation: f64,
}

impl Latency {
    /// A `p99` below the median counts as the median, so that every request waits for exactly that.
    pub fn new(median: Duration, p99: Duration) -> Self {
        let (median, p99) = (median.as_secs_f64(), p99.max(median).as_secs_f64());
        let deviation = if median > 0.0 { (p99 / median).ln() / DEVIATIONS_TO_P99 } else { 0.0 };
        Self { median, deviation }
    }

    pub fn next(&self, random: &mut Random) -> Duration {
        let seconds = self.median * (self.deviation * random.normal()).exp();
        Duration::from_secs_f64(seconds.min(LONGEST.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_times_are_below_the_median_and_one_in_a_hundred_above_the_99th_percentile() {
        let (median, p99) = (Duration::from_millis(20), Duration::from_millis(300));
        let (latency, mut random) = (Latency::new(median, p99), Random::new(1));

        let times: Vec<Duration> = (0..20_000).map(|_| latency.next(&mut random)).collect();
        let above = |limit: Duration| times.iter().filter(|time| **time > limit).count();

        assert!((9_700..10_300).contains(&above(median)), "{}", above(median));
        assert!((150..250).contains(&above(p99)), "{}", above(p99));
    }
}
