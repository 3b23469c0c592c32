//! `host plugin record`: a real event to test a plugin with.

use autotag_fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws};
use autotag_tests::events::call;

use super::*;

/// Mallory's topic, as CloudTrail records it.
fn create_topic(time: &str) -> Value {
    let mut record = call("CreateTopic", time, json!({"topicArn": "arn:aws:sns:eu-central-1:987654321098:payroll"}));
    record["eventSource"] = "sns.amazonaws.com".into();
    record["eventID"] = time.into();
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
    assert_status(&recorded, 0, &["events/create-topic.json: a call of 2026-01-31T12:00:00Z, with 1 person, "]);
    let text = read(folder.path(), "events/create-topic.json");
    for personal in ["mallory", "payroll", "987654321098", "QRSTUVWXYZ"] {
        assert!(!text.contains(personal), "{personal} is in {text}");
    }
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&event["source"], &event["detail-type"]), (&json!("aws.sns"), &json!("AWS API Call via CloudTrail")));
    assert_eq!(event["detail"]["userIdentity"]["arn"], "arn:aws:iam::111122223333:user/alice");
    let arn = event["detail"]["responseElements"]["topicArn"].as_str().unwrap();
    assert!(arn.starts_with("arn:aws:sns:eu-central-1:111122223333:name-"), "{arn}");
}

#[test]
fn the_history_is_read_until_enough_is_found_and_no_further() {
    let aws = FakeAws::start();
    let history = aws.at(DEFAULT_ACCOUNT, DEFAULT_REGION);
    // The oldest comes first: 60 that are wanted, then 70 that have failed, in all three pages.
    for second in 0..130 {
        let mut record = create_topic(&format!("2026-01-31T12:{:02}:{:02}Z", second / 60, second % 60));
        if second >= 60 {
            record["errorCode"] = "AuthorizationError".into();
        }
        history.put_record(record);
    }
    let environment = aws.environment();
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let folder = folder();
    let record = |count: &str| plugin_with(folder.path(), &environment, ["record", "CreateTopic", "--count", count]);
    assert_status(&record("2"), 0, &["create-topic.json: a call of 2026-01-31T12:00:59Z", "create-topic-2.json: "]);
    assert_eq!(aws.requests_of("LookupEvents").len(), 2);
    assert_status(&record("61"), 2, &["create-topic.json is there already"]);
    assert_eq!(aws.requests_of("LookupEvents").len(), 5);
}

#[test]
fn from_files_as_many_are_recorded_as_are_wanted_and_none_is_replaced_unasked() {
    let folder = folder();
    // An archive may hold an event twice, and something that is none.
    let [first, second] = ["2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"].map(create_topic);
    let records = [first.clone(), first, second];
    write(folder.path(), "archive/damaged.json", "{");
    write(folder.path(), "archive/records.json", &json!({"Records": records}).to_string());
    let record = ["record", "CreateTopic", "archive", "--count", "5"];
    let words = ["create-topic.json: ", "create-topic-2.json: ", "1 input could not be read as an event"];
    assert_status(&plugin(folder.path(), record), 0, &words);
    assert!(!folder.path().join("events/create-topic-3.json").exists());
    let before = read(folder.path(), "events/create-topic.json");
    assert_status(&plugin(folder.path(), record), 2, &["events/create-topic.json is there already: --force"]);
    assert_eq!(read(folder.path(), "events/create-topic.json"), before);
    write(folder.path(), "events/create-topic.json", "{}");
    let again = plugin(folder.path(), ["record", "CreateTopic", "archive", "--force", "--json"]).result();
    assert_eq!(again["events"][0]["replaced"]["people"], 1);
    let [event] = again["events"].as_array().unwrap().as_slice() else { panic!("{again}") };
    assert_eq!((&event["file"], &event["time"]), (&json!("events/create-topic.json"), &json!("2026-01-31T12:00:00Z")));
    assert_eq!(read(folder.path(), "events/create-topic.json"), before);
    let nothing = plugin(folder.path(), ["record", "CreateQueue", "archive"]);
    assert_status(&nothing, 1, &["no event in what was given tells of a call of CreateQueue that succeeded"]);
    let elsewhere = plugin(folder.path(), ["record", "CreateTopic", "archive", "--service", "iot"]);
    assert_status(&elsewhere, 1, &["3 such calls failed, or went to another service"]);
    assert_status(&plugin(folder.path(), ["record", "topics"]), 2, &["an API call's name is CloudTrail's eventName"]);
}

/// What the plugins make of the events in a folder: of each, the outcome, the keys of its tags, and how many resources
/// it has with which verdict.
fn outcomes(events: &Path) -> Vec<Value> {
    let mut command = autotag_tests::host::command();
    let replay = command.arg("replay").arg(events).arg("--json").arg("--plugins").arg(autotag_tests::host::plugins());
    let replay = Replay::of(replay.output().unwrap());
    let outcome = |line: Value| {
        let taggings = line["taggings"].as_array().unwrap().iter().map(|tagging| {
            let verdicts = tagging["ownership"].as_object().into_iter().flatten();
            let mut verdicts: Vec<_> = verdicts.map(|(_, verdict)| verdict["verdict"].clone()).collect();
            verdicts.sort_by_key(Value::to_string);
            let keys: Vec<_> = tagging["tags"].as_object().unwrap().keys().cloned().collect();
            json!([tagging["resources"].as_array().unwrap().len(), keys, verdicts])
        });
        let file = line["input"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        json!({"file": file, "outcome": line["outcome"], "taggings": taggings.collect::<Vec<_>>()})
    };
    replay.results().into_iter().map(outcome).collect()
}

#[test]
fn the_plugins_make_the_same_of_a_recorded_event_as_of_the_event_itself() {
    let (given, recorded) = (folder(), folder());
    for plugin_name in ["ec2", "rds", "s3"] {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(plugin_name).join("events");
        for entry in fs::read_dir(events).unwrap() {
            let path = entry.unwrap().path();
            let event: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_default();
            let Some(call) = event["detail"]["eventName"].as_str() else { continue };
            let folder = folder();
            let ended = plugin(folder.path(), [OsStr::new("record"), call.as_ref(), path.as_os_str()]);
            // One that failed, or only looked, is no event to test with.
            if ended.status == 0 {
                let name = format!("{plugin_name}-{}", path.file_name().unwrap().to_str().unwrap());
                let written = files(folder.path()).pop().unwrap();
                fs::copy(folder.path().join(written), recorded.path().join(&name)).unwrap();
                fs::copy(&path, given.path().join(&name)).unwrap();
            }
        }
    }
    let (given, recorded) = (outcomes(given.path()), outcomes(recorded.path()));
    assert!(given.len() > 200, "{}", given.len());
    for (given, recorded) in given.iter().zip(&recorded) {
        assert_eq!(given, recorded);
    }
}
