//! What is true of every recorded event must be true of the made-up events of all plugins.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test, a panic is how a broken event shows")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Every event of every plugin, with its path and what is expected of it.
fn events() -> Vec<(PathBuf, Value, Value)> {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folders = ["ec2", "rds", "s3", "examples/rust", "examples/go", "examples/javascript", "examples/python"];
    let mut events = Vec::new();
    for folder in folders {
        let folder = plugins.join(folder).join("events");
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if let Some(name) = name.strip_suffix(".json").filter(|name| !name.ends_with(".expected")) {
                let expected = folder.join(format!("{name}.expected.json"));
                events.push((path.clone(), read(&path), read(&expected)));
            }
        }
    }
    assert!(events.len() > 150, "{}", events.len());
    events
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_tagged(expected: &Value) -> bool {
    expected.as_array().unwrap().iter().any(|outcome| outcome["outcome"] == "tag")
}

#[test]
fn an_event_that_is_tagged_is_of_the_time_the_account_and_the_region_of_its_record() {
    for (path, event, expected) in events() {
        if !is_tagged(&expected) {
            continue;
        }
        for (in_envelope, in_record) in
            [("time", "eventTime"), ("account", "recipientAccountId"), ("region", "awsRegion")]
        {
            let (said, recorded) = (&event[in_envelope], &event["detail"][in_record]);
            assert!(said.is_string() && said == recorded, "{}: {in_envelope} {said} {recorded}", path.display());
        }
    }
}

#[test]
fn what_a_service_makes_for_itself_is_expected_without_a_principal_id() {
    for (path, event, expected) in events() {
        let identity = &event["detail"]["userIdentity"];
        let issuer = identity["sessionContext"]["sessionIssuer"]["arn"].as_str().unwrap_or_default();
        if is_tagged(&expected) && (identity["type"] == "AWSService" || issuer.contains(":role/aws-service-role/")) {
            assert!(!expected.to_string().contains("PrincipalId"), "{}", path.display());
        }
    }
}
