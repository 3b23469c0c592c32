//! Combines what many messages ask of one API into few requests to AWS.
//!
//! There is no timer. While a request is under way, or waits for a token, items gather, and the next request takes them
//! all: an idle host adds no delay, and a busy one sends ever larger requests. A request waits for the one before it,
//! unless it is full already or has lingered for a second: one connection that hangs must not cause head-of-line
//! blocking. For a request that its items could not have shared, such as one with other tags, it lingers only for a
//! moment, in which more can gather.
//!
//! A load belongs to one message, a request to many. Each item of a load is answered separately, whatever becomes of
//! the request:
//! - The items of a request that was throttled go back to the front of their line, for as long as a task waits for
//!   them. This costs no attempt. If a single item of a request is throttled, another service has said so of that item
//!   alone: it is answered, and slows down no other.
//! - What failed with a transient error is tried again a few times, with exponential backoff.
//! - An item that failed in a request that succeeded for others is treated as if it had been requested alone.
//! - A request that failed because of a resource is sent again without it: the resources that AWS names are answered,
//!   and where it names none, the request is halved until the bad ones are alone.

mod backlog;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backlog::{Backlog, Batch, Waiting};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::classify::{AwsError, AwsErrorKind};
use super::limiter::Limiter;
use crate::backoff::{backoff, sleep_until};
use crate::metrics::ServiceMetrics;
use crate::tagger::rates::Rate;

/// How long items linger for their group's request that is under way, and for fuller requests than their own.
const LINGER: Duration = Duration::from_secs(1);
/// How long items linger for requests that they could not have shared.
const SHORT_LINGER: Duration = Duration::from_millis(20);
/// How many requests to one API may be under way at once.
const MAX_REQUESTS: usize = 16;
/// How often an item with transient errors is tried.
const ATTEMPTS: u32 = 4;
/// The backoff after a request with a transient error; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest backoff.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// After how many requests that lacked a permission, with none that had it, the permission is taken to be missing
/// altogether, and what remains is not halved any further.
const MAX_DENIALS: u32 = 32;

/// One API in one account and Region, which takes many items in one request.
pub(super) trait Api: Send + Sync + 'static {
    /// What all items of a request have in common.
    type Group: Clone + Eq + Hash + Send + Sync;
    /// What a request is about, many at once.
    type Item: Clone + Eq + Hash + fmt::Display + Send + Sync;
    /// What the response says about one item. The default is what its silence means.
    type Answer: Clone + Default + Send;

    /// The API's name in AWS.
    const NAME: &'static str;
    /// Whether a request fails as a whole because of one of its items.
    const ONE_BAD_FAILS_ALL: bool = false;

    /// Sends one request about all of `items`.
    ///
    /// # Errors
    /// If it failed as a whole.
    fn send(
        &self,
        group: &Self::Group,
        items: &[Self::Item],
    ) -> impl Future<Output = Result<Answers<Self>, AwsError>> + Send;
}

/// What a request that succeeded as a whole says of its items. An item that is missing has the default answer.
pub(super) type Answers<A> = HashMap<<A as Api>::Item, Answered<A>>;

/// The answers of a request in which no item can fail alone.
pub(super) fn all_ok<I: Eq + Hash, A>(answers: HashMap<I, A>) -> HashMap<I, Result<A, AwsError>> {
    answers.into_iter().map(|(item, answer)| (item, Ok(answer))).collect()
}

/// What a request came to for one item.
pub(super) type Answered<A> = Result<<A as Api>::Answer, AwsError>;

/// A load on its way: the items that one message asks about.
struct Load<A: Api> {
    group: A::Group,
    items: Vec<Waiting<A>>,
}

/// Combines the loads of one API into requests.
pub(super) struct Batcher<A: Api> {
    loads: mpsc::UnboundedSender<Load<A>>,
    metrics: ServiceMetrics,
}

impl<A: Api> Batcher<A> {
    /// Starts the driver. A request is about at most `most` items.
    pub(super) fn start(api: A, rate: Rate, most: usize, metrics: ServiceMetrics) -> Self {
        let (loads, receiver) = mpsc::unbounded_channel();
        let driver = Driver {
            api: Arc::new(api),
            limiter: Limiter::new(rate, Instant::now()),
            backlog: Backlog::new(most),
            requests: JoinSet::new(),
            under_way: HashMap::new(),
            failures: 0,
            paused_until: None,
            metrics: metrics.clone(),
        };
        tokio::spawn(driver.drive(receiver));
        Self { loads, metrics }
    }

    /// Asks about these items, and waits for what each of them came to, in their order. If the future is dropped,
    /// nothing more is asked for it.
    pub(super) async fn load(&self, group: A::Group, items: Vec<A::Item>) -> Vec<(A::Item, Answered<A>)> {
        if items.is_empty() {
            return Vec::new();
        }
        let _waiting = self.metrics.waiting(A::NAME, items.len());
        let mut replies = Vec::with_capacity(items.len());
        let waiting = items.into_iter().map(|item| {
            let (reply, replied) = oneshot::channel();
            replies.push((item.clone(), replied));
            Waiting { item, reply, attempts: 0 }
        });
        let waiting = waiting.collect();
        let gone = || AwsError { kind: AwsErrorKind::Transient, why: format!("{}: the host is ending", A::NAME) };
        // If the driver is gone, so are the senders of all replies.
        let _ = self.loads.send(Load { group, items: waiting });
        let mut answers = Vec::with_capacity(replies.len());
        for (item, replied) in replies {
            answers.push((item, replied.await.unwrap_or_else(|_| Err(gone()))));
        }
        answers
    }
}

impl<A: Api> fmt::Debug for Batcher<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Batcher").field("api", &A::NAME).finish_non_exhaustive()
    }
}

/// Sends the requests to one API.
struct Driver<A: Api> {
    api: Arc<A>,
    limiter: Limiter,
    backlog: Backlog<A>,
    requests: JoinSet<Finished<A>>,
    /// How many of the requests are for each group.
    under_way: HashMap<A::Group, usize>,
    /// How many requests in a row had a transient error.
    failures: u32,
    paused_until: Option<Instant>,
    metrics: ServiceMetrics,
}

/// A request that has ended, and its batch.
struct Finished<A: Api> {
    batch: Batch<A>,
    result: Result<Answers<A>, AwsError>,
}

impl<A: Api> Driver<A> {
    /// Runs until the batcher is gone and everything is answered.
    async fn drive(mut self, mut loads: mpsc::UnboundedReceiver<Load<A>>) {
        let mut is_open = true;
        while is_open || !self.requests.is_empty() || !self.backlog.is_empty() {
            let next = self.next_start();
            tokio::select! {
                biased;
                Some(finished) = self.requests.join_next(), if !self.requests.is_empty() => match finished {
                    Ok(finished) => self.finish(finished),
                    // Its replies are dropped with it, which tells the tasks that wait for them.
                    Err(error) => tracing::error!(api = A::NAME, %error, "the host itself failed at a call"),
                },
                request = loads.recv(), if is_open => match request {
                    Some(Load { group, items }) => self.backlog.add(group, items, Instant::now()),
                    None => is_open = false,
                },
                () = sleep_until(next) => self.start(),
            }
        }
    }

    /// When the next request may start; none if nothing waits, or if another request has to end first.
    fn next_start(&mut self) -> Option<Instant> {
        if self.backlog.is_empty() || self.requests.len() >= MAX_REQUESTS {
            return None;
        }
        let now = Instant::now();
        let is_full = self.backlog.has_full();
        let mut at = self.limiter.ready_at(now, is_full).max(self.paused_until.unwrap_or(now));
        if !self.requests.is_empty() && !is_full {
            let linger = |group: &A::Group| if self.under_way.contains_key(group) { LINGER } else { SHORT_LINGER };
            at = at.max(self.backlog.runs_out_of(linger).unwrap_or(now));
        }
        Some(at)
    }

    fn start(&mut self) {
        let now = Instant::now();
        let under_way = &self.under_way;
        let Some(batch) = self.backlog.take(now, LINGER, |group| !under_way.contains_key(group)) else { return };
        *self.under_way.entry(batch.group().clone()).or_default() += 1;
        self.limiter.take(now);
        let (api, metrics) = (Arc::clone(&self.api), self.metrics.clone());
        self.requests.spawn(async move {
            let items = batch.distinct_items();
            let result = api.send(batch.group(), &items).await;
            let kind = result.as_ref().err().map(|failure| failure.kind);
            RequestEnded { api: A::NAME, kind, items: items.len(), took: now.elapsed() }.emit(&metrics);
            Finished { batch, result }
        });
    }

    fn finish(&mut self, Finished { batch, result }: Finished<A>) {
        if let Entry::Occupied(mut under_way) = self.under_way.entry(batch.group().clone()) {
            *under_way.get_mut() -= 1;
            if *under_way.get() == 0 {
                under_way.remove();
            }
        }
        match result {
            Ok(answers) => {
                batch.succeeded();
                let answer = |item: &A::Item| answers.get(item).cloned().unwrap_or_else(|| Ok(A::Answer::default()));
                let is_of = |item: &A::Item, kind| answer(item).is_err_and(|failure| failure.kind == kind);
                let (transient, batch) = batch.partition(|item| is_of(item, AwsErrorKind::Transient));
                batch.answer(answer);
                if transient.is_empty() {
                    self.failures = 0;
                } else {
                    self.pause();
                    self.backlog.put_back(transient.tried(ATTEMPTS, answer));
                }
            }
            Err(failure) => self.fail(batch, failure),
        }
    }

    /// Backs off before the next request, the longer the more requests in a row had a transient error.
    fn pause(&mut self) {
        self.paused_until = Some(Instant::now() + backoff(FIRST_PAUSE, LONGEST_PAUSE, self.failures));
        self.failures = self.failures.saturating_add(1);
    }

    fn fail(&mut self, batch: Batch<A>, failure: AwsError) {
        match failure.kind {
            AwsErrorKind::Throttled => {
                self.limiter.throttled(Instant::now());
                self.backlog.put_back(batch);
            }
            AwsErrorKind::Transient => {
                self.pause();
                self.backlog.put_back(batch.tried(ATTEMPTS, |_| Err(failure.clone())));
            }
            AwsErrorKind::NotAllowed if batch.count_denial(MAX_DENIALS) => batch.answer(|_| Err(failure.clone())),
            kind if A::ONE_BAD_FAILS_ALL && kind.is_about_resources() => {
                self.failures = 0;
                for part in batch.without_the_bad(&failure) {
                    self.backlog.put_back(part);
                }
            }
            _ => batch.answer(|_| Err(failure.clone())),
        }
    }
}

#[cfg(test)]
mod tests;

/// A request to one of the tagger's APIs has ended.
struct RequestEnded {
    api: &'static str,
    /// What it failed with.
    kind: Option<AwsErrorKind>,
    /// How many resources it was about.
    items: usize,
    took: Duration,
}

impl RequestEnded {
    fn emit(self, metrics: &ServiceMetrics) {
        let Self { api, kind, items, took } = self;
        let outcome = kind.map_or("success", AwsErrorKind::name);
        metrics.count_request(api, outcome, items, took);
        tracing::debug!(api, outcome, items, took_ms = took.as_millis(), "called");
    }
}
