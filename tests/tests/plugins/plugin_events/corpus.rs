//! Events that other projects recorded. They are beside this project where it is developed, and no part of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotag_api_calls::{ApiCall, ec2};
use autotag_tests::host::{self, replay};
use serde_json::Value;

use super::{call, plugins, text};

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
    let plugins = plugins();
    let mut tagged = [0; 3];
    for result in replay.results() {
        let record: Value = serde_json::from_slice(&fs::read(result["input"].as_str().unwrap()).unwrap()).unwrap();
        let record = record.get("detail").unwrap_or(&record);
        let succeeded = record["eventSource"].is_string() && record["errorCode"].is_null();
        let plugin = plugins.iter().position(|plugin| succeeded && plugin.calls.contains(&call(record)));
        let created = plugin.map(|_| created(record)).unwrap_or_default();
        let Some(plugin) = plugin.filter(|_| !created.is_empty()) else {
            // The event of no principal, or one that says why nothing is created.
            assert_eq!(result["outcome"], "skip", "{result}");
            assert!(result["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{result}");
            continue;
        };
        // The publisher of some of them has shifted their times, so that they contradict each other.
        assert!(["tag", "withheld"].contains(&result["outcome"].as_str().unwrap()), "{result}");
        let tagging = &result["taggings"][0];
        let named: BTreeSet<_> = tagging["ownership"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(named, created.into_iter().collect(), "{result}");
        // No principal can be a service, which shows here only by its role's path or name, or by the root user without
        // a key.
        let identity = &record["userIdentity"];
        let has_role =
            ["/sessionContext/sessionIssuer/arn", "/sessionContext/sessionIssuer/userName"].iter().any(|path| {
                let text = identity.pointer(path).and_then(Value::as_str).unwrap_or_default();
                text.contains(":role/aws-service-role/") || text.starts_with("AWSServiceRoleFor")
            });
        let is_without = |field: &str| identity[field].is_null();
        let is_for_root = identity["type"] == "Root" && !is_without("invokedBy");
        let is_service = has_role || (is_for_root && is_without("accessKeyId") && is_without("sessionContext"));
        let principal = if is_service { &Value::Null } else { &identity["principalId"] };
        assert_eq!(&tagging["tags"]["PrincipalId"], principal, "{result}");
        tagged[plugin] += 1;
    }
    let [ec2, rds, s3] = tagged;
    assert!(ec2 >= 20 && rds + s3 >= 10, "{tagged:?}");
}

/// What a recorded API call created, found in another way than the plugins do.
fn created(record: &Value) -> Vec<String> {
    let call = ec2::CALLS.iter().find(|call| record["eventName"] == call.name);
    match call.filter(|_| record["eventSource"] == "ec2.amazonaws.com") {
        Some(call) => ids(call, record),
        None => vec![arn(record)],
    }
}

/// The ids in the answer that are not in the request: found by their form alone, wherever they are, and not by paths.
fn ids(call: &ApiCall, record: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for path in call.paths() {
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

/// The one ARN in the answer that is of a kind that API calls create, or that of what the principal asked for.
fn arn(record: &Value) -> String {
    let (request, response) = (&record["requestParameters"], &record["responseElements"]);
    let arns = ["dBInstanceArn", "dBClusterArn", "dBSnapshotArn", "dBClusterSnapshotArn"];
    if let Some(arn) = arns.iter().find_map(|field| response[field].as_str()) {
        return arn.into();
    }
    if let Some(bucket) = request["bucketName"].as_str() {
        return format!("arn:aws:s3:::{bucket}");
    }
    let name = |field: &str| request[field].as_str().map(ToOwned::to_owned);
    let resource = name("dBSnapshotIdentifier")
        .or_else(|| name("targetDBSnapshotIdentifier"))
        .map(|name| format!("snapshot:{name}"))
        .or_else(|| name("dBInstanceIdentifier").map(|name| format!("db:{name}")))
        .unwrap();
    format!("arn:aws:rds:{}:{}:{resource}", text(&record["awsRegion"]), text(&record["recipientAccountId"]))
}
