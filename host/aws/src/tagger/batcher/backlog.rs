//! What waits for a request: lines of items that can share one, and batches that have to be sent again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Answered, Api};
use crate::tagger::classify::{AwsError, AwsErrorKind};

/// An item, and the way back to the task that waits for its answer.
pub(super) struct Waiting<A: Api> {
    pub(super) item: A::Item,
    pub(super) reply: oneshot::Sender<Answered<A>>,
    /// How often it has failed with a transient error.
    pub(super) attempts: u32,
}

/// Everything that waits for a request.
pub(super) struct Backlog<A: Api> {
    /// How many items fit into a request.
    most: usize,
    /// Parts of batches that failed. Each is sent by itself, before everything else.
    parts: VecDeque<Batch<A>>,
    /// Whether the batch that was taken last was a part.
    was_part: bool,
    /// The groups that have a line and since when, the one that waits longest first.
    order: VecDeque<(A::Group, Instant)>,
    lines: HashMap<A::Group, VecDeque<Waiting<A>>>,
}

/// The items of one request.
pub(super) struct Batch<A: Api> {
    group: A::Group,
    waiting: Vec<Waiting<A>>,
    /// Since when its line has waited.
    since: Instant,
    /// Whether it is sent by itself, to find out what is wrong with it.
    is_part: bool,
    family: Arc<Family>,
}

/// What a batch has in common with those that it was split from and into.
#[derive(Default)]
struct Family {
    /// How many of their requests have lacked a permission.
    denials: AtomicU32,
    /// Whether any has succeeded, so that the permission is there.
    has_succeeded: AtomicBool,
}

impl<A: Api> Backlog<A> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            parts: VecDeque::new(),
            was_part: false,
            order: VecDeque::new(),
            lines: HashMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.order.is_empty()
    }

    /// Whether the next request is as large as it can be, or is not to wait for more.
    pub(super) fn has_full(&self) -> bool {
        !self.parts.is_empty() || self.lines.values().any(|line| line.len() >= self.most)
    }

    /// Since when the line that waits longest has waited.
    fn waits_since(&self) -> Option<Instant> {
        self.order.front().map(|(_, since)| *since)
    }

    /// When the first line has waited for as long as `linger` says for its group.
    pub(super) fn runs_out_of(&self, linger: impl Fn(&A::Group) -> Duration) -> Option<Instant> {
        self.order.iter().map(|(group, since)| *since + linger(group)).min()
    }

    /// Puts items at the end of their line.
    pub(super) fn add(&mut self, group: A::Group, items: impl IntoIterator<Item = Waiting<A>>, now: Instant) {
        let line = self.lines.entry(group.clone()).or_insert_with(|| {
            self.order.push_back((group, now));
            VecDeque::new()
        });
        line.extend(items);
    }

    /// Has a batch sent again: a part by itself, anything else together with what has gathered meanwhile.
    pub(super) fn put_back(&mut self, batch: Batch<A>) {
        if batch.waiting.is_empty() {
            return;
        }
        if batch.is_part {
            self.parts.push_back(batch);
            return;
        }
        let Batch { group, waiting, since, .. } = batch;
        match self.lines.get_mut(&group) {
            Some(line) => waiting.into_iter().rev().for_each(|waiting| line.push_front(waiting)),
            None => {
                self.order.push_front((group.clone(), since));
                self.lines.insert(group, waiting.into());
            }
        }
    }

    /// The next batch to send: a full line if there is one and no other has waited for `linger`, else the one that
    /// waits longest, and first among those whose group `is_free`. So a busy group does not starve the others. Items
    /// for which no task waits any more are dropped.
    pub(super) fn take(
        &mut self,
        now: Instant,
        linger: Duration,
        is_free: impl Fn(&A::Group) -> bool,
    ) -> Option<Batch<A>> {
        let is_patient = self.waits_since().is_none_or(|since| now < since + linger);
        // Parts and lines that have waited for long take turns.
        let parts_turn = is_patient || !std::mem::take(&mut self.was_part);
        while let Some(mut batch) = parts_turn.then(|| self.parts.pop_front()).flatten() {
            batch.waiting.retain(|waiting| !waiting.reply.is_closed());
            if !batch.waiting.is_empty() {
                self.was_part = true;
                return Some(batch);
            }
        }
        let is_full = |(group, _): &(A::Group, _)| self.lines.get(group).is_some_and(|line| line.len() >= self.most);
        let full = self.order.iter().position(is_full).filter(|_| is_patient);
        let free = || self.order.iter().position(|(group, _)| is_free(group)).filter(|_| is_patient);
        let position = full.or_else(free).unwrap_or(0);
        let (group, since) = self.order.remove(position)?;
        let mut line = self.lines.remove(&group).unwrap_or_default();
        line.retain(|waiting| !waiting.reply.is_closed());
        let rest = line.split_off(line.len().min(self.most));
        if !rest.is_empty() {
            self.add(group.clone(), rest, now);
        }
        if line.is_empty() {
            return self.take(now, linger, is_free);
        }
        Some(Batch { group, waiting: line.into(), since, is_part: false, family: Arc::default() })
    }
}

impl<A: Api> Batch<A> {
    pub(super) fn group(&self) -> &A::Group {
        &self.group
    }

    /// The items, each once, though several messages may ask about the same one.
    pub(super) fn distinct_items(&self) -> Vec<A::Item> {
        let mut seen = HashSet::with_capacity(self.waiting.len());
        self.waiting.iter().map(|waiting| &waiting.item).filter(|item| seen.insert(*item)).cloned().collect()
    }

    /// Answers every item.
    pub(super) fn answer(self, answer: impl Fn(&A::Item) -> Answered<A>) {
        for Waiting { item, reply, .. } in self.waiting {
            // A task that no longer waits does not need the answer.
            let _ = reply.send(answer(&item));
        }
    }

    /// Notes that a request lacked a permission; says whether it is missing for everything, as far as `most` requests
    /// can tell.
    pub(super) fn count_denial(&self, most: u32) -> bool {
        let denials = self.family.denials.fetch_add(1, Ordering::Relaxed) + 1;
        denials >= most && !self.family.has_succeeded.load(Ordering::Relaxed)
    }

    /// Notes that a request succeeded.
    pub(super) fn succeeded(&self) {
        self.family.has_succeeded.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Those items that are wanted, and the others.
    pub(super) fn partition(mut self, is_wanted: impl Fn(&A::Item) -> bool) -> (Self, Self) {
        let (wanted, others) = self.take().into_iter().partition(|waiting| is_wanted(&waiting.item));
        (self.with(wanted), self.with(others))
    }

    /// Counts a transient error. What has now failed `most` times is answered with it; the rest remains.
    pub(super) fn tried(mut self, most: u32, answer: impl Fn(&A::Item) -> Answered<A>) -> Self {
        for waiting in &mut self.waiting {
            waiting.attempts += 1;
        }
        let (given_up, rest) = self.take().into_iter().partition(|waiting| waiting.attempts >= most);
        self.with(given_up).answer(answer);
        self.with(rest)
    }

    /// Answers the items that a failure is known to be about, and returns what is to be sent again: all others at once,
    /// if AWS has named the bad ones; else in halves.
    pub(super) fn without_the_bad(mut self, failure: &AwsError) -> Vec<Self> {
        let distinct = self.distinct_items();
        if distinct.len() <= 1 {
            self.answer(|_| Err(failure.clone()));
            return Vec::new();
        }
        // An error about a permission may name a resource that is not at fault.
        let named: HashSet<A::Item> = match failure.kind {
            AwsErrorKind::NotAllowed => HashSet::new(),
            _ => distinct.iter().filter(|item| failure.names(&item.to_string())).cloned().collect(),
        };
        if named.is_empty() {
            let first: HashSet<_> = distinct.iter().take(distinct.len() / 2).collect();
            self.is_part = true;
            let (one, other) = self.partition(|item| first.contains(item));
            return vec![one, other];
        }
        let (bad, others) = self.partition(|item| named.contains(item));
        bad.answer(|_| Err(failure.clone()));
        vec![others]
    }

    fn take(&mut self) -> Vec<Waiting<A>> {
        std::mem::take(&mut self.waiting)
    }

    /// The same with other items.
    fn with(&self, waiting: Vec<Waiting<A>>) -> Self {
        let Self { group, since, is_part, family, .. } = self;
        Self { group: group.clone(), waiting, since: *since, is_part: *is_part, family: Arc::clone(family) }
    }
}
