//! The service: puts together everything that a message passes, starts it, and drains it.

use std::sync::Arc;
use std::time::Duration;

use autotag_core::guard::Guard;
use autotag_sandbox::LivePlugins;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::acknowledger::{Acknowledger, Flushed};
use super::dedup_cache::DedupCache;
use super::heartbeat::Heartbeat;
use super::lease::Leases;
use super::outage::Outage;
use super::receiver::Receiver;
use super::sqs::Queue;
use super::worker::Worker;
use crate::metrics::ServiceMetrics;
use crate::tagger::Tagger;

/// What a service works with.
#[derive(Debug)]
pub struct ServiceParts {
    /// Where messages come from.
    pub queue: Queue,
    /// The plugins, which decide which resources get which tags.
    pub plugins: Arc<LivePlugins>,
    /// Checks the plugins' answers.
    pub guard: Arc<Guard>,
    /// Puts the tags on.
    pub tagger: Tagger,
    /// Counts what the service does.
    pub metrics: ServiceMetrics,
    /// Told when each receive ends.
    pub heartbeat: Heartbeat,
    /// How many receives wait at once.
    pub pollers: usize,
    /// How many messages are worked on at once.
    pub max_in_flight: usize,
    /// How many messages are with the plugins at once.
    pub planners: usize,
    /// Whether nothing is tagged, and each message given back.
    pub dry_run: bool,
}

/// A service that runs until it is drained.
#[derive(Debug)]
pub struct Service {
    stop: CancellationToken,
    give_up: CancellationToken,
    receiver: JoinHandle<()>,
    /// One task for each message that is worked on.
    work: TaskTracker,
    /// Ends when every message is acknowledged, or cannot be.
    acknowledged: JoinHandle<Flushed>,
    leases: AbortOnDropHandle<()>,
}

/// How a service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// How many messages were given back undone, since the time to work on them was over.
    pub given_back: usize,
    /// How many messages could not be acknowledged: they come again when their visibility timeout ends.
    pub unacknowledged: u64,
}

impl Service {
    /// Starts the service. It needs a Tokio runtime, since its parts are tasks.
    #[must_use]
    pub fn start(parts: ServiceParts) -> Self {
        let ServiceParts {
            queue,
            plugins,
            guard,
            tagger,
            metrics,
            heartbeat,
            pollers,
            max_in_flight,
            planners,
            dry_run,
        } = parts;
        let (stop, give_up) = (CancellationToken::new(), CancellationToken::new());
        let (dedup_cache, leases) = (DedupCache::default(), Leases::new(queue.visibility()));
        let (acknowledger, acknowledged) = Acknowledger::start(queue.clone(), dedup_cache.clone(), metrics.clone());
        let extending = tokio::spawn(leases.clone().extend_all(queue.clone(), metrics.clone()));
        let work = TaskTracker::new();
        let worker = Worker {
            plugins,
            guard,
            tagger: Arc::new(tagger),
            acknowledger,
            dedup_cache,
            planners: Arc::new(Semaphore::new(planners)),
            give_up: give_up.clone(),
            dry_run,
            metrics: metrics.clone(),
        };
        let (permits, outage) = (Arc::new(Semaphore::new(max_in_flight)), Outage::default());
        let receiver = Receiver { queue, leases, permits, heartbeat, outage, metrics };
        let tasks = work.clone();
        let receiver = receiver.run(pollers, stop.clone(), move |message, permit| {
            let worker = worker.clone();
            tasks.spawn(async move {
                worker.work(message).await;
                drop(permit);
            });
        });
        let receiver = tokio::spawn(receiver);
        Self { stop, give_up, receiver, work, acknowledged, leases: AbortOnDropHandle::new(extending) }
    }

    /// Waits until a part of the service ends that never should: it panicked.
    pub async fn broken(&mut self) {
        tokio::select! {
            _ = &mut self.receiver => {}
            _ = &mut self.acknowledged => {}
            _ = &mut self.leases => {}
        }
    }

    /// Drains the service: receives nothing new, works on what was received for up to `time`, gives back the rest, and
    /// acknowledges everything.
    ///
    /// Waits for receives that are under way, even beyond `time`.
    pub async fn drain(self, time: Duration) -> Drained {
        let Self { stop, give_up, receiver, work, acknowledged, leases } = self;
        stop.cancel();
        let deadline = tokio::time::Instant::now() + time;
        let all_done = async {
            // What the last receives bring is worked on, too.
            let _ = receiver.await;
            work.close();
            work.wait().await;
        };
        tokio::pin!(all_done);
        let mut given_back = 0;
        if tokio::time::timeout_at(deadline, &mut all_done).await.is_err() {
            given_back = work.len();
            give_up.cancel();
            all_done.await;
        }
        // The last worker is gone, and with it the last acknowledger. If the acknowledger itself failed, it is not
        // known how many messages it left.
        let unacknowledged = acknowledged.await.map_or(1, |flushed| flushed.unacknowledged);
        drop(leases);
        Drained { given_back, unacknowledged }
    }
}
