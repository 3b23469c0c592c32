//! `plugins/ec2/events`: an event of each call, and what comes of it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use autotag_host::resource::ResourceId;
use autotag_plugin_ec2::ACTIONS;
use autotag_tests::events::kebab;
use autotag_tests::host;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/ec2/events")
}

fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// All files whose names end so.
fn files(end: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.to_str().unwrap().ends_with(end)).collect()
}

#[test]
fn every_call_has_an_event_of_its_own_that_is_tagged() {
    for action in ACTIONS {
        let name = kebab(action.name);
        let event = read(&folder().join(format!("{name}.json")));
        assert_eq!(event["detail"]["eventName"], action.name, "{name}.json");
        let outcome = &read(&folder().join(format!("{name}.expected.json")))[0]["outcome"];
        // What is restored existed before.
        let expected = if action.name == "RestoreSnapshotFromRecycleBin" { "skip" } else { "tag" };
        assert_eq!(outcome, expected, "{name}.expected.json");
    }
}

#[test]
fn every_kind_of_id_that_is_expected_can_be_tagged_and_none_is_the_requests() {
    let mut seen = BTreeSet::new();
    for file in files(".expected.json") {
        let event = PathBuf::from(file.to_str().unwrap().replace(".expected.json", ".json"));
        let request = read(&event)["detail"]["requestParameters"].to_string();
        for tagging in read(&file)[0]["taggings"].as_array().unwrap() {
            for id in tagging["resources"].as_array().unwrap() {
                let id = id.as_str().unwrap();
                assert!(ResourceId::parse(id).is_some(), "{id} in {}", file.display());
                assert!(!request.contains(id), "{id} stands in the request of {}", event.display());
                assert!(seen.insert(id.to_owned()), "{id} is created twice, the second time in {}", event.display());
            }
        }
    }
    assert!(seen.len() > ACTIONS.len());
}

#[test]
fn the_plugin_answers_each_of_its_events_in_the_sandbox_as_is_expected() {
    let plugin = tempfile::tempdir().unwrap();
    symlink(host::plugins().join("ec2.wasm"), plugin.path().join("ec2.wasm")).unwrap();
    symlink(folder(), plugin.path().join("events")).unwrap();
    let tested = host::plugin(plugin.path(), ["test"]);
    let failed: Vec<_> = tested.stdout.lines().filter(|line| !line.starts_with("ok ")).collect();
    assert_eq!(tested.status, 0, "{}\n{}", failed.join("\n"), tested.stderr);
    let events = files(".expected.json").len();
    assert_eq!(failed, [format!("{events} of {events} as expected")]);
}
