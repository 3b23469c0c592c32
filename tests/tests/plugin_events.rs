//! The plugins `rds` and `s3`, beside events written for them and beside events that others recorded.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use autotag_host::resource::Arn;
use autotag_tests::host::{self, replay};
use serde_json::{Value, json};

/// A plugin, and the calls that it knows.
struct Plugin {
    name: &'static str,
    calls: BTreeSet<(String, String)>,
}

fn plugins() -> [Plugin; 2] {
    let rds = autotag_plugin_rds::ACTIONS.iter().map(|action| ("rds.amazonaws.com".into(), action.name.into()));
    let s3 = autotag_plugin_s3::ACTIONS.iter().map(|action| (action.event_source.into(), action.name.into()));
    [Plugin { name: "rds", calls: rds.collect() }, Plugin { name: "s3", calls: s3.collect() }]
}

impl Plugin {
    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(self.name).join("events")
    }

    /// Each event with what is expected of it.
    fn cases(&self) -> Vec<(Value, Value)> {
        let files = fs::read_dir(self.folder()).unwrap().map(|file| file.unwrap().path().to_str().unwrap().to_owned());
        let stems = files.filter_map(|file| Some(file.strip_suffix(".expected.json")?.to_owned()));
        stems.map(|stem| (read(&format!("{stem}.json")), read(&format!("{stem}.expected.json"))[0].clone())).collect()
    }
}

fn read(file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The service that was called, and the name of the call.
fn call(record: &Value) -> (String, String) {
    (text(&record["eventSource"]), text(&record["eventName"]))
}

#[test]
fn every_call_has_an_event_that_is_tagged() {
    for plugin in plugins() {
        let cases = plugin.cases();
        let tagged = cases.iter().filter(|(_, expected)| expected["outcome"] == "tag");
        let tagged: BTreeSet<_> = tagged.map(|(event, _)| call(&event["detail"])).collect();
        assert_eq!(tagged, plugin.calls);
    }
}

#[test]
fn every_resource_that_is_expected_is_of_the_events_place_is_not_the_requests_and_is_created_once() {
    let mut seen = BTreeSet::new();
    for (event, expected) in plugins().iter().flat_map(Plugin::cases) {
        for arn in
            expected["taggings"].as_array().unwrap().iter().flat_map(|tagging| tagging["resources"].as_array().unwrap())
        {
            let arn = text(arn);
            let parts = Arn::parse(&arn).unwrap();
            assert_eq!(format!("aws.{}", parts.service), event["source"], "{arn}");
            assert!(parts.region.is_empty() || parts.region == event["region"], "{arn}");
            assert!(parts.account.is_empty() || parts.account == event["account"], "{arn}");
            assert!(!event["detail"]["requestParameters"].to_string().contains(&arn), "{arn}");
            assert!(seen.insert(arn.clone()), "{arn} is created twice");
        }
    }
}

#[test]
fn the_plugins_answer_each_of_their_events_in_the_sandbox_as_is_expected() {
    for plugin in plugins() {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("{}.wasm", plugin.name);
        symlink(host::plugins().join(&file), folder.path().join(&file)).unwrap();
        symlink(plugin.folder(), folder.path().join("events")).unwrap();
        let tested = host::plugin(folder.path(), ["test"]);
        let others: Vec<_> = tested.stdout.lines().filter(|line| !line.starts_with("ok ")).collect();
        assert_eq!(tested.status, 0, "{}\n{}", others.join("\n"), tested.stderr);
        let events = plugin.cases().len();
        assert_eq!(others, [format!("{events} of {events} as expected")]);
    }
}

#[test]
fn recorded_events_of_other_projects_are_tagged_by_whichever_of_the_two_knows_the_call() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/events");
    if !corpus.exists() {
        eprintln!("no recorded events at {}: nothing tested", corpus.display());
        return;
    }
    let replay = replay(&host::plugins(), [corpus.as_os_str(), "--format=json".as_ref()]);
    let calls: BTreeSet<_> = plugins().into_iter().flat_map(|plugin| plugin.calls).collect();
    let mut tagged = 0;
    for result in replay.results() {
        let record = read(result["input"].as_str().unwrap());
        let record = record.get("detail").unwrap_or(&record);
        if record["eventSource"].is_null() || !calls.contains(&call(record)) || !record["errorCode"].is_null() {
            continue;
        }
        assert_eq!(result["outcome"], "tag", "{result}");
        let tagging = &result["taggings"][0];
        assert_eq!(tagging["tags"]["PrincipalId"], record["userIdentity"]["principalId"], "{result}");
        assert_eq!(tagging["resources"], json!([created(record)]), "{result}");
        tagged += 1;
    }
    assert!(tagged >= 10, "{tagged}");
}

/// What a recorded call created, found without the tables: by the one field of that name, or by what the caller asked for.
fn created(record: &Value) -> Value {
    let (request, response) = (&record["requestParameters"], &record["responseElements"]);
    let arns = ["dBInstanceArn", "dBClusterArn", "dBSnapshotArn", "dBClusterSnapshotArn"];
    if let Some(arn) = arns.iter().map(|field| &response[field]).find(|arn| !arn.is_null()) {
        return arn.clone();
    }
    if let Some(bucket) = request["bucketName"].as_str() {
        return format!("arn:aws:s3:::{bucket}").into();
    }
    let name = |field: &str| request[field].as_str().map(ToOwned::to_owned);
    let resource = name("dBSnapshotIdentifier")
        .or_else(|| name("targetDBSnapshotIdentifier"))
        .map(|name| format!("snapshot:{name}"))
        .or_else(|| name("dBInstanceIdentifier").map(|name| format!("db:{name}")))
        .unwrap();
    format!("arn:aws:rds:{}:{}:{resource}", text(&record["awsRegion"]), text(&record["recipientAccountId"])).into()
}
