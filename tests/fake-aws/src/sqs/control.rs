//! What tests do with queues.

use std::time::{Duration, Instant};

use super::super::world::{AccountRegion, Region};
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

    /// How long a receive that says nothing else hides a message; unlike in AWS, any fraction of a second.
    pub fn visibility_timeout(mut self, visibility: Duration) -> Self {
        self.visibility = visibility;
        self
    }

    /// Moves a message to the queue `name` at the receive after `max_receives`. That queue must exist.
    pub fn dead_letters(mut self, name: &str, max_receives: u32) -> Self {
        self.dead_letters = Some((name.to_owned(), max_receives));
        self
    }
}

/// Queues.
impl AccountRegion {
    /// Creates a queue with AWS's defaults, and gives its URL. A queue of that name is replaced.
    pub fn create_queue(&self, name: &str) -> String {
        self.create_queue_with(QueueSpec::named(name))
    }

    /// Creates a queue, and gives its URL. A queue of that name is replaced.
    ///
    /// # Panics
    ///
    /// If there is no queue of the name that dead letters are to go to.
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
            // Its long polls look at the new one from now on.
            replaced.touched.notify_waiters();
        }
        self.queue_url(&spec.name)
    }

    /// The URL that a queue of this name has or would have.
    pub fn queue_url(&self, name: &str) -> String {
        format!("http://{}/{}/{name}", self.server(), self.account())
    }

    /// Sets an attribute of a queue, named by its URL or its name, as SetQueueAttributes does: `Policy`,
    /// `KmsMasterKeyId`, `RedrivePolicy` and so on. An empty policy or key takes away the one that there is; a key of
    /// KMS takes the place of SQS's own, and the other way round.
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

    /// Sends a message, and gives its id.
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

    /// Makes every message in flight visible again, as if its visibility timeout were over.
    #[track_caller]
    pub fn expire_in_flight(&self, queue: &str) {
        self.change_queue(queue, Queue::expire_in_flight);
    }

    /// Makes every message visible again that would stay in flight for longer than `longest`, as if its time
    /// had passed. Messages that somebody works on, and keeps for shorter times again and again, stay in flight.
    #[track_caller]
    pub fn cut_delays(&self, queue: &str, longest: Duration) {
        self.change_queue(queue, |queue| queue.show_after(Instant::now() + longest));
    }

    /// Removes a queue with all that is in it; calls that name it fail from now on.
    #[track_caller]
    pub fn delete_queue(&self, queue: &str) {
        let removed = self.update(|region: &mut Region| region.queues.remove(queue));
        // Wakes the long polls, which then find out.
        found(removed, queue).touched.notify_waiters();
    }

    /// Makes a queue vanish for every call, open long polls included, as if it were deleted: `NonExistentQueue`. Its
    /// messages stay, the time of those in flight goes on, and tests see and change it as before.
    #[track_caller]
    pub fn hide_queue(&self, queue: &str) {
        self.set_hidden(queue, true);
    }

    /// Brings a queue back that [`AccountRegion::hide_queue`] has made vanish, with all that is in it.
    #[track_caller]
    pub fn restore_queue(&self, queue: &str) {
        self.set_hidden(queue, false);
    }

    /// Delivers messages once more from now on, as standard queues do at times: each message with this probability,
    /// decided when it is first received. Half of the copies come while the message is in flight, the others once it is
    /// deleted. Which ones follows from the seed and the order of receives alone.
    ///
    /// A copy has the id and the body of its message, but its own receipt handles and its own count of receives: to
    /// delete one leaves the other, and both count in [`AccountRegion::counts`]. A copy has no copies.
    #[track_caller]
    pub fn duplicate(&self, queue: &str, probability: f64, seed: u64) {
        self.change_queue(queue, |queue| queue.duplicate(probability, seed));
    }

    /// How many messages of a queue have been delivered once more, or wait to be.
    #[track_caller]
    pub fn copies(&self, queue: &str) -> usize {
        self.read(|region| found(region.queues.get(queue), queue).copies())
    }

    /// Delivers messages in any order from now on, where it is the oldest first otherwise. The order follows from the
    /// seed and from what else happens to the queue.
    #[track_caller]
    pub fn reorder(&self, queue: &str, seed: u64) {
        self.change_queue(queue, |queue| queue.reorder(seed));
    }

    #[track_caller]
    fn set_hidden(&self, queue: &str, hidden: bool) {
        self.change_queue(queue, |queue| {
            queue.hidden = hidden;
            // Wakes the long polls, which then find out.
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
