//! What the host receives, and what keeps it from starting.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

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
fn an_empty_queue_that_answers_at_once_is_asked_twice_a_second_by_each_poller() {
    let world = World::new();
    let service = world.service().env("AUTOTAG_WAIT_SECONDS", "0").start();
    world.wait_until(|| world.aws.count_of("ReceiveMessage") > 0);
    let begin = Instant::now();
    std::thread::sleep(Duration::from_secs(2));
    let (asked, seconds) = (world.aws.count_of("ReceiveMessage"), begin.elapsed().as_secs_f64());
    // Each of the eight pollers asks twice at once, and then after each pause.
    assert!(asked as f64 <= 8.0 * (2.0 + seconds / 0.5 + 1.0), "{asked} in {seconds} s");
    drop(service);
}

#[test]
fn an_empty_variable_is_an_unset_one_to_all_that_reads_it() {
    let world = World::new();
    world.create_volumes(1);
    let mut service = world.service();
    for name in [
        "AUTOTAG_ACCOUNTS",
        "AUTOTAG_KEEP_KEYS",
        "AUTOTAG_LISTEN",
        "AUTOTAG_POLLERS",
        "AWS_CA_BUNDLE",
        "AWS_ENDPOINT_URL_SQS",
        "AWS_PROFILE",
        "AWS_USE_FIPS_ENDPOINT",
        "HTTP_PROXY",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_SERVICE_NAME",
        "OTEL_TRACES_SAMPLER",
        "SSL_CERT_FILE",
    ] {
        service = service.env(name, "");
    }
    let service = service.start();
    world.wait_until(|| world.is_done());
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    assert!(!log.contains("AWS_CA_BUNDLE") && !log.contains("trace"), "{log}");
}

#[test]
fn where_the_queues_url_names_another_server_than_is_called_the_log_says_so_once() {
    let world = World::new();
    world.create_volumes(1);
    let url = "https://sqs-fips.us-east-1.amazonaws.com/111122223333/events";
    let service = world.service().env("AUTOTAG_QUEUE_URL", url).start();
    world.wait_until(|| world.is_done());
    let (_, log) = service.stop();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("not to the server that its URL names")).collect();
    let [line] = lines[..] else { panic!("{log}") };
    assert!(line.contains(r#""named":"sqs-fips.us-east-1.amazonaws.com""#) && line.contains("127.0.0.1"), "{line}");
    assert!(!log_of(|service| service).contains("its URL names"));
}

#[test]
fn a_profile_that_is_not_there_is_named_each_time() {
    let world = World::new();
    let folder = tempdir().unwrap();
    let log = folder.path().join("log");
    // Without credentials in the environment, which would win over the profile.
    let service = world.service().env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    let service = service.env("AWS_PROFILE", "nobody").listening().start_logging_to(&log);
    // No request reaches the fake, which a wait for it would wake up at.
    let begin = Instant::now();
    while !fs::read_to_string(&log).unwrap().contains("AWS_PROFILE names `nobody`") {
        assert!(begin.elapsed() < LONG, "the log never says it");
        std::thread::sleep(Duration::from_millis(50));
    }
    // All pollers have met it by then, and some more than once.
    std::thread::sleep(Duration::from_secs(2));
    service.terminate();
    service.ended();
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains("already taken"), "{log}");
    // One line for all receives of all pollers, for a minute.
    assert!(log.matches("`nobody`").count() < 3, "{log}");
}

/// The log of a service that has asked its queue.
fn log_of(with: impl FnOnce(host::Service) -> host::Service) -> String {
    let world = World::new();
    let service = with(world.service()).start();
    world.wait_until(|| world.aws.count_of("ReceiveMessage") > 0);
    service.stop().1
}

#[test]
fn a_bundle_of_certificates_that_only_other_tools_read_is_told_of() {
    let hint = "AWS_CA_BUNDLE is not read by this program: set SSL_CERT_FILE";
    let with_bundle = |service: host::Service| service.env("AWS_CA_BUNDLE", "/ca.pem");
    assert!(log_of(|service| with_bundle(service).env("SSL_CERT_FILE", "")).contains(hint));
    assert!(
        !log_of(|service| with_bundle(service).env("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
            .contains(hint)
    );
}

#[test]
fn plugins_that_another_user_of_the_machine_could_change_are_warned_of() {
    let folder = tempdir().unwrap();
    fs::copy(host::plugins().join("ec2.wasm"), folder.path().join("ec2.wasm")).unwrap();
    let words = "others than the host's user and root could change the plugins";
    assert!(!log_of(|service| service.plugins(folder.path())).contains(words));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let log = log_of(|service| service.plugins(folder.path()));
    assert!(log.contains(words) && log.contains("can be written to by others (mode 777)"), "{log}");
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
