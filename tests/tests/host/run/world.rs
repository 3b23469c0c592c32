//! What the tests of the service share.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use autotag_fake_aws::{FakeAws, Instance, InstanceState, QueueSpec, RegionHandle, Volume};
use autotag_tests::events::{call, envelope, iso_8601, run_instances_of};
use autotag_tests::host::Service;
use serde_json::{Value, json};

pub(crate) const INSTANCE: &str = "i-0123456789abcdef0";
pub(crate) const INTERFACE: &str = "eni-0123456789abcdef0";
pub(crate) const ROOT: &str = "vol-0000000000000000a";
pub(crate) const DATA: &str = "vol-0000000000000000b";
/// The Region of the events, which is not the queue's.
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ACCOUNT: &str = "111122223333";
/// A bound that no wait reaches, even on a machine that compiles meanwhile.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A fake AWS with a queue whose visibility timeout is two seconds, and which moves a message to the dead-letter queue
/// after two receives.
pub(crate) struct World {
    pub(crate) aws: FakeAws,
    pub(crate) ec2: RegionHandle,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_queue(Duration::from_secs(2), 2)
    }

    pub(crate) fn with_queue(visibility: Duration, max_receives: u32) -> Self {
        let aws = FakeAws::start();
        aws.create_queue("dead");
        aws.create_queue_with(
            QueueSpec::named("events").visibility_timeout(visibility).dead_letters("dead", max_receives),
        );
        let ec2 = aws.at(ACCOUNT, REGION);
        Self { aws, ec2 }
    }

    /// Puts Bob's instance, with two volumes and an interface.
    pub(crate) fn launch(&self, state: InstanceState) {
        let instance = Instance::new(INSTANCE).state(state).root_volume(ROOT).volume(DATA, "/dev/xvdb");
        self.ec2.put_instance(instance.network_interface(INTERFACE));
    }

    pub(crate) fn send(&self, event: &Value) {
        self.aws.send("events", &event.to_string());
    }

    pub(crate) fn send_launch(&self) {
        self.send(&envelope(&run_instances_of(INSTANCE, INTERFACE, &now())));
    }

    /// Volumes of Bob's, one event for each.
    pub(crate) fn create_volumes(&self, count: usize) -> Vec<String> {
        self.create_volumes_numbered(0..count)
    }

    pub(crate) fn create_volumes_numbered(&self, numbers: Range<usize>) -> Vec<String> {
        let ids: Vec<_> = numbers.map(|number| format!("vol-{number:017x}")).collect();
        for id in &ids {
            self.ec2.put_volume(Volume::new(id));
            self.send_created(id);
        }
        ids
    }

    /// Sends the event of a volume's creation.
    pub(crate) fn send_created(&self, volume: &str) {
        self.send(&envelope(&call("CreateVolume", &now(), json!({"volumeId": volume}))));
    }

    pub(crate) fn service(&self) -> Service {
        Service::new(&self.aws, "events")
    }

    pub(crate) fn wait_until(&self, condition: impl Fn() -> bool) {
        self.aws.wait_until(|_| condition(), LONG);
    }

    pub(crate) fn is_bobs(&self, id: &str) -> bool {
        let tags = self.ec2.tags(id);
        tags.get("Owner").map(String::as_str) == Some("bob")
            && tags.get("PrincipalId").map(String::as_str) == Some("AIDABOBBOBBOBBOBBOBBO")
            && tags.len() == 2
    }

    pub(crate) fn all_are_bobs(&self) -> bool {
        [INSTANCE, INTERFACE, ROOT, DATA].iter().all(|id| self.is_bobs(id))
    }

    pub(crate) fn are_bobs(&self, ids: &[String]) -> bool {
        ids.iter().all(|id| self.is_bobs(id))
    }

    pub(crate) fn is_done(&self) -> bool {
        self.aws.counts("events").total() == 0
    }

    pub(crate) fn dead(&self) -> usize {
        self.aws.counts("dead").total()
    }
}

/// Runs the same test on all cases in parallel, since most of it is waiting.
pub(crate) fn each<T: Sync>(cases: &[T], test: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(case));
        }
    });
}

pub(crate) fn now() -> String {
    ago(Duration::ZERO)
}

pub(crate) fn ago(age: Duration) -> String {
    iso_8601(SystemTime::now() - age)
}

/// The log's entries with this outcome.
pub(crate) fn outcomes(log: &str, outcome: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["outcome"] == outcome).collect()
}
