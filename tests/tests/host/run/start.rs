//! What the host receives, and what keeps it from starting.

use std::fs;
use std::time::Duration;

use autotag_fake_aws::{GateAt, On, Volume};
use autotag_tests::events::{call, envelope};
use autotag_tests::host;
use serde_json::json;
use tempfile::tempdir;

use super::world::{LONG, World, each, now};

#[test]
fn nothing_is_received_that_cannot_be_worked_on_at_once() {
    let world = World::with_queue(LONG, 2);
    for number in 0..5 {
        let id = format!("vol-0000000000000000{number}");
        world.ec2.put_volume(Volume::new(&id));
        world.send(&envelope(&call("CreateVolume", &now(), json!({"volumeId": id}))));
    }
    let gate = world.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let service = world.service().env("AUTOTAG_MAX_IN_FLIGHT", "2").start();
    gate.wait_arrived(1, LONG);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!((world.aws.counts("events").in_flight, world.aws.counts("events").visible), (2, 3));
    gate.open();
    world.wait_until(|| world.is_done());
    assert_eq!(service.stop().0, 0);
}

#[test]
fn without_a_queue_or_with_a_broken_plugin_the_host_does_not_start_and_says_what_to_do() {
    let run = |name: &str, value: &str| {
        let mut command = host::command();
        command.arg("run").env("AUTOTAG_PLUGINS", host::plugins()).env(name, value);
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, words) = run("AUTOTAG_LOG", "info");
    assert_eq!(status, 2);
    assert_eq!(
        words,
        "error: the queue is not set: pass --queue-url, set AUTOTAG_QUEUE_URL, or `queue_url` in the file that --config names\n"
    );
    let (status, words) = run("AUTOTAG_QUEUE_URL", "https://example.com/queue");
    assert!(status == 2 && words.contains("does not name an account"), "{words}");
    let (status, words) = run("AUTOTAG_QUEUE_URL", "http://127.0.0.1:1/111122223333/events");
    assert!(status == 2 && words.contains("set AWS_REGION"), "{words}");

    let world = World::new();
    let plugins = tempdir().unwrap();
    fs::write(plugins.path().join("empty.wasm"), "").unwrap();
    let (status, log) = world.service().plugins(plugins.path()).start().ended();
    assert!(status == 2 && log.contains("empty.wasm: the file is empty"), "{log}");
}

#[test]
fn requests_go_through_the_proxy_that_the_environment_names() {
    let world = World::new();
    world.create_volumes(1);
    // No such host exists: only the proxy, for which the fake stands, can answer.
    let service = world.service().env("AWS_ENDPOINT_URL", "http://aws.invalid");
    let service = service.env("HTTP_PROXY", &world.aws.endpoint()).start();
    world.wait_until(|| world.is_done());
    assert_eq!(service.stop().0, 0);
}

#[test]
fn a_filter_of_the_log_that_names_the_host_takes_the_lines_of_all_of_its_crates() {
    each(&["autotag=debug", "autotag_host=debug"], |filter| {
        let world = World::new();
        world.create_volumes(1);
        let service = world.service().env("AUTOTAG_LOG", filter).start();
        world.wait_until(|| world.is_done());
        let (status, log) = service.stop();
        assert_eq!(status, 0, "{log}");
        for (line, target) in [("receiving", "autotag_host"), ("called", "autotag_aws"), ("tagged", "autotag_aws")] {
            let is_it = |said: &&str| {
                said.contains(&format!("\"{line}\"")) && said.contains(&format!("\"target\":\"{target}::"))
            };
            assert!(log.lines().any(|said| is_it(&said)), "{filter}: no line {line} of {target} in\n{log}");
        }
    });
}
