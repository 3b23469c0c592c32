//! What a standard queue does now and then: it delivers a message twice, or out of order.

use super::super::random::Random;
use super::message::Message;

/// The delivery that a test has asked of a queue.
#[derive(Default)]
pub(super) struct Delivery {
    duplicates: Option<(f64, Random)>,
    order: Option<Random>,
    /// How many copies there have been.
    pub copies: usize,
}

/// When the copy of a message comes.
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

    /// Whether a message that is received for the first time comes twice.
    pub fn copy(&mut self) -> Option<Copy> {
        let (probability, random) = self.duplicates.as_mut()?;
        let (comes, now) = (random.happens(*probability), random.happens(0.5));
        comes.then_some(if now { Copy::Now } else { Copy::Later })
    }

    /// The place of a message among the visible ones, which are received from a place that [`Delivery::first`] gives on.
    pub fn place(&mut self, message: &Message) -> u64 {
        self.order.as_mut().map_or(message.age(), Random::number)
    }

    /// The place to look for a visible message from.
    pub fn first(&mut self) -> u64 {
        self.order.as_mut().map_or(0, Random::number)
    }
}
