//! What tests do with queues.

use std::time::{Duration, Instant};

use super::super::world::{Region, RegionHandle};
use super::admin::arn;
use super::attributes;
use super::message::Message;
use super::queue::{Counts, Queue, QueuedMessage, Redrive, Settings};

/// A queue that a test is about to create.
#[derive(Clone, Debug)]
pub struct QueueSpec {
    name: String,
    visibility: Duration,
    dead_letters: Option<(String, u32)>,
}

impl QueueSpec {
    /// A queue with AWS's defaults: 30 s visibility timeout, no dead-letter queue.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), visibility: Settings::default().visibility, dead_letters: None }
    }

    /// The visibility timeout of a receive that gives none. Unlike in AWS, it may be a fraction of a second.
    pub fn visibility_timeout(mut self, visibility: Duration) -> Self {
        self.visibility = visibility;
        self
    }

    /// Sets a redrive policy: a message moves to the queue `name` at the receive after `max_receives`. That queue must
    /// exist.
    pub fn dead_letters(mut self, name: &str, max_receives: u32) -> Self {
        self.dead_letters = Some((name.to_owned(), max_receives));
        self
    }
}

impl RegionHandle {
    /// Creates a queue with AWS's defaults, and returns its URL. It replaces a queue of that name.
    pub fn create_queue(&self, name: &str) -> String {
        self.create_queue_with(QueueSpec::named(name))
    }

    /// Creates a queue, and returns its URL. It replaces a queue of that name.
    ///
    /// # Panics
    ///
    /// If the dead-letter queue does not exist.
    #[track_caller]
    pub fn create_queue_with(&self, spec: QueueSpec) -> String {
        if let Some((dead, _)) = &spec.dead_letters {
            self.counts(dead);
        }
        let redrive = spec.dead_letters.map(|(queue, max_receives)| Redrive {
            arn: arn(self.account(), self.region(), &queue),
            queue,
            max_receives,
        });
        let settings = Settings { visibility: spec.visibility, redrive, ..Settings::default() };
        let queue = Queue::new(&spec.name, arn(self.account(), self.region(), &spec.name), settings);
        if let Some(replaced) = self.update(|region| region.queues.insert(spec.name.clone(), queue)) {
            // The long polls on the old queue look at the new one from now on.
            replaced.touched.notify_waiters();
        }
        self.queue_url(&spec.name)
    }

    /// The URL of a queue of this name, whether or not it exists.
    pub fn queue_url(&self, name: &str) -> String {
        format!("http://{}/{}/{name}", self.server(), self.account())
    }

    /// Sets an attribute of a queue, named by its URL or its name, as SetQueueAttributes does: `Policy`,
    /// `KmsMasterKeyId`, `RedrivePolicy` and so on. An empty policy or key removes the current one; a KMS key replaces
    /// SQS's own encryption, and vice versa.
    ///
    /// # Panics
    ///
    /// If AWS would refuse the name or the value.
    #[track_caller]
    pub fn set_queue_attribute(&self, queue: &str, name: &str, value: &str) {
        let queue = queue.rsplit('/').next().unwrap_or(queue);
        let set = self.update(|region| {
            let mut settings = region.queues.get(queue)?.settings.clone();
            let set = attributes::set(&mut settings, &[(name, value)], &region.queues);
            region.queues.get_mut(queue)?.settings = settings;
            Some(set)
        });
        if let Err(error) = found(set, queue) {
            panic!("{name} of {queue}: {}: {}", error.code, error.message);
        }
    }

    /// Sends a message, and returns its id.
    #[track_caller]
    pub fn send(&self, queue: &str, body: &str) -> String {
        let serial = self.shared.update(|world| world.next_serial());
        self.change_queue(queue, |queue| {
            let message = Message::new(serial, body);
            let id = message.id();
            queue.send(message, Duration::ZERO, Instant::now());
            id
        })
    }

    /// How many messages a queue holds.
    #[track_caller]
    pub fn counts(&self, queue: &str) -> Counts {
        self.read(|region| found(region.queues.get(queue), queue).counts(Instant::now()))
    }

    /// All messages of a queue, visible or not, oldest first, without receiving them.
    #[track_caller]
    pub fn messages(&self, queue: &str) -> Vec<QueuedMessage> {
        self.read(|region| found(region.queues.get(queue), queue).contents())
    }

    /// The bodies of all messages of a queue, such as a dead-letter queue, oldest first, without receiving them.
    #[track_caller]
    pub fn bodies(&self, queue: &str) -> Vec<String> {
        self.messages(queue).into_iter().map(|message| message.body).collect()
    }

    /// Makes every message in flight visible again, as if its visibility timeout had expired.
    #[track_caller]
    pub fn expire_in_flight(&self, queue: &str) {
        self.change_queue(queue, Queue::expire_in_flight);
    }

    /// Makes every message visible again that would stay in flight for longer than `longest`, as if that time had
    /// passed. A message that a consumer works on, extending a shorter visibility timeout again and again, stays in
    /// flight.
    #[track_caller]
    pub fn cut_delays(&self, queue: &str, longest: Duration) {
        self.change_queue(queue, |queue| queue.show_after(Instant::now() + longest));
    }

    /// Deletes a queue with its messages; requests that name it fail from now on.
    #[track_caller]
    pub fn delete_queue(&self, queue: &str) {
        let removed = self.update(|region: &mut Region| region.queues.remove(queue));
        // Wakes the long polls, which then fail.
        found(removed, queue).touched.notify_waiters();
    }

    /// Makes a queue vanish for every request, including open long polls, as if it were deleted: `NonExistentQueue`.
    /// Its messages stay, visibility timeouts go on, and tests see and change it as before.
    #[track_caller]
    pub fn hide_queue(&self, queue: &str) {
        self.set_hidden(queue, true);
    }

    /// Restores a queue that [`RegionHandle::hide_queue`] has hidden, with its messages.
    #[track_caller]
    pub fn restore_queue(&self, queue: &str) {
        self.set_hidden(queue, false);
    }

    /// Delivers duplicates from now on, as standard queues do (at-least-once delivery): each message with this
    /// probability, decided at its first receive. Half of the duplicates come while the message is in flight, the other
    /// half after its deletion. Which ones follows from the seed and the order of receives alone.
    ///
    /// A duplicate has the id and the body of its message, but its own receipt handles and its own receive count:
    /// deleting one leaves the other, and both count in [`RegionHandle::counts`]. A duplicate is not duplicated again.
    #[track_caller]
    pub fn duplicate(&self, queue: &str, probability: f64, seed: u64) {
        self.change_queue(queue, |queue| queue.duplicate(probability, seed));
    }

    /// How many duplicates of a queue's messages were delivered or are still to come.
    #[track_caller]
    pub fn copies(&self, queue: &str) -> usize {
        self.read(|region| found(region.queues.get(queue), queue).copies())
    }

    /// Delivers messages in random order from now on, instead of oldest first. The order follows from the seed and from
    /// what else happens to the queue.
    #[track_caller]
    pub fn reorder(&self, queue: &str, seed: u64) {
        self.change_queue(queue, |queue| queue.reorder(seed));
    }

    #[track_caller]
    fn set_hidden(&self, queue: &str, hidden: bool) {
        self.change_queue(queue, |queue| {
            queue.hidden = hidden;
            // Wakes the long polls, which then notice.
            queue.touched.notify_waiters();
        });
    }

    #[track_caller]
    fn change_queue<T>(&self, name: &str, change: impl FnOnce(&mut Queue) -> T) -> T {
        let changed = self.update(|region| region.queues.get_mut(name).map(change));
        found(changed, name)
    }
}

#[track_caller]
fn found<T>(queue: Option<T>, name: &str) -> T {
    queue.unwrap_or_else(|| panic!("the test has created no queue {name} here"))
}
