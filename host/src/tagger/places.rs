//! Every account and Region that the host tags in, and how many messages wait for each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::Clients;
use super::classify::Failure;
use super::ec2::Ec2;
use crate::config::Rates;
use crate::telemetry::Meter;

/// How old a client is at least before it is replaced.
const RENEWED_AFTER: Duration = Duration::from_secs(5);

/// Every account and Region. Each has its own client, calls and rates, so that the failures of one do not reach another.
#[derive(Debug)]
pub(super) struct Places {
    clients: Clients,
    rates: Rates,
    meter: Meter,
    /// How many messages may wait for one account and Region while others have messages too.
    share: usize,
    by_name: Mutex<HashMap<(String, String), Arc<Place>>>,
}

/// One account in one Region.
#[derive(Debug)]
pub(super) struct Place {
    /// Made when it is first needed.
    ec2: OnceCell<Ec2>,
    since: Instant,
    /// How many messages are here.
    waiting: AtomicUsize,
}

/// A message's stay at an account and Region.
#[derive(Debug)]
pub(super) struct Stay(Arc<Place>);

impl Places {
    pub(super) fn new(clients: Clients, rates: Rates, share: usize, meter: Meter) -> Self {
        Self { clients, rates, meter, share: share.max(1), by_name: Mutex::default() }
    }

    /// Goes to an account and Region for a message; none if too many others are there already, and there are other accounts or
    /// Regions. All messages in flight could otherwise come to wait for the one that is slow, and none be left for the others.
    pub(super) fn enter(&self, account: &str, region: &str) -> Option<Stay> {
        let mut by_name = self.by_name();
        let place = Arc::clone(
            by_name.entry((account.to_owned(), region.to_owned())).or_insert_with(|| Arc::new(Place::new())),
        );
        let is_only_one = by_name.len() == 1;
        drop(by_name);
        let stay = Stay(place);
        let here = stay.0.waiting.fetch_add(1, Ordering::Relaxed);
        (is_only_one || here < self.share).then_some(stay)
    }

    /// EC2 where a message is.
    pub(super) async fn ec2<'a>(&self, stay: &'a Stay, account: &str, region: &str) -> Result<&'a Ec2, Failure> {
        let make = async || {
            let client = self.clients.ec2(account, region).await?;
            Ok(Ec2::start(&client, &self.rates, &self.meter))
        };
        stay.0.ec2.get_or_try_init(make).await
    }

    /// Has the next message at an account and Region begin with a new client: the credentials of the one before were refused
    /// before their time.
    pub(super) fn renew(&self, stay: &Stay, account: &str, region: &str) {
        let mut by_name = self.by_name();
        let name = (account.to_owned(), region.to_owned());
        // Only once for each client, however many messages it failed. A role that cannot be assumed gets no better by that.
        let is_old = |place: &Arc<Place>| Arc::ptr_eq(place, &stay.0) && place.since.elapsed() >= RENEWED_AFTER;
        if by_name.get(&name).is_some_and(is_old) {
            by_name.insert(name, Arc::new(Place::new()));
        }
    }

    fn by_name(&self) -> MutexGuard<'_, HashMap<(String, String), Arc<Place>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn new() -> Self {
        Self { ec2: OnceCell::new(), since: Instant::now(), waiting: AtomicUsize::new(0) }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
