//! A host with as many messages in flight as it takes: its memory, and how soon it drains.

use std::thread;
use std::time::{Duration, Instant};

use autotag_fake_aws::{GateAt, On};

use crate::events::Kind;
use crate::hosts::Hosts;
use crate::process;
use crate::table::Table;
use crate::world::{LATENCY, QUEUE, World};

const IN_FLIGHT: usize = 1_000;
const EVENTS: usize = 1_500;
/// For memory to become stable.
const REST: Duration = Duration::from_secs(2);

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let mut world = World::new(LATENCY);
    world.send_many(&[Kind::RunInstances { volumes: 1 }], EVENTS);
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let host = hosts.of(&world).env("AUTOTAG_MAX_IN_FLIGHT", &IN_FLIGHT.to_string()).start();
    world.wait(|world| world.aws.counts(QUEUE).in_flight == IN_FLIGHT);
    thread::sleep(REST);
    let (resident, peak) = (process::resident_mb(host.id()), process::peak_mb(host.id()));
    assert_eq!(world.aws.counts(QUEUE).in_flight, IN_FLIGHT);

    let begin = Instant::now();
    host.terminate();
    gate.open();
    let (status, log) = host.ended();
    let took = begin.elapsed();
    let counts = world.aws.counts(QUEUE);
    assert_eq!((status, counts.in_flight), (0, 0), "not everything was acknowledged: {log}");
    table.row("resident memory with 1,000 messages in flight", format!("{resident:.0} MB"), "≤ 120 MB");
    table.row("drain with 1,000 in flight, SIGTERM to exit", format!("{:.1} s", took.as_secs_f64()), "≤ 5 s");
    table.note(format!(
        "in flight: {IN_FLIGHT} launches whose CreateTags is held until SIGTERM; at most {peak:.0} MB were resident. After the drain: \
         exit status 0, {} done, {} given back, none in flight, default rates",
        EVENTS - counts.total(),
        counts.total() - (EVENTS - IN_FLIGHT),
    ));
}
