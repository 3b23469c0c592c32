//! However the host exits, nothing is lost.

use std::fs;
use std::time::Duration;

use autotag_fake_aws::{GateAt, InstanceState, On};
use autotag_tests::events::{call, envelope};
use serde_json::json;
use tempfile::tempdir;

use super::world::{LONG, World, each, now};

#[test]
fn wherever_the_host_is_killed_everything_is_tagged_after_a_restart() {
    let actions =
        ["ReceiveMessage", "DescribeInstances", "DescribeNetworkInterfaces", "CreateTags", "DeleteMessageBatch"];
    let moments = [GateAt::BeforeEffect, GateAt::AfterEffect];
    let cases: Vec<_> = actions.iter().flat_map(|&action| moments.map(|at| (action, at))).collect();
    each(&cases, |&(action, at)| {
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
    });
}

#[test]
fn nothing_is_deleted_while_a_tag_is_missing() {
    let world = World::with_queue(LONG, 20);
    world.launch(InstanceState::Running);
    world.send_launch();
    let gate = world.aws.gate(On::action("CreateTags").next(1), GateAt::BeforeEffect);
    let service = world.service().start();
    gate.wait_arrived(1, LONG);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(world.aws.counts("events").in_flight, 1, "{:?}", world.aws);
    service.kill();
    drop(gate);
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    drop(service);
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
    // The open poll ends after its second, and no other one begins.
    std::thread::sleep(Duration::from_millis(1500));
    assert!(service.is_running());
    let polls = world.aws.requests_of("ReceiveMessage").len();
    world.send(&envelope(&call("CreateVolume", &now(), json!({"volumeId": "vol-0000000000000000f"}))));
    gate.open();
    let (status, log) = service.ended();
    assert_eq!(status, 0, "{log}");
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    assert_eq!(world.aws.requests_of("ReceiveMessage").len(), polls);
    assert_eq!((world.aws.counts("events").visible, world.aws.counts("events").in_flight), (1, 0));
}

#[test]
fn sighup_ends_the_work_that_was_begun_and_then_the_host() {
    let world = World::with_queue(LONG, 2);
    world.launch(InstanceState::Running);
    world.send_launch();
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let mut service = world.service().start();
    gate.wait_arrived(1, LONG);
    service.hang_up();
    std::thread::sleep(Duration::from_millis(500));
    assert!(service.is_running());
    gate.open();
    let (status, log) = service.ended();
    assert_eq!(status, 0, "{log}");
    assert!(log.contains(r#""signal":"SIGHUP""#), "{log}");
    assert!(world.is_done() && world.all_are_bobs(), "{:?}", world.aws);
}

#[test]
fn an_open_poll_is_not_aborted_and_what_it_brings_is_worked_on() {
    let world = World::with_queue(LONG, 2);
    world.launch(InstanceState::Running);
    let service = world.service().env("AUTOTAG_WAIT_SECONDS", "5").env("AUTOTAG_POLLERS", "1").start();
    // The first one does not wait.
    world.wait_until(|| world.aws.requests_of("ReceiveMessage").len() == 2);
    service.terminate();
    std::thread::sleep(Duration::from_millis(300));
    world.send_launch();
    let (status, log) = service.ended();
    assert_eq!(status, 0, "{log}");
    assert!(world.is_done() && world.all_are_bobs(), "{:?}", world.aws);
}

#[test]
fn a_second_signal_leaves_at_once_and_says_so() {
    let world = World::with_queue(LONG, 2);
    world.launch(InstanceState::Running);
    world.send_launch();
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let service = world.service().env("AUTOTAG_DRAIN_SECONDS", "900").start();
    gate.wait_arrived(1, LONG);
    service.terminate();
    // A signal of another kind: two of the same kind can be merged before delivery.
    service.interrupt();
    let (status, log) = service.ended();
    assert_eq!(status, 1, "{log}");
    assert!(log.contains("leaving before everything was drained"), "{log}");
    assert_eq!(world.aws.counts("events").total(), 1, "nothing is lost");
}

#[test]
fn what_is_not_done_at_the_end_of_the_drain_time_is_given_back_at_once() {
    let world = World::with_queue(LONG, 2);
    world.launch(InstanceState::Running);
    world.send_launch();
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let service = world.service().env("AUTOTAG_DRAIN_SECONDS", "2").env("AUTOTAG_VISIBILITY_SECONDS", "600").start();
    gate.wait_arrived(1, LONG);
    let (status, log) = service.stop();
    assert_eq!(status, 0, "everything is acknowledged: {log}");
    assert!(log.contains("drained in part"), "{log}");
    assert_eq!((world.aws.counts("events").visible, world.aws.counts("events").in_flight), (1, 0));
}

#[test]
fn a_dry_run_says_of_an_event_without_a_plugin_what_the_service_would_say() {
    let world = World::with_queue(LONG, 20);
    world.aws.send("events", &envelope(&call("CreateNothing", "2026-01-31T12:00:00Z", json!({}))).to_string());
    let folder = tempdir().unwrap();
    let log = folder.path().join("log");
    let service = world.service().flag("--dry-run").start_logging_to(&log);
    let said = || fs::read_to_string(&log).unwrap_or_default();
    world.wait_until(|| said().contains("\"message\":\"dry run\""));
    service.terminate();
    service.ended();
    let log = said();
    let line = log.lines().find(|line| line.contains("\"message\":\"dry run\"")).unwrap();
    assert!(line.contains("\"outcome\":\"failed\"") && line.contains("no plugin wants this event"), "{line}");
}

#[test]
fn a_dry_run_says_once_what_it_would_tag_and_gives_every_message_back() {
    let world = World::with_queue(LONG, 20);
    let ids = world.create_volumes(3);
    world.aws.send("events", "no event");
    let folder = tempdir().unwrap();
    let log = folder.path().join("log");
    let service = world.service().flag("--dry-run").start_logging_to(&log);
    let said = || fs::read_to_string(&log).unwrap_or_default();
    world.wait_until(|| said().matches("\"message\":\"dry run\"").count() == 3 && said().contains("unreadable"));
    world.wait_until(|| world.aws.count_of("ChangeMessageVisibilityBatch") > 0);
    service.terminate();
    service.ended();
    let log = said();
    for id in &ids {
        let line = log.lines().find(|line| line.contains(id)).unwrap();
        assert!(line.contains("\"tags\":\"Owner=bob, PrincipalId=AIDABOBBOBBOBBOBBOBBO\""), "{line}");
        assert!(line.contains("\"outcome\":\"tag\""), "{line}");
    }
    assert_eq!(world.aws.count_of("CreateTags") + world.aws.count_of("DeleteMessageBatch"), 0);
    // They are there for the next host at once.
    assert_eq!((world.aws.counts("events").visible, world.dead()), (4, 0), "{log}");
    let service = world.service().start();
    world.wait_until(|| world.are_bobs(&ids));
    drop(service);
}
