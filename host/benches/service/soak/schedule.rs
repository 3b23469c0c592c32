//! The times at which things happen.

use std::time::{Duration, Instant};

/// The soak's times, from the moment that the load is on.
pub struct Schedule {
    /// When it ends.
    pub whole: Duration,
    /// The end of the warm-up: from then on memory must not grow.
    pub settled: Duration,
    /// When the host is paused.
    pub middle: Duration,
    pub pause: Duration,
    /// The visibility timeout: shorter than the pause.
    pub visibility: Duration,
}

impl Schedule {
    /// Ten minutes; or as many seconds as `SOAK_SECONDS` says, for a try: everything is then shorter in proportion.
    pub fn wanted() -> Self {
        let seconds = std::env::var("SOAK_SECONDS").map_or(600, |text| text.parse().expect("SOAK_SECONDS is a number"));
        // SQS counts visibility timeouts in whole seconds.
        assert!(seconds >= 20, "SOAK_SECONDS is less than 20");
        let whole = Duration::from_secs(seconds);
        let visibility = Duration::from_secs(seconds / 10);
        Self { whole, settled: whole / 5, middle: whole / 2, pause: whole * 3 / 20, visibility }
    }
}

/// Something that happens again and again.
pub struct Every {
    period: Duration,
    next: Instant,
}

impl Every {
    pub fn new(period: Duration) -> Self {
        Self { period, next: Instant::now() + period }
    }

    /// Whether it is time. What was missed is not made up for.
    pub fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = now >= self.next;
        if is_due {
            self.next = now + self.period;
        }
        is_due
    }
}

/// A constant rate.
pub struct Pace {
    per_second: f64,
    last: Instant,
    /// The fraction that is not due yet.
    rest: f64,
}

impl Pace {
    pub fn new(per_second: f64) -> Self {
        Self { per_second, last: Instant::now(), rest: 0.0 }
    }

    /// How many are due since it was last asked.
    pub fn due(&mut self) -> usize {
        let now = Instant::now();
        let due = self.rest + (now - self.last).as_secs_f64() * self.per_second;
        (self.last, self.rest) = (now, due.fract());
        due as usize
    }
}
