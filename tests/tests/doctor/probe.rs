//! What only a message shows.

use std::time::Duration;

use autotag_tests::fake_aws::{Fault, On};
use autotag_tests::host::Service;

use crate::world::{EVENTS, World, each};

/// Longer than anything takes that a test waits for, on a machine that compiles meanwhile.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_running_host_takes_the_marked_message_and_nothing_of_it_stays() {
    let world = World::new().arg("--probe");
    let service = Service::new(&world.aws, EVENTS).listening().start();
    service.wait_until(|readyz| readyz["ready"] == true);
    let diagnosis = world.examined();
    assert_eq!(diagnosis.troubles(), [], "{diagnosis:#?}");
    diagnosis.assert_says("probe-message", "ok", "a host took it", "");
    diagnosis.assert_says("probe-pattern", "ok", "5", "");
    world.aws.wait_until(|aws| aws.counts(EVENTS).total() == 0, LONG);
    assert_eq!(service.stop().0, 0);
}

#[test]
fn where_no_host_runs_the_message_is_taken_back_and_others_are_left_alone() {
    let world = World::new().arg("--probe");
    let diagnosis = world.examined();
    diagnosis.assert_only("probe-message", "wrong", "no host took it", "Start `host run`");
    assert_eq!(world.aws.counts(EVENTS).total(), 0);
}

#[test]
fn who_may_not_send_cannot_probe() {
    each(&["SendMessage", "ReceiveMessage"], |action| {
        let world = World::new();
        world.aws.fault(On::action(action), Fault::AccessDenied);
        world.arg("--probe").examined().assert_only("probe-message", "cannot_tell", action, &format!("sqs:{action}"));
    });
}
