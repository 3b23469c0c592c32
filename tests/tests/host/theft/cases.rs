//! A case, and how all cases are run.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use autotag_fake_aws::{FakeAws, QueueSpec, RegionHandle};
use autotag_tests::host::Service;
use serde_json::Value;

use super::events::{ACCOUNT, REGION};

/// A bound that no wait reaches, even on a machine that compiles meanwhile.
const LONG: Duration = Duration::from_secs(120);

/// One way in which an attacker could get another principal's resource.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Puts the resources.
    pub(crate) put: Box<dyn Fn(&RegionHandle)>,
    /// The events, in their order.
    pub(crate) events: Vec<Value>,
    /// The owner of each resource in the end; `None` for a resource without one.
    pub(crate) owners: Vec<(String, Option<&'static str>)>,
    /// The resources that have a principal's identity, and no room for an owner.
    pub(crate) identities: Vec<(String, &'static str)>,
    /// The host's outcome for an event, by its index: `withheld`, `refused`, … It holds in every order of delivery.
    pub(crate) outcomes: Vec<(usize, &'static str)>,
    /// The Region of the events and resources.
    pub(crate) region: &'static str,
    /// Whether the order of the events decides, as the documentation says of what is open or contested. Such a case
    /// runs in order only.
    pub(crate) is_open: bool,
}

impl Case {
    pub(crate) fn new(name: &'static str, put: impl Fn(&RegionHandle) + 'static, events: Vec<Value>) -> Self {
        Self {
            name,
            put: Box::new(put),
            events,
            owners: Vec::new(),
            identities: Vec::new(),
            outcomes: Vec::new(),
            region: REGION,
            is_open: false,
        }
    }

    /// Expects this owner of a resource in the end, or none.
    pub(crate) fn belongs_to(mut self, resource: &str, owner: impl Into<Option<&'static str>>) -> Self {
        self.owners.push((resource.into(), owner.into()));
        self
    }

    /// Expects a principal's identity on a resource in the end, and no room for an owner.
    pub(crate) fn has_identity_of(mut self, resource: &str, who: &'static str) -> Self {
        self.identities.push((resource.into(), who));
        self
    }

    /// Expects this outcome of an event.
    pub(crate) fn says(mut self, event: usize, outcome: &'static str) -> Self {
        self.outcomes.push((event, outcome));
        self
    }

    /// Moves its events and resources to another Region.
    pub(crate) fn in_region(mut self, region: &'static str) -> Self {
        for event in &mut self.events {
            event["region"] = region.into();
            event["detail"]["awsRegion"] = region.into();
        }
        Self { region, ..self }
    }

    pub(crate) fn open(self) -> Self {
        Self { is_open: true, ..self }
    }
}

/// The order in which the events of each case are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    InOrder,
    Reversed,
    AtOnce,
}

/// Runs all cases, and fails with all mismatches.
#[track_caller]
pub(crate) fn run(cases: Vec<Case>, delivery: Delivery) {
    let aws = FakeAws::start();
    aws.create_queue("dead");
    let queue = QueueSpec::named("events").visibility_timeout(Duration::from_secs(30)).dead_letters("dead", 12);
    aws.create_queue_with(queue);
    let cases: Vec<_> = cases.into_iter().filter(|case| delivery == Delivery::InOrder || !case.is_open).collect();
    let mut ids = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        (case.put)(&aws.at(ACCOUNT, case.region));
        // The log identifies events by their ids.
        for event in 0..case.events.len() {
            ids.insert(format!("case-{number}-{event}"), (number, event));
        }
    }
    let hosts = if delivery == Delivery::AtOnce { 2 } else { 1 };
    // The logs stay when the test fails, for reading.
    let log = |host: usize| Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("theft-{delivery:?}-{host}.log"));
    let service =
        |host| Service::new(&aws, "events").env("AUTOTAG_VISIBILITY_SECONDS", "30").start_logging_to(&log(host));
    let services: Vec<_> = (0..hosts).map(service).collect();
    let rounds = cases.iter().map(|case| case.events.len()).max().unwrap_or_default();
    for round in 0..rounds {
        for (number, case) in cases.iter().enumerate() {
            let last = case.events.len().checked_sub(round + 1);
            let index = if delivery == Delivery::Reversed { last } else { Some(round) };
            if let Some((index, event)) = index.and_then(|index| Some((index, case.events.get(index)?))) {
                let mut event = event.clone();
                event["id"] = format!("case-{number}-{index}").into();
                aws.send("events", &event.to_string());
            }
        }
        if delivery != Delivery::AtOnce {
            aws.wait_until(|aws| aws.counts("events").total() == 0, LONG);
        }
    }
    aws.wait_until(|aws| aws.counts("events").total() == 0, LONG);
    services.into_iter().for_each(|service| drop(service.stop()));
    let logs: String = (0..hosts).map(|host| fs::read_to_string(log(host)).unwrap()).collect();
    let mut wrong = String::new();
    for (number, case) in cases.iter().enumerate() {
        let region = aws.at(ACCOUNT, case.region);
        for (resource, owner) in &case.owners {
            let tags = region.tags(resource);
            let (is, principal) = (tags.get("Owner").cloned(), tags.get("PrincipalId").cloned());
            let expected = (owner.map(ToOwned::to_owned), owner.and_then(super::events::principal_of));
            if (is.clone(), principal.clone()) != expected {
                let _ = writeln!(wrong, "{} ({resource}): {is:?} {principal:?} instead of {expected:?}", case.name);
            }
        }
        for (resource, who) in &case.identities {
            let principal = region.tags(resource).get("PrincipalId").cloned();
            if principal != super::events::principal_of(who) {
                let _ = writeln!(wrong, "{} ({resource}): {principal:?} instead of {who}'s", case.name);
            }
        }
        for (event, outcome) in &case.outcomes {
            let said = Said::of(&format!("case-{number}-{event}"), &logs);
            if !said.is(outcome) {
                let _ = writeln!(wrong, "{}, event {event}: {said:?} instead of {outcome}", case.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{delivery:?}, with its log in {}:\n{wrong}", log(0).display());
}

/// What the log has about an event.
#[derive(Debug, Default)]
struct Said {
    /// The outcome of each delivery, without retries.
    outcomes: Vec<String>,
    /// The reasons for what was withheld.
    withheld: Vec<String>,
}

impl Said {
    fn of(event: &str, logs: &str) -> Self {
        let mut said = Self::default();
        let lines = logs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        for line in lines.filter(|line| line["event_id"] == event) {
            let text = |field: &str| line[field].as_str().map(ToOwned::to_owned);
            said.outcomes.extend(text("outcome").filter(|outcome| outcome != "retry"));
            said.withheld.extend(text("withheld"));
        }
        said
    }

    /// Whether this is its only outcome.
    fn is(&self, outcome: &str) -> bool {
        let is_withheld = self.withheld.iter().any(|withheld| withheld == outcome);
        let is_one = self.outcomes.windows(2).all(|pair| pair[0] == pair[1]);
        is_one && self.outcomes.first().is_some_and(|first| first == outcome || is_withheld)
    }
}
