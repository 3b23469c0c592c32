//! How much of what EC2 allows is used where EC2 allows little.

use std::time::Duration;

use autotag_tests::fake_aws::{Fault, GateAt, On};

use crate::events::Kind;
use crate::hosts::Hosts;
use crate::table::{Table, number};
use crate::world::{LATENCY, World};

const EVENTS: usize = 6_000;
const BURST: u32 = 5;
const PER_SECOND: f64 = 5.0;
/// What fits into a call, by default.
const RESOURCES_PER_CALL: f64 = 200.0;

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let mut world = World::new(LATENCY);
    world.send_many(&[Kind::RunInstances { volumes: 2 }], EVENTS);
    let throttle = Fault::Throttle { burst: BURST, per_second: PER_SECOND };
    let _throttle = world.aws.fault(On::action("CreateTags"), throttle);
    let gate = world.aws.gate(On::action("ReceiveMessage"), GateAt::BeforeEffect);
    let host = hosts.of(&world).listening().start();
    gate.wait_arrived(1, Duration::from_secs(30));
    gate.open();
    let took = world.wait_until_done();
    world.check();
    let received = counter(&host.get("/metrics").1, "autotag_messages_received_total");
    let (status, _) = host.stop();
    assert_eq!(status, 0, "the host did not settle everything");

    let resources = world.events.resources() as f64;
    let per_second = resources / took.as_secs_f64();
    // The bucket is full at first.
    let allowed = (f64::from(BURST) + PER_SECOND * took.as_secs_f64()) * RESOURCES_PER_CALL / took.as_secs_f64();
    table.row("CreateTags throttled to 5/s: resources tagged/s", number(per_second), "");
    let part = per_second / allowed * 100.0;
    table.row("beside what the bucket allows with full batches", format!("{part:.0} %"), "≥ 95 %");
    let receives = received / EVENTS as f64;
    table.row("the same: receives for each message", format!("{receives:.2}"), "1");
    table.row("the same: messages in the dead-letter queue", "0".to_owned(), "0");
    let calls = world.aws.tally("CreateTags");
    table.note(format!(
        "throttled: {resources} resources of {EVENTS} launches in {:.1} s, a bucket of {BURST} that gains {PER_SECOND} a second, so \
         {allowed:.0} a second could be; {} CreateTags succeeded, {} were throttled",
        took.as_secs_f64(),
        calls.succeeded,
        calls.failed(),
    ));
}

/// What a counter of `/metrics` says.
fn counter(metrics: &str, name: &str) -> f64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("there is no {name} in {metrics}"))
}
