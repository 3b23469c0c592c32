//! A standard queue: its messages, and when each is visible. The current time is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

use super::super::reply::ApiError;
use super::delivery::{Copy, Delivery};
use super::message::{Message, Shelf};
use super::receipt::Receipt;
use super::sqs_error;

/// The longest visibility timeout, counted from the receive.
pub(super) const MAX_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);

/// How many messages a queue holds, by their state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// A receive would return them now.
    pub visible: usize,
    /// Received, and neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that has not passed.
    pub delayed: usize,
}

impl Counts {
    /// How many messages the queue holds, in whatever state.
    pub fn total(&self) -> usize {
        self.visible + self.in_flight + self.delayed
    }
}

/// A message that a queue holds, as a test sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMessage {
    /// Its id, which a redrive does not change.
    pub id: String,
    /// Its body, as sent.
    pub body: String,
    /// Its receive count, over this queue and those that it came from.
    pub receives: u32,
    /// When it was sent, which a redrive does not change.
    pub sent: SystemTime,
}

/// The redrive policy: what happens to a message that is received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Redrive {
    /// The name of the dead-letter queue.
    pub queue: String,
    pub arn: String,
    /// The message moves at the receive after this many.
    pub max_receives: u32,
}

/// The queue's attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Settings {
    pub visibility: Duration,
    pub delay: Duration,
    pub wait: Duration,
    pub retention: Duration,
    /// In bytes.
    pub max_message: usize,
    pub redrive: Option<Redrive>,
    /// JSON, as given; stored, but not enforced.
    pub redrive_allow_policy: Option<String>,
    /// JSON, as given; stored, but not enforced.
    pub policy: Option<String>,
    pub encryption: Encryption,
    /// How long a KMS data key is reused.
    pub data_key_reuse: Duration,
}

/// The encryption at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Encryption {
    None,
    /// SQS's own key, the default.
    Sqs,
    /// A KMS key, as it was named.
    Kms(String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility: Duration::from_secs(30),
            delay: Duration::ZERO,
            wait: Duration::ZERO,
            retention: Duration::from_secs(4 * 24 * 60 * 60),
            max_message: 1024 * 1024,
            redrive: None,
            redrive_allow_policy: None,
            policy: None,
            encryption: Encryption::Sqs,
            data_key_reuse: Duration::from_secs(300),
        }
    }
}

/// A queue, with its messages and what happens to them by time alone.
pub(in super::super) struct Queue {
    pub name: String,
    pub arn: String,
    pub settings: Settings,
    pub created: SystemTime,
    /// No request finds it, as if it were deleted; everything else goes on.
    pub hidden: bool,
    /// Notified whenever a message may have become visible, or its time of becoming visible has changed.
    pub touched: Arc<Notify>,
    messages: BTreeMap<u64, Message>,
    /// The visible messages, by sort key and serial.
    visible: BTreeSet<(u64, u64)>,
    in_flight: BTreeSet<(Instant, u64)>,
    delayed: BTreeSet<(Instant, u64)>,
    delivery: Delivery,
}

impl Queue {
    pub fn new(name: &str, arn: String, settings: Settings) -> Self {
        Self {
            name: name.to_owned(),
            arn,
            settings,
            created: SystemTime::now(),
            hidden: false,
            touched: Arc::default(),
            messages: BTreeMap::new(),
            visible: BTreeSet::new(),
            in_flight: BTreeSet::new(),
            delayed: BTreeSet::new(),
            delivery: Delivery::default(),
        }
    }

    /// Adds a message that becomes visible after `delay`.
    pub fn send(&mut self, message: Message, delay: Duration, now: Instant) {
        let serial = message.serial;
        self.messages.insert(serial, message);
        if delay.is_zero() {
            self.show(serial);
        } else {
            self.put(serial, Shelf::Delayed(now + delay));
        }
    }

    /// Takes up to `max` visible messages, oldest first unless the queue delivers in another order, and makes them
    /// invisible for `visibility`. A message that has used up its receives is in the second list instead, and no longer
    /// in the queue.
    pub fn receive(&mut self, max: usize, visibility: Duration, now: Instant) -> (Vec<Message>, Vec<Message>) {
        self.refresh(now);
        let limit = self.settings.redrive.as_ref().map(|redrive| redrive.max_receives);
        let (mut received, mut dead) = (Vec::new(), Vec::new());
        while received.len() < max {
            let Some(serial) = self.take_visible() else { break };
            let Some(message) = self.messages.get_mut(&serial) else { continue };
            if limit.is_some_and(|limit| message.receives >= limit) {
                dead.extend(self.messages.remove(&serial));
                continue;
            }
            message.receives += 1;
            message.received = Some(now);
            message.first_received.get_or_insert_with(SystemTime::now);
            received.push(message.clone());
        }
        // Only now, so that no message comes twice in one answer.
        for message in &received {
            self.hide(message.serial, visibility, now);
            if message.receives == 1 && !message.is_copy() {
                self.double(message);
            }
        }
        (received, dead)
    }

    /// The receipt handle of the latest receive of a message.
    pub fn receipt(&self, message: &Message) -> String {
        Receipt { queue: self.name.clone(), serial: message.serial, receive: message.receives }.to_handle()
    }

    /// Deletes the message if the handle is that of its latest receive, otherwise does nothing. Both are a success.
    ///
    /// # Errors
    ///
    /// `ReceiptHandleIsInvalid` for what is no receipt handle of this queue.
    pub fn delete(&mut self, handle: &str) -> Result<(), ApiError> {
        let receipt = self.read_receipt(handle)?;
        if self.latest(&receipt).is_some()
            && let Some(deleted) = self.remove(receipt.serial)
            && deleted.returns
        {
            self.add_copy(&deleted);
        }
        Ok(())
    }

    /// Changes the visibility of a message in flight: it becomes visible at `visibility` from now.
    ///
    /// # Errors
    ///
    /// `ReceiptHandleIsInvalid` for what is no receipt handle of this queue, `InvalidParameterValue` if the message is
    /// deleted, was received again since, or would be invisible for more than 12 hours, `MessageNotInflight` if it is
    /// visible again.
    pub fn change_visibility(&mut self, handle: &str, visibility: Duration, now: Instant) -> Result<(), ApiError> {
        self.refresh(now);
        let receipt = self.read_receipt(handle)?;
        let Some(message) = self.latest(&receipt) else {
            let reason = "Message does not exist or is not available for visibility timeout change.";
            let message = format!("Value {handle} for parameter ReceiptHandle is invalid. Reason: {reason}");
            return Err(ApiError::invalid_value(message));
        };
        if !matches!(message.shelf, Shelf::InFlight(_)) {
            return Err(sqs_error("MessageNotInflight", "The message referred to isn't in flight."));
        }
        let until = now + visibility;
        if message.received.is_some_and(|received| until > received + MAX_VISIBILITY) {
            let seconds = visibility.as_secs();
            let reason = "Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].";
            let message = format!("Value {seconds} for parameter VisibilityTimeout is invalid. {reason}");
            return Err(ApiError::invalid_value(message));
        }
        self.hide(receipt.serial, visibility, now);
        Ok(())
    }

    /// Deletes all messages.
    pub fn purge(&mut self) {
        self.messages.clear();
        self.visible.clear();
        self.in_flight.clear();
        self.delayed.clear();
    }

    /// Ends the visibility timeout of every message in flight, as if it had expired.
    pub fn expire_in_flight(&mut self) {
        for (_, serial) in std::mem::take(&mut self.in_flight) {
            self.show(serial);
        }
    }

    /// Ends the visibility timeout of every message that would still be in flight at `later`.
    pub fn show_after(&mut self, later: Instant) {
        for (_, serial) in self.in_flight.split_off(&(later, u64::MAX)) {
            self.show(serial);
        }
    }

    /// Duplicates messages from now on, each with this probability.
    pub fn duplicate(&mut self, probability: f64, seed: u64) {
        self.delivery.duplicate(probability, seed);
    }

    /// Delivers messages in random order from now on.
    pub fn reorder(&mut self, seed: u64) {
        self.delivery.reorder(seed);
        for (_, serial) in std::mem::take(&mut self.visible) {
            self.show(serial);
        }
    }

    /// How many copies were added, or are still to come.
    pub fn copies(&self) -> usize {
        self.delivery.copies
    }

    pub fn counts(&self, now: Instant) -> Counts {
        let over = |shelf: &BTreeSet<(Instant, u64)>| shelf.range(..=(now, u64::MAX)).count();
        let (landed, due) = (over(&self.in_flight), over(&self.delayed));
        Counts {
            visible: self.visible.len() + landed + due,
            in_flight: self.in_flight.len() - landed,
            delayed: self.delayed.len() - due,
        }
    }

    /// The first instant after `now` at which time alone makes a message visible.
    pub fn next_timer(&self, now: Instant) -> Option<Instant> {
        let after = |shelf: &BTreeSet<(Instant, u64)>| shelf.range((now, u64::MAX)..).next().map(|(at, _)| *at);
        [after(&self.in_flight), after(&self.delayed)].into_iter().flatten().min()
    }

    /// All messages, oldest first.
    pub fn contents(&self) -> Vec<QueuedMessage> {
        let queued = |message: &Message| QueuedMessage {
            id: message.id(),
            body: message.body.text(),
            receives: message.receives,
            sent: message.sent,
        };
        let mut messages: Vec<&Message> = self.messages.values().collect();
        messages.sort_by_key(|message| message.age());
        messages.into_iter().map(queued).collect()
    }

    fn read_receipt(&self, handle: &str) -> Result<Receipt, ApiError> {
        Receipt::from_handle(handle).filter(|receipt| receipt.queue == self.name).ok_or_else(|| {
            let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
            ApiError::new(404, "ReceiptHandleIsInvalid", message)
        })
    }

    /// The message, if it still exists and the receipt is that of its latest receive.
    fn latest(&self, receipt: &Receipt) -> Option<&Message> {
        self.messages.get(&receipt.serial).filter(|message| message.receives == receipt.receive)
    }

    /// Makes the messages visible whose time has come.
    fn refresh(&mut self, now: Instant) {
        for shelf in [&mut self.in_flight, &mut self.delayed] {
            while shelf.first().is_some_and(|(until, _)| *until <= now) {
                let Some((_, serial)) = shelf.pop_first() else { break };
                let Some(message) = self.messages.get_mut(&serial) else { continue };
                let place = self.delivery.place(message);
                self.visible.insert((place, serial));
                message.shelf = Shelf::Visible(place);
            }
        }
    }

    /// Removes the next message from the visible ones.
    fn take_visible(&mut self) -> Option<u64> {
        let from = (self.delivery.first(), 0);
        let next = self.visible.range(from..).next().or_else(|| self.visible.first()).copied()?;
        self.visible.remove(&next);
        Some(next.1)
    }

    /// Duplicates a message, if chance says so.
    fn double(&mut self, message: &Message) {
        match self.delivery.copy() {
            Some(Copy::Now) => self.add_copy(message),
            Some(Copy::Later) => {
                if let Some(message) = self.messages.get_mut(&message.serial) {
                    message.returns = true;
                }
            }
            None => {}
        }
    }

    fn add_copy(&mut self, message: &Message) {
        let copy = message.copy();
        let serial = copy.serial;
        self.messages.insert(serial, copy);
        self.delivery.copies += 1;
        self.show(serial);
    }

    /// Makes a message visible.
    fn show(&mut self, serial: u64) {
        let Some(message) = self.messages.get(&serial) else { return };
        let place = self.delivery.place(message);
        self.put(serial, Shelf::Visible(place));
    }

    /// Makes a message invisible for `visibility`; zero makes it visible.
    fn hide(&mut self, serial: u64, visibility: Duration, now: Instant) {
        if visibility.is_zero() {
            self.show(serial);
        } else {
            self.put(serial, Shelf::InFlight(now + visibility));
        }
    }

    fn put(&mut self, serial: u64, shelf: Shelf) {
        self.unshelve(serial);
        if let Some(message) = self.messages.get_mut(&serial) {
            message.shelf = shelf;
        }
        match shelf {
            Shelf::Visible(place) => self.visible.insert((place, serial)),
            Shelf::InFlight(until) => self.in_flight.insert((until, serial)),
            Shelf::Delayed(until) => self.delayed.insert((until, serial)),
        };
        self.touched.notify_waiters();
    }

    fn remove(&mut self, serial: u64) -> Option<Message> {
        self.unshelve(serial);
        self.messages.remove(&serial)
    }

    fn unshelve(&mut self, serial: u64) {
        match self.messages.get(&serial).map(|message| message.shelf) {
            Some(Shelf::Visible(place)) => self.visible.remove(&(place, serial)),
            Some(Shelf::InFlight(until)) => self.in_flight.remove(&(until, serial)),
            Some(Shelf::Delayed(until)) => self.delayed.remove(&(until, serial)),
            None => false,
        };
    }
}
