//! The queue: receiving messages, working on them, and settling what becomes of each.
//!
//! ```text
//!  SQS ──▶ receiver ─▶ worker ────────────▶ acknowledger ──▶ SQS
//!          │ permits    plan, tag            ten at a time
//!          ╰─▶ lease: extends every message's visibility until it is settled
//! ```
//!
//! Four rules hold everywhere here, and make the service at-least-once:
//! - A message is settled once, by the outcome of its own work, and deleted only after every tag of its plan is on. The right to do
//!   so is a receipt, which cannot be copied, and which keeps the message from everybody else while it lives.
//! - Whatever goes wrong leaves the message in the queue: it comes again, and after the queue's `maxReceiveCount` it is in
//!   the dead-letter queue.
//! - Nothing is received that cannot be worked on at once: a permit is taken before each receive.
//! - Nothing that is under way is aborted: a receive ends by itself, and what it brings is worked on or given back.

mod acknowledger;
pub(crate) mod conclusion;
mod dedup_cache;
pub mod heartbeat;
mod lease;
mod receiver;
pub mod service;
pub mod span;
pub mod sqs;
mod worker;
