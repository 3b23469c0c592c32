//! `host explain`: which event created a resource.

use std::fs;

use autotag_fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws};
use autotag_tests::events::{call, envelope, run_instances};
use autotag_tests::host::{self, Replay};
use serde_json::{Value, json};
use tempfile::tempdir;

const INSTANCE: &str = "i-0123456789abcdef0";

fn explain(aws: &FakeAws, arguments: &[&str]) -> Replay {
    let mut command = host::command();
    command.args(["explain", "--plugins"]).arg(host::plugins()).args(arguments).envs(aws.environment());
    Replay::of(command.output().unwrap())
}

#[test]
fn cloudtrail_is_asked_for_the_events_that_name_a_resource() {
    let aws = FakeAws::start();
    let here = aws.at(DEFAULT_ACCOUNT, DEFAULT_REGION);
    here.put_record(run_instances());
    here.put_record(call("CreateVolume", "2026-01-31T12:00:00Z", json!({"volumeId": "vol-1"})));
    let explained = explain(&aws, &[INSTANCE, "--json"]);
    assert_eq!((explained.status, explained.stderr.as_str()), (0, ""));
    let result: Value = serde_json::from_str(explained.stdout.trim()).unwrap();
    assert_eq!((&result["event"]["name"], &result["outcome"]), (&json!("RunInstances"), &json!("tag")));
    assert_eq!(result["taggings"][0]["tags"]["Owner"], "bob");
    assert_eq!(aws.requests_of("LookupEvents").len(), 1);
    let nothing = explain(&aws, &["i-0fedcba9876543210"]);
    assert_eq!((nothing.status, nothing.stdout.as_str()), (1, ""));
    assert!(
        nothing.stderr.contains("no event in CloudTrail's history of the last 90 days tells that i-0fedcba9876543210")
    );
}

#[test]
fn in_files_only_the_events_count_that_name_the_resource_and_may_have_made_it() {
    let folder = tempdir().unwrap();
    let mut read = call("DescribeInstances", "2026-01-31T12:00:00Z", json!({"instanceId": INSTANCE}));
    read["readOnly"] = true.into();
    let events =
        [envelope(&read), envelope(&run_instances()), envelope(&call("CreateVpc", "2026-01-31T12:00:00Z", json!({})))];
    for (number, event) in events.iter().enumerate() {
        fs::write(folder.path().join(format!("{number}.json")), event.to_string()).unwrap();
    }
    let aws = FakeAws::start();
    let explained = explain(&aws, &[INSTANCE, folder.path().to_str().unwrap()]);
    assert_eq!(explained.status, 0, "{explained:?}");
    assert_eq!(explained.stdout.lines().count(), 1, "{explained:?}");
    assert!(explained.stdout.contains("\tRunInstances, ec2@1.0.0\ttag\t"), "{explained:?}");
    // By its ARN, too, and among others with its number.
    let records = json!({"Records": [run_instances(), call("CreateVpc", "2026-01-31T12:00:00Z", json!({}))]});
    fs::write(folder.path().join("0.json"), records.to_string()).unwrap();
    let numbered = explain(&aws, &[INSTANCE, folder.path().join("0.json").to_str().unwrap()]).stdout;
    assert!(numbered.contains("0.json#1, ") && numbered.contains("Z, 111122223333, eu-central-1, "), "{numbered}");
    fs::remove_file(folder.path().join("0.json")).unwrap();
    let arn = format!("arn:aws:ec2:eu-central-1:111122223333:instance/{INSTANCE}");
    assert_eq!(explain(&aws, &[&arn, folder.path().to_str().unwrap()]).stdout, explained.stdout);
    assert_eq!(aws.requests().len(), 0);
}

#[test]
fn what_only_names_the_resource_did_not_create_it_and_what_cannot_be_read_is_said() {
    let folder = tempdir().unwrap();
    let event = run_instances().to_string();
    fs::write(folder.path().join("launch.json"), &event).unwrap();
    fs::write(folder.path().join("torn.json"), &event[..event.len() / 2]).unwrap();
    let subnet = event.split('"').find(|word| word.starts_with("subnet-")).unwrap();
    let aws = FakeAws::start();
    let explained = explain(&aws, &[subnet, folder.path().to_str().unwrap()]);
    assert_eq!((explained.status, explained.stdout.as_str()), (1, ""), "{explained:?}");
    for words in ["torn.json: not JSON", "one event names it, and created something else", "what could not be read"] {
        assert!(explained.stderr.contains(words), "{words}: {explained:?}");
    }
}
