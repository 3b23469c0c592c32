//! Receives messages for as long as the service runs, and hands each to a task of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::acknowledger::Receipt;
use super::heartbeat::Heartbeat;
use super::lease::Leases;
use super::sqs::{MAX_BATCH, Queue, QueueError, Received};
use crate::backoff::backoff;
use crate::metrics::ServiceMetrics;

/// How long to pause after a receive that failed, at first; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause after receives that failed.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long to wait before the next receive after one that brought nothing, if receives do not wait by themselves.
const BETWEEN_EMPTY: Duration = Duration::from_millis(500);
/// How long to wait for room for more messages, if there is not enough for all that a receive can bring.
const FOR_MORE_ROOM: Duration = Duration::from_millis(5);

/// One message that this host has received and nobody else sees for now.
#[derive(Debug)]
pub(super) struct Message {
    /// What was sent.
    pub(super) body: String,
    /// How often it has been received, this time included.
    pub(super) receive_count: u32,
    /// What settles it.
    pub(super) receipt: Receipt,
}

/// Receives messages.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    pub(super) queue: Queue,
    pub(super) leases: Leases,
    /// One for each message that may be in flight. It is taken before a receive, which asks for no more than there is room for.
    pub(super) permits: Arc<Semaphore>,
    pub(super) heartbeat: Heartbeat,
    pub(super) metrics: ServiceMetrics,
}

impl Receiver {
    /// Receives in several loops at once until `stop` says so, and hands over each message with the permit to work on it.
    ///
    /// A receive that has begun is waited for even when it is time to stop: what SQS has handed out would otherwise be out of
    /// everybody's sight until its visibility timeout ends.
    pub(super) async fn run<H>(self, pollers: usize, stop: CancellationToken, hand_over: H)
    where
        H: Fn(Message, OwnedSemaphorePermit) + Clone + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for number in 0..pollers.max(1) {
            // The first look does not wait: whether the queue can be reached is known at once.
            tasks.spawn(self.clone().poll(number > 0, stop.clone(), hand_over.clone()));
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "the host itself failed at receiving");
            }
        }
    }

    async fn poll<H>(self, mut wait: bool, stop: CancellationToken, hand_over: H)
    where
        H: Fn(Message, OwnedSemaphorePermit),
    {
        let mut failures = 0;
        while let Some(mut held) = self.permits_for_a_receive(&stop).await {
            match self.queue.receive(held.len(), wait).await {
                Ok(received) => {
                    (failures, wait) = (0, true);
                    let now = Instant::now();
                    self.heartbeat.answered();
                    MessagesReceived { count: received.len() }.emit(&self.metrics);
                    if received.is_empty() && !self.queue.waits() {
                        // Nothing else would keep an empty queue from being asked hundreds of times a second.
                        drop(held);
                        sleep_unless(&stop, BETWEEN_EMPTY).await;
                        continue;
                    }
                    for message in received {
                        // SQS never hands out more than was asked for. If it did, the rest would come again.
                        let Some(permit) = held.pop() else { break };
                        hand_over(self.keep(message, now), permit);
                    }
                }
                Err(error) => {
                    drop(held);
                    self.pause(&error, failures, &stop).await;
                    failures += 1;
                }
            }
        }
    }

    fn keep(&self, received: Received, now: Instant) -> Message {
        let Received { id, body, receive_count, handle } = received;
        let lease = self.leases.keep(handle.clone(), now);
        let receipt = Receipt { id, handle, lease, in_flight: self.metrics.in_flight() };
        Message { body, receive_count, receipt }
    }

    async fn pause(&self, error: &QueueError, failures: u32, stop: &CancellationToken) {
        let pause = backoff(FIRST_PAUSE, LONGEST_PAUSE, failures);
        self.heartbeat.failed(error, pause);
        ReceiveFailed { error, failures: failures + 1, pause }.emit();
        sleep_unless(stop, pause).await;
    }

    /// As many permits as a receive can bring messages, at least one; none when it is time to stop.
    async fn permits_for_a_receive(&self, stop: &CancellationToken) -> Option<Vec<OwnedSemaphorePermit>> {
        let first = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            permit = Arc::clone(&self.permits).acquire_owned() => permit.ok()?,
        };
        let mut held = vec![first];
        self.take_free(&mut held);
        if held.len() < MAX_BATCH {
            // The host is at its limit. A receive costs as much for one message as for ten.
            tokio::time::sleep(FOR_MORE_ROOM).await;
            self.take_free(&mut held);
        }
        Some(held)
    }

    fn take_free(&self, held: &mut Vec<OwnedSemaphorePermit>) {
        while held.len() < MAX_BATCH
            && let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned()
        {
            held.push(permit);
        }
    }
}

async fn sleep_unless(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}

/// A receive brought messages, or none.
struct MessagesReceived {
    count: usize,
}

impl MessagesReceived {
    fn emit(self, metrics: &ServiceMetrics) {
        metrics.polled();
        metrics.counts().received.inc_by(self.count as u64);
        tracing::trace!(count = self.count, "received");
    }
}

/// A receive failed. Its call is counted as every call is.
struct ReceiveFailed<'a> {
    error: &'a QueueError,
    /// How many have failed in a row.
    failures: u32,
    pause: Duration,
}

impl ReceiveFailed<'_> {
    fn emit(self) {
        let Self { error, failures, pause } = self;
        tracing::error!(%error, failures, pause_ms = pause.as_millis(), "cannot receive messages; trying again");
    }
}
