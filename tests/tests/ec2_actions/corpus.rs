//! Events that other projects recorded. They lie beside this project where it is developed, and are no part of it.

use std::fs;
use std::path::Path;

use autotag_plugin_ec2::{ACTIONS, Action};
use autotag_tests::host::{self, replay};
use serde_json::{Value, json};

#[test]
fn recorded_events_of_other_projects_are_all_read_and_those_that_create_are_tagged() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/events");
    if !corpus.exists() {
        eprintln!("no recorded events at {}: nothing tested", corpus.display());
        return;
    }
    let replay = replay(&host::plugins(), [corpus.as_os_str(), "--format=json".as_ref()]);
    // None of them fails.
    assert_eq!(replay.status, 0, "{}", replay.stderr);
    let results = replay.results();
    for result in &results {
        let file = result["input"].as_str().unwrap();
        let record: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let record = record.get("detail").unwrap_or(&record);
        if ["rds.amazonaws.com", "s3.amazonaws.com"].iter().any(|source| record["eventSource"] == *source) {
            // Another plugin's, which has a test of its own.
            continue;
        }
        let action = ACTIONS.iter().find(|action| record["eventName"] == action.name);
        match action.filter(|_| record["eventSource"] == "ec2.amazonaws.com") {
            Some(action) if record.get("errorCode").is_none() => assert_tagged(action, record, result),
            _ => assert_eq!(result["outcome"], "skip", "{result}"),
        }
    }
    assert!(results.iter().filter(|result| result["outcome"] == "tag").count() >= 20);
}

/// What the call created is tagged, or it is said why nothing is.
#[track_caller]
fn assert_tagged(action: &Action, record: &Value, result: &Value) {
    let created = created(action, record);
    if created.is_empty() {
        assert_eq!(result["outcome"], "skip", "{result}");
        assert!(result["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{result}");
        return;
    }
    assert_eq!(result["outcome"], "tag", "{result}");
    assert_eq!(result["taggings"][0]["resources"], json!(created), "{result}");
    let tags = &result["taggings"][0]["tags"];
    assert_eq!(tags["PrincipalId"], record["userIdentity"]["principalId"], "{result}");
}

/// What the answer names and the request does not: found by the names of the ids alone, wherever they stand, and not by the paths.
fn created(action: &Action, record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for path in action.ids {
        collect(path.rsplit('.').next().unwrap(), &record["responseElements"], &mut found);
    }
    let mut created: Vec<String> = Vec::new();
    for id in found {
        if !created.contains(&id) && !record["requestParameters"].to_string().contains(&format!("\"{id}\"")) {
            created.push(id);
        }
    }
    created
}

fn collect(name: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect(name, element, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(id) if key == name => found.push(id.clone()),
                    value => collect(name, value, found),
                }
            }
        }
        _ => {}
    }
}
