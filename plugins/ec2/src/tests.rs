use proptest::prelude::*;
use serde_json::Value;

use autotag_plugin_sdk::testing::api_call;
use autotag_plugin_sdk::{Failure, KeyNames, Plugin, Related, Tagging};

use crate::Ec2;

const BOB: &str = r#"{"type": "IAMUser", "principalId": "AIDABOB", "userName": "bob"}"#;

fn extract(name: &str, request: &str, response: &str) -> Result<Tagging, Failure> {
    let detail = format!(
        r#"{{"eventSource": "ec2.amazonaws.com", "eventName": "{name}", "userIdentity": {BOB},
            "requestParameters": {request}, "responseElements": {response}}}"#
    );
    let mut taggings = Ec2::extract(&api_call("aws.ec2", &detail), &KeyNames::default())?;
    assert_eq!(taggings.len(), 1);
    Ok(taggings.remove(0))
}

#[track_caller]
fn assert_malformed(name: &str, response: &str, reason: &str) {
    match extract(name, "null", response) {
        Err(Failure::Malformed(text)) => assert!(text.contains(reason), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn run_instances_names_all_instances_then_their_interfaces_and_asks_for_volumes() {
    let response = r#"{"instancesSet": {"items": [
        {"instanceId": "i-1", "networkInterfaceSet": {"items": [{"networkInterfaceId": "eni-1"}, {"networkInterfaceId": "eni-2"}]}},
        {"instanceId": "i-2", "networkInterfaceSet": {}},
        {"instanceId": "i-3", "blockDeviceMapping": {}}]}}"#;
    let tagging = extract("RunInstances", "null", response).unwrap();
    assert_eq!(tagging.resources, ["i-1", "i-2", "i-3", "eni-1", "eni-2"]);
    assert_eq!(tagging.related, Related::VOLUMES);
    let tags: Vec<_> = tagging.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    assert_eq!(tags, [("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
}

#[test]
fn an_interface_that_the_request_brings_along_stays_its_makers() {
    let request = r#"{"networkInterfaceSet": {"items": [{"deviceIndex": 0, "networkInterfaceId": "eni-old"}, {"deviceIndex": 1}]}}"#;
    let response = r#"{"instancesSet": {"items": [{"instanceId": "i-1", "networkInterfaceSet": {"items": [
        {"networkInterfaceId": "eni-old"}, {"networkInterfaceId": "eni-new"}]}}]}}"#;
    assert_eq!(extract("RunInstances", request, response).unwrap().resources, ["i-1", "eni-new"]);
    let request = r#"{"launchTemplate": {"launchTemplateId": "lt-1"}, "description": "eni-old"}"#;
    assert_eq!(extract("RunInstances", request, response).unwrap().resources, ["i-1", "eni-new"]);
}

#[test]
fn volumes_snapshots_and_images_are_named_by_their_answers() {
    for (name, response, resources, related) in [
        ("CreateVolume", r#"{"volumeId": "vol-1", "snapshotId": "snap-old"}"#, vec!["vol-1"], Related::empty()),
        ("CreateSnapshot", r#"{"snapshotId": "snap-1", "volumeId": "vol-old"}"#, vec!["snap-1"], Related::empty()),
        (
            "CreateSnapshots",
            r#"{"snapshotSet": {"items": [{"snapshotId": "snap-1"}, {"snapshotId": "snap-2"}]}}"#,
            vec!["snap-1", "snap-2"],
            Related::empty(),
        ),
        (
            "CreateSnapshots",
            r#"{"CreateSnapshotsResponse": {"requestId": "r", "snapshotSet": {"item": {"snapshotId": "snap-1"}}}}"#,
            vec!["snap-1"],
            Related::empty(),
        ),
        ("CreateImage", r#"{"imageId": "ami-1"}"#, vec!["ami-1"], Related::SNAPSHOTS),
    ] {
        let tagging = extract(name, "null", response).unwrap();
        assert_eq!((tagging.resources, tagging.related), (resources.into_iter().map(String::from).collect(), related));
    }
}

#[test]
fn an_answer_that_names_nothing_is_malformed_and_says_where() {
    assert_malformed("RunInstances", "null", "has no responseElements");
    assert_malformed("RunInstances", "{}", "missing field `instancesSet`");
    assert_malformed("RunInstances", r#"{"instancesSet": {"items": []}}"#, "names no instance");
    assert_malformed("RunInstances", r#"{"instancesSet": {"items": [{}]}}"#, "missing field `instanceId`");
    assert_malformed("RunInstances", "[1]", "of another shape");
    assert_malformed("CreateVolume", r#"{"volumeId": 7}"#, "expected a string");
    assert_malformed("CreateSnapshots", "{}", "names no snapshot");
    assert_malformed("CreateTags", "{}", "not among the events");
}

#[test]
fn both_keys_can_be_renamed_and_other_settings_are_refused() {
    let keys: KeyNames =
        serde_json::from_str(r#"{"owner_key": "CreatedBy", "principal_id_key": "CreatorId"}"#).unwrap();
    assert_eq!(Ec2::tag_keys(&keys), ["CreatedBy", "CreatorId"]);
    let misspelt = serde_json::from_str::<KeyNames>(r#"{"ownerkey": "x"}"#).unwrap_err().to_string();
    assert!(misspelt.contains("unknown field `ownerkey`, expected `owner_key` or `principal_id_key`"), "{misspelt}");
}

/// JSON made of the names that the plugin looks for, in any order, nesting and type.
fn arbitrary_answer() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 9] = [
        "instancesSet",
        "items",
        "item",
        "instanceId",
        "networkInterfaceSet",
        "networkInterfaceId",
        "snapshotSet",
        "snapshotId",
        "CreateSnapshotsResponse",
    ];
    let leaf = prop_oneof![
        4 => "i-[0-9a-f]{8}".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => prop::collection::btree_map(prop::sample::select(&NAMES[..]), inner, 0..4)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    /// The only outcomes are a tagging with resources, or a failure that says why.
    #[test]
    fn no_answer_makes_it_panic(
        name in prop::sample::select(&["RunInstances", "CreateVolume", "CreateSnapshots", "CreateImage"][..]),
        request in arbitrary_answer(),
        response in arbitrary_answer(),
    ) {
        match extract(name, &request.to_string(), &response.to_string()) {
            Ok(tagging) => prop_assert!(!tagging.resources.is_empty()),
            Err(Failure::Malformed(reason) | Failure::CannotTell(reason)) => prop_assert!(!reason.is_empty()),
        }
    }
}
