//! The service's HTTP endpoints: metrics, health, dashboard.

mod connections;
mod dashboard;
mod documentation;
mod health;
mod traces;

use std::time::Duration;

use autotag_fake_aws::{FakeAws, Fault, GateAt, On, QueueSpec, Volume};
use autotag_tests::events::{call, envelope};
use autotag_tests::host::{self, Service};
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::json;
use tempfile::tempdir;

const VOLUME: &str = "vol-0123456789abcdef0";
const LONG: Duration = Duration::from_secs(60);

/// The value of a metric, named with its labels as in the answer.
#[track_caller]
fn value(metrics: &str, metric: &str) -> f64 {
    let line = metrics.lines().find(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with(' ')));
    let line = line.unwrap_or_else(|| panic!("no {metric} in\n{metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn metrics_say_for_each_plugin_what_it_did_and_what_it_took() {
    let plugins = tempdir().unwrap();
    std::fs::copy(host::plugins().join("ec2.wasm"), plugins.path().join("ec2.wasm")).unwrap();
    let wants = |mut plugin: WatPlugin, event: &str| {
        plugin.event_patterns = vec![format!(r#"{{"source": ["aws.ec2"], "detail": {{"eventName": ["{event}"]}}}}"#)];
        plugin.write(plugins.path());
    };
    wants(WatPlugin::new("traps").that_runs("unreachable"), "ModifyVpcAttribute");
    wants(WatPlugin::new("loops").that_runs("(loop (br 0)) unreachable"), "ModifySubnetAttribute");
    wants(WatPlugin::new("forges").that_answers(&["vpc-1"], &[("Owner", "bob")]), "DeleteVpc");
    let aws = FakeAws::start();
    aws.create_queue("dead");
    aws.create_queue_with(
        QueueSpec::named("events").visibility_timeout(Duration::from_secs(2)).dead_letters("dead", 1),
    );
    aws.at("111122223333", "eu-central-1").put_volume(Volume::new(VOLUME));
    let service = Service::new(&aws, "events").plugins(plugins.path()).listening().start();
    let send = |name: &str| {
        let event = envelope(&call(name, "2026-01-31T12:00:00Z", json!({"volumeId": VOLUME})));
        aws.send("events", &event.to_string());
    };
    ["CreateVolume", "ModifyVpcAttribute", "ModifySubnetAttribute", "DeleteVpc"].into_iter().for_each(send);
    aws.wait_until(|aws| aws.counts("dead").total() == 3 && aws.counts("events").total() == 0, LONG);

    let (status, metrics) = service.get("/metrics");
    assert_eq!(status, 200);
    let count = |metric: &str| value(&metrics, metric);
    assert!(count(r#"autotag_plugin_calls_total{plugin="ec2",outcome="answered"}"#) >= 1.0);
    assert!(count(r#"autotag_plugin_calls_total{plugin="traps",outcome="trap"}"#) >= 1.0);
    assert!(count(r#"autotag_plugin_calls_total{plugin="loops",outcome="time_exceeded"}"#) >= 1.0);
    assert!(count(r#"autotag_plugin_answers_refused_total{plugin="forges"}"#) >= 1.0);
    assert!(count(r#"autotag_plugin_answers_refused_total{plugin="ec2"}"#) == 0.0);
    assert!(count(r#"autotag_plugin_call_duration_seconds_count{plugin="ec2"}"#) >= 1.0);
    assert!(count(r#"autotag_plugin_call_duration_seconds_sum{plugin="loops"}"#) >= 0.25);
    assert!(count(r#"autotag_plugin_peak_memory_bytes{plugin="ec2"}"#) >= 65_536.0);
    assert!(count(r#"autotag_plugin_input_bytes_total{plugin="ec2"}"#) > 500.0);
    let answered = VOLUME.len() + "Owner".len() + "bob".len() + "PrincipalId".len() + "AIDABOBBOBBOBBOBBOBBO".len();
    let output = count(r#"autotag_plugin_output_bytes_total{plugin="ec2"}"#);
    assert!(output >= answered as f64 && output % answered as f64 == 0.0, "{metrics}");
    assert_eq!(count("autotag_plugins_refused"), 0.0);
    assert_eq!(metrics.matches("autotag_plugin_info{").count(), 4);
    assert!(metrics.trim_end().ends_with("# EOF"), "OpenMetrics says where it ends");
}

#[test]
fn metrics_say_what_became_of_messages_and_what_it_took() {
    let aws = FakeAws::start();
    aws.create_queue("dead");
    aws.create_queue_with(
        QueueSpec::named("events").visibility_timeout(Duration::from_secs(2)).dead_letters("dead", 3),
    );
    aws.at("111122223333", "eu-central-1").put_volume(Volume::new(VOLUME));
    aws.fault(On::action("CreateTags").next(1), Fault::throttled());
    aws.fault(On::action("DescribeVolumes").next(1), Fault::error(500, "InternalError"));
    let created = call("CreateVolume", "2026-01-31T12:00:00Z", json!({"volumeId": VOLUME}));
    let mut failed = call("DeleteVolume", "2026-01-31T12:00:00Z", json!(null));
    failed["errorCode"] = json!("Client.VolumeInUse");
    [created, failed].iter().for_each(|record| drop(aws.send("events", &envelope(record).to_string())));
    let again = json!({"volumeId": VOLUME, "createTime": "2026-01-31T10:00:00Z"});
    aws.send("events", &envelope(&call("CreateVolume", "2026-01-31T12:00:00Z", again)).to_string());
    aws.send("events", "no event");
    // Long enough for the message's lease to be extended.
    let _slow = aws.fault(On::action("CreateTags").nth(2), Fault::DelayBeforeEffect(Duration::from_millis(1500)));
    let plugins = tempdir().unwrap();
    std::fs::copy(host::plugins().join("ec2.wasm"), plugins.path().join("ec2.wasm")).unwrap();
    let service = Service::new(&aws, "events").plugins(plugins.path()).listening().start();
    service.wait_until(|says| says["ready"] == true);
    let mut other = WatPlugin::new("other");
    other.event_patterns = vec![r#"{"source": ["aws.s3"]}"#.into()];
    other.write(plugins.path());
    service.wait_until(|says| says["plugins"]["swaps"] == 1);
    aws.wait_until(|aws| aws.counts("dead").total() == 1 && aws.counts("events").total() == 0, LONG);

    let (_, metrics) = service.get("/metrics");
    let count = |metric: &str| value(&metrics, metric);
    assert_eq!(count("autotag_messages_received_total"), 6.0);
    assert_eq!(count(r#"autotag_messages_settled_total{outcome="poison"}"#), 1.0);
    assert_eq!(count(r#"autotag_outcomes_total{plugin="ec2",outcome="tagged",reason=""}"#), 1.0);
    assert_eq!(count(r#"autotag_outcomes_total{plugin="",outcome="skip",reason="no_plugin"}"#), 1.0);
    assert_eq!(count(r#"autotag_outcomes_total{plugin="",outcome="unreadable",reason=""}"#), 1.0);
    assert_eq!(count(r#"autotag_outcomes_total{plugin="ec2",outcome="withheld",reason="disproved"}"#), 1.0);
    assert_eq!(count(r#"autotag_resources_withheld_total{reason="disproved"}"#), 1.0);
    assert_eq!(count("autotag_resources_tagged_total"), 1.0);
    assert_eq!(count("autotag_tagging_lag_seconds_count"), 1.0);
    assert!(count("autotag_tagging_lag_seconds_sum") > 3600.0, "since the event's own time");
    assert_eq!(count(r#"autotag_api_calls_total{api="CreateTags",outcome="throttled"}"#), 1.0);
    assert_eq!(count(r#"autotag_api_calls_total{api="CreateTags",outcome="success"}"#), 1.0);
    assert_eq!(count(r#"autotag_api_calls_total{api="DescribeVolumes",outcome="transient"}"#), 1.0);
    assert_eq!(count(r#"autotag_api_call_items_sum{api="CreateTags"}"#), 2.0);
    assert_eq!(count(r#"autotag_api_items_waiting{api="CreateTags"}"#), 0.0);
    assert!(count(r#"autotag_lease_extensions_total{outcome="extended"}"#) >= 1.0, "{metrics}");
    assert!(count("autotag_since_successful_receive_seconds") < 60.0);
    assert_eq!((count("autotag_plugin_instances_in_use"), count("autotag_plugin_instances") >= 8.0), (0.0, true));
    // A finished message may still await its deletion for a moment.
    let all_acknowledged = || value(&service.get("/metrics").1, "autotag_messages_in_flight") == 0.0;
    aws.wait_until(|_| all_acknowledged(), LONG);
    let (_, metrics) = service.get("/metrics");
    assert_eq!(value(&metrics, r#"autotag_messages_settled_total{outcome="done"}"#), 2.0);
    assert_eq!(value(&metrics, r#"autotag_messages_settled_total{outcome="not_for_us"}"#), 1.0);
    dashboard::assert_shows(&metrics);
    documentation::assert_lists(&metrics);
}

#[test]
fn the_service_is_alive_and_ready_until_it_drains_and_then_only_alive() {
    let aws = FakeAws::start();
    aws.create_queue("events");
    aws.at("111122223333", "eu-central-1").put_volume(Volume::new(VOLUME));
    let service = Service::new(&aws, "events").listening().start();
    assert_eq!(service.get("/livez"), (200, "ok\n".into()));
    service.wait_until(|says| says["ready"] == true);
    let readyz = service.readyz();
    assert_eq!((&readyz["ready"], &readyz["reason"]), (&json!(true), &json!(null)));
    assert_eq!(readyz["plugins"]["loaded"][0]["name"], "ec2");
    assert_eq!(service.get("/nothing").0, 404);
    // Work in progress keeps it from exiting.
    let gate = aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let event = envelope(&call("CreateVolume", "2026-01-31T12:00:00Z", json!({"volumeId": VOLUME})));
    aws.send("events", &event.to_string());
    gate.wait_arrived(1, LONG);
    service.terminate();
    service.wait_until(|says| says["ready"] == false);
    let (status, body) = service.get("/readyz");
    assert_eq!(status, 503);
    assert!(body.contains("the service is told to stop"), "{body}");
    assert_eq!(service.get("/livez").0, 200);
    gate.open();
    assert_eq!(service.ended().0, 0);
}

#[test]
fn an_address_that_cannot_be_listened_at_is_an_error_at_the_start() {
    let aws = FakeAws::start();
    aws.create_queue("events");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, log) = Service::new(&aws, "events").env("AUTOTAG_LISTEN", &address).start().ended();
    assert_eq!(status, 2);
    assert!(log.contains(&format!("cannot listen at {address}")), "{log}");
}
