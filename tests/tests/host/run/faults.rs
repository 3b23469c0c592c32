//! The invariants under each fault of AWS.

use std::time::Duration;

use autotag_fake_aws::{Fault, InstanceState, LoggedRequest, On};
use serde_json::{Value, json};

use super::world::{LONG, World, each, outcomes};

const VISIBILITY: Duration = Duration::from_secs(2);

#[test]
fn throttled_calls_wait_under_lease_and_use_up_no_receive() {
    // A second receive would move a message to the dead-letter queue.
    let world = World::with_queue(VISIBILITY, 1);
    let ids = world.create_volumes(14);
    let rule = world.aws.fault(On::action("CreateTags"), Fault::Throttle { burst: 1, per_second: 2.0 });
    let service = world.service().env("AUTOTAG_RESOURCES_PER_CALL", "2").start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    assert!(rule.picked() > 7, "some requests were throttled");
    let (_, log) = service.stop();
    let tagged = outcomes(&log, "tagged");
    assert!(tagged.len() == 14 && tagged.iter().all(|line| line["receive_count"] == 1), "{log}");
}

#[test]
fn whichever_api_is_throttled_everything_is_tagged() {
    each(&["DescribeInstances", "DescribeVolumes", "DescribeNetworkInterfaces"], |&action| {
        let world = World::with_queue(VISIBILITY, 1);
        world.launch(InstanceState::Running);
        let ids = world.create_volumes(3);
        let _first = world.aws.fault(On::action(action).next(3), Fault::throttled());
        world.send_launch();
        let service = world.service().start();
        world.wait_until(|| world.is_done());
        assert!(world.all_are_bobs() && world.are_bobs(&ids) && world.dead() == 0, "{action}: {:?}", world.aws);
        drop(service);
    });
}

#[test]
fn errors_and_resets_at_random_lose_nothing() {
    let reset = |fault: Fault| move || fault.clone();
    let faults: [Box<dyn Fn() -> Fault + Sync>; 5] = [
        Box::new(|| Fault::error(500, "InternalError")),
        Box::new(|| Fault::ErrorAfterEffect { status: 503, code: "Unavailable".into() }),
        Box::new(reset(Fault::DropBeforeEffect)),
        Box::new(reset(Fault::DropAfterEffect)),
        Box::new(reset(Fault::CutReply)),
    ];
    each(&faults, |fault| {
        let world = World::with_queue(VISIBILITY, 20);
        let ids = world.create_volumes(30);
        let _rule = world.aws.fault(On::any().chance(0.2, 1), fault());
        let service = world.service().env("AUTOTAG_RESOURCES_PER_CALL", "5").start();
        world.wait_until(|| world.is_done());
        assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}: {:?}", fault(), world.aws);
        drop(service);
    });
}

#[test]
fn a_connection_that_hangs_does_not_keep_the_others_from_being_tagged() {
    each(&["DescribeVolumes", "CreateTags", "DeleteMessageBatch"], |&action| {
        let world = World::with_queue(Duration::from_secs(30), 20);
        let first = world.create_volumes(1);
        let rule = world.aws.fault(On::action(action).next(1), Fault::HalfOpenBeforeEffect);
        let service = world.service().start();
        world.wait_until(|| rule.picked() == 1);
        let others = world.create_volumes_numbered(1..20);
        world.wait_until(|| world.are_bobs(&others));
        assert!(action == "DeleteMessageBatch" || !world.are_bobs(&first), "{:?}", world.aws);
        // The hung request times out and is retried.
        world.wait_until(|| world.is_done() && world.are_bobs(&first));
        drop(service);
    });
}

#[test]
fn entries_of_batches_that_fail_are_tried_again() {
    // A second receive would move a message to the dead-letter queue.
    let world = World::with_queue(LONG, 1);
    let ids = world.create_volumes(40);
    let fault = Fault::FailEntries { positions: vec![0, 3, 9], code: "InternalError".into() };
    let _rule = world.aws.fault(On::action("DeleteMessageBatch").next(4), fault);
    let service = world.service().env("AUTOTAG_VISIBILITY_SECONDS", "60").start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn a_message_whose_delay_could_not_be_set_at_once_is_tried_again_all_the_same() {
    let world = World::with_queue(LONG, 20);
    let ids = world.create_volumes(5);
    for id in &ids {
        world.ec2.appear_after(id, LONG);
    }
    let fault = Fault::FailEntries { positions: vec![0, 1, 2], code: "InternalError".into() };
    let _rule = world.aws.fault(On::action("ChangeMessageVisibilityBatch").next(2), fault);
    let service = world.service().env("AUTOTAG_VISIBILITY_SECONDS", "600").start();
    world.wait_until(|| world.aws.count_of("ChangeMessageVisibilityBatch") > 0);
    ids.iter().for_each(|id| world.ec2.appear_after(id, Duration::ZERO));
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn what_was_done_and_could_not_be_deleted_is_deleted_without_work_when_it_comes_again() {
    let world = World::with_queue(VISIBILITY, 20);
    let ids = world.create_volumes(1);
    // As often as the host tries to delete a message.
    let _rule = world.aws.fault(On::action("DeleteMessageBatch").next(5), Fault::error(500, "InternalError"));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids), "{:?}", world.aws);
    assert_eq!(world.aws.requests_of("CreateTags").len(), 1);
    let (_, log) = service.stop();
    assert_eq!((outcomes(&log, "tagged").len(), outcomes(&log, "already_done").len()), (1, 1), "{log}");
}

#[test]
fn poison_reaches_the_dead_letter_queue_at_once_and_is_worked_on_once() {
    let world = World::with_queue(LONG, 5);
    world.aws.send("events", "no event");
    let service = world.service().start();
    world.wait_until(|| world.dead() == 1);
    let (_, log) = service.stop();
    // It comes five times, and is told once.
    assert_eq!((outcomes(&log, "unreadable").len(), outcomes(&log, "already_refused").len()), (1, 0), "{log}");
}

#[test]
fn what_ec2_shows_late_is_tagged_then() {
    let world = World::with_queue(VISIBILITY, 5);
    let ids = world.create_volumes(6);
    // EC2 is eventually consistent: its parts learn of a resource one after the other.
    let show = |delay| {
        ids[..3].iter().for_each(|id| world.ec2.appear_after(id, delay));
        ids[3..].iter().for_each(|id| world.ec2.taggable_after(id, delay));
    };
    show(LONG);
    let service = world.service().start();
    world.wait_until(|| ["ChangeMessageVisibilityBatch", "CreateTags"].iter().all(|name| world.aws.count_of(name) > 0));
    show(Duration::ZERO);
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn one_bad_resource_among_many_is_found_in_few_calls_and_the_others_are_tagged() {
    each(&["unknown", "full"], |&kind| {
        let world = World::with_queue(VISIBILITY, 2);
        let ids = world.create_volumes(64);
        let (bad, good) = ids.split_first().unwrap();
        match kind {
            "unknown" => world.ec2.taggable_after(bad, LONG),
            _ => (0..50).for_each(|number| world.ec2.set_tag(bad, &number.to_string(), "")),
        }
        // Everything waits until all of it fits into one request.
        let gate = world.aws.gate(On::action("DescribeVolumes"), autotag_fake_aws::GateAt::BeforeEffect);
        let service = world.service().start();
        world.wait_until(|| world.aws.counts("events").in_flight == 64);
        gate.open();
        world.wait_until(|| world.are_bobs(good));
        if kind == "full" {
            world.wait_until(|| world.is_done());
            assert_eq!(world.dead(), 1);
        }
        let failed = world.aws.requests_of("CreateTags").iter().filter(|request| !request.succeeded()).count();
        assert!(failed <= 10, "{kind}: {failed} requests failed");
        let (_, log) = service.stop();
        assert!(log.contains(bad) && log.contains(if kind == "full" { "AWS allows 50" } else { "NotFound" }), "{log}");
    });
}

#[test]
fn duplicates_and_any_order_change_nothing() {
    let world = World::with_queue(VISIBILITY, 5);
    world.aws.duplicate("events", 0.5, 1);
    world.aws.reorder("events", 1);
    let ids = world.create_volumes(50);
    let service = world.service().env("AUTOTAG_MAX_IN_FLIGHT", "10").start();
    world.wait_until(|| world.are_bobs(&ids) && world.is_done());
    assert!(world.aws.copies("events") > 10 && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn while_the_queue_is_away_the_service_is_not_ready_and_says_so_and_goes_on_when_it_is_back() {
    let world = World::with_queue(VISIBILITY, 20);
    world.aws.hide_queue("events");
    let ids = world.create_volumes(3);
    let service = world.service().listening().start();
    let is_away =
        |says: &Value| says["reason"].as_str().is_some_and(|why| why.contains("the queue has not answered yet"));
    service.wait_until(is_away);
    assert_eq!(service.get("/readyz").0, 503);
    let is_refused = |request: &LoggedRequest| request.error_code().is_some();
    world.wait_until(|| world.aws.requests_of("ReceiveMessage").iter().any(is_refused));
    world.aws.restore_queue("events");
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids), "{:?}", world.aws);
    service.wait_until(|says| says["ready"] == true);
    let (_, log) = service.stop();
    assert!(log.contains("cannot receive messages; trying again") && log.contains("NonExistentQueue"), "{log}");
}

#[test]
fn slow_answers_of_every_length_lose_nothing() {
    let world = World::with_queue(VISIBILITY, 20);
    let median = Duration::from_millis(50);
    let slow = Fault::Latency { median, p99: Duration::from_millis(1500), seed: 1 };
    world.aws.fault(On::any(), slow);
    let ids = world.create_volumes(40);
    world.launch(InstanceState::Running);
    world.send_launch();
    let service = world.service().env("AUTOTAG_RESOURCES_PER_CALL", "3").start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.all_are_bobs() && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn a_missing_permission_is_waited_for() {
    let world = World::with_queue(VISIBILITY, 20);
    let rule = world.aws.fault(On::action("CreateTags"), Fault::error(403, "UnauthorizedOperation"));
    let ids = world.create_volumes(60);
    let service = world.service().start();
    world.wait_until(|| world.aws.requests_of("ChangeMessageVisibilityBatch").len() >= 6);
    rule.remove();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    let (_, log) = service.stop();
    let retry = outcomes(&log, "retry");
    let words = retry[0]["reason"].as_str().unwrap();
    assert!(words.contains("CreateTags: UnauthorizedOperation"), "{words}");
    assert_eq!(retry[0]["account"], json!(super::world::ACCOUNT));
}
