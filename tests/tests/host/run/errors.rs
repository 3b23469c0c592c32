//! Whatever fails, everything is tagged or ends in the dead-letter queue.

use std::fs;
use std::time::Duration;

use autotag_fake_aws::{Fault, Instance, InstanceState, LoggedRequest, On, Volume};
use autotag_tests::events::{call, envelope, moved, run_instances, run_instances_of};
use autotag_tests::host;
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::json;
use tempfile::tempdir;

use super::world::{DATA, INSTANCE, INTERFACE, LONG, ROOT, World, ago, each, now, outcomes};

#[test]
fn where_no_tag_has_to_stay_create_tags_itself_says_that_there_is_no_room() {
    let world = World::with_queue(Duration::from_secs(2), 2);
    let ids = world.create_volumes(8);
    // EC2's error does not say which resource is full.
    (0..49).for_each(|number| world.ec2.set_tag(&ids[0], &number.to_string(), ""));
    (0..50).for_each(|number| world.ec2.set_tag(&ids[1], &number.to_string(), ""));
    let service = world.service().flag("--keep-keys=").start();
    world.wait_until(|| world.dead() == 1 && world.is_done());
    assert!(world.are_bobs(&ids[2..]), "{:?}", world.aws);
    assert_eq!(world.ec2.tags(&ids[0])["PrincipalId"], "AIDABOBBOBBOBBOBBOBBO");
    assert_eq!(world.aws.count_of("DescribeVolumes"), 0);
    let (_, log) = service.stop();
    assert!(log.contains("TagLimitExceeded") && log.contains("only the keys that decide access"), "{log}");
}

#[test]
fn a_resource_that_is_gone_does_not_keep_the_others_from_being_tagged() {
    let world = World::new();
    world.ec2.put_instance(Instance::new(INSTANCE).root_volume(ROOT).volume(DATA, "/dev/xvdb"));
    let long_ago = ago(Duration::from_secs(3600));
    world.send(&envelope(&run_instances_of(INSTANCE, INTERFACE, &long_ago)));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.is_bobs(INSTANCE) && world.dead() == 0, "{:?}", world.aws);
    let (_, log) = service.stop();
    assert!(log.contains(&format!("not there any more: {INTERFACE}")), "{log}");
    // The volumes were created an hour after the API call, so it did not create them.
    assert!(world.ec2.tags(ROOT).is_empty(), "{:?}", world.aws);
}

#[test]
fn what_ec2_does_not_know_yet_is_tried_again_and_what_is_gone_is_done_with() {
    let world = World::with_queue(Duration::from_secs(2), 4);
    world.launch(InstanceState::Running);
    world.ec2.appear_after(INSTANCE, LONG);
    world.send_launch();
    let long_ago = ago(Duration::from_secs(3600));
    world.send(&envelope(&call("CreateVolume", &long_ago, json!({"volumeId": "vol-0000000000000000f"}))));
    // These have no Describe request, only an index of tags: CreateTags itself must report it.
    world.send(&envelope(&call("CreateSecurityGroup", &long_ago, json!({"groupId": "sg-0000000000000000f"}))));
    // For a missing dedicated host, EC2 returns an error instead of a shorter list.
    world.send(&envelope(&call("AllocateHosts", &long_ago, json!({"hostIdSet": {"items": ["h-0000000000000000f"]}}))));
    let service = world.service().start();
    world.wait_until(|| world.aws.count_of("ChangeMessageVisibilityBatch") > 0);
    world.ec2.appear_after(INSTANCE, Duration::ZERO);
    world.wait_until(|| world.all_are_bobs());
    world.wait_until(|| world.is_done());
    assert_eq!(world.dead(), 0, "{:?}", world.aws);
    let (_, log) = service.stop();
    let gone = outcomes(&log, "gone");
    assert_eq!(gone.len(), 3, "{log}");
    for line in gone {
        let said = (&line["level"], &line["receive_count"], &line["resources"]);
        assert_eq!(said, (&json!("INFO"), &json!(1), &json!(0)), "{line}");
    }
}

#[test]
fn a_launch_whose_answer_is_omitted_and_whose_instances_are_gone_is_done_with() {
    let world = World::new();
    let mut record = run_instances_of("i-0", "eni-0", &ago(Duration::from_secs(3600)));
    record["requestParameters"]["clientToken"] = "gone".into();
    record["requestParameters"]["instancesSet"]["items"][0] = json!({"minCount": 1, "maxCount": 1});
    record["responseElements"] =
        json!({"omitted": true, "originalSize": 139_021, "reason": "responseElements too large"});
    world.send(&envelope(&record));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert_eq!(world.dead(), 0, "{:?}", world.aws);
    let (_, log) = service.stop();
    assert_eq!(outcomes(&log, "gone").len(), 1, "{log}");
}

#[test]
fn what_passes_is_tried_again_and_what_is_not_known_only_while_the_call_is_young() {
    // Some of the transient error codes that one resource can get, each until it succeeds: none costs another resource
    // anything.
    let passing = [
        "IncorrectState",
        "IncorrectInstanceState",
        "DependencyViolation",
        "ResourceBusy",
        "ConcurrentAccess",
        "InvalidID",
    ];
    let world = World::with_queue(Duration::from_secs(2), 20);
    let ids = world.create_volumes(passing.len() + 1);
    let _rules: Vec<_> = passing
        .iter()
        .zip(&ids)
        .map(|(code, id)| world.aws.fault(On::action("CreateTags").touching(id).next(4), Fault::error(400, code)))
        .collect();
    // A permanent error.
    let long_ago = ago(Duration::from_secs(3600));
    world.ec2.put_volume(Volume::new("vol-0000000000000000f"));
    let unknown = On::action("CreateTags").touching("vol-0000000000000000f");
    let _rule = world.aws.fault(unknown, Fault::error(400, "SomethingNew"));
    world.send(&envelope(&call("CreateVolume", &long_ago, json!({"volumeId": "vol-0000000000000000f"}))));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids), "{:?}", world.aws);
    let dead = world.aws.bodies("dead");
    assert!(dead.len() == 1 && dead[0].contains("vol-0000000000000000f"), "{dead:?}");
    let (_, log) = service.stop();
    let failed = outcomes(&log, "failed");
    assert!(failed.len() == 1 && failed[0]["reason"].as_str().unwrap().contains("SomethingNew"), "{log}");
}

#[test]
fn a_gone_one_costs_the_live_ones_no_call() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    world.launch(InstanceState::Running);
    world.send_launch();
    let gone = "i-0000000000000000f";
    world.send(&envelope(&run_instances_of(gone, "eni-0000000000000000f", &now())));
    let service = world.service().start();
    world.wait_until(|| world.all_are_bobs());
    let touches = |request: &LoggedRequest| request.resources.iter().any(|id| id == gone);
    world.wait_until(|| {
        world.aws.requests_of("DescribeInstances").iter().filter(|request| touches(request)).count() >= 2
    });
    assert!(!world.aws.requests_of("CreateTags").iter().any(touches), "{:?}", world.aws);
    drop(service);
}

#[test]
fn a_throttled_or_broken_call_is_tried_again_until_everything_is_tagged() {
    each(&["CreateTags", "DescribeVolumes", "DescribeInstances", "DeleteMessageBatch"], |&action| {
        let world = World::with_queue(Duration::from_secs(2), 20);
        world.launch(InstanceState::Running);
        // More often than the SDK retries by itself.
        let _rule = if action == "DeleteMessageBatch" {
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
fn a_message_that_is_no_event_ends_in_the_dead_letter_queue_and_delays_no_other() {
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
    world.send(&moved(envelope(&run_instances()), "444455556666", "eu-central-1"));
    let service = world.service().start();
    world.wait_until(|| world.dead() == 1);
    assert_eq!(world.aws.requests_of("CreateTags").len(), 0);
    let (_, log) = service.stop();
    assert!(log.contains("account 444455556666 is not among the accounts"), "{log}");
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
fn a_queue_that_refuses_is_told_once_by_all_pollers_together_and_again_when_it_answers() {
    let world = World::new();
    let _rule = world.aws.fault(On::action("ReceiveMessage").next(30), Fault::error(400, "AccessDenied"));
    world.launch(InstanceState::Running);
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    let (_, log) = service.stop();
    let lines = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!((lines("cannot receive messages"), lines("the queue answers again")), (1, 1), "{log}");
}
