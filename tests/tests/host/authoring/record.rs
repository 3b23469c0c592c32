//! `host plugin record`: a real event to test a plugin with.

use autotag_fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws};
use autotag_tests::events::call;

use super::*;

/// Mallory's topic, as CloudTrail records it.
fn create_topic(time: &str) -> Value {
    let mut record = call("CreateTopic", time, json!({"topicArn": "arn:aws:sns:eu-central-1:987654321098:payroll"}));
    record["eventSource"] = "sns.amazonaws.com".into();
    record["recipientAccountId"] = "987654321098".into();
    record["userIdentity"] = json!({
        "type": "IAMUser", "userName": "mallory", "accountId": "987654321098", "principalId": "AIDAQRSTUVWXYZABCDEFG",
        "arn": "arn:aws:iam::987654321098:user/mallory",
    });
    record
}

#[test]
fn the_latest_call_that_cloudtrail_knows_is_recorded_without_what_is_personal() {
    let aws = FakeAws::start();
    let mut failed = create_topic("2026-01-31T12:00:02Z");
    failed["errorCode"] = "AuthorizationError".into();
    let mut of_another = create_topic("2026-01-31T12:00:01Z");
    of_another["eventSource"] = "iot.amazonaws.com".into();
    for record in [create_topic("2026-01-31T12:00:00Z"), of_another, failed] {
        aws.at(DEFAULT_ACCOUNT, DEFAULT_REGION).put_record(record);
    }
    let folder = folder();
    let environment = aws.environment();
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let recorded = plugin_with(folder.path(), &environment, ["record", "CreateTopic", "--service", "sns"]);
    assert_status(&recorded, 0, &["events/create-topic.json: a call of 2026-01-31T12:00:00Z, with 1 account, "]);
    let text = read(folder.path(), "events/create-topic.json");
    for personal in ["mallory", "payroll", "987654321098", "QRSTUVWXYZ"] {
        assert!(!text.contains(personal), "{personal} is in {text}");
    }
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&event["source"], &event["detail-type"]), (&json!("aws.sns"), &json!("AWS API Call via CloudTrail")));
    assert_eq!(event["detail"]["userIdentity"]["arn"], "arn:aws:iam::111122223333:user/alice");
    assert_eq!(event["detail"]["responseElements"]["topicArn"], "arn:aws:sns:eu-central-1:111122223333:name-1");
}

#[test]
fn from_files_as_many_are_recorded_as_are_wanted_and_none_is_replaced_unasked() {
    let folder = folder();
    let records = [create_topic("2026-01-31T12:00:00Z"), create_topic("2026-01-31T12:00:01Z")];
    write(folder.path(), "archive/records.json", &json!({"Records": records}).to_string());
    let record = ["record", "CreateTopic", "archive", "--count", "5"];
    assert_status(&plugin(folder.path(), record), 0, &["create-topic.json: ", "create-topic-2.json: "]);
    let before = read(folder.path(), "events/create-topic.json");
    assert_status(&plugin(folder.path(), record), 2, &["events/create-topic.json is there already: --force"]);
    assert_eq!(read(folder.path(), "events/create-topic.json"), before);
    write(folder.path(), "events/create-topic.json", "{}");
    assert_status(&plugin(folder.path(), ["record", "CreateTopic", "archive", "--force"]), 0, &["create-topic.json: "]);
    assert_eq!(read(folder.path(), "events/create-topic.json"), before);
    let nothing = plugin(folder.path(), ["record", "CreateQueue", "archive"]);
    assert_status(&nothing, 1, &["no event in what was given tells of a call of CreateQueue that succeeded"]);
    assert_status(&plugin(folder.path(), ["record", "topics"]), 2, &["an API call's name is CloudTrail's eventName"]);
}

/// What a plugin makes of a recorded event, and of how many resources.
fn outcomes(event: &Path) -> Vec<(Value, usize)> {
    let mut command = autotag_tests::host::command();
    let replay = command.arg("replay").arg(event).arg("--json").arg("--plugins").arg(autotag_tests::host::plugins());
    let replay = Replay::of(replay.output().unwrap());
    let lines = replay.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let resources = |line: &Value| line["taggings"][0]["resources"].as_array().map_or(0, Vec::len);
    lines.map(|line| (line["outcome"].clone(), resources(&line))).collect()
}

#[test]
fn a_plugin_makes_the_same_of_a_recorded_event_as_of_the_event_itself() {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    for (file, call) in [
        ("ec2/events/run-instances.json", "RunInstances"),
        ("ec2/events/run-instances-by-auto-scaling.json", "RunInstances"),
        ("ec2/events/create-volume.json", "CreateVolume"),
        ("rds/events/create-db-instance.json", "CreateDBInstance"),
        ("s3/events/create-bucket.json", "CreateBucket"),
    ] {
        let (folder, event) = (folder(), events.join(file));
        let recorded = plugin(folder.path(), [OsStr::new("record"), call.as_ref(), event.as_os_str()]);
        assert_status(&recorded, 0, &[".json: a call of "]);
        let written = files(folder.path()).pop().unwrap();
        assert_eq!(outcomes(&folder.path().join(written)), outcomes(&event), "{file}");
    }
}
