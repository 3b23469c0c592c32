//! Every account and Region that the host tags in, and how many messages wait for each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::Clients;
use super::classify::Failure;
use super::ec2::Ec2;
use crate::config::Rates;
use crate::telemetry::Meter;

/// For how long an account and Region counts after its last message.
const ACTIVE: Duration = Duration::from_secs(5 * 60);

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
    usage: Mutex<Usage>,
}

#[derive(Debug)]
struct Usage {
    waiting: usize,
    last: Instant,
}

/// A message's stay at an account and Region.
#[derive(Debug)]
pub(super) struct Stay(Arc<Place>);

impl Places {
    pub(super) fn new(clients: Clients, rates: Rates, share: usize, meter: Meter) -> Self {
        Self { clients, rates, meter, share: share.max(1), by_name: Mutex::default() }
    }

    /// Goes to an account and Region for a message; none if too many others are there already. All messages in flight could
    /// otherwise come to wait for the one account that is slow, and none be left for the others.
    pub(super) fn enter(&self, account: &str, region: &str) -> Option<Stay> {
        let now = Instant::now();
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (account.to_owned(), region.to_owned());
        let place = Arc::clone(by_name.entry(name).or_insert_with(|| {
            Arc::new(Place { ec2: OnceCell::new(), usage: Mutex::new(Usage { waiting: 0, last: now }) })
        }));
        let is_crowded = place.with_usage(|here| here.waiting >= self.share);
        let is_other_active = |other: &Arc<Place>| {
            !Arc::ptr_eq(other, &place) && other.with_usage(|there| now.saturating_duration_since(there.last) < ACTIVE)
        };
        if is_crowded && by_name.values().any(is_other_active) {
            return None;
        }
        place.with_usage(|here| *here = Usage { waiting: here.waiting + 1, last: now });
        Some(Stay(place))
    }

    /// EC2 where a message is.
    pub(super) async fn ec2<'a>(&self, stay: &'a Stay, account: &str, region: &str) -> Result<&'a Ec2, Failure> {
        let make = async || {
            let client = self.clients.ec2(account, region).await?;
            Ok(Ec2::start(&client, &self.rates, &self.meter))
        };
        stay.0.ec2.get_or_try_init(make).await
    }
}

impl Place {
    fn with_usage<T>(&self, look: impl FnOnce(&mut Usage) -> T) -> T {
        look(&mut self.usage.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.with_usage(|here| here.waiting = here.waiting.saturating_sub(1));
    }
}
