//! A bulkhead for each account and Region that the host tags in, and how many messages wait in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use autotag_core::AccountRegion;
use tokio::sync::OnceCell;

use super::classify::AwsError;
use super::credentials::Credentials;
use super::services::Services;
use crate::metrics::ServiceMetrics;
use crate::tagger::rates::Rates;

/// The age that clients must have before they are replaced.
const RENEWED_AFTER: Duration = Duration::from_secs(5);

/// For how long after its last message a bulkhead counts as active.
const ACTIVE_FOR: Duration = Duration::from_secs(5 * 60);

/// How long after its last message a bulkhead is dropped, with its clients. By then its rates are as at first, too.
const DROPPED_AFTER: Duration = Duration::from_secs(15 * 60);

/// All bulkheads. Each has its own clients, requests and rates, so that the failures of one account and Region do not
/// reach another.
#[derive(Debug)]
pub(super) struct Bulkheads {
    credentials: Credentials,
    rates: Rates,
    metrics: ServiceMetrics,
    /// How many messages there can be at once, everywhere.
    capacity: usize,
    by_account_region: Mutex<HashMap<AccountRegion, Arc<Bulkhead>>>,
}

/// The bulkhead of one account and Region.
#[derive(Debug)]
pub(super) struct Bulkhead {
    /// Made when they are first needed.
    services: OnceCell<Services>,
    since: Instant,
    /// When the last message came.
    last: Mutex<Instant>,
    /// How many messages are here, those included that came before the clients were replaced.
    waiting: Arc<AtomicUsize>,
}

/// A message's admission to a bulkhead. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Admission(Arc<Bulkhead>);

impl Bulkheads {
    pub(super) fn new(credentials: Credentials, rates: Rates, capacity: usize, metrics: ServiceMetrics) -> Self {
        Self { credentials, rates, metrics, capacity, by_account_region: Mutex::default() }
    }

    /// Admits a message to the bulkhead of its account and Region. None if nearly all capacity is taken, this bulkhead
    /// has its share of it, and others have had messages lately: otherwise all messages in flight could come to wait
    /// for one slow account and Region, with no capacity left for the others.
    pub(super) fn admit(&self, account: &str, region: &str) -> Option<Admission> {
        self.admit_at(Instant::now(), account, region)
    }

    fn admit_at(&self, now: Instant, account: &str, region: &str) -> Option<Admission> {
        let mut bulkheads = self.by_account_region();
        bulkheads.retain(|_, bulkhead| !bulkhead.is_idle(now));
        let account_region = AccountRegion { account: account.to_owned(), region: region.to_owned() };
        let bulkhead = bulkheads.entry(account_region).or_insert_with(|| Arc::new(Bulkhead::new(now)));
        let bulkhead = Arc::clone(bulkhead);
        *bulkhead.last() = now;
        let here = bulkhead.waiting.load(Ordering::Relaxed);
        let waiting = || bulkheads.values().map(|bulkhead| bulkhead.waiting.load(Ordering::Relaxed));
        let is_active = |other: &&Arc<Bulkhead>| now.saturating_duration_since(*other.last()) < ACTIVE_FOR;
        let active = bulkheads.values().filter(is_active).count();
        let share = self.capacity / (1 + waiting().filter(|there| *there > 0).count());
        let is_tight = waiting().sum::<usize>() >= self.capacity - self.capacity / 10;
        if active > 1 && is_tight && here >= share.max(1) {
            return None;
        }
        bulkhead.waiting.fetch_add(1, Ordering::Relaxed);
        Some(Admission(bulkhead))
    }

    /// The services of the bulkhead that a message was admitted to.
    pub(super) async fn services<'a>(
        &self,
        admission: &'a Admission,
        account: &str,
        region: &str,
    ) -> Result<&'a Services, AwsError> {
        let make = async || {
            let sdk = self.credentials.config_for(account, region).await?;
            Ok(Services::start(&sdk, &self.rates, &self.metrics))
        };
        admission.0.services.get_or_try_init(make).await
    }

    /// Has the next message in an account and Region begin with new clients: the credentials of this one were refused
    /// before they expired.
    pub(super) fn renew(&self, admission: &Admission, account: &str, region: &str) {
        let mut bulkheads = self.by_account_region();
        let account_region = AccountRegion { account: account.to_owned(), region: region.to_owned() };
        // Only once for each set of clients, however many messages it failed. New clients do not help where a role
        // cannot be assumed.
        let is_old =
            |bulkhead: &Arc<Bulkhead>| Arc::ptr_eq(bulkhead, &admission.0) && bulkhead.since.elapsed() >= RENEWED_AFTER;
        if bulkheads.get(&account_region).is_some_and(is_old) {
            bulkheads.insert(account_region, Arc::new(admission.0.renewed(Instant::now())));
        }
    }

    fn by_account_region(&self) -> MutexGuard<'_, HashMap<AccountRegion, Arc<Bulkhead>>> {
        self.by_account_region.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bulkhead {
    fn new(now: Instant) -> Self {
        Self { services: OnceCell::new(), since: now, last: Mutex::new(now), waiting: Arc::default() }
    }

    /// The same with clients that are still to be made.
    fn renewed(&self, now: Instant) -> Self {
        Self { waiting: Arc::clone(&self.waiting), ..Self::new(now) }
    }

    /// Whether no message is here, and none has come for long.
    fn is_idle(&self, now: Instant) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0 && now.saturating_duration_since(*self.last()) >= DROPPED_AFTER
    }

    fn last(&self) -> MutexGuard<'_, Instant> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use aws_config::SdkConfig;

    use super::*;
    use crate::tagger::Rate;

    fn bulkheads() -> Bulkheads {
        let rate = Rate { burst: 1.0, per_second: 1.0 };
        let rates = Rates {
            create_tags: rate,
            describe: rate,
            tag_resources: rate,
            get_resources: rate,
            resources_per_call: 1,
        };
        let credentials = Credentials::new(SdkConfig::builder().build(), None);
        Bulkheads::new(credentials, rates, 100, ServiceMetrics::default())
    }

    #[test]
    fn what_had_no_message_for_long_is_let_go_unless_one_still_waits_there() {
        let (bulkheads, begin) = (bulkheads(), Instant::now());
        let accounts = || {
            let mut accounts: Vec<_> = bulkheads.by_account_region().keys().map(|key| key.account.clone()).collect();
            accounts.sort();
            accounts
        };
        let waiting = bulkheads.admit_at(begin, "waits", "r").unwrap();
        drop(bulkheads.admit_at(begin, "idle", "r").unwrap());
        drop(bulkheads.admit_at(begin + DROPPED_AFTER / 2, "active", "r").unwrap());
        drop(bulkheads.admit_at(begin + DROPPED_AFTER, "new", "r").unwrap());
        assert_eq!(accounts(), ["active", "new", "waits"]);
        drop(waiting);
        drop(bulkheads.admit_at(begin + DROPPED_AFTER, "new", "r").unwrap());
        assert_eq!(accounts(), ["active", "new"]);
        // A message that comes later finds a bulkhead like any other.
        drop(bulkheads.admit_at(begin + DROPPED_AFTER * 3, "idle", "r").unwrap());
        assert_eq!(accounts(), ["idle"]);
    }

    /// Admits so many messages of one account, all at once.
    fn admit_many(bulkheads: &Bulkheads, now: Instant, account: &str, count: usize) -> Vec<Admission> {
        (0..count).filter_map(|_| bulkheads.admit_at(now, account, "r")).collect()
    }

    #[test]
    fn one_account_alone_may_take_all_capacity() {
        let (bulkheads, begin) = (bulkheads(), Instant::now());
        let all = admit_many(&bulkheads, begin, "alone", 120);
        assert_eq!(all.len(), 120);
        // Another one had its last message long ago, when one more comes.
        drop(bulkheads.admit_at(begin, "quiet", "r").unwrap());
        assert!(bulkheads.admit_at(begin + ACTIVE_FOR - Duration::from_millis(1), "alone", "r").is_none());
        assert!(bulkheads.admit_at(begin + ACTIVE_FOR, "alone", "r").is_some());
    }

    #[test]
    fn where_capacity_is_nearly_taken_each_account_gets_no_more_than_its_share() {
        let (bulkheads, begin) = (bulkheads(), Instant::now());
        drop(bulkheads.admit_at(begin, "quiet", "r").unwrap());
        let mut slow = admit_many(&bulkheads, begin, "slow", 100);
        assert_eq!(slow.len(), 90);
        // A tenth is left for the others. With one more at work, the share is a third; what has no message has none.
        let other = admit_many(&bulkheads, begin, "other", 30);
        assert_eq!(other.len(), 30);
        slow.truncate(60);
        let more = admit_many(&bulkheads, begin, "other", 30);
        assert_eq!(more.len(), 3);
        // As soon as it is not tight any more, it gets more than its share.
        slow.truncate(50);
        assert_eq!(admit_many(&bulkheads, begin, "other", 30).len(), 7);
    }

    #[test]
    fn clients_are_replaced_once_and_only_if_they_are_old_and_what_waits_still_counts() {
        let Some(begin) = Instant::now().checked_sub(RENEWED_AFTER * 2) else { return };
        let bulkheads = bulkheads();
        let is_same = |one: &Admission, other: &Admission| Arc::ptr_eq(&one.0, &other.0);
        let old = bulkheads.admit_at(begin, "a", "r").unwrap();
        bulkheads.renew(&old, "a", "r");
        let new = bulkheads.admit("a", "r").unwrap();
        assert!(!is_same(&old, &new));
        assert_eq!(new.0.waiting.load(Ordering::Relaxed), 2);
        // Another message of the old clients fails, and one of the new ones, which are young.
        bulkheads.renew(&old, "a", "r");
        bulkheads.renew(&new, "a", "r");
        assert!(is_same(&new, &bulkheads.admit("a", "r").unwrap()));
        drop((old, new));
        assert_eq!(bulkheads.admit("a", "r").unwrap().0.waiting.load(Ordering::Relaxed), 1);
    }
}
