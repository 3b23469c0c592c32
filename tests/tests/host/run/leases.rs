//! A message's lease: it is this host's alone for as long as it is worked on.

use std::time::Duration;

use autotag_fake_aws::{Fault, GateAt, On};

use super::world::{World, outcomes};

const VISIBILITY: Duration = Duration::from_secs(2);

#[test]
fn a_message_that_takes_longer_than_its_visibility_timeout_is_not_received_again() {
    // A second receive would move a message to the dead-letter queue.
    let world = World::with_queue(VISIBILITY, 1);
    let ids = world.create_volumes(12);
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let service = world.service().start();
    gate.wait_arrived(1, super::world::LONG);
    std::thread::sleep(3 * VISIBILITY);
    assert_eq!(world.aws.counts("events").in_flight, 12, "{:?}", world.aws);
    let requests = world.aws.requests_of("ChangeMessageVisibilityBatch");
    assert!(requests.len() < 4 * 12, "extended ten at a time, and not one by one: {}", requests.len());
    gate.open();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn an_extension_that_fails_is_tried_again_before_the_message_is_lost() {
    let world = World::with_queue(VISIBILITY, 1);
    let ids = world.create_volumes(1);
    let failing = On::action("ChangeMessageVisibilityBatch").next(1);
    let _rule = world.aws.fault(failing, Fault::error(500, "InternalError"));
    let entry = Fault::FailEntries { positions: vec![0], code: "InternalError".into() };
    let _other = world.aws.fault(On::action("ChangeMessageVisibilityBatch").nth(3), entry);
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let service = world.service().start();
    gate.wait_arrived(1, super::world::LONG);
    std::thread::sleep(3 * VISIBILITY);
    gate.open();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn an_extension_that_hangs_is_made_again_before_the_message_is_lost() {
    let world = World::with_queue(VISIBILITY, 1);
    let ids = world.create_volumes(1);
    let hangs = On::action("ChangeMessageVisibilityBatch").next(1);
    let _rule = world.aws.fault(hangs, Fault::HalfOpenBeforeEffect);
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let service = world.service().env("AUTOTAG_VISIBILITY_SECONDS", "4").start();
    gate.wait_arrived(1, super::world::LONG);
    std::thread::sleep(Duration::from_secs(6));
    gate.open();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids) && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn a_worker_stops_touching_a_message_that_it_has_lost() {
    let world = World::with_queue(VISIBILITY, 20);
    let ids = world.create_volumes(1);
    let gate = world.aws.gate(On::action("CreateTags").next(1), GateAt::BeforeEffect);
    let service = world.service().start();
    gate.wait_arrived(1, super::world::LONG);
    // SQS delivers it again, as it does when an extension comes too late.
    world.aws.expire_in_flight("events");
    world.wait_until(|| world.is_done() && world.are_bobs(&ids));
    drop(gate);
    let (status, log) = service.stop();
    assert_eq!((outcomes(&log, "lease_lost").len(), outcomes(&log, "tagged").len(), status), (1, 1, 0), "{log}");
}
