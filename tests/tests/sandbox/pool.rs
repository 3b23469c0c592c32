//! The pool of instances: too small for all plugins that want one, or not available at all.

use std::process::Command;
use std::time::{Duration, SystemTime};

use autotag_fake_aws::{FakeAws, Instance, QueueSpec, Volume};
use autotag_tests::events::{call, envelope, iso_8601, run_instances_of};
use autotag_tests::harness::Harness;
use autotag_tests::host::{self, Service};
use autotag_tests::wat_plugin::WatPlugin;
use autotag_tests::wat_plugin::nested::with_nested;
use serde_json::{Value, json};
use tempfile::tempdir;

/// The host, limited to two gigabytes of address space.
pub(super) fn with_little_address_space() -> Command {
    host::limited(&host::command(), "-v 2000000")
}

#[test]
fn a_host_that_cannot_reserve_the_pool_says_so_and_works_without() {
    let plugin = WatPlugin::new("grows").that_runs("(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable");
    let harness = Harness::of(&plugin).unhurried();
    let replay = harness.replay_by(with_little_address_space());
    let line: Value = serde_json::from_str(replay.stderr.lines().next().unwrap()).unwrap();
    assert_eq!(line["level"], "WARN");
    let message = "no pool of instances can be reserved: each event takes about three times as long";
    assert_eq!(line["message"], message);
    // All limits hold as always.
    let reason = harness.result_in(&replay)["reason"].clone();
    let bound = "the plugin was stopped: it asked for more than 67108864 bytes of memory (limits.memory_bytes)";
    assert!(reason.as_str().unwrap().ends_with(bound), "{reason}");
    assert!(harness.replay().stderr.is_empty(), "with enough of them, it says nothing");
}

#[test]
fn what_would_not_fit_into_the_pool_does_not_load_without_one_either() {
    let plugin = WatPlugin::new("has-too-many").component();
    for (field, count, problem) in [
        ("", 100, "instance count too high at 101"),
        ("(memory 1)", 4, "memory count too high at 5"),
        ("(table 1 funcref)", 17, "table count too high at 17"),
    ] {
        let nested = format!("(component (core module $m {field}) (core instance (instantiate $m)))");
        let harness = Harness::of_file("has-too-many", &with_nested(&plugin, &nested, count)).unhurried();
        let replay = harness.replay_by(with_little_address_space());
        let error = format!("has-too-many.wasm: describe: the plugin trapped: resource limit exceeded: {problem}");
        assert!(replay.stderr.contains(&error), "{}", replay.stderr);
        assert_eq!((replay.status, replay.stdout.as_str()), (2, ""));
    }
}

#[test]
fn a_slow_plugin_that_holds_the_only_instance_again_and_again_delays_the_others_and_loses_nothing() {
    let aws = FakeAws::start();
    aws.create_queue("dead");
    aws.create_queue_with(
        QueueSpec::named("events").visibility_timeout(Duration::from_secs(20)).dead_letters("dead", 1),
    );
    let ec2 = aws.at("111122223333", "eu-central-1");
    let now = iso_8601(SystemTime::now());
    let ids: Vec<_> = (0..10).map(|number| format!("{number:017}")).collect();
    for id in &ids {
        let (instance, interface, volume) = (format!("i-{id}"), format!("eni-{id}"), format!("vol-{id}"));
        ec2.put_instance(Instance::new(&instance).network_interface(&interface));
        ec2.put_volume(Volume::new(&volume));
        aws.send("events", &envelope(&run_instances_of(&instance, &interface, &now)).to_string());
        aws.send("events", &envelope(&call("CreateVolume", &now, json!({"volumeId": volume}))).to_string());
    }
    let plugins = tempdir().unwrap();
    WatPlugin::new("dawdles").that_runs("(loop (br 0)) unreachable").write(plugins.path());
    std::fs::copy(host::plugins().join("ec2.wasm"), plugins.path().join("ec2.wasm")).unwrap();
    let service = Service::new(&aws, "events").plugins(plugins.path()).env("AUTOTAG_INSTANCES", "1").start();
    let is_bobs = |id: &str| ec2.tags(id).get("Owner").is_some_and(|owner| owner == "bob");
    let all = || ids.iter().flat_map(|id| ["i", "eni", "vol"].map(|kind| format!("{kind}-{id}")));
    aws.wait_until(|_| all().all(|id| is_bobs(&id)), Duration::from_secs(60));
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    assert!(log.contains("plugin dawdles@0.1.0, event 0d079340-135a-c8c6-95c2-41fb8f496c53: the plugin was stopped: it ran longer than 250 ms"), "{log}");
}
