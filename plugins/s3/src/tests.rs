use autotag_api_calls::s3::CALLS;
use autotag_plugin_sdk::testing::api_call;
use autotag_plugin_sdk::{Event, Failure, Plugin, Related, Settings};

use crate::S3;

fn event(source: &str, name: &str, region: &str, request: &str, response: &str) -> Event {
    let detail = format!(
        r#"{{"eventSource": "{source}.amazonaws.com", "eventName": "{name}", "awsRegion": "{region}",
            "recipientAccountId": "111122223333",
            "userIdentity": {{"type": "IAMUser", "principalId": "AIDABOB", "userName": "bob"}},
            "requestParameters": {request}, "responseElements": {response}}}"#
    );
    api_call(&format!("aws.{source}"), &detail)
}

fn created(source: &str, name: &str, region: &str, request: &str, response: &str) -> Result<Vec<String>, Failure> {
    let mut taggings = S3::extract(&event(source, name, region, request, response), &Settings::default())?;
    assert_eq!(taggings.len(), 1);
    let tagging = taggings.remove(0);
    assert_eq!(tagging.related, Related::empty());
    let tags: Vec<_> = tagging.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    assert_eq!(tags, [("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
    Ok(tagging.resources)
}

#[track_caller]
fn assert_created(source: &str, name: &str, region: &str, request: &str, response: &str, arn: &str) {
    assert_eq!(created(source, name, region, request, response), Ok(vec![arn.into()]));
}

#[track_caller]
fn assert_malformed(source: &str, name: &str, request: &str, response: &str, words: &str) {
    match created(source, name, "eu-central-1", request, response) {
        Err(Failure::Malformed(text)) => assert!(text.contains(words), "{text}"),
        other => panic!("{other:?}"),
    }
}

const ORDERS: &str = r#"{"bucketName": "orders", "Host": "s3.amazonaws.com"}"#;

#[test]
fn a_bucket_is_named_by_the_request_and_its_arn_has_neither_region_nor_account() {
    for (region, arn) in [
        ("us-east-1", "arn:aws:s3:::orders"),
        ("cn-north-1", "arn:aws-cn:s3:::orders"),
        ("us-gov-west-1", "arn:aws-us-gov:s3:::orders"),
    ] {
        assert_created("s3", "CreateBucket", region, ORDERS, "null", arn);
    }
}

#[test]
fn a_directory_bucket_is_another_services_with_a_region_and_an_account() {
    let request = r#"{"bucketName": "orders--euc1-az1--x-s3", "CreateBucketConfiguration":
        {"location": {"type": "AvailabilityZone", "name": "euc1-az1"}, "bucketInfo": {"bucketType": "Directory"}}}"#;
    let arn = "arn:aws:s3express:eu-central-1:111122223333:bucket/orders--euc1-az1--x-s3";
    assert_created("s3express", "CreateBucket", "eu-central-1", request, "null", arn);
    let response = format!(r#"{{"bucketArn": "{arn}"}}"#);
    assert_created("s3express", "CreateBucket", "eu-central-1", request, &response, arn);
}

#[test]
fn an_access_point_is_in_the_response_however_nested_or_put_together_from_the_request() {
    let request = r#"{"name": "readers", "CreateAccessPointRequest": {"Bucket": "orders"}}"#;
    for (source, service) in [("s3", "arn:aws:s3"), ("s3express", "arn:aws:s3express")] {
        let arn = format!("{service}:eu-central-1:111122223333:accesspoint/readers");
        for response in [
            &format!(r#"{{"accessPointArn": "{arn}", "alias": "readers-0123-s3alias"}}"#),
            &format!(r#"{{"AccessPointArn": "{arn}"}}"#),
            &format!(r#"{{"createAccessPointResult": {{"accessPointArn": "{arn}"}}}}"#),
            &format!(
                r#"{{"CreateAccessPointResponse": {{"CreateAccessPointResult": {{"AccessPointArn": "{arn}"}}}}}}"#
            ),
            "null",
        ] {
            assert_created(source, "CreateAccessPoint", "eu-central-1", request, response, &arn);
        }
    }
}

#[test]
fn a_bucket_of_the_events_own_region_is_tagged_and_one_of_another_is_not() {
    let request = |constraint: &str| {
        format!(
            r#"{{"bucketName": "orders", "CreateBucketConfiguration": {{"LocationConstraint": "{constraint}",
                "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"}}}}"#
        )
    };
    for (constraint, region) in [("eu-central-1", "eu-central-1"), ("EU", "eu-west-1"), ("", "us-east-1")] {
        assert_created("s3", "CreateBucket", region, &request(constraint), "null", "arn:aws:s3:::orders");
    }
    for (constraint, region) in [("eu-central-1", "eu-central-1"), ("EU", "eu-west-1")] {
        let words =
            format!("the bucket is in {region} and can be tagged only from there, and the event is of us-east-1");
        let failure = created("s3", "CreateBucket", "us-east-1", &request(constraint), "null");
        assert_eq!(failure, Err(Failure::Skip(words)));
    }
}

#[test]
fn another_shape_is_malformed_and_says_where() {
    let words = "CreateBucket: responseElements has no bucketArn, and requestParameters has no bucketName";
    assert_malformed("s3", "CreateBucket", "{}", "null", words);
    assert_malformed("s3", "CreateBucket", r#"{"bucketName": 7}"#, "null", "a number where a string was expected");
    let words = "CreateAccessPoint: responseElements has no accessPointArn or";
    assert_malformed("s3", "CreateAccessPoint", "{}", "{}", words);
    let request = r#"{"bucketName": "orders", "CreateBucketConfiguration": {"LocationConstraint": 7}}"#;
    assert_malformed("s3", "CreateBucket", request, "null", "a number where a string was expected");
}

#[test]
fn a_call_of_the_same_name_of_another_service_is_none_of_its() {
    let words = "CreateAccessPoint of elasticfilesystem.amazonaws.com is not among the events";
    assert_malformed("elasticfilesystem", "CreateAccessPoint", r#"{"name": "readers"}"#, "null", words);
}

#[test]
fn each_service_has_a_pattern_of_its_own() {
    let patterns = S3::describe().event_patterns;
    assert_eq!(patterns.len(), 2);
    for call in CALLS {
        let is_named = |pattern: &&String| {
            [call.event_source, call.name].iter().all(|text| pattern.contains(&format!("\"{text}\"")))
        };
        assert_eq!(patterns.iter().filter(is_named).count(), 1, "{call:?}");
    }
}

#[test]
fn settings_are_the_sdks() {
    let renamed = serde_json::from_str(r#"{"owner_key": "CreatedBy", "tags": {"At": "{event_time}"}}"#).unwrap();
    assert_eq!(S3::tag_keys(&renamed), ["CreatedBy", "PrincipalId", "At"]);
    let error = serde_json::from_str::<Settings>(r#"{"inherit": true}"#).unwrap_err().to_string();
    assert!(error.contains("unknown field `inherit`"), "{error}");
}
