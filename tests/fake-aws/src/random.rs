//! Deterministic pseudorandom numbers: a seed gives the same sequence in every run.

use std::f64::consts::TAU;

/// A sequence of pseudorandom numbers that its seed alone determines (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Starts the sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Uniform over all 64-bit numbers.
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to `end`, exclusive.
    ///
    /// # Panics
    ///
    /// If `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// From 0 up to 1, exclusive.
    pub fn fraction(&mut self) -> f64 {
        // As many bits as a double holds exactly.
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability: never for 0, always for 1.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// From the standard normal distribution: mean 0, standard deviation 1 (the Box-Muller method).
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.fraction(), self.fraction());
        (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
    }
}
