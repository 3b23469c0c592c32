//! `host run`, the real binary with the real SDK, on the strict fake AWS.

use std::fs;
use std::time::{Duration, SystemTime};

use autotag_tests::events::{call, envelope, run_instances, run_instances_of};
use autotag_tests::fake_aws::{
    FakeAws, Fault, GateAt, Image, Instance, InstanceState, NetworkInterface, On, Place, QueueSpec, Snapshot, Volume,
};
use autotag_tests::host::{self, Service};
use autotag_tests::wat_plugin::WatPlugin;
use aws_sdk_sqs::primitives::{DateTime, DateTimeFormat};
use serde_json::{Value, json};
use tempfile::tempdir;

const INSTANCE: &str = "i-0123456789abcdef0";
const INTERFACE: &str = "eni-0123456789abcdef0";
const ROOT: &str = "vol-0000000000000000a";
const DATA: &str = "vol-0000000000000000b";
/// Where the events happen: not the queue's Region.
const REGION: &str = "eu-central-1";
const ACCOUNT: &str = "111122223333";
/// Longer than anything takes that a test waits for, on a machine that compiles meanwhile.
const LONG: Duration = Duration::from_secs(60);

/// A fake AWS with a queue whose messages come again after two seconds, and go to the dead-letter queue after two receives.
struct World {
    aws: FakeAws,
    ec2: Place,
}

impl World {
    fn new() -> Self {
        Self::with_queue(Duration::from_secs(2), 2)
    }

    fn with_queue(visibility: Duration, max_receives: u32) -> Self {
        let aws = FakeAws::start();
        aws.create_queue("dead");
        aws.create_queue_with(
            QueueSpec::named("events").visibility_timeout(visibility).dead_letters("dead", max_receives),
        );
        let ec2 = aws.at(ACCOUNT, REGION);
        Self { aws, ec2 }
    }

    /// Bob's instance, with two volumes and an interface.
    fn launch(&self, state: InstanceState) {
        let instance = Instance::new(INSTANCE).state(state).root_volume(ROOT).volume(DATA, "/dev/xvdb");
        self.ec2.put_instance(instance.network_interface(INTERFACE));
    }

    fn send(&self, event: &Value) {
        self.aws.send("events", &event.to_string());
    }

    fn send_launch(&self) {
        self.send(&envelope(&run_instances_of(INSTANCE, INTERFACE, &now())));
    }

    fn service(&self) -> Service {
        Service::new(&self.aws, "events")
    }

    fn wait_until(&self, condition: impl Fn() -> bool) {
        self.aws.wait_until(|_| condition(), LONG);
    }

    fn is_bobs(&self, id: &str) -> bool {
        let tags = self.ec2.tags(id);
        tags.get("Owner").map(String::as_str) == Some("bob")
            && tags.get("PrincipalId").map(String::as_str) == Some("AIDABOBBOBBOBBOBBOBBO")
            && tags.len() == 2
    }

    fn all_are_bobs(&self) -> bool {
        [INSTANCE, INTERFACE, ROOT, DATA].iter().all(|id| self.is_bobs(id))
    }

    fn is_done(&self) -> bool {
        self.aws.counts("events").total() == 0
    }

    fn dead(&self) -> usize {
        self.aws.counts("dead").total()
    }
}

/// Runs the same test on each case at the same time, since most of it is waiting.
fn each<T: Sync>(cases: &[T], test: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(case));
        }
    });
}

fn now() -> String {
    ago(Duration::ZERO)
}

fn ago(age: Duration) -> String {
    DateTime::from(SystemTime::now() - age).fmt(DateTimeFormat::DateTime).unwrap()
}

#[test]
fn a_launch_is_tagged_with_everything_that_belongs_to_it_and_only_then_deleted() {
    let world = World::new();
    world.launch(InstanceState::Running);
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    let calls = world.aws.calls();
    let delete = calls.iter().position(|call| call.action == "DeleteMessage").unwrap();
    let tagged: Vec<_> = calls.iter().map(|call| call.action == "CreateTags" && call.succeeded()).collect();
    assert!(tagged[..delete].contains(&true) && tagged.iter().filter(|tagged| **tagged).count() == 1, "{calls:?}");
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    let line = log.lines().find(|line| line.contains("\"tagged\"")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["event_name"], &line["plugin"]), (&json!("RunInstances"), &json!("ec2@1.0.0")));
    assert_eq!((&line["resources"], &line["account"]), (&json!(4), &json!(ACCOUNT)));
}

#[test]
fn volumes_snapshots_and_images_are_tagged_and_other_events_deleted() {
    let world = World::new();
    let ids = ["vol-00000000000000001", "snap-00000000000000001", "snap-00000000000000002", "snap-00000000000000003"];
    world.ec2.put_volume(Volume::new(ids[0]));
    for id in &ids[1..] {
        world.ec2.put_snapshot(Snapshot::new(id));
    }
    world.ec2.put_snapshot(Snapshot::new("snap-00000000000000009"));
    world.ec2.put_image(Image::new("ami-00000000000000001").snapshot("/dev/xvda", "snap-00000000000000009"));
    let snapshots = json!({"snapshotSet": {"items": [{"snapshotId": ids[2]}, {"snapshotId": ids[3]}]}});
    for (name, response) in [
        ("CreateVolume", json!({"volumeId": ids[0]})),
        ("CreateSnapshot", json!({"snapshotId": ids[1], "volumeId": ids[0]})),
        ("CreateSnapshots", snapshots),
        ("CreateImage", json!({"imageId": "ami-00000000000000001"})),
        ("DeleteVolume", json!({"_return": true})),
    ] {
        world.send(&envelope(&call(name, &now(), response)));
    }
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    for id in ids.iter().chain(&["ami-00000000000000001", "snap-00000000000000009"]) {
        assert!(world.is_bobs(id), "{id}: {:?}", world.aws);
    }
    assert_eq!((service.stop().0, world.dead()), (0, 0));
}

#[test]
fn what_was_created_by_somebody_else_is_not_tagged_along() {
    let world = World::new();
    world.launch(InstanceState::Running);
    let (old, hers, stolen) = ("vol-0000000000000000c", "vol-0000000000000000d", "snap-0000000000000000e");
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    // Bob attaches two of Alice's volumes to his new instance before the host looks.
    world.ec2.put_volume(Volume::new(old).created(long_ago).attached(INSTANCE, "/dev/xvdc", SystemTime::now()));
    let volume = Volume::new(hers).tag("PrincipalId", "AIDAALICE").attached(INSTANCE, "/dev/xvdd", SystemTime::now());
    world.ec2.put_volume(volume);
    // And builds an image on one of her snapshots.
    world.ec2.put_snapshot(Snapshot::new(stolen).started(long_ago));
    world.ec2.put_image(Image::new("ami-00000000000000001").snapshot("/dev/xvda", stolen));
    world.send_launch();
    world.send(&envelope(&call("CreateImage", &now(), json!({"imageId": "ami-00000000000000001"}))));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs() && world.is_bobs("ami-00000000000000001"), "{:?}", world.aws);
    assert!(world.ec2.tags(old).is_empty() && world.ec2.tags(stolen).is_empty(), "{:?}", world.aws);
    assert_eq!(world.ec2.tags(hers).into_values().collect::<Vec<_>>(), ["AIDAALICE"]);
    drop(service);
}

#[test]
fn a_resource_that_is_gone_does_not_keep_the_others_from_being_tagged() {
    let world = World::new();
    world.ec2.put_instance(Instance::new(INSTANCE).root_volume(ROOT).volume(DATA, "/dev/xvdb"));
    let long_ago = ago(Duration::from_secs(3600));
    world.send(&envelope(&run_instances_of(INSTANCE, INTERFACE, &long_ago)));
    let service = world.service().start();
    world.wait_until(|| world.dead() == 1);
    assert!(world.is_bobs(INSTANCE), "{:?}", world.aws);
    let (_, log) = service.stop();
    assert!(log.contains("InvalidNetworkInterfaceID.NotFound"), "{log}");
    // The volumes were created an hour after the call, so they are not what it created.
    assert!(world.ec2.tags(ROOT).is_empty(), "{:?}", world.aws);
}

#[test]
fn an_interface_that_a_launch_template_brought_along_keeps_its_owner() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    world.launch(InstanceState::Running);
    world.ec2.set_tag(INTERFACE, "PrincipalId", "AIDAALICE");
    // Nor does it lose its owner while nobody can tell who that is. More often than the SDK itself tries.
    let _rule = world.aws.fault(On::action("DescribeNetworkInterfaces").next(4), Fault::throttled());
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!([INSTANCE, ROOT, DATA].iter().all(|id| world.is_bobs(id)), "{:?}", world.aws);
    assert_eq!(world.ec2.tags(INTERFACE).into_values().collect::<Vec<_>>(), ["AIDAALICE"]);
    drop(service);
}

#[test]
fn network_interfaces_are_looked_up_for_a_plugin_that_asks_for_them() {
    let world = World::new();
    world.launch(InstanceState::Running);
    let brought = "eni-0000000000000000f";
    world.ec2.put_network_interface(NetworkInterface::new(brought).attached(INSTANCE, 1, SystemTime::now()));
    let plugins = tempdir().unwrap();
    let mut plugin = WatPlugin::new("interfaces").that_answers(&[INSTANCE], &[("Owner", "bob")]);
    plugin.related = 0b010;
    plugin.write(plugins.path());
    world.send_launch();
    let service = world.service().plugins(plugins.path()).start();
    world.wait_until(|| world.is_done());
    assert_eq!(world.ec2.tags(INTERFACE).len(), 1, "{:?}", world.aws);
    assert_eq!(world.ec2.tags(ROOT).len(), 0);
    drop(service);
}

#[test]
fn an_instance_that_has_not_started_is_looked_at_again_until_its_volumes_are_there() {
    let world = World::with_queue(Duration::from_secs(30), 10);
    world.ec2.put_instance(Instance::new(INSTANCE).state(InstanceState::Pending).network_interface(INTERFACE));
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_bobs(INSTANCE));
    assert!(!world.is_done(), "its volumes are not there yet");
    for (volume, device) in [(ROOT, "/dev/xvda"), (DATA, "/dev/xvdb")] {
        world.ec2.put_volume(Volume::new(volume).attached(INSTANCE, device, SystemTime::now()));
    }
    world.ec2.set_instance_state(INSTANCE, InstanceState::Running);
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    assert_eq!(world.dead(), 0);
    drop(service);
}

#[test]
fn what_ec2_does_not_know_yet_is_tried_again_and_what_it_never_knew_ends_in_the_dead_letter_queue() {
    let world = World::with_queue(Duration::from_secs(2), 4);
    world.launch(InstanceState::Running);
    world.ec2.appear_after(INSTANCE, Duration::from_secs(1));
    world.send_launch();
    let long_ago = ago(Duration::from_secs(3600));
    world.send(&envelope(&call("CreateVolume", &long_ago, json!({"volumeId": "vol-0000000000000000f"}))));
    let service = world.service().start();
    world.wait_until(|| world.all_are_bobs());
    world.wait_until(|| world.is_done());
    let dead = world.aws.bodies("dead");
    assert!(dead.len() == 1 && dead[0].contains("vol-0000000000000000f"), "{dead:?}");
    let (_, log) = service.stop();
    assert!(log.contains("CreateTags: InvalidVolume.NotFound"), "{log}");
}

#[test]
fn a_throttled_or_broken_call_is_tried_again_until_everything_is_tagged() {
    each(&["CreateTags", "DescribeVolumes", "DescribeInstances", "DeleteMessage"], |&action| {
        let world = World::with_queue(Duration::from_secs(2), 20);
        world.launch(InstanceState::Running);
        // More often than the SDK itself tries.
        let _rule = if action == "DeleteMessage" {
            world.aws.fault(On::action(action).next(4), Fault::error(500, "InternalError"))
        } else {
            world.aws.fault(On::action(action).next(4), Fault::throttled())
        };
        world.send_launch();
        let service = world.service().start();
        world.wait_until(|| world.is_done());
        assert!(world.all_are_bobs(), "{action}: {:?}", world.aws);
        assert_eq!(world.dead(), 0, "{action}");
        drop(service);
    });
}

#[test]
fn a_message_that_is_no_event_ends_in_the_dead_letter_queue_and_delays_nobody() {
    let world = World::new();
    world.launch(InstanceState::Running);
    let no_region = {
        let mut event = envelope(&run_instances());
        event.as_object_mut().unwrap().remove("region");
        event.to_string()
    };
    for body in ["no json", "{}", "[1, 2", &no_region] {
        world.aws.send("events", body);
    }
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.all_are_bobs());
    world.wait_until(|| world.is_done());
    assert_eq!(world.dead(), 4);
    assert!(service.stop().1.contains("the EventBridge envelope has no `region`"));
}

#[test]
fn hostile_plugins_are_stopped_and_the_next_event_is_tagged_all_the_same() {
    let cases = [
        (WatPlugin::new("loops").that_runs("(loop (br 0)) unreachable"), "it ran longer than 250 ms"),
        (
            WatPlugin::new("grows").that_runs("(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable"),
            "it asked for more than 67108864 bytes of memory",
        ),
        (
            WatPlugin::new("invents").that_answers(&["i-0fffffffffffffff0"], &[("Owner", "eve")]),
            "i-0fffffffffffffff0 is not in what the call answered",
        ),
        (
            WatPlugin::new("takes").that_answers(&["subnet-0bbbbbbbbbbbbbbbb"], &[("Owner", "eve")]),
            "subnet-0bbbbbbbbbbbbbbbb stands in the request",
        ),
        (
            WatPlugin::new("forges").that_answers(&[INSTANCE], &[("PrincipalId", "AIDAEVE")]),
            "PrincipalId must be the caller's principal id",
        ),
    ];
    each(&cases, |(hostile, reason)| {
        let world = World::new();
        world.launch(InstanceState::Running);
        let next = "vol-00000000000000001";
        world.ec2.put_volume(Volume::new(next));
        world.ec2.put_instance(Instance::new("i-0fffffffffffffff0"));
        world.ec2.put_resource("subnet-0bbbbbbbbbbbbbbbb");
        let plugins = tempdir().unwrap();
        hostile.write(plugins.path());
        fs::copy(host::plugins().join("ec2.wasm"), plugins.path().join("healthy.wasm")).unwrap();
        world.send_launch();
        world.send(&envelope(&call("CreateVolume", &now(), json!({"volumeId": next}))));
        let service = world.service().plugins(plugins.path()).start();
        world.wait_until(|| world.is_bobs(next));
        world.wait_until(|| world.is_done());
        assert!(world.all_are_bobs(), "by the healthy plugin: {:?}", world.aws);
        for victim in ["i-0fffffffffffffff0", "subnet-0bbbbbbbbbbbbbbbb"] {
            assert!(world.ec2.tags(victim).is_empty(), "{}: {victim}", hostile.name);
        }
        assert_eq!(world.dead(), 1, "{}", hostile.name);
        let (_, log) = service.stop();
        assert!(log.contains(reason), "{log}");
    });
}

#[test]
fn an_event_of_another_account_than_the_queues_is_refused() {
    let world = World::new();
    let mut event = envelope(&run_instances());
    event["account"] = "444455556666".into();
    world.send(&event);
    let service = world.service().start();
    world.wait_until(|| world.dead() == 1);
    assert_eq!(world.aws.calls_of("CreateTags").len(), 0);
    let (_, log) = service.stop();
    assert!(log.contains("account 444455556666 is not among the accounts"), "{log}");
}

#[test]
fn wherever_the_host_is_killed_everything_is_tagged_after_a_restart() {
    let actions = ["ReceiveMessage", "DescribeInstances", "DescribeNetworkInterfaces", "CreateTags", "DeleteMessage"];
    each(&actions, |&action| {
        for at in [GateAt::BeforeEffect, GateAt::AfterEffect] {
            let world = World::with_queue(Duration::from_secs(2), 20);
            world.launch(InstanceState::Running);
            world.send_launch();
            let gate = world.aws.gate(On::action(action).next(1), at);
            let service = world.service().start();
            gate.wait_arrived(1, LONG);
            service.kill();
            drop(gate);
            let service = world.service().start();
            world.wait_until(|| world.is_done() && world.all_are_bobs());
            assert_eq!(world.dead(), 0, "{action}, {at:?}");
            drop(service);
        }
    });
}

#[test]
fn sigterm_ends_the_work_that_was_begun_and_then_the_host() {
    let world = World::with_queue(LONG, 2);
    world.launch(InstanceState::Running);
    world.send_launch();
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let mut service = world.service().start();
    gate.wait_arrived(1, LONG);
    service.terminate();
    // The open poll ends after its second, and no other begins.
    std::thread::sleep(Duration::from_millis(1500));
    assert!(service.is_running());
    let polls = world.aws.calls_of("ReceiveMessage").len();
    world.send(&envelope(&call("CreateVolume", &now(), json!({"volumeId": "vol-0000000000000000f"}))));
    gate.open();
    let (status, log) = service.ended();
    assert_eq!(status, 0, "{log}");
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    assert_eq!(world.aws.calls_of("ReceiveMessage").len(), polls);
    assert_eq!((world.aws.counts("events").visible, world.aws.counts("events").in_flight), (1, 0));
}

#[test]
fn an_open_poll_is_not_aborted_and_what_it_brings_is_worked_on() {
    let world = World::with_queue(LONG, 2);
    world.launch(InstanceState::Running);
    let service = world.service().env("AUTOTAG_WAIT_SECONDS", "5").start();
    world.wait_until(|| world.aws.calls_of("ReceiveMessage").len() == 1);
    service.terminate();
    std::thread::sleep(Duration::from_millis(300));
    world.send_launch();
    let (status, log) = service.ended();
    assert_eq!(status, 0, "{log}");
    assert!(world.is_done() && world.all_are_bobs(), "{:?}", world.aws);
}

#[test]
fn a_second_signal_or_the_end_of_the_drain_time_leaves_at_once_and_says_so() {
    each(&[1, 2], |&signals| {
        let world = World::with_queue(LONG, 2);
        world.launch(InstanceState::Running);
        world.send_launch();
        let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
        let service = world.service().env("AUTOTAG_DRAIN_SECONDS", if signals == 1 { "2" } else { "900" }).start();
        gate.wait_arrived(1, LONG);
        service.terminate();
        if signals == 2 {
            // Of another kind: two of the same kind can become one on the way.
            service.interrupt();
        }
        let (status, log) = service.ended();
        assert_eq!(status, 1, "{log}");
        assert!(log.contains("leaving before everything was drained"), "{log}");
        assert_eq!(world.aws.counts("events").total(), 1, "nothing is lost");
    });
}

#[test]
fn nothing_is_received_that_cannot_be_worked_on_at_once() {
    let world = World::with_queue(LONG, 2);
    for number in 0..5 {
        let id = format!("vol-0000000000000000{number}");
        world.ec2.put_volume(Volume::new(&id));
        world.send(&envelope(&call("CreateVolume", &now(), json!({"volumeId": id}))));
    }
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let service = world.service().env("AUTOTAG_MAX_IN_FLIGHT", "2").start();
    gate.wait_arrived(2, LONG);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!((world.aws.counts("events").in_flight, world.aws.counts("events").visible), (2, 3));
    gate.open();
    world.wait_until(|| world.is_done());
    assert_eq!(service.stop().0, 0);
}

#[test]
fn a_queue_that_cannot_be_reached_is_tried_again_until_it_can() {
    let world = World::new();
    world.launch(InstanceState::Running);
    let _rule = world.aws.fault(On::action("ReceiveMessage").next(4), Fault::error(400, "AccessDenied"));
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    let (status, log) = service.stop();
    assert!(log.contains("cannot receive messages; trying again") && log.contains("AccessDenied"), "{log}");
    assert_eq!(status, 0);
}

#[test]
fn without_a_queue_or_with_a_broken_plugin_the_host_does_not_start_and_says_what_to_do() {
    let run = |name: &str, value: &str| {
        let mut command = host::command();
        command.arg("run").env("AUTOTAG_PLUGINS", host::plugins()).env(name, value);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, words) = run("AUTOTAG_LOG", "info");
    assert_eq!(status, 2);
    assert_eq!(
        words,
        "error: the queue is not set: pass --queue-url, set AUTOTAG_QUEUE_URL, or `queue_url` in the file that --config names\n"
    );
    let (status, words) = run("AUTOTAG_QUEUE_URL", "https://example.com/queue");
    assert!(status == 2 && words.contains("does not name an account"), "{words}");
    let (status, words) = run("AUTOTAG_QUEUE_URL", "http://127.0.0.1:1/111122223333/events");
    assert!(status == 2 && words.contains("set AWS_REGION"), "{words}");

    let world = World::new();
    let plugins = tempdir().unwrap();
    fs::write(plugins.path().join("empty.wasm"), "").unwrap();
    let (status, log) = world.service().plugins(plugins.path()).start().ended();
    assert!(status == 2 && log.contains("empty.wasm: the file is empty"), "{log}");
}
