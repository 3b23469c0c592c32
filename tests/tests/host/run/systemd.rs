//! What the service notifies a service manager of that has started it as `Type=notify`.

use std::time::Duration;

use autotag_fake_aws::{Fault, GateAt, On};
use autotag_tests::host::Service;
use autotag_tests::notify::{NotifySocket, Told};

use super::world::{LONG, World};

/// Longer than the host waits for a receive before it gives up: a second of long polling, as the tests set it, and ten
/// for the answer.
const GIVEN_UP: Duration = Duration::from_secs(13);
/// The watchdog's interval.
const WATCHDOG: Duration = Duration::from_millis(1500);

fn notifying(world: &World, socket: &NotifySocket) -> Service {
    let watchdog = WATCHDOG.as_micros().to_string();
    world.service().env("NOTIFY_SOCKET", &socket.path().display().to_string()).env("WATCHDOG_USEC", &watchdog)
}

fn is(line: &'static str) -> impl Fn(&str) -> bool {
    move |told| told == line
}

/// How often a notification was sent.
fn count(told: &[Told], line: &str) -> usize {
    told.iter().filter(|(_, told)| told == line).count()
}

#[test]
fn it_is_ready_when_the_queue_has_answered_and_says_until_then_what_the_queue_said() {
    let world = World::new();
    let refused = world.aws.fault(On::action("ReceiveMessage"), Fault::error(403, "AccessDenied"));
    let socket = NotifySocket::open();
    let service = notifying(&world, &socket).start();
    let told = socket.until(|told| told.starts_with("STATUS=") && told.contains("AccessDenied"), LONG);
    assert_eq!(count(&told, "READY=1"), 0, "{told:?}");
    refused.remove();
    socket.until(is("READY=1"), LONG);
    socket.until(|told| told.starts_with("STATUS=0 received · ") && !told.contains("AccessDenied"), LONG);
    service.terminate();
    // Both are in one message; the host may have exited before there would be another.
    let told = socket.until(|told| told.starts_with("STATUS=draining"), LONG);
    assert_eq!((count(&told, "STOPPING=1"), count(&told, "READY=1")), (1, 0), "each is told once: {told:?}");
    assert_eq!(service.ended().0, 0);
}

#[test]
fn receives_without_an_answer_starve_the_watchdog_until_one_is_answered() {
    let world = World::new();
    let socket = NotifySocket::open();
    let service = notifying(&world, &socket).start();
    socket.until(is("READY=1"), LONG);
    let gate = world.aws.gate(On::action("ReceiveMessage"), GateAt::BeforeEffect);
    gate.wait_arrived(8, LONG);
    let told = socket.during(Duration::from_secs(5));
    assert!(count(&told, "WATCHDOG=1") >= 3, "a long wait is no silence: {told:?}");
    let _ = socket.during(GIVEN_UP);
    let told = socket.during(2 * WATCHDOG);
    assert_eq!(
        (count(&told, "WATCHDOG=1"), told.len() >= 2),
        (0, true),
        "it says what it is at, and starves: {told:?}"
    );
    gate.open();
    socket.until(is("WATCHDOG=1"), LONG);
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    assert!(log.contains("no receive has ended for too long"), "{log}");
}

#[test]
fn errors_of_aws_do_not_starve_the_watchdog() {
    let world = World::new();
    let socket = NotifySocket::open();
    let service = notifying(&world, &socket).start();
    socket.until(is("READY=1"), LONG);
    let _fault = world.aws.fault(On::action("ReceiveMessage"), Fault::error(500, "InternalError"));
    assert_fed(&socket);
    assert_eq!(service.stop().0, 0);
}

#[test]
fn a_host_without_room_for_another_message_does_not_starve_the_watchdog() {
    let world = World::with_queue(LONG, 20);
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    world.create_volumes(2);
    let socket = NotifySocket::open();
    let service = notifying(&world, &socket).env("AUTOTAG_MAX_IN_FLIGHT", "2").start();
    socket.until(is("READY=1"), LONG);
    gate.wait_arrived(1, LONG);
    world.wait_until(|| world.aws.counts("events").in_flight == 2);
    assert_fed(&socket);
    service.kill();
}

/// Asserts that the watchdog never fires, for longer than it would wait without a notification.
#[track_caller]
fn assert_fed(socket: &NotifySocket) {
    let mut told = socket.during(GIVEN_UP + 3 * WATCHDOG);
    told.retain(|(_, line)| line == "WATCHDOG=1");
    let longest = told.windows(2).map(|pair| pair[1].0 - pair[0].0).max();
    assert!(longest < Some(WATCHDOG), "{longest:?}");
    assert!(told.last().is_some_and(|(at, _)| at.elapsed() < WATCHDOG), "{told:?}");
}
