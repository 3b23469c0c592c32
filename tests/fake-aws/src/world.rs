//! The whole state of the fake, and the handle by which tests control one account and Region.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::DEFAULT_ACCOUNT;
use super::cloud_trail::model::Trail;
use super::ec2::model::Tags;
use super::ec2::resources::Resources;
use super::event_bridge::model::Buses;
use super::faults::rule::Rules;
use super::kms::model::Key;
use super::log::Log;
use super::shared::Shared;
use super::sqs::queue::Queue;
use super::sts::roles::Sts;

/// How many resources of each account and Region a failed test's message shows.
const RESOURCES_SHOWN: usize = 100;

/// The whole state of the fake.
#[derive(Default)]
pub(super) struct World {
    /// Maps access key ids to accounts.
    pub access_keys: HashMap<String, String>,
    pub log: Log,
    pub rules: Rules,
    pub sts: Sts,
    /// Instants at which time alone changes something, other than in queues.
    pub alarms: BTreeSet<Instant>,
    regions: BTreeMap<(String, String), Region>,
    serial: u64,
}

/// The state of one account in one Region.
#[derive(Default)]
pub(super) struct Region {
    pub queues: BTreeMap<String, Queue>,
    /// EC2's by their ids, and those of all other services by their ARNs.
    pub resources: Resources,
    /// The tags of Auto Scaling groups, by the groups' names.
    pub groups: BTreeMap<String, Tags>,
    pub buses: Buses,
    /// The trails whose home Region this is, by their names.
    pub trails: BTreeMap<String, Trail>,
    /// CloudTrail's records of the last 90 days, the latest last.
    pub history: Vec<Value>,
    /// The KMS keys that tests have put, by their ids.
    pub keys: BTreeMap<String, Key>,
}

impl World {
    /// The state of an account in a Region; empty until something is put there.
    pub fn region(&mut self, account: &str, region: &str) -> &mut Region {
        self.regions.entry((account.to_owned(), region.to_owned())).or_default()
    }

    /// An account's state in each Region, in the order of the Regions' names.
    pub fn regions_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = (&'a str, &'a Region)> {
        let own = self.regions.iter().filter(move |((owner, _), _)| owner == account);
        own.map(|((_, name), region)| (name.as_str(), region))
    }

    /// All accounts that have any state, each once.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        let accounts: BTreeSet<&str> = self.regions.keys().map(|(account, _)| account.as_str()).collect();
        accounts.into_iter()
    }

    /// A number that was never returned before.
    pub fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The account that requests with this access key act in.
    pub fn account_of(&self, access_key_id: &str) -> String {
        let registered = || self.access_keys.get(access_key_id).map(String::as_str);
        self.sts.sessions.account(access_key_id).or_else(registered).unwrap_or(DEFAULT_ACCOUNT).to_owned()
    }

    /// When time alone next changes something after `now`.
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let queues = self.regions.values().flat_map(|region| region.queues.values());
        let timers = queues.filter_map(|queue| queue.next_timer(now));
        timers.chain(self.alarms.range(now..).find(|alarm| **alarm > now).copied()).min()
    }
}

/// The state and the latest requests, one line each.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = Instant::now();
        for ((account, name), region) in &self.regions {
            writeln!(f, "{account} {name}:")?;
            for (queue_name, queue) in &region.queues {
                writeln!(f, "  queue {queue_name}: {:?}", queue.counts(now))?;
            }
            for (group, tags) in &region.groups {
                writeln!(f, "  Auto Scaling group {group}: {tags:?}")?;
            }
            for rule in region.buses.by_name.values().flat_map(|bus| bus.rules.values()) {
                writeln!(f, "  {rule:?}")?;
            }
            for trail in region.trails.values() {
                writeln!(f, "  {trail:?}")?;
            }
            for key in region.keys.values() {
                writeln!(f, "  {key:?}")?;
            }
            for (id, resource) in region.resources.iter().take(RESOURCES_SHOWN) {
                writeln!(f, "  {id}: {:?}", resource.tags)?;
            }
            if region.resources.len() > RESOURCES_SHOWN {
                writeln!(f, "  and {} more resources", region.resources.len() - RESOURCES_SHOWN)?;
            }
        }
        let requests = self.log.latest();
        writeln!(f, "requests, the latest {} of {}:", requests.len(), self.log.len())?;
        requests.iter().try_for_each(|request| writeln!(f, "  {request}"))
    }
}

/// A handle by which tests see and change the state of one account in one Region.
///
/// Methods that name a queue or a resource panic if it does not exist here.
#[derive(Clone)]
pub struct RegionHandle {
    pub(super) shared: Arc<Shared>,
    address: SocketAddr,
    account: String,
    region: String,
}

impl RegionHandle {
    pub(super) fn new(shared: Arc<Shared>, address: SocketAddr, account: &str, region: &str) -> Self {
        Self { shared, address, account: account.to_owned(), region: region.to_owned() }
    }

    /// The account number, twelve digits.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The Region's name, such as `us-east-1`.
    pub fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn server(&self) -> SocketAddr {
        self.address
    }

    /// Changes the state here and wakes the tests that wait for a change.
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Region) -> T) -> T {
        self.shared.update(|world| change(world.region(&self.account, &self.region)))
    }

    /// Reads the state here; an untouched account and Region is empty.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Region) -> T) -> T {
        self.shared.read(|world| match world.regions.get(&(self.account.clone(), self.region.clone())) {
            Some(region) => look(region),
            None => look(&Region::default()),
        })
    }
}
