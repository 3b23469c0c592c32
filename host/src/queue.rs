//! The queue: receiving messages, working on them, and settling what becomes of each.
//!
//! Three rules hold everywhere here, and make the service at-least-once:
//! - A message is deleted only by the outcome of its own work, and only after every tag of its plan is on.
//! - Whatever goes wrong leaves the message in the queue: it comes again, and after the queue's `maxReceiveCount` it is in
//!   the dead-letter queue.
//! - Nothing is received that cannot be worked on at once: a permit is taken before each receive.

pub mod pump;
pub mod sqs;
pub mod worker;
