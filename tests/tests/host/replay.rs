//! `host replay`, as a user sees it: stdout, stderr and exit status.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use autotag_fake_aws::FakeAws;
use autotag_tests::events::{call, envelope, run_instances};
use autotag_tests::host::{self, replay, replay_stdin};
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

/// A folder with one file in it.
fn file(name: &str, content: impl AsRef<[u8]>) -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

fn replay_event(event: &Value) -> host::Replay {
    replay_stdin(&host::plugins(), event.to_string().as_bytes())
}

/// A replay of what is on stdin, with these arguments.
fn replay_stdin_as(arguments: &[&str], input: &[u8]) -> host::Replay {
    let mut command = host::command();
    command.args(["replay", "-", "--plugins"]).arg(host::plugins()).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    host::Replay::of(child.wait_with_output().unwrap())
}

#[test]
fn an_event_becomes_one_json_object_with_the_documented_fields() {
    let replay = replay_event(&envelope(&run_instances()));
    let mut result = replay.result();
    let cost = result["cost"].take();
    assert!(cost["fuel"].as_u64() > Some(1000), "{cost}");
    // More would mean that the plugin was linked with Rust's default stack of 1 MiB.
    assert!((65536..512 * 1024).contains(&cost["peak_memory_bytes"].as_u64().unwrap()), "{cost}");
    assert!(cost["micros"].is_u64(), "{cost}");
    assert_eq!(
        result,
        json!({
            "input": "-",
            "event": {"id": "0d079340-135a-c8c6-95c2-41fb8f496c53", "source": "aws.ec2", "name": "RunInstances",
                "account": "111122223333", "region": "eu-central-1", "time": "2026-01-31T12:00:00Z"},
            "plugin": "ec2@1.0.0",
            "outcome": "tag",
            "reason": null,
            "taggings": [{
                "resources": ["i-0123456789abcdef0", "eni-0123456789abcdef0"],
                "related": ["volumes"],
                "tags": {"Owner": "bob", "PrincipalId": "AIDABOBBOBBOBBOBBOBBO"},
                "ownership": {
                    "i-0123456789abcdef0": {
                        "verdict": "proved",
                        "reason": "the call succeeded without a client token, so it created another one",
                    },
                    "eni-0123456789abcdef0": {
                        "verdict": "proved",
                        "reason": "it was made with the instance that the call launched",
                    },
                },
            }],
            "cost": null,
        })
    );
    assert_eq!((replay.status, replay.stderr.as_str()), (0, ""));
}

#[test]
fn what_the_call_did_not_create_is_withheld_with_its_reason_and_nothing_is_wrong_about_that() {
    let mut record = run_instances();
    record["requestParameters"]["clientToken"] = "t".into();
    let instance = &mut record["responseElements"]["instancesSet"]["items"][0];
    // Two hours before the API call.
    instance["launchTime"] = "2026-01-31T10:00:00Z".into();
    let replay = replay_event(&envelope(&record));
    let result = replay.result();
    assert_eq!((&result["outcome"], replay.status), (&json!("withheld"), 0));
    let words = "it was created at 2026-01-31T10:00:00Z, before the call at 2026-01-31T12:00:00Z: the call returned what was there";
    assert_eq!(result["reason"], format!("i-0123456789abcdef0: {words}"));
    let tagging = &result["taggings"][0];
    assert_eq!(tagging["resources"], json!([]));
    assert_eq!(tagging["ownership"]["i-0123456789abcdef0"], json!({"verdict": "disproved", "reason": words}));
    assert_eq!(tagging["ownership"]["eni-0123456789abcdef0"]["verdict"], "disproved");
}

#[test]
fn without_a_terminal_each_result_is_one_line_with_tabs_and_the_summary_is_not_among_them() {
    let folder = file("a.json", envelope(&run_instances()).to_string());
    let name = "x".repeat(3000);
    fs::write(folder.path().join("b.json"), json!({"eventName": name, "eventSource": "x.amazonaws.com"}).to_string())
        .unwrap();
    let replay = replay(&host::plugins(), [folder.path()]);
    let rows: Vec<Vec<&str>> = replay.stdout.lines().map(|line| line.split('\t').collect()).collect();
    let [tagged, skipped] = &rows[..] else { panic!("{}", replay.stdout) };
    let said = "Owner = bob, PrincipalId = AIDABOBBOBBOBBOBBOBBO, proved: ";
    assert_eq!(tagged[1..3], ["RunInstances, ec2@1.0.0", "tag"]);
    let resources = "i-0123456789abcdef0 (proved), eni-0123456789abcdef0 (proved), + volumes";
    assert!(tagged[3] == resources && tagged[4].starts_with(said), "{tagged:?}");
    assert_eq!(skipped[1..], [name.as_str(), "skip", "", "no plugin"]);
    assert!(!replay.stdout.contains("  ") && !replay.stdout.contains('\x1b'), "{}", replay.stdout);
    assert_eq!((replay.status, replay.stderr.as_str()), (0, "2 results: 1 skip, 1 tag\n"));
}

#[test]
fn a_spreadsheet_gets_a_header_and_a_line_for_each_result() {
    let event = envelope(&run_instances()).to_string();
    let replay = replay_stdin_as(&["--format", "csv"], event.as_bytes());
    let lines: Vec<&str> = replay.stdout.lines().collect();
    let header = "input,event_id,source,event_name,account,region,time,plugin,outcome,reason,resources,tags";
    let line = "-,0d079340-135a-c8c6-95c2-41fb8f496c53,aws.ec2,RunInstances,111122223333,eu-central-1,2026-01-31T12:00:00Z,\
                ec2@1.0.0,tag,,i-0123456789abcdef0 eni-0123456789abcdef0,\
                Owner = bob; PrincipalId = AIDABOBBOBBOBBOBBOBBO";
    assert_eq!((lines, replay.stderr.as_str()), (vec![header, line], ""));
}

#[test]
fn what_holds_no_event_and_is_as_it_should_be_is_no_fault() {
    let digest = json!({"awsAccountId": "111122223333", "digestS3Object": "AWSLogs/d.json.gz", "logFiles": []});
    for (input, reason) in [
        (digest.to_string(), "a digest of CloudTrail's log files, which holds no events"),
        (json!({"Events": []}).to_string(), "a list of events that is empty"),
    ] {
        let replay = replay_stdin(&host::plugins(), input.as_bytes());
        let result = replay.result();
        assert_eq!((&result["outcome"], &result["reason"], replay.status), (&json!("skip"), &json!(reason), 0));
    }
}

#[test]
fn an_sns_notification_is_read() {
    let message = envelope(&run_instances()).to_string();
    let notification = json!({"Type": "Notification", "TopicArn": "arn:aws:sns:r:1:t", "Message": message});
    assert_eq!(replay_event(&notification).result()["outcome"], "tag");
}

#[test]
fn records_of_insights_and_of_vpc_endpoints_are_no_calls() {
    for (event_type, reason) in [
        ("AwsCloudTrailInsight", "a CloudTrail Insights event, which is about many calls"),
        ("AwsVpceEvent", "a network activity event of a VPC endpoint: the call has a record of its own"),
    ] {
        let mut record = run_instances();
        record["eventType"] = event_type.into();
        let replay = replay_event(&record);
        let said = (&replay.result()["outcome"], &replay.result()["reason"]);
        assert_eq!(said, (&json!("skip"), &json!(reason)), "{event_type}");
    }
    let mut insight = run_instances();
    insight["eventType"] = "AwsCloudTrailInsight".into();
    insight.as_object_mut().unwrap().remove("responseElements");
    let result = replay_event(&envelope(&insight)).result();
    assert_eq!(result["outcome"], "skip");
    assert!(result["reason"].as_str().unwrap().contains("CloudTrail Insights event"), "{result}");
}

#[test]
fn of_a_large_input_the_first_result_is_there_before_the_last_event_is() {
    let mut command = host::command();
    command.args(["replay", "--format=json", "-", "--plugins"]).arg(host::plugins());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        let record = run_instances().to_string();
        let records = vec![record.as_str(); 2000].join(",");
        write!(stdin, "{{\"Records\": [{records}").unwrap();
        // The list does not end before its first result is there.
        may_go_on.recv().unwrap();
        write!(stdin, ",{record}]}}").unwrap();
    });
    let mut lines = BufReader::new(stdout).lines();
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&first["input"], &first["outcome"]), (&json!("-#1"), &json!("tag")));
    go_on.send(()).unwrap();
    let rest: Vec<_> = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()).collect();
    writer.join().unwrap();
    let is_one = |result: &Value| result["event"]["name"] == "RunInstances";
    assert!(rest.iter().all(is_one) && rest.len() == 2000, "{}", rest.len());
    child.wait().unwrap();
}

#[test]
fn replay_reaches_no_network_whatever_the_environment_says() {
    let aws = FakeAws::start();
    let folder = file("a.json", envelope(&run_instances()).to_string());
    let mut command = host::command();
    command.args(["replay", "--plugins"]).arg(host::plugins()).arg(folder.path());
    command.env("AWS_ENDPOINT_URL", aws.endpoint()).env("AWS_ACCESS_KEY_ID", "A").env("AWS_SECRET_ACCESS_KEY", "s");
    assert!(command.env("AWS_REGION", "eu-central-1").output().unwrap().status.success());
    assert_eq!(aws.requests().len(), 0);
}

#[test]
fn files_keep_their_order_and_events_of_one_file_their_numbers() {
    let folder = file("b.json", json!({"Records": [run_instances(), run_instances()]}).to_string());
    let record = run_instances().to_string();
    fs::write(folder.path().join("a.ndjson"), format!("{record}\nbroken\n{record}\n")).unwrap();
    fs::create_dir(folder.path().join("c")).unwrap();
    fs::write(folder.path().join("c/d.json"), &record).unwrap();
    fs::write(folder.path().join("README.md"), "no event").unwrap();
    let replay = replay(&host::plugins(), [folder.path().as_os_str(), "--format=json".as_ref()]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let inputs: Vec<_> = replay.results().iter().map(|result| result["input"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        inputs,
        [at("a.ndjson#1"), at("a.ndjson#2"), at("a.ndjson#3"), at("b.json#1"), at("b.json#2"), at("c/d.json")]
    );
    let outcomes: Vec<_> = replay.results().iter().map(|result| result["outcome"].clone()).collect();
    assert_eq!(outcomes, ["tag", "unreadable", "tag", "tag", "tag", "tag"]);
    assert_eq!(replay.status, 1);
}

#[test]
fn an_input_that_is_no_event_is_unreadable_and_says_why() {
    for (input, reason) in [
        (&b"hello"[..], "not JSON: expected value at line 1 column 1"),
        (b"", "the input is empty"),
        (b"{\"x\": \"\xc3\x28\"}", "not UTF-8: the byte at offset 7 does not belong"),
        (br#"{"hello": "world"}"#, "found an object with `hello`"),
        (br#"{"version": "0", "detail-type": "x", "source": "aws.ec2"}"#, "the EventBridge envelope has no `detail`"),
        (
            br#"{"detail": {}, "detail-type": "x", "source": "aws.ec2", "region": "r"}"#,
            "the EventBridge envelope has no `account`",
        ),
        (
            br#"{"detail": {}, "detail-type": "x", "source": "aws.ec2", "account": "a"}"#,
            "the EventBridge envelope has no `region`",
        ),
    ] {
        let replay = replay_stdin(&host::plugins(), input);
        let result = replay.result();
        assert_eq!((result["outcome"].as_str(), replay.status), (Some("unreadable"), 1));
        assert_eq!((&result["event"], &result["taggings"]), (&Value::Null, &json!([])));
        let said = result["reason"].as_str().unwrap();
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn an_answer_that_is_missing_or_of_another_shape_fails_and_says_where() {
    for (response, reason) in [
        (Value::Null, "the record of a successful RunInstances has no responseElements"),
        (json!({}), "RunInstances: responseElements has no instancesSet.instanceId"),
        (
            json!("text"),
            "RunInstances: responseElements is of another shape: a string where instancesSet.instanceId was",
        ),
        (json!({"instancesSet": {"items": [{"instanceId": 7}]}}), "a number where a string was expected"),
    ] {
        let replay = replay_event(&envelope(&call("RunInstances", "2026-01-31T12:00:00Z", response)));
        let result = replay.result();
        assert_eq!((result["outcome"].as_str(), replay.status), (Some("failed"), 1));
        let said = result["reason"].as_str().unwrap();
        assert!(said.starts_with("malformed event: ") && said.contains(reason), "{said}");
    }
    let mut absent = run_instances();
    absent.as_object_mut().unwrap().remove("responseElements");
    assert_eq!(replay_event(&envelope(&absent)).result()["outcome"], "failed");
}

#[test]
fn a_failed_call_and_one_without_identity_are_skipped_with_the_reason() {
    let mut failed = run_instances();
    failed["errorCode"] = "Client.DryRunOperation".into();
    failed["responseElements"] = Value::Null;
    let result = replay_event(&envelope(&failed)).result();
    assert_eq!(
        (&result["outcome"], &result["reason"]),
        (&json!("skip"), &json!("the call failed: Client.DryRunOperation"))
    );
    let mut anonymous = run_instances();
    anonymous["userIdentity"] = Value::Null;
    let replay = replay_event(&envelope(&anonymous));
    let result = replay.result();
    assert_eq!(result["outcome"], "skip");
    assert_eq!(result["reason"], "cannot tell who made the call: the record has no userIdentity");
    assert_eq!(replay.status, 0);
}

#[test]
fn what_a_vpc_endpoint_tells_of_a_call_is_skipped_since_the_call_has_a_record_of_its_own() {
    let mut record = call("CreateVolume", "2026-01-31T12:00:00Z", json!(null));
    record["eventType"] = json!("AwsVpceEvent");
    record["eventCategory"] = json!("NetworkActivity");
    record.as_object_mut().unwrap().remove("responseElements");
    let replay = replay_event(&envelope(&record));
    assert_eq!((&replay.result()["outcome"], replay.status), (&json!("skip"), 0));
    assert!(replay.result()["reason"].as_str().unwrap().contains("network activity event"), "{:?}", replay.result());
}

#[test]
fn the_largest_event_that_eventbridge_delivers_is_tagged() {
    let mut record = run_instances();
    let padding = "x".repeat(256 * 1024 - envelope(&record).to_string().len());
    record["requestParameters"]["userData"] = padding.into();
    let event = envelope(&record);
    assert!(event.to_string().len() > 256 * 1024);
    assert_eq!(replay_event(&event).result()["outcome"], "tag");
}

#[test]
fn an_expectation_is_written_met_and_missed_with_a_readable_diff() {
    let folder = file("a.json", envelope(&run_instances()).to_string());
    let expected = folder.path().join("expected.jsonl");
    let run = |more: &[&str]| {
        let event = folder.path().join("a.json");
        let arguments = [event.as_os_str(), "--expect".as_ref(), expected.as_os_str()];
        replay(&host::plugins(), arguments.into_iter().chain(more.iter().map(AsRef::as_ref)))
    };
    let missing = run(&[]);
    assert_eq!(missing.status, 2);
    assert!(missing.stderr.contains("expected.jsonl does not exist; write it with --accept"), "{}", missing.stderr);

    assert_eq!(run(&["--accept"]).status, 0);
    assert!(!fs::read_to_string(&expected).unwrap().contains("cost"));
    assert_eq!((run(&[]).status, run(&[]).stderr.as_str()), (0, "1 result: 1 tag\n"));

    let other = fs::read_to_string(&expected).unwrap().replace("\"Owner\":\"bob\"", "\"Owner\":\"alice\"");
    fs::write(&expected, other).unwrap();
    let missed = run(&[]);
    assert_eq!(missed.status, 1);
    for line in ["-        \"Owner\": \"alice\"", "+        \"Owner\": \"bob\"", "1 differences from"] {
        assert!(missed.stderr.contains(line), "{line}: {}", missed.stderr);
    }
    fs::write(&expected, "").unwrap();
    assert_eq!(run(&[]).status, 1);
}

#[test]
fn wrong_usage_and_missing_inputs_exit_with_2_and_say_what_to_do() {
    let plugins = host::plugins();
    let empty = tempdir().unwrap();
    for (arguments, words) in [
        (vec![], "the following required arguments were not provided"),
        (vec!["--accept", "x.json"], "--expect"),
        (vec!["--format", "xml", "x.json"], "possible values: table, json"),
        (vec!["no-such-file.json"], "cannot read no-such-file.json: No such file"),
        (vec![empty.path().to_str().unwrap()], "no events in"),
        (vec!["--settings", "no-such-file.json", "x.json"], "cannot read no-such-file.json"),
        (vec!["--log", "warning", "x.json"], "`warning` is no log level: use error, warn, info"),
        (vec!["--accounts", "12", "x.json"], "`12` is no account id, which has 12 digits"),
    ] {
        let replay = replay(&plugins, &arguments);
        assert_eq!(replay.status, 2, "{arguments:?}");
        assert!(replay.stderr.contains(words), "{arguments:?}: {}", replay.stderr);
    }
    let unset = host::command().args(["replay", "x.json"]).output().unwrap();
    assert_eq!(unset.status.code(), Some(2));
    let stderr = String::from_utf8(unset.stderr).unwrap();
    assert!(stderr.contains("pass --plugins, set AUTOTAG_PLUGINS"), "{stderr}");
    let misspelt = host::command().args(["replay", "x.json"]).env("AUTOTAG_PLUGIN", "x").output().unwrap();
    let stderr = String::from_utf8(misspelt.stderr).unwrap();
    assert!(stderr.contains("unknown key `AUTOTAG_PLUGIN`; did you mean `AUTOTAG_PLUGINS`?"), "{stderr}");
}

#[test]
fn settings_rename_both_keys_and_the_guard_has_to_allow_them() {
    let renamed = json!({"owner_key": "CreatedBy", "principal_id_key": "CreatorId"});
    // Each plugin has its own settings.
    let renamed = json!({"ec2": renamed, "rds": renamed, "s3": renamed});
    let folder = file("settings.json", renamed.to_string());
    let event = folder.path().join("event.json");
    fs::write(&event, envelope(&run_instances()).to_string()).unwrap();
    let settings = folder.path().join("settings.json");
    let given = ["--format=json".as_ref(), event.as_os_str(), "--settings".as_ref(), settings.as_os_str()];
    let refused = replay(&host::plugins(), given);
    assert_eq!(refused.status, 2);
    let words = "the plugin ec2@1.0.0 writes the tag key `CreatedBy`, which is not allowed: pass --tag-keys CreatedBy,CreatorId";
    assert!(refused.stderr.contains(words), "{}", refused.stderr);
    let allowed = ["--tag-keys=CreatedBy,CreatorId".as_ref(), "--access-keys=CreatorId".as_ref()];
    let tagged = replay(&host::plugins(), given.into_iter().chain(allowed));
    assert_eq!(
        tagged.result()["taggings"][0]["tags"],
        json!({"CreatedBy": "bob", "CreatorId": "AIDABOBBOBBOBBOBBOBBO"})
    );

    fs::write(&settings, r#"{"ec2": {"ownerkey": "CreatedBy"}}"#).unwrap();
    let misspelt = replay(&host::plugins(), given);
    assert_eq!(misspelt.status, 2);
    assert!(
        misspelt.stderr.contains("refuses its settings: unknown field `ownerkey`, expected"),
        "{}",
        misspelt.stderr
    );
    fs::write(&settings, r#"{"ec3": {}}"#).unwrap();
    assert!(replay(&host::plugins(), given).stderr.contains("settings for a plugin `ec3`, but"));
}

#[test]
fn the_operator_narrows_which_events_a_plugin_gets() {
    let folder = file("event.json", envelope(&run_instances()).to_string());
    let (config, event) = (folder.path().join("host.toml"), folder.path().join("event.json"));
    fs::write(&config, "[plugin.ec2]\nevents = ['CreateVolume']\n").unwrap();
    let replay = replay(
        &host::plugins(),
        ["--format=json".as_ref(), event.as_os_str(), "--config".as_ref(), config.as_os_str()],
    );
    assert_eq!(replay.result()["reason"], "`events` in the configuration keeps this event from the plugin");
    fs::write(&config, "[plugin.ec2]\nevents = ['RunInstance']\n").unwrap();
    let misspelt = [event.as_os_str(), "--config".as_ref(), config.as_os_str()];
    let misspelt = host::replay(&host::plugins(), misspelt);
    assert!(misspelt.stderr.contains("no pattern of the plugin names this event"), "{}", misspelt.stderr);
}

#[test]
fn only_accounts_that_the_operator_allows_are_tagged() {
    let folder = file("event.json", envelope(&run_instances()).to_string());
    let event = folder.path().join("event.json");
    let replay =
        replay(&host::plugins(), ["--format=json".as_ref(), event.as_os_str(), "--accounts=444455556666".as_ref()]);
    assert_eq!(replay.result()["outcome"], "refused");
    assert_eq!(replay.result()["reason"], "account 111122223333 is not among the accounts that this host may tag in");
    assert!(replay.stderr.contains("tags in 444455556666 alone: as --accounts"), "{}", replay.stderr);
    let queue = ["--queue-url", "https://sqs.eu-central-1.amazonaws.com/444455556666/autotag"];
    let replay = host::replay(&host::plugins(), [&[event.to_str().unwrap()], &queue[..]].concat());
    assert!(
        replay.stderr.contains("the account in the queue's URL (--queue-url, AUTOTAG_QUEUE_URL"),
        "{}",
        replay.stderr
    );
}

#[test]
fn replay_tags_in_the_account_of_the_queue_that_the_service_would_use() {
    let folder = file("event.json", envelope(&run_instances()).to_string());
    for (account, outcome) in [("111122223333", "tag"), ("444455556666", "refused")] {
        let mut command = host::command();
        command.args(["replay", "--format=json", "--plugins"]).arg(host::plugins()).arg(folder.path());
        command.env("AUTOTAG_QUEUE_URL", format!("https://sqs.eu-central-1.amazonaws.com/{account}/autotag"));
        let result: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        assert_eq!(result["outcome"], outcome);
    }
}

#[test]
fn a_reader_that_leaves_does_not_make_a_failed_replay_a_good_one() {
    let folder = file("event.json", "no event\n");
    let mut command = host::command();
    command.args(["replay", "--format=json", "--plugins"]).arg(host::plugins()).arg(folder.path());
    let mut host = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(host.stdout.take());
    assert_eq!(host.wait().unwrap().code(), Some(1));
}

#[test]
fn two_plugins_that_disagree_are_both_refused_and_named() {
    let plugins = tempdir().unwrap();
    for (name, owner) in [("one", "alice"), ("two", "bob")] {
        WatPlugin::new(name).that_answers(&["i-0123456789abcdef0"], &[("Owner", owner)]).write(plugins.path());
    }
    let replay = replay_stdin(plugins.path(), envelope(&run_instances()).to_string().as_bytes());
    for result in replay.results() {
        assert_eq!(result["outcome"], "refused");
        assert_eq!(
            result["reason"],
            "conflict: i-0123456789abcdef0 would get Owner = `alice` (from one@0.1.0) and Owner = `bob` (from two@0.1.0)"
        );
    }
    assert_eq!((replay.results().len(), replay.status), (2, 1));
}

#[test]
fn repeated_events_are_reported_once() {
    let folder = file("event.json", envelope(&run_instances()).to_string());
    let event = folder.path().join("event.json");
    let replay = replay(&host::plugins(), ["--format=json".as_ref(), event.as_os_str(), "--repeat=20".as_ref()]);
    assert_eq!(replay.result()["outcome"], "tag");
}
