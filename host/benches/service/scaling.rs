//! Whether each of several hosts on one queue is as fast as a host alone.

use std::thread;
use std::time::{Duration, Instant};

use autotag_fake_aws::{GateAt, On};

use crate::events::MIX;
use crate::hosts::Hosts;
use crate::process;
use crate::table::{Table, number};
use crate::world::World;

const LATENCY: Duration = Duration::from_millis(50);
/// Few, so that a host is bound by latency, not by the two cores that all of them share.
const IN_FLIGHT: usize = 50;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);
/// More than a host can do in that time.
const EVENTS_A_HOST: usize = 6_000;

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let mut alone = None;
    for count in [1, 2, 4] {
        let (per_host, busy) = throughput(hosts, count);
        let beside = per_host / *alone.get_or_insert(per_host);
        let what = format!("{count} hosts, latency 50 ms: events/s and host").replace("1 hosts", "1 host");
        table.row(&what, number(per_host), "");
        if count > 1 {
            table.row("beside one alone", format!("{beside:.2} ×"), "≥ 0.9 ×");
        }
        table.note(format!("{count} hosts: the machine's two cores were busy for {:.0} % of the time", busy * 100.0));
    }
    table.note(format!("hosts side by side: AUTOTAG_MAX_IN_FLIGHT={IN_FLIGHT}, so that latency bounds each"));
}

/// Events per second and host, and the share of the machine's CPU time that was used.
fn throughput(hosts: &Hosts, count: usize) -> (f64, f64) {
    let mut world = World::new(LATENCY);
    world.send_many(&MIX, count * EVENTS_A_HOST);
    let gate = world.aws.gate(On::action("ReceiveMessage"), GateAt::BeforeEffect);
    let start = |_| hosts.unlimited(&world).env("AUTOTAG_MAX_IN_FLIGHT", &IN_FLIGHT.to_string()).start();
    let running: Vec<_> = (0..count).map(start).collect();
    gate.wait_arrived(4 * count, Duration::from_secs(30));
    gate.open();
    thread::sleep(WARM_UP);
    let (begin, left, busy) = (Instant::now(), world.left(), process::time_of_all());
    thread::sleep(MEASURED);
    let (took, done) = (begin.elapsed().as_secs_f64(), left - world.left());
    let busy = (process::time_of_all() - busy).as_secs_f64() / took / 2.0;
    assert!(world.left() > 0, "there was nothing left to do");
    running.into_iter().for_each(|host| host.kill());
    (done as f64 / took / count as f64, busy)
}
