//! Events that no plugin wants, or no plugin yet.

use std::fs;
use std::time::SystemTime;

use autotag_fake_aws::Snapshot;
use autotag_tests::events::{call, envelope, iso_8601};
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::json;

use super::{LONG, World};

const SNAPSHOT: &str = "snap-0123456789abcdef0";

fn now() -> String {
    iso_8601(SystemTime::now())
}

/// The plugin in `volumes.wasm`, but for snapshots.
fn of_snapshots() -> Vec<u8> {
    let mut plugin = WatPlugin::new("snapshots").that_answers(&[SNAPSHOT], &[("Owner", "one")]);
    plugin.event_patterns = vec![r#"{"source": ["aws.ec2"], "detail": {"eventName": ["CreateSnapshot"]}}"#.into()];
    plugin.assemble()
}

#[test]
fn an_event_whose_plugin_comes_later_is_kept_for_it() {
    let world = World::new();
    world.ec2.put_snapshot(Snapshot::new(SNAPSHOT));
    let event = envelope(&call("CreateSnapshot", &now(), json!({"snapshotId": SNAPSHOT})));
    world.aws.send("events", &event.to_string());
    // An API call that failed, or only reads, has created nothing: its event does not wait for a plugin.
    let mut failed = call("CreateSnapshot", &now(), json!(null));
    failed["errorCode"] = json!("Client.UnauthorizedOperation");
    let mut reads = call("DescribeSnapshots", &now(), json!(null));
    reads["readOnly"] = json!(true);
    [failed, reads].iter().for_each(|record| drop(world.aws.send("events", &envelope(record).to_string())));
    let counted = r#"autotag_outcomes_total{plugin="",outcome="retry",reason="no_plugin"} "#;
    let put_off = || {
        let metrics = world.metrics();
        let count = metrics.lines().find_map(|line| line.strip_prefix(counted)?.parse::<f64>().ok());
        count.is_some_and(|count| count >= 2.0)
    };
    world.aws.wait_until(|_| world.aws.counts("events").total() == 1 && put_off(), LONG);
    assert!(world.ec2.tags(SNAPSHOT).is_empty(), "{:?}", world.aws);
    fs::write(world.folder.path().join("plugins/snapshots.wasm"), of_snapshots()).unwrap();
    world.aws.wait_until(|_| world.aws.counts("events").total() == 0, LONG);
    assert_eq!(world.ec2.tags(SNAPSHOT)["Owner"], "one", "{:?}", world.aws);
    let (_, log) = world.service.stop();
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

#[test]
fn an_event_whose_plugin_never_comes_is_one_dead_letter_and_one_line() {
    let world = World::new();
    let event = envelope(&call("CreateSnapshot", "2026-01-31T12:00:00Z", json!({"snapshotId": SNAPSHOT})));
    world.aws.send("events", &event.to_string());
    world.aws.wait_until(|_| world.aws.counts("dead").total() == 1, LONG);
    let (_, log) = world.service.stop();
    let errors: Vec<_> = log.lines().filter(|line| line.contains(r#""level":"ERROR""#)).collect();
    assert!(errors.len() == 1 && errors[0].contains("no plugin wants this event"), "{log}");
}
