//! How soon the tags of one event are on, on a host that does nothing else.

use std::thread;
use std::time::{Duration, Instant};

use autotag_fake_aws::LoggedRequest;

use crate::events::Kind;
use crate::hosts::Hosts;
use crate::table::{Table, median};
use crate::world::{LATENCY, World};

const EVENTS: usize = 41;
const WARM_UP: usize = 10;

/// What one event took.
struct Sample {
    /// From the moment that SQS has the message until its tags are on.
    took: Duration,
    /// For how long any request was under way since the message was sent.
    calling: Duration,
    /// How many requests there were one after the other.
    in_sequence: usize,
}

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let mut world = World::with_log(LATENCY);
    // Long polls, so that no receive ends by itself meanwhile.
    let host = hosts.of(&world).env("AUTOTAG_WAIT_SECONDS", "20").start();
    world.wait(|world| world.aws.count_of("ReceiveMessage") > 1);
    let mut samples = Vec::new();
    for _ in 0..WARM_UP + EVENTS {
        // Less often than the token bucket for EC2 gains a token, or the host would not be idle.
        thread::sleep(Duration::from_millis(150));
        let sent = Instant::now();
        world.send(Kind::RunInstances { volumes: 1 });
        world.wait_until_done();
        samples.push(sample(&world.aws.requests(), sent));
    }
    world.check();
    host.kill();

    let samples = samples.split_off(WARM_UP);
    let of = |what: fn(&Sample) -> f64| median(samples.iter().map(what).collect());
    let ratio = of(|sample| sample.took.as_secs_f64() / sample.calling.as_secs_f64());
    let (took, calling) =
        (of(|sample| sample.took.as_secs_f64() * 1e3), of(|sample| sample.calling.as_secs_f64() * 1e3));
    let in_sequence = of(|sample| sample.in_sequence as f64);
    let nominal = in_sequence * LATENCY.as_secs_f64() * 1e3;
    table.row("one event on an idle host, SQS delivery to tags on", format!("{took:.1} ms"), "");
    table.row("beside the latencies of the calls it needs", format!("{ratio:.2} ×"), "≤ 1.2 ×");
    table.note(format!(
        "idle: a RunInstances needs {in_sequence} requests one after the other, counted in the fake's log: the receive's answer, \
         DescribeInstances, DescribeVolumes together with DescribeNetworkInterfaces, CreateTags. In the fake they took {calling:.1} ms, \
         as set they would take {nominal:.0} ms; medians of {EVENTS}"
    ));
}

/// From the log: the receive that brought the message, and the requests to EC2 that followed.
fn sample(requests: &[LoggedRequest], sent: Instant) -> Sample {
    let span = |request: &LoggedRequest| Some((request.at.max(sent), request.ended?));
    let is_wanted = |request: &&LoggedRequest| match request.action.as_str() {
        "ReceiveMessage" => request.ended.is_some_and(|ended| ended >= sent),
        "DeleteMessageBatch" => false,
        _ => request.at >= sent,
    };
    let mut spans: Vec<_> = requests.iter().filter(is_wanted).filter_map(span).collect();
    spans.sort();
    let (mut calling, mut in_sequence, mut until) = (Duration::ZERO, 0, sent);
    for (from, to) in spans {
        if from >= until {
            in_sequence += 1;
        }
        calling += to.saturating_duration_since(from.max(until));
        until = until.max(to);
    }
    Sample { took: until - sent, calling, in_sequence }
}
