//! How many requests to EC2 a burst of launches costs.

use std::time::Duration;

use autotag_fake_aws::{GateAt, On};

use crate::events::Kind;
use crate::hosts::Hosts;
use crate::lambda;
use crate::table::{Table, number};
use crate::world::{LATENCY, World};

const EVENTS: usize = 1_000;
const FOR_THE_LAMBDA: usize = 50;
const LAUNCH: [Kind; 1] = [Kind::RunInstances { volumes: 1 }];

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let mut world = World::new(LATENCY);
    world.send_many(&LAUNCH, EVENTS);
    let gate = world.aws.gate(On::action("ReceiveMessage"), GateAt::BeforeEffect);
    let host = hosts.of(&world).start();
    gate.wait_arrived(1, Duration::from_secs(30));
    gate.open();
    let took = world.wait_until_done();
    world.check();
    let (status, log) = host.stop();
    assert_eq!((status, log.as_str()), (0, ""), "the host complains");

    let of_lambda = lambda::invoke(&LAUNCH, FOR_THE_LAMBDA, LATENCY, true).ec2_requests * EVENTS as f64;
    table.row("EC2 calls for 1,000 RunInstances by ten users at once", number(world.ec2_requests() as f64), "≤ 52");
    table.row("the same of the Lambda", number(of_lambda), "");
    let requests =
        world.aws.counters_by_action().into_iter().map(|(action, counters)| format!("{action} {}", counters.requests));
    let requests = requests.collect::<Vec<_>>().join(", ");
    table.note(format!("a burst of 1,000, with the default rates: done in {:.2} s; {requests}", took.as_secs_f64()));
}
