//! Acknowledging messages: deleting them or changing their visibility, ten at a time.
//!
//! A batch goes out when it is full, or when it has lingered for a moment after its first entry came. Entries that fail
//! are tried again a few times, each with a backoff of its own. A message that cannot be acknowledged comes again when
//! its visibility timeout ends; if it is done, the dedup cache knows, so that nothing is done twice for it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::dedup_cache::{DedupCache, Known};
use super::lease::Lease;
use super::sqs::{EntryError, Handle, MAX_BATCH, Queue, QueueError};
use crate::backoff::{backoff, sleep_until};
use crate::disposition::{AckAction, Disposition};
use crate::metrics::{ByEnd, InFlight, ServiceMetrics};

/// How long an entry lingers for others to join its batch.
const LINGER: Duration = Duration::from_millis(100);
/// How many requests may be under way at once.
const MAX_REQUESTS: usize = 16;
/// How many acknowledgements may wait for a request. A worker that brings another one then waits, too: backpressure.
const BACKLOG: usize = 1000;
/// How often an entry is tried.
const ATTEMPTS: u32 = 5;
/// The backoff before an entry is tried again; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest backoff.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// For how long a dry run hides a message: nearly the twelve hours that SQS allows, in which the time since the receive
/// counts.
const ASIDE: Duration = Duration::from_secs(11 * 60 * 60);

/// The right to acknowledge one receive of one message, once. While it lives, its lease keeps the message from other
/// hosts.
#[derive(Debug)]
#[must_use = "a message that is not acknowledged is received again"]
pub(super) struct Receipt {
    pub(super) id: String,
    pub(super) handle: Handle,
    pub(super) lease: Lease,
    pub(super) in_flight: InFlight,
}

/// How a message is acknowledged, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) struct Ack {
    disposition: Disposition,
    action: AckAction,
    kind: AckKind,
}

/// Which receive of a message is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AckKind {
    /// One that the message is counted for.
    Counted,
    /// A further one, on the way to the dead-letter queue.
    Repeated,
    /// One of a dry run.
    DryRun,
}

impl Ack {
    /// What follows from a disposition, for a message that has been received `receive_count` times.
    pub(super) fn of(disposition: Disposition, receive_count: u32) -> Self {
        Self { disposition, action: disposition.action(receive_count), kind: AckKind::Counted }
    }

    /// The same for a message that came again, of which the dedup cache knows what becomes. On its way to the
    /// dead-letter queue, a poison message comes again until the redrive policy takes it: it is one all the same.
    pub(super) fn of_known(disposition: Disposition, receive_count: u32) -> Self {
        let kind = if disposition.is_poison() { AckKind::Repeated } else { AckKind::Counted };
        Self { kind, ..Self::of(disposition, receive_count) }
    }

    /// Hides the message for hours, and makes it visible again when the service ends: of a dry run.
    pub(super) fn put_aside(disposition: Disposition) -> Self {
        Self { disposition, action: AckAction::ChangeVisibility(ASIDE), kind: AckKind::DryRun }
    }

    fn is_put_aside(self) -> bool {
        self.kind == AckKind::DryRun
    }

    /// Makes the message visible to other hosts at once.
    pub(super) fn give_back() -> Self {
        Self {
            disposition: Disposition::Retry("given_back"),
            action: AckAction::ChangeVisibility(Duration::ZERO),
            kind: AckKind::Counted,
        }
    }

    /// Its name in metrics.
    pub(super) fn name(self) -> &'static str {
        self.disposition.ack_label()
    }

    /// Whether the message must not be worked on if it comes again before it is acknowledged.
    fn is_done(self) -> bool {
        self.disposition.is_done()
    }

    /// The visibility timeout that the message is to get; none if it is to be deleted.
    fn visibility_timeout(self) -> Option<Duration> {
        match self.action {
            AckAction::Delete => None,
            AckAction::ChangeVisibility(delay) => Some(delay),
        }
    }

    /// What the dedup cache is to know of the message.
    fn known(self) -> Known {
        Known { disposition: self.disposition, plugins: 0, receive_count: 0 }
    }
}

/// Takes acknowledgements, which a task of its own sends to SQS in batches.
#[derive(Debug, Clone)]
pub(super) struct Acknowledger {
    queued: mpsc::Sender<(Receipt, Ack)>,
}

/// What came of all acknowledgements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flushed {
    /// How many messages could not be acknowledged.
    pub(super) unacknowledged: u64,
}

impl Acknowledger {
    /// Starts the task. When the last copy of the acknowledger is gone, what waits is sent at once; the handle then
    /// says what came of everything.
    pub(super) fn start(queue: Queue, dedup_cache: DedupCache, metrics: ServiceMetrics) -> (Self, JoinHandle<Flushed>) {
        let (queued, receiver) = mpsc::channel(BACKLOG);
        let writer = AckWriter {
            queue,
            dedup_cache,
            metrics,
            deletes: PendingBatch::default(),
            visibility_changes: PendingBatch::default(),
            retries: Vec::new(),
            put_aside: Vec::new(),
            requests: JoinSet::new(),
            flushed: Flushed::default(),
        };
        (Self { queued }, tokio::spawn(writer.work(receiver)))
    }

    /// Has a message acknowledged soon; waits while the backlog is full.
    pub(super) async fn acknowledge(&self, receipt: Receipt, ack: Ack) {
        // The channel closes only after the last acknowledger is gone.
        let _ = self.queued.send((receipt, ack)).await;
    }
}

/// An acknowledgement on its way.
#[derive(Debug)]
struct PendingAck {
    id: String,
    handle: Handle,
    ack: Ack,
    attempts: u32,
    _in_flight: InFlight,
}

/// Entries that wait to go out together.
#[derive(Debug, Default)]
struct PendingBatch {
    entries: Vec<PendingAck>,
    /// When the first of them came.
    since: Option<Instant>,
}

impl PendingBatch {
    fn push(&mut self, entry: PendingAck, now: Instant) {
        self.since.get_or_insert(now);
        self.entries.push(entry);
    }

    /// When it is to go out: at once if it is full.
    fn due(&self) -> Option<Instant> {
        let since = self.since?;
        Some(if self.entries.len() >= MAX_BATCH { since } else { since + LINGER })
    }

    /// A batch, if one is due or `flush` says that nothing is to wait.
    fn take(&mut self, now: Instant, flush: bool) -> Option<Vec<PendingAck>> {
        if !flush && self.due()? > now || self.entries.is_empty() {
            return None;
        }
        let rest = self.entries.split_off(self.entries.len().min(MAX_BATCH));
        self.since = (!rest.is_empty()).then_some(now);
        Some(std::mem::replace(&mut self.entries, rest))
    }
}

type FinishedBatch = (Vec<PendingAck>, Result<HashMap<usize, EntryError>, QueueError>);

/// Sends the requests to SQS.
struct AckWriter {
    queue: Queue,
    dedup_cache: DedupCache,
    metrics: ServiceMetrics,
    deletes: PendingBatch,
    visibility_changes: PendingBatch,
    /// What failed, and when it is to be tried again.
    retries: Vec<(Instant, PendingAck)>,
    /// What is hidden, and to be visible again when the service ends.
    put_aside: Vec<Handle>,
    requests: JoinSet<FinishedBatch>,
    flushed: Flushed,
}

impl AckWriter {
    async fn work(mut self, mut queued: mpsc::Receiver<(Receipt, Ack)>) -> Flushed {
        let mut is_open = true;
        loop {
            self.send_what_is_due(Instant::now(), !is_open);
            if !is_open && self.is_idle() {
                self.show_what_was_put_aside().await;
                return self.flushed;
            }
            let next = self.next_due();
            tokio::select! {
                Some(called) = self.requests.join_next(), if !self.requests.is_empty() => match called {
                    Ok((entries, result)) => self.finish(entries, result),
                    Err(error) => {
                        self.flushed.unacknowledged += 1;
                        tracing::error!(%error, "the host itself failed at settling messages");
                    }
                },
                order = queued.recv(), if is_open && self.requests.len() < MAX_REQUESTS => match order {
                    Some((receipt, ack)) => self.enqueue(receipt, ack),
                    None => is_open = false,
                },
                () = sleep_until(next), if self.requests.len() < MAX_REQUESTS => {}
            }
        }
    }

    /// Makes visible again what a dry run has hidden. What cannot be told to SQS becomes so by itself.
    async fn show_what_was_put_aside(&self) {
        for batch in self.put_aside.chunks(MAX_BATCH) {
            let entries: Vec<_> = batch.iter().map(|handle| (handle.clone(), Duration::ZERO)).collect();
            if let Err(error) = self.queue.change_visibility(&entries).await {
                tracing::warn!(%error, "messages of the dry run stay hidden for up to eleven hours");
                return;
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.requests.is_empty()
            && self.retries.is_empty()
            && self.deletes.entries.is_empty()
            && self.visibility_changes.entries.is_empty()
    }

    fn next_due(&self) -> Option<Instant> {
        let retries = self.retries.iter().map(|(at, _)| *at);
        retries.chain(self.deletes.due()).chain(self.visibility_changes.due()).min()
    }

    fn enqueue(&mut self, receipt: Receipt, ack: Ack) {
        let now = Instant::now();
        let Receipt { id, handle, lease, in_flight } = receipt;
        // If the visibility timeout has ended, SQS answers that the message was deleted even if it was not.
        if ack.is_done() && !lease.is_held(now) {
            self.dedup_cache.insert(&id, ack.known());
        }
        self.push(PendingAck { id, handle, ack, attempts: 0, _in_flight: in_flight }, now);
    }

    fn push(&mut self, entry: PendingAck, now: Instant) {
        let batch =
            if entry.ack.visibility_timeout().is_none() { &mut self.deletes } else { &mut self.visibility_changes };
        batch.push(entry, now);
    }

    fn send_what_is_due(&mut self, now: Instant, flush: bool) {
        let is_due = |(at, _): &mut (Instant, PendingAck)| *at <= now;
        for (_, entry) in self.retries.extract_if(.., is_due).collect::<Vec<_>>() {
            self.push(entry, now);
        }
        while self.requests.len() < MAX_REQUESTS
            && let Some(entries) = self.deletes.take(now, flush)
        {
            let queue = self.queue.clone();
            self.requests.spawn(async move {
                let handles: Vec<_> = entries.iter().map(|entry| entry.handle.clone()).collect();
                let result = queue.delete(&handles).await;
                (entries, result)
            });
        }
        while self.requests.len() < MAX_REQUESTS
            && let Some(entries) = self.visibility_changes.take(now, flush)
        {
            let queue = self.queue.clone();
            self.requests.spawn(async move {
                let entry_of =
                    |entry: &PendingAck| (entry.handle.clone(), entry.ack.visibility_timeout().unwrap_or_default());
                let result = queue.change_visibility(&entries.iter().map(entry_of).collect::<Vec<_>>()).await;
                (entries, result)
            });
        }
    }

    fn finish(&mut self, entries: Vec<PendingAck>, result: Result<HashMap<usize, EntryError>, QueueError>) {
        let now = Instant::now();
        let mut failed = match &result {
            Ok(failed) => failed.clone(),
            Err(error) => (0..entries.len()).map(|index| (index, EntryError::Failed(error.to_string()))).collect(),
        };
        for (index, entry) in entries.into_iter().enumerate() {
            match failed.remove(&index) {
                None => {
                    MessageAcknowledged { ack: entry.ack }.emit(&self.metrics);
                    if entry.ack.is_put_aside() {
                        self.put_aside.push(entry.handle);
                    }
                }
                Some(error) => self.failed(entry, error, now),
            }
        }
    }

    fn failed(&mut self, mut entry: PendingAck, error: EntryError, now: Instant) {
        if entry.ack.is_done() {
            self.dedup_cache.insert(&entry.id, entry.ack.known());
        }
        entry.attempts += 1;
        let (why, is_lost) = match &error {
            EntryError::Lost(why) => (why, true),
            EntryError::Failed(why) => (why, false),
        };
        if is_lost || entry.attempts >= ATTEMPTS {
            // What is lost is another host's to acknowledge; or it was acknowledged, and the response never came.
            self.flushed.unacknowledged += u64::from(!is_lost);
            MessageNotAcknowledged { message_id: &entry.id, acknowledgement: entry.ack.name(), is_lost, why }
                .emit(&self.metrics);
            return;
        }
        self.retries.push((now + backoff(FIRST_PAUSE, LONGEST_PAUSE, entry.attempts - 1), entry));
    }
}

/// SQS has accepted the acknowledgement of a message.
struct MessageAcknowledged {
    ack: Ack,
}

impl MessageAcknowledged {
    fn emit(self, metrics: &ServiceMetrics) {
        let outcome = self.ack.name();
        if self.ack.kind == AckKind::Counted {
            metrics.counts().acknowledged.get_or_create(&ByEnd { outcome }).inc();
        }
        tracing::trace!(settlement = outcome, "settled");
    }
}

/// A message could not be acknowledged.
struct MessageNotAcknowledged<'a> {
    message_id: &'a str,
    acknowledgement: &'static str,
    /// Whether the message is no longer this host's.
    is_lost: bool,
    why: &'a str,
}

impl MessageNotAcknowledged<'_> {
    fn emit(self, metrics: &ServiceMetrics) {
        let Self { message_id, acknowledgement, is_lost, why } = self;
        let outcome = if is_lost { "lost" } else { "unsettled" };
        metrics.counts().acknowledged.get_or_create(&ByEnd { outcome }).inc();
        tracing::warn!(
            message_id,
            settlement = acknowledgement,
            error = why,
            "cannot settle the message: it will come again"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disposition::Extent;

    fn entry(number: usize) -> PendingAck {
        PendingAck {
            id: number.to_string(),
            handle: Handle::for_test("handle"),
            ack: Ack::of(Disposition::Tagged(Extent::All), 1),
            attempts: 0,
            _in_flight: ServiceMetrics::default().in_flight(),
        }
    }

    #[test]
    fn an_acknowledgement_says_what_it_does_and_whether_the_message_is_done_with() {
        let of = |ack: Ack| (ack.name(), ack.is_done(), ack.visibility_timeout().is_none());
        let (tagged, retry) = (Disposition::Tagged(Extent::All), Disposition::Retry("throttled"));
        assert_eq!(of(Ack::of(tagged, 1)), (tagged.ack_label(), true, true));
        assert_eq!(of(Ack::of(retry, 1)), (retry.ack_label(), false, false));
        assert_ne!(tagged.ack_label(), retry.ack_label());
        assert_eq!(Ack::give_back().visibility_timeout(), Some(Duration::ZERO));
    }

    #[test]
    fn a_batch_goes_out_when_it_is_full_or_a_moment_after_its_first_entry_came() {
        let now = Instant::now();
        let mut batch = PendingBatch::default();
        assert!(batch.take(now, false).is_none() && batch.take(now, true).is_none() && batch.due().is_none());
        batch.push(entry(0), now);
        batch.push(entry(1), now + LINGER / 2);
        assert!(batch.take(now + LINGER / 2, false).is_none());
        assert_eq!(batch.take(now + LINGER, false).unwrap().len(), 2);
        (0..25).for_each(|number| batch.push(entry(number), now));
        let sizes: Vec<_> = std::iter::from_fn(|| batch.take(now, false)).map(|batch| batch.len()).collect();
        assert_eq!(sizes, [10, 10]);
        assert_eq!(batch.take(now, true).unwrap().len(), 5);
    }
}
