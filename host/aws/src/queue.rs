//! The queue: receiving messages, working on them, and acknowledging each.
//!
//! ```text
//!  SQS ──▶ receiver ─▶ worker ────────────▶ acknowledger ──▶ SQS
//!          │ permits    plan, tag            ten at a time
//!          ╰─▶ lease: extends every message's visibility until it is acknowledged
//! ```
//!
//! Four invariants hold everywhere here, and make the service at-least-once:
//! - A message is acknowledged once, by the outcome of its own work, and deleted only when nothing of its plan is left
//!   to do. The right to acknowledge it is a receipt, which cannot be copied, and whose lease keeps the message from
//!   other hosts while it lives.
//! - A message that fails stays in the queue and comes again. After the queue's `maxReceiveCount`, its redrive policy
//!   moves the message to the dead-letter queue.
//! - Backpressure: nothing is received that cannot be worked on at once. A permit is taken before each receive.
//! - Nothing that is under way is aborted: a receive ends by itself, and what it brings is worked on or given back.

mod acknowledger;
pub(crate) mod conclusion;
mod dedup_cache;
pub mod heartbeat;
mod lease;
mod outage;
mod receiver;
pub mod service;
pub mod span;
pub mod sqs;
mod worker;
