//! What happens when.

use std::time::{Duration, Instant};

/// When what happens, from the moment that the load is on.
pub struct Schedule {
    /// When it ends.
    pub whole: Duration,
    /// From when on memory is not to grow.
    pub settled: Duration,
    /// When the host is paused.
    pub middle: Duration,
    pub pause: Duration,
    /// For how long a receive hides a message: shorter than the pause.
    pub visibility: Duration,
}

impl Schedule {
    /// Ten minutes; or as many seconds as `SOAK_SECONDS` says, for trying it: everything is then so much shorter.
    pub fn wanted() -> Self {
        let seconds = std::env::var("SOAK_SECONDS").map_or(600, |text| text.parse().expect("SOAK_SECONDS is a number"));
        // Nobody can hide a message for less than a second.
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

/// So many of something in each second.
pub struct Pace {
    per_second: f64,
    last: Instant,
    /// The part of one that is left over.
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
