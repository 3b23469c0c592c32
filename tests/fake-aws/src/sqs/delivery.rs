//! At-least-once delivery: a standard queue may deliver a message twice, or out of order.

use super::super::random::Random;
use super::message::Message;

/// How a queue delivers, as set by the test.
#[derive(Default)]
pub(super) struct Delivery {
    duplicates: Option<(f64, Random)>,
    order: Option<Random>,
    /// How many copies were added so far.
    pub copies: usize,
}

/// When the copy of a message becomes visible.
pub(super) enum Copy {
    /// While the message itself is in flight.
    Now,
    /// When the message itself is deleted.
    Later,
}

impl Delivery {
    pub fn duplicate(&mut self, probability: f64, seed: u64) {
        self.duplicates = Some((probability, Random::new(seed)));
    }

    pub fn reorder(&mut self, seed: u64) {
        self.order = Some(Random::new(seed));
    }

    /// Whether, and when, a message that is received for the first time is duplicated.
    pub fn copy(&mut self) -> Option<Copy> {
        let (probability, random) = self.duplicates.as_mut()?;
        let (comes, now) = (random.happens(*probability), random.happens(0.5));
        comes.then_some(if now { Copy::Now } else { Copy::Later })
    }

    /// The sort key of a message among the visible ones. A receive starts at the key that [`Delivery::first`] returns.
    pub fn place(&mut self, message: &Message) -> u64 {
        self.order.as_mut().map_or(message.age(), Random::number)
    }

    /// The sort key from which a receive searches for a visible message.
    pub fn first(&mut self) -> u64 {
        self.order.as_mut().map_or(0, Random::number)
    }
}
