//! Receives messages for as long as the service runs, and hands each to a task of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::acknowledger::Receipt;
use super::heartbeat::Heartbeat;
use super::lease::Leases;
use super::outage::{Failures, Outage};
use super::sqs::{MAX_BATCH, Queue, QueueError, Received};
use crate::backoff::backoff;
use crate::metrics::ServiceMetrics;

/// The backoff after a receive that failed; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest backoff.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long a receive that brings nothing takes at least, pause included: without long polling, or with a server that
/// does not do it, an empty queue would be asked hundreds of times a second.
const BETWEEN_EMPTY: Duration = Duration::from_millis(500);
/// How long to wait for room for more messages, if there is not enough for all that a receive can bring.
const FOR_MORE_ROOM: Duration = Duration::from_millis(5);

/// One message that this host has received, and that no other host sees for now.
#[derive(Debug)]
pub(super) struct Message {
    /// The text that was sent, which should be an event.
    pub(super) body: String,
    /// How often it has been received, this time included.
    pub(super) receive_count: u32,
    /// The right to acknowledge it.
    pub(super) receipt: Receipt,
}

#[derive(Debug, Clone)]
pub(super) struct Receiver {
    pub(super) queue: Queue,
    pub(super) leases: Leases,
    /// One for each message that may be in flight. They are taken before a receive, which asks for no more messages
    /// than there are permits: backpressure.
    pub(super) permits: Arc<Semaphore>,
    pub(super) heartbeat: Heartbeat,
    pub(super) outage: Outage,
    pub(super) metrics: ServiceMetrics,
}

impl Receiver {
    /// Receives in several loops at once until `stop` is cancelled, and hands over each message with the permit to work
    /// on it.
    ///
    /// A receive that has begun is waited for even when it is time to stop: the messages that it brings would otherwise
    /// be invisible to all hosts until their visibility timeout ends.
    pub(super) async fn run<H>(self, pollers: usize, stop: CancellationToken, hand_over: H)
    where
        H: Fn(Message, OwnedSemaphorePermit) + Clone + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for number in 0..pollers.max(1) {
            // The first receive does not wait for messages, so that it is known at once whether the queue can be
            // reached.
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
            let begin = Instant::now();
            match self.queue.receive(held.len(), wait).await {
                Ok(received) => {
                    let was_to_wait = std::mem::replace(&mut wait, true);
                    failures = 0;
                    let now = Instant::now();
                    self.heartbeat.answered();
                    if let Some(failures) = self.outage.ended(now) {
                        ReceivesAgain { failures }.emit();
                    }
                    MessagesReceived { count: received.len() }.emit(&self.metrics);
                    if received.is_empty() && was_to_wait {
                        drop(held);
                        sleep_unless(&stop, BETWEEN_EMPTY.saturating_sub(now - begin)).await;
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
        if let Some(failures) = self.outage.failed(Instant::now()) {
            ReceiveFails { error, failures }.emit();
        }
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

/// Receives fail, in one loop or in all. Each request is counted where every request is.
struct ReceiveFails<'a> {
    error: &'a QueueError,
    failures: Failures,
}

impl ReceiveFails<'_> {
    fn emit(self) {
        let Self { error, failures: Failures { count, lasted } } = self;
        tracing::error!(%error, failures = count, seconds = lasted.as_secs(), "cannot receive messages; trying again");
    }
}

/// Receives are answered again.
struct ReceivesAgain {
    failures: Failures,
}

impl ReceivesAgain {
    fn emit(self) {
        let Failures { count, lasted } = self.failures;
        tracing::info!(failures = count, seconds = lasted.as_secs(), "the queue answers again");
    }
}
