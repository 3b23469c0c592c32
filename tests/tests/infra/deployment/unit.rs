//! `infra/autotag.service`. `cargo xtask deployment` lets systemd itself read and rate it.

use std::collections::BTreeMap;

use super::{default_drain_seconds, read};

/// The unit's keys, each with all its values.
fn unit() -> BTreeMap<String, Vec<String>> {
    let mut unit: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in read("autotag.service").lines().filter(|line| !line.starts_with('#')) {
        if let Some((key, value)) = line.split_once('=') {
            unit.entry(key.into()).or_default().push(value.into());
        }
    }
    unit
}

fn seconds(key: &str) -> u64 {
    unit()[key][0].parse().unwrap()
}

#[test]
fn the_host_has_longer_to_end_than_it_takes_to_drain() {
    assert!(seconds("TimeoutStopSec") > default_drain_seconds());
}

#[test]
fn the_host_tells_when_it_is_ready_and_is_restarted_when_it_fails_or_hangs() {
    let unit = unit();
    for (key, value) in [("Type", "notify"), ("NotifyAccess", "main"), ("Restart", "on-failure")] {
        assert_eq!(unit[key], [value], "{key}");
    }
    assert!(seconds("WatchdogSec") > 0);
    // A host that waits for the queue's first answer is not killed before it can have reported why there is none.
    assert!(seconds("TimeoutStartSec") > 60);
    // Neither does systemd give up on it: what it waits for may be fixed elsewhere.
    assert_eq!(unit["StartLimitIntervalSec"], ["0"]);
}

#[test]
fn memory_can_be_made_executable_since_plugins_are_compiled() {
    assert!(!unit().contains_key("MemoryDenyWriteExecute"));
}
