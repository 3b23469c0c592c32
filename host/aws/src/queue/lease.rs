//! Leases: a received message is this host's alone for its visibility timeout, and for longer if the host extends that
//! in time.
//!
//! One task extends all of them. Each is due at half of what remains of it, so that a request that fails can be tried
//! again, at half of what remains then, and so on. What is nearly due joins the batch, so that a request extends ten.
//! No message is kept for ever: after [`MAX_LEASE`] its lease runs out.
//!
//! The worker is told when the lease of its message is lost, and stops working on it: another host may have it by then.

mod table;

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use table::LeaseTable;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::outage::{Failures, Outage};
use super::sqs::{EntryError, Handle, MAX_BATCH, Queue, QueueError};
use crate::backoff::sleep_until;
use crate::metrics::{ByEnd, ServiceMetrics};

/// For how long a message is kept at most. SQS's own limit is twelve hours.
const MAX_LEASE: Duration = Duration::from_secs(60 * 60);

/// How many requests may be under way at once.
const MAX_REQUESTS: usize = 16;

/// All leases of this host.
#[derive(Debug, Clone)]
pub(super) struct Leases(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    table: Mutex<LeaseTable>,
    /// Notified when a lease is due earlier than any other.
    earlier: Notify,
    outage: Outage,
}

/// The lease of one message, which is extended for as long as this value lives.
#[derive(Debug)]
pub(super) struct Lease {
    leases: Leases,
    key: u64,
    lost: CancellationToken,
}

impl Leases {
    /// `visibility` is for how long a receive, or an extension, keeps a message.
    pub(super) fn new(visibility: Duration) -> Self {
        let table = Mutex::new(LeaseTable::new(visibility, MAX_LEASE));
        Self(Arc::new(Shared { table, earlier: Notify::new(), outage: Outage::default() }))
    }

    /// Begins the lease of a message that was received at `now`.
    pub(super) fn keep(&self, handle: Handle, now: Instant) -> Lease {
        let lost = CancellationToken::new();
        let mut table = self.table();
        let key = table.add(handle, lost.clone(), now);
        if table.is_next(key) {
            self.0.earlier.notify_one();
        }
        drop(table);
        Lease { leases: self.clone(), key, lost }
    }

    /// Extends leases whenever they are due, until it is dropped.
    pub(super) async fn extend_all(self, queue: Queue, metrics: ServiceMetrics) {
        let mut requests = JoinSet::new();
        let permits = Arc::new(Semaphore::new(MAX_REQUESTS));
        loop {
            let next = self.table().next_due();
            tokio::select! {
                () = sleep_until(next) => {
                    let due = self.table().take_due(Instant::now());
                    for batch in due.chunks(MAX_BATCH) {
                        let extension = self.clone().extend(queue.clone(), metrics.clone(), batch.to_vec());
                        let permits = Arc::clone(&permits);
                        requests.spawn(async move {
                            let _permit = permits.acquire_owned().await;
                            extension.await;
                        });
                    }
                }
                () = self.0.earlier.notified() => {}
                Some(_) = requests.join_next(), if !requests.is_empty() => {}
            }
        }
    }

    async fn extend(self, queue: Queue, metrics: ServiceMetrics, batch: Vec<(u64, Handle)>) {
        let visibility = queue.visibility();
        let entries: Vec<_> = batch.iter().map(|(_, handle)| (handle.clone(), visibility)).collect();
        let begin = Instant::now();
        // A request that hangs is given up while there is time for another one.
        let result = match tokio::time::timeout(visibility / 4, queue.change_visibility(&entries)).await {
            Ok(result) => result,
            Err(_) => Err(QueueError::took_too_long("ChangeMessageVisibilityBatch")),
        };
        let now = Instant::now();
        let mut table = self.table();
        match result {
            Ok(mut failed) => {
                for (index, (key, _)) in batch.iter().enumerate() {
                    let extension = match failed.remove(&index) {
                        // Counted from before the request: SQS's own clock started some time after that.
                        None => {
                            table.extended(*key, begin);
                            Extension::Extended
                        }
                        Some(EntryError::Failed(why)) => {
                            table.not_extended(*key, now);
                            Extension::Failed(why)
                        }
                        // A message that was acknowledged meanwhile has no lease any more.
                        Some(EntryError::Lost(why)) if table.lose(*key) => Extension::Lost(why),
                        Some(EntryError::Lost(_)) => continue,
                    };
                    LeaseExtended { extension }.emit(&metrics, &self.0.outage);
                }
            }
            Err(error) => {
                batch.iter().for_each(|(key, _)| table.not_extended(*key, now));
                LeasesNotExtended { count: batch.len(), error: &error }.emit(&metrics, &self.0.outage);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, LeaseTable> {
        // A thread that panicked while it held the table left each lease whole.
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Waits until the message is no longer this host's.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Whether the message can still be acknowledged with certainty.
    pub(super) fn is_held(&self, now: Instant) -> bool {
        self.leases.table().until(self.key).is_some_and(|until| now < until)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.table().end(self.key);
    }
}

/// What came of extending a message's lease.
enum Extension {
    Extended,
    Failed(String),
    Lost(String),
}

/// An attempt to extend one lease has ended.
struct LeaseExtended {
    extension: Extension,
}

impl LeaseExtended {
    fn emit(self, metrics: &ServiceMetrics, outage: &Outage) {
        let outcome = match &self.extension {
            Extension::Extended => {
                if let Some(Failures { count, lasted }) = outage.ended(Instant::now()) {
                    tracing::info!(failures = count, seconds = lasted.as_secs(), "visibility is extended again");
                }
                "extended"
            }
            Extension::Failed(error) => {
                not_extended(outage, error);
                "failed"
            }
            Extension::Lost(error) => {
                tracing::debug!(error, "a message's visibility can no longer be extended");
                "lost"
            }
        };
        metrics.counts().leases.get_or_create(&ByEnd { outcome }).inc();
    }
}

/// A request that was to extend leases failed as a whole.
struct LeasesNotExtended<'a> {
    count: usize,
    error: &'a QueueError,
}

impl LeasesNotExtended<'_> {
    fn emit(self, metrics: &ServiceMetrics, outage: &Outage) {
        metrics.counts().leases.get_or_create(&ByEnd { outcome: "failed" }).inc_by(self.count as u64);
        not_extended(outage, self.error);
    }
}

fn not_extended(outage: &Outage, error: &dyn Display) {
    if let Some(Failures { count, lasted }) = outage.failed(Instant::now()) {
        tracing::warn!(
            %error,
            failures = count,
            seconds = lasted.as_secs(),
            "the visibility of messages could not be extended; trying again"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_held_until_its_visibility_timeout_ends() {
        let (visibility, now) = (Duration::from_secs(60), Instant::now());
        let lease = Leases::new(visibility).keep(Handle::for_test("handle"), now);
        let moment = Duration::from_millis(1);
        assert!(lease.is_held(now) && lease.is_held(now + visibility - moment));
        assert!(!lease.is_held(now + visibility) && !lease.is_held(now + 2 * visibility));
    }
}
