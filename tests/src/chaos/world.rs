//! The world that the events describe: what is in AWS, what is sent, and what must hold in the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use autotag_fake_aws::random::Random;
use autotag_fake_aws::{FakeAws, InstanceState, RegionHandle, Snapshot, Volume};
use serde_json::{Value, json};

use super::QUEUE;
use super::actors::{Regions, User};
use crate::events::{call, envelope, event_time};

/// Tags by key.
pub(super) type Tags = BTreeMap<String, String>;

pub(super) struct World<'a> {
    pub(super) aws: &'a FakeAws,
    pub(super) account_regions: Regions,
    /// Makes all choices.
    pub(super) random: Random,
    /// How many events were sent.
    pub(super) sent: usize,
    /// The messages that must end in the dead-letter queue, by id, and why. No other message may.
    pub(super) doomed: BTreeMap<String, &'static str>,
    /// By account and Region: the tags that each resource must have in the end.
    expected: BTreeMap<(String, String), BTreeMap<String, Tags>>,
    /// The pending steps, and when they are due.
    later: Vec<(Instant, Later)>,
    resources: u64,
}

/// A step that follows its event after a while.
pub(super) enum Later {
    /// A pending instance gets its volumes, and is running.
    Start { account_region: RegionHandle, instance: String, volumes: Vec<String> },
    /// A pending image gets its snapshots, and is available.
    Finish { account_region: RegionHandle, image: String, snapshots: Vec<String> },
}

impl<'a> World<'a> {
    pub(super) fn new(aws: &'a FakeAws, seed: u64) -> Self {
        Self {
            aws,
            account_regions: Regions::of(aws),
            random: Random::new(seed),
            sent: 0,
            doomed: BTreeMap::new(),
            expected: BTreeMap::new(),
            later: Vec::new(),
            resources: 0,
        }
    }

    /// A new, unused id.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.resources += 1;
        format!("{prefix}-{:017x}", self.resources)
    }

    /// Records which tags a resource must have in the end.
    pub(super) fn expect(&mut self, account_region: &RegionHandle, id: &str, tags: Tags) {
        let account_region = (account_region.account().to_owned(), account_region.region().to_owned());
        self.expected.entry(account_region).or_default().insert(id.to_owned(), tags);
    }

    /// Makes EC2 eventually consistent about some resources.
    pub(super) fn come_late(&mut self, account_region: &RegionHandle, id: &str) {
        let delay = self.a_while();
        match self.random.below(10) {
            0 => account_region.appear_after(id, delay),
            1 => account_region.taggable_after(id, delay),
            _ => {}
        }
    }

    /// A random delay of up to four seconds.
    pub(super) fn a_while(&mut self) -> Duration {
        Duration::from_millis(500 + self.random.below(3500))
    }

    pub(super) fn later(&mut self, what: Later) {
        let at = Instant::now() + self.a_while();
        self.later.push((at, what));
    }

    /// Makes the steps that are due.
    pub(super) fn pass_time(&mut self) {
        let now = Instant::now();
        for (_, later) in self.later.extract_if(.., |(at, _)| *at <= now) {
            match later {
                Later::Start { account_region, instance, volumes } => {
                    for (number, volume) in volumes.iter().enumerate() {
                        account_region.put_volume(Volume::new(volume).attached(
                            &instance,
                            &device(number),
                            SystemTime::now(),
                        ));
                    }
                    account_region.set_instance_state(&instance, InstanceState::Running);
                }
                Later::Finish { account_region, image, snapshots } => {
                    for (number, snapshot) in snapshots.iter().enumerate() {
                        account_region.put_snapshot(Snapshot::new(snapshot));
                        account_region.name_snapshot(&image, &device(number), snapshot);
                    }
                    account_region.set_state(&image, "available");
                }
            }
        }
    }

    /// Whether no step is pending.
    pub(super) fn is_at_rest(&self) -> bool {
        self.later.is_empty()
    }

    /// A user's API call in an account and Region, of that age, as EventBridge delivers it.
    pub(super) fn event(
        &self,
        account_region: &RegionHandle,
        user: &User,
        name: &str,
        age: Duration,
        response: Value,
    ) -> Value {
        let mut record = call(name, &event_time(SystemTime::now() - age), response);
        record["userIdentity"] = user.identity(account_region.account());
        record["awsRegion"] = account_region.region().into();
        record["recipientAccountId"] = account_region.account().into();
        record["eventID"] = format!("event-{}", self.sent).into();
        let mut event = envelope(&record);
        event["id"] = record["eventID"].clone();
        event["account"] = account_region.account().into();
        event["region"] = account_region.region().into();
        event
    }

    /// Sends a message that must be handled.
    pub(super) fn send(&mut self, body: &str) -> String {
        self.sent += 1;
        self.aws.send(QUEUE, body)
    }

    /// Sends a message that must end in the dead-letter queue.
    pub(super) fn send_doomed(&mut self, body: &str, why: &'static str) {
        let id = self.send(body);
        self.doomed.insert(id, why);
    }

    /// How many resources have expected tags, including those that must have none.
    pub(super) fn resources(&self) -> usize {
        self.expected.values().map(BTreeMap::len).sum()
    }

    /// The resources whose tags are not as expected.
    pub(super) fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for account_region in self.account_regions.all() {
            let name = (account_region.account().to_owned(), account_region.region().to_owned());
            let empty = BTreeMap::new();
            let expected = self.expected.get(&name).unwrap_or(&empty);
            let present = account_region.tags_of_all();
            for id in expected.keys().chain(present.keys().filter(|id| !expected.contains_key(*id))) {
                let (expected, present) = (expected.get(id), present.get(id));
                if expected != present {
                    let (expected, present) = (json!(expected), json!(present));
                    wrong.push(format!("{} {} {id}: must have {expected}, has {present}", name.0, name.1));
                }
            }
        }
        wrong
    }
}

/// The name of an instance's n-th device.
pub(super) fn device(number: usize) -> String {
    format!("/dev/xvd{}", char::from(b'a' + u8::try_from(number).unwrap()))
}
