use autotag_api_calls::rds::CALLS;
use autotag_plugin_sdk::testing::api_call;
use autotag_plugin_sdk::{Failure, Plugin, Related, Settings};

use crate::Rds;

fn created_in(region: &str, name: &str, request: &str, response: &str) -> Result<Vec<String>, Failure> {
    let detail = format!(
        r#"{{"eventSource": "rds.amazonaws.com", "eventName": "{name}", "awsRegion": "{region}",
            "recipientAccountId": "111122223333",
            "userIdentity": {{"type": "IAMUser", "principalId": "AIDABOB", "userName": "bob"}},
            "requestParameters": {request}, "responseElements": {response}}}"#
    );
    let mut taggings = Rds::extract(&api_call("aws.rds", &detail), &Settings::default())?;
    assert_eq!(taggings.len(), 1);
    let tagging = taggings.remove(0);
    assert_eq!(tagging.related, Related::empty());
    let tags: Vec<_> = tagging.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    assert_eq!(tags, [("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
    Ok(tagging.resources)
}

#[track_caller]
fn assert_created(name: &str, request: &str, response: &str, resource: &str) {
    let arn = format!("arn:aws:rds:eu-central-1:111122223333:{resource}");
    assert_eq!(created_in("eu-central-1", name, request, response), Ok(vec![arn]));
}

#[track_caller]
fn assert_malformed(name: &str, request: &str, response: &str, words: &str) {
    match created_in("eu-central-1", name, request, response) {
        Err(Failure::Malformed(text)) => assert!(text.contains(words), "{text}"),
        other => panic!("{other:?}"),
    }
}

/// `{"a": {"b": "text"}}` for `a.b`.
fn at(path: &str, text: &str) -> String {
    path.rsplit('.').fold(format!("\"{text}\""), |value, field| format!(r#"{{"{field}": {value}}}"#))
}

#[test]
fn every_call_takes_the_arn_or_else_the_name_in_its_response_or_else_the_name_in_its_request() {
    for call in CALLS {
        let (name, kind) = (call.name, &call.kinds[0]);
        let arn = "arn:aws:rds:eu-central-1:111122223333:any:kind";
        for path in kind.paths {
            assert_eq!(created_in("eu-central-1", name, "null", &at(path, arn)), Ok(vec![arn.into()]), "{name}");
        }
        let region = if name == "CreateGlobalCluster" { "" } else { "eu-central-1" };
        let arn = format!("arn:aws:rds:{region}:111122223333:{}orders", kind.prefix);
        for path in kind.name_in_response {
            let created = created_in("eu-central-1", name, "null", &at(path, "orders"));
            assert_eq!(created, Ok(vec![arn.clone()]), "{name}");
        }
        for path in kind.name_in_request {
            let created = created_in("eu-central-1", name, &at(path, "orders"), "null");
            assert_eq!(created, Ok(vec![arn.clone()]), "{name}");
        }
        assert_malformed(name, "null", "{}", &format!("{name}: responseElements has no "));
        assert_malformed(name, "null", "null", &format!("{name}: responseElements has no "));
    }
}

#[test]
fn of_all_that_a_response_names_only_what_is_new_counts() {
    let response = r#"{"dBInstanceIdentifier": "orders", "dBSubnetGroup": {"dBSubnetGroupName": "default",
        "dBSubnetGroupArn": "arn:aws:rds:eu-central-1:111122223333:subgrp:default"},
        "monitoringRoleArn": "arn:aws:iam::111122223333:role/rds-monitoring-role", "dBClusterIdentifier": "shop",
        "readReplicaSourceDBInstanceIdentifier": "old", "dBInstanceArn": "arn:aws:rds:eu-central-1:111122223333:db:orders"}"#;
    assert_created("CreateDBInstanceReadReplica", "{}", response, "db:orders");
}

#[test]
fn a_name_put_together_is_written_as_the_record_writes_it() {
    let request = r#"{"dBSnapshotIdentifier": "Before-Release"}"#;
    assert_created(
        "CreateDBSnapshot",
        request,
        r#"{"dBSnapshotIdentifier": "before-release"}"#,
        "snapshot:before-release",
    );
    assert_created("CreateDBSnapshot", request, "null", "snapshot:Before-Release");
}

#[test]
fn what_is_put_together_is_in_the_partition_of_its_region() {
    for (region, partition) in [
        ("eu-central-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
    ] {
        let created = created_in(region, "CreateDBCluster", "{}", r#"{"dBClusterIdentifier": "orders"}"#);
        assert_eq!(created, Ok(vec![format!("arn:{partition}:rds:{region}:111122223333:cluster:orders")]));
    }
}

#[test]
fn the_source_of_a_copy_is_not_what_was_created() {
    let source = "arn:aws:rds:eu-central-1:444455556666:snapshot:shared";
    let request = format!(r#"{{"sourceDBSnapshotIdentifier": "{source}", "targetDBSnapshotIdentifier": "mine"}}"#);
    let copy = r#"{"dBSnapshotIdentifier": "mine", "sourceDBSnapshotIdentifier": "SOURCE",
        "dBSnapshotArn": "arn:aws:rds:eu-central-1:111122223333:snapshot:mine"}"#;
    assert_created("CopyDBSnapshot", &request, &copy.replace("SOURCE", source), "snapshot:mine");
    assert_created("CopyDBSnapshot", &request, "null", "snapshot:mine");
}

#[test]
fn another_shape_is_malformed_and_says_where() {
    let words = "CreateDBInstance: responseElements has no dBInstanceArn or dBInstanceIdentifier";
    assert_malformed("CreateDBInstance", "{}", "{}", words);
    assert_malformed("CreateDBInstance", "{}", r#"{"dBInstanceArn": 7}"#, "a number where a string was expected");
    let words = "a string where dBProxyArn was expected";
    assert_malformed("CreateDBProxy", r#"{"dBProxyName": "p"}"#, r#"{"dBProxy": "p"}"#, words);
    let words = "CreateDBProxy: responseElements has no dBProxy.dBProxyArn";
    assert_malformed("CreateDBProxy", r#"{"dBProxyName": "p"}"#, "null", words);
    assert_malformed("StartExportTask", "{}", "{}", "StartExportTask is not among the events");
}

#[test]
fn its_pattern_fits_into_a_rule_and_names_every_call_once() {
    let patterns = Rds::describe().event_patterns;
    assert_eq!(patterns.len(), 1);
    assert!(CALLS.iter().all(|call| patterns[0].matches(&format!("\"{}\"", call.name)).count() == 1));
}

#[test]
fn settings_are_the_sdks() {
    let renamed = serde_json::from_str(r#"{"owner_key": "CreatedBy", "tags": {"At": "{event_time}"}}"#).unwrap();
    assert_eq!(Rds::tag_keys(&renamed), ["CreatedBy", "PrincipalId", "At"]);
    let error = serde_json::from_str::<Settings>(r#"{"inherit": true}"#).unwrap_err().to_string();
    assert!(error.contains("unknown field `inherit`"), "{error}");
}
