//! What only a probe message shows.

use std::time::Duration;

use autotag_fake_aws::{Fault, On};
use autotag_tests::host::Service;

use super::world::{DEAD, EVENTS, World, each, rule};

/// A bound that no wait reaches, even on a machine that compiles meanwhile.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_running_host_takes_the_marked_message_and_nothing_of_it_stays() {
    let world = World::new().arg("--probe");
    let service = Service::new(&world.aws, EVENTS).listening().start();
    service.wait_until(|readyz| readyz["ready"] == true);
    let diagnosis = world.examined();
    assert_eq!(diagnosis.troubles(), [], "{diagnosis:#?}");
    diagnosis.assert_says("probe-message", "ok", "a host took and deleted it", "");
    diagnosis.assert_says("probe-pattern", "ok", "5", "");
    world.aws.wait_until(|aws| aws.counts(EVENTS).total() == 0, LONG);
    assert_eq!(service.stop().0, 0);
}

#[test]
fn where_no_host_runs_the_message_is_taken_back_and_others_are_received_once_and_stay() {
    let world = World::new().arg("--probe");
    for _ in 0..12 {
        world.aws.send(EVENTS, "{}");
    }
    let diagnosis = world.examined();
    diagnosis.assert_says("probe-message", "wrong", "no host took it", "Start `host run`");
    assert_eq!(diagnosis.troubles(), [("backlog", "wrong"), ("probe-message", "wrong")]);
    let messages = world.aws.messages(EVENTS);
    assert_eq!(messages.len(), 12);
    assert!(messages.iter().all(|message| message.body == "{}" && message.receives == 1), "{messages:#?}");
    assert_eq!(world.aws.counts(EVENTS).visible, 12);
    assert_eq!(world.aws.counts(DEAD).total(), 0);
}

#[test]
fn a_host_that_holds_the_message_without_an_end_is_not_said_to_have_worked_on_it() {
    let world = World::new().arg("--probe");
    world.aws.fault(On::action("DeleteMessageBatch"), Fault::error(500, "InternalError"));
    let service = Service::new(&world.aws, EVENTS).env("AUTOTAG_VISIBILITY_SECONDS", "60").listening().start();
    service.wait_until(|readyz| readyz["ready"] == true);
    world.examined().assert_says("probe-message", "cannot_tell", "may have been taken", "in the log of `host run`");
    service.kill();
}

#[test]
fn a_delay_of_the_queue_does_not_hide_the_message() {
    let world = World::new().arg("--probe");
    world.aws.set_queue_attribute(EVENTS, "DelaySeconds", "900");
    let diagnosis = world.examined();
    assert_eq!(diagnosis.troubles(), [("delay", "wrong"), ("probe-message", "wrong")]);
}

#[test]
fn who_may_not_send_cannot_probe() {
    each(&["SendMessage", "ReceiveMessage"], |action| {
        let world = World::new().arg("--probe");
        world.aws.fault(On::action(action), Fault::AccessDenied);
        world.examined().assert_says("probe-message", "cannot_tell", action, &format!("sqs:{action}"));
    });
}

#[test]
fn eventbridge_itself_is_asked_whether_its_rules_match() {
    let world = World::new().arg("--probe");
    world.aws.delete_rule(&rule("RdsRule"));
    let diagnosis = world.examined();
    diagnosis.assert_says("probe-pattern", "wrong", "no rule matches rds.amazonaws.com", "`host rule` prints");
    let world = World::new().arg("--probe");
    world.aws.fault(On::action("TestEventPattern"), Fault::AccessDenied);
    let fix = "Allow events:TestEventPattern";
    world.examined().assert_says("probe-pattern", "cannot_tell", "AccessDenied", fix);
}
