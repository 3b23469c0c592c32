//! A message in a queue.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// Set in the serial of a copy, and clear in that of an original.
const COPY: u64 = 1 << 63;

/// A message in a queue. Cloning it does not copy the body.
#[derive(Clone, Debug)]
pub(in super::super) struct Message {
    /// Unlike the id, it differs between a message and its copy.
    pub serial: u64,
    pub body: Body,
    pub md5: Arc<str>,
    pub sent: SystemTime,
    pub first_received: Option<SystemTime>,
    pub receives: u32,
    /// The ARN of the queue that it was redriven from as a dead letter.
    pub moved_from: Option<String>,
    /// Whether a copy replaces it when it is deleted.
    pub returns: bool,
    pub(super) shelf: Shelf,
    pub(super) received: Option<Instant>,
}

impl Message {
    pub fn new(serial: u64, body: &str) -> Self {
        Self {
            serial,
            body: Body::new(body),
            md5: format!("{:x}", md5::compute(body)).into(),
            sent: SystemTime::now(),
            first_received: None,
            receives: 0,
            moved_from: None,
            returns: false,
            shelf: Shelf::Visible(0),
            received: None,
        }
    }

    pub fn id(&self) -> String {
        format!("11111111-0000-4000-8000-{:012x}", self.age())
    }

    /// The order of sending: smaller for an earlier message, and equal for its copy.
    pub fn age(&self) -> u64 {
        self.serial & !COPY
    }

    pub fn is_copy(&self) -> bool {
        self.serial & COPY != 0
    }

    /// A duplicate, as from a server that missed the latest receive: its receive count is one lower, and its receipt
    /// handles are its own.
    pub fn copy(&self) -> Self {
        Self {
            serial: self.serial | COPY,
            receives: self.receives.saturating_sub(1),
            returns: false,
            received: None,
            ..self.clone()
        }
    }
}

/// The body of a message, stored as it stands in a reply.
#[derive(Clone, Debug)]
pub(in super::super) struct Body {
    json: Arc<str>,
}

impl Body {
    fn new(text: &str) -> Self {
        Self { json: serde_json::Value::from(text).to_string().into() }
    }

    /// A JSON string, including its quotes.
    pub fn json(&self) -> &str {
        &self.json
    }

    pub fn text(&self) -> String {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// Which of a queue's indexes holds a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shelf {
    /// Among the visible messages, with this sort key.
    Visible(u64),
    InFlight(Instant),
    Delayed(Instant),
}
