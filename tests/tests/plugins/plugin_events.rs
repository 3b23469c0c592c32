//! The project's plugins, on events written for them and on events that other projects recorded.

mod corpus;
mod shapes;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use autotag_api_calls::{ec2, rds, s3};
use autotag_core::resource::{Arn, ResourceId};
use autotag_tests::host;
use autotag_tests::plugin_events::{Case, cases, folder};
use serde_json::Value;

/// A plugin, and the API calls that it knows.
struct Plugin {
    name: &'static str,
    calls: BTreeSet<(String, String)>,
}

fn plugins() -> [Plugin; 3] {
    [("ec2", ec2::CALLS), ("rds", rds::CALLS), ("s3", s3::CALLS)].map(|(name, calls)| {
        let calls = calls.iter().map(|call| (call.event_source.into(), call.name.into()));
        Plugin { name, calls: calls.collect() }
    })
}

/// The API call whose events are never tagged, since what it restores existed before.
const RESTORES: &str = "RestoreSnapshotFromRecycleBin";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The service and the name of the API call.
fn call(record: &Value) -> (String, String) {
    (text(&record["eventSource"]), text(&record["eventName"]))
}

/// The resources that are expected to be tagged.
fn resources(expected: &Value) -> Vec<String> {
    let taggings = expected["taggings"].as_array().unwrap().iter();
    taggings.flat_map(|tagging| tagging["resources"].as_array().unwrap()).map(text).collect()
}

#[test]
fn every_call_has_an_event_and_one_that_is_tagged_unless_it_restores() {
    for plugin in plugins() {
        let cases = cases(plugin.name);
        let calls_of = |cases: &mut dyn Iterator<Item = &Case>| -> BTreeSet<_> {
            cases.map(|case| call(&case.event["detail"])).collect()
        };
        let with_an_event = calls_of(&mut cases.iter());
        let without: Vec<_> = plugin.calls.difference(&with_an_event).collect();
        assert!(without.is_empty(), "no event in {}: {without:?}", folder(plugin.name).display());
        let tagged = calls_of(&mut cases.iter().filter(|case| case.expected["outcome"] == "tag"));
        let expected: BTreeSet<_> = plugin.calls.iter().filter(|(_, name)| name != RESTORES).cloned().collect();
        assert_eq!(tagged, expected);
    }
}

#[test]
fn every_resource_that_is_expected_can_be_tagged_is_not_the_requests_and_is_created_once() {
    let mut seen = BTreeSet::new();
    for plugin in plugins() {
        let calls = seen.len() + plugin.calls.len();
        for Case { file, event, expected } in cases(plugin.name) {
            for resource in resources(&expected) {
                if event["source"] == "aws.ec2" {
                    assert!(ResourceId::parse(&resource).is_some(), "{file}: {resource}");
                } else {
                    let arn = Arn::parse(&resource).unwrap_or_else(|| panic!("{file}: {resource}"));
                    assert_eq!(format!("aws.{}", arn.service), event["source"], "{file}: {resource}");
                    assert!(arn.region.is_empty() || arn.region == event["region"], "{file}: {resource}");
                    assert!(arn.account.is_empty() || arn.account == event["account"], "{file}: {resource}");
                }
                let request = event["detail"]["requestParameters"].to_string();
                assert!(!request.contains(&resource), "{file}: {resource} stands in the request");
                assert!(seen.insert(resource.clone()), "{file}: {resource} is created twice");
            }
        }
        assert!(seen.len() >= calls, "{}: {} resources", plugin.name, seen.len());
    }
}

#[test]
fn the_plugins_answer_each_of_their_events_in_the_sandbox_as_is_expected() {
    for plugin in plugins() {
        let tried = tempfile::tempdir().unwrap();
        let file = format!("{}.wasm", plugin.name);
        symlink(host::plugins().join(&file), tried.path().join(&file)).unwrap();
        symlink(folder(plugin.name), tried.path().join("events")).unwrap();
        let tested = host::plugin(tried.path(), ["test"]);
        let others: Vec<_> = tested.stdout.lines().filter(|line| !line.starts_with("ok ")).collect();
        assert_eq!(tested.status, 0, "{}\n{}", others.join("\n"), tested.stderr);
        let events = cases(plugin.name).len();
        assert_eq!(others, [format!("{events} of {events} as expected")]);
    }
}

#[test]
fn the_readme_says_how_many_calls_a_plugin_knows_as_it_is() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let mut said = 0;
    for plugin in plugins() {
        let begin = format!("| `{}` | ", plugin.name);
        let rows: Vec<_> = readme.lines().filter(|line| line.starts_with(&begin)).collect();
        let [row] = rows[..] else { panic!("{} rows begin with {begin}", rows.len()) };
        let words: Vec<_> = row.split(' ').collect();
        for pair in words.windows(2).filter(|pair| pair[1] == "calls") {
            if let Ok(number) = pair[0].parse::<usize>() {
                assert_eq!(number, plugin.calls.len(), "{row}");
                said += 1;
            }
        }
    }
    assert!(said > 0, "no row says a number of calls any more");
}
