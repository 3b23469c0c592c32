//! How many events per second one host handles, beside the article's Lambda.

use std::time::Duration;

use autotag_fake_aws::{GateAt, On};

use crate::events::{MIX, MIX_IN_WORDS, USERS};
use crate::hosts::Hosts;
use crate::table::{Table, number};
use crate::world::{LATENCY, World};
use crate::{lambda, process};

const EVENTS: usize = 50_000;
const FOR_THE_LAMBDA: usize = 400;
const POLLERS: usize = 8;

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let mut world = World::new(LATENCY);
    world.send_many(&MIX, EVENTS);
    let gate = world.aws.gate(On::action("ReceiveMessage"), GateAt::BeforeEffect);
    let host = hosts.unlimited(&world).env("AUTOTAG_POLLERS", &POLLERS.to_string()).start();
    gate.wait_arrived(POLLERS, Duration::from_secs(30));
    let times = || [process::time_of(host.id()), process::time_of_threads("fake-aws"), process::time_of_all()];
    let before = times();
    gate.open();
    let took = world.wait_until_done();
    let [of_host, of_fake, of_all] = {
        let after = times();
        std::array::from_fn(|index| after[index].saturating_sub(before[index]))
    };
    world.check();
    let peak = process::peak_mb(host.id());
    let (status, log) = host.stop();
    assert_eq!((status, log.as_str()), (0, ""), "the host complains");

    let per_second = EVENTS as f64 / took.as_secs_f64();
    table.row("events/s, one host, ten users, mixed events", number(per_second), "≥ 5,000");
    table.note(format!("mixed events, by {USERS} users: {MIX_IN_WORDS}; AUTOTAG_POLLERS={POLLERS}"));
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    let others = of_all.saturating_sub(of_host + of_fake);
    table.note(format!(
        "{EVENTS} events in {}, {} resources; of the processor the host took {} ({:.0} µs an event), the fake AWS {}, \
         everything else on the machine {}; the host's memory at most {peak:.0} MB",
        seconds(took),
        world.events.resources(),
        seconds(of_host),
        of_host.as_secs_f64() * 1e6 / EVENTS as f64,
        seconds(of_fake),
        seconds(others),
    ));
    let requests =
        world.aws.counters_by_action().into_iter().map(|(action, counters)| format!("{action} {}", counters.requests));
    table.note(format!("requests for them: {}", requests.collect::<Vec<_>>().join(", ")));
    let of_article = lambda::invoke(&MIX, FOR_THE_LAMBDA, LATENCY, false);
    let keeping = lambda::invoke(&MIX, FOR_THE_LAMBDA, LATENCY, true);
    table.row("the article's Lambda: events/s", number(of_article.per_second), "");
    table.row("the host beside it", format!("{:.0} ×", per_second / of_article.per_second), "≥ 100 ×");
    table.row("the Lambda if it kept its client: events/s", number(keeping.per_second), "");
    table.row("the host beside that", format!("{:.0} ×", per_second / keeping.per_second), "");
    table.note(format!(
        "the Lambda makes {:.2} calls of EC2 an event; {:.0} ms an event (median), {:.0} ms with a client that it keeps",
        of_article.ec2_requests, of_article.median_ms, keeping.median_ms
    ));
}
