//! How much of EC2's rate limit the host uses where it is low.

use std::time::{Duration, Instant};

use autotag_fake_aws::{Fault, GateAt, On};

use crate::events::Kind;
use crate::hosts::Hosts;
use crate::table::{Table, number};
use crate::world::{LATENCY, QUEUE, World};

const EVENTS: usize = 6_000;
const BURST: u32 = 5;
const PER_SECOND: f64 = 5.0;
/// How many resources a request holds at most, by default.
const RESOURCES_PER_CALL: f64 = 200.0;

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let mut world = World::new(LATENCY);
    world.send_many(&[Kind::RunInstances { volumes: 2 }], EVENTS);
    let throttle = Fault::Throttle { burst: BURST, per_second: PER_SECOND };
    let _throttle = world.aws.fault(On::action("CreateTags"), throttle);
    let gate = world.aws.gate(On::action("ReceiveMessage"), GateAt::BeforeEffect);
    let host = hosts.of(&world).listening().start();
    gate.wait_arrived(1, Duration::from_secs(30));
    let opened = Instant::now();
    gate.open();
    // EC2's token bucket is empty for the first time. From here on its refill is the bound; and until everything is
    // received, there is enough work for full batches.
    world.wait(|world| world.aws.counters("CreateTags").failed() > 0);
    let (begin, before) = (Instant::now(), tagged(&world));
    world.wait(|world| world.aws.counts(QUEUE).visible == 0);
    let (span, after) = (begin.elapsed().as_secs_f64(), tagged(&world));
    world.wait_until_done();
    let whole = opened.elapsed().as_secs_f64();
    world.check();
    let received = counter(&host.get("/metrics").1, "autotag_messages_received_total");
    let (status, _) = host.stop();
    assert_eq!(status, 0, "the host did not acknowledge everything");

    let per_second = (after - before) as f64 / span;
    let part = per_second / (PER_SECOND * RESOURCES_PER_CALL) * 100.0;
    table.row("CreateTags throttled to 5/s: resources tagged/s", number(per_second), "");
    table.row("beside what the bucket allows with full batches", format!("{part:.0} %"), "≥ 95 %");
    table.row("the same: receives for each message", format!("{:.2}", received / EVENTS as f64), "1");
    table.row("the same: messages in the dead-letter queue", "0".to_owned(), "0");
    let (resources, requests) = (world.events.resources(), world.aws.counters("CreateTags"));
    table.note(format!(
        "throttled: a bucket of {BURST} that gains {PER_SECOND} a second; {EVENTS} launches with {resources} resources took \
         {whole:.1} s, {:.0} resources/s; measured are the {span:.1} s from the moment that the bucket was empty until all was \
         received; {} CreateTags succeeded, {} were throttled",
        resources as f64 / whole,
        requests.succeeded,
        requests.failed(),
    ));
}

/// How many resources carry the tags by now.
fn tagged(world: &World) -> usize {
    world.aws.tags_of_all().values().filter(|tags| tags.contains_key("Owner")).count()
}

/// What a counter of `/metrics` says.
fn counter(metrics: &str, name: &str) -> f64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("there is no {name} in {metrics}"))
}
