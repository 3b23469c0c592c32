//! EventBridge: TestEventPattern.

use autotag_fake_aws::{DEFAULT_REGION, FakeAws, Outcome};
use aws_sdk_eventbridge::Client;
use serde_json::{Value, json};

use crate::clients::{code, config};

async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    let client = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    (aws, client)
}

fn event() -> Value {
    json!({
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ec2:us-east-1:111122223333:instance/i-1", "other"],
        "detail": {
            "eventName": "RunInstances",
            "readOnly": false,
            "responseElements": null,
            "count": 3,
            "empty": [],
            "userIdentity": { "type": "IAMUser" },
            "items": [{ "kind": "a", "size": 1 }, { "kind": "b", "size": 2 }],
        },
    })
}

async fn matches(client: &Client, pattern: &Value) -> bool {
    let test = client.test_event_pattern().event_pattern(pattern.to_string()).event(event().to_string());
    test.send().await.unwrap().result()
}

#[tokio::test]
async fn a_pattern_matches_by_equal_values_of_every_field_that_it_names() {
    let (_aws, client) = bench().await;
    for (pattern, expected) in [
        (json!({ "source": ["aws.ec2"] }), true),
        (json!({ "source": ["aws.s3", "aws.ec2"] }), true),
        (json!({ "source": ["aws.s3"] }), false),
        (json!({ "source": ["AWS.EC2"] }), false),
        (json!({ "source": ["aws.ec2"], "detail": { "eventName": ["RunInstances"] } }), true),
        (json!({ "source": ["aws.s3"], "detail": { "eventName": ["RunInstances"] } }), false),
        (json!({ "source": ["aws.ec2"], "detail": { "eventName": ["StopInstances"] } }), false),
        (json!({ "resources": ["other"] }), true),
        (json!({ "resources": ["another"] }), false),
        (json!({ "detail": { "readOnly": [false] } }), true),
        (json!({ "detail": { "readOnly": ["false", true] } }), false),
        (json!({ "detail": { "responseElements": [null] } }), true),
        (json!({ "detail": { "missing": [null] } }), false),
        (json!({ "detail": { "count": [3] } }), true),
        (json!({ "detail": { "count": ["3", 4] } }), false),
        (json!({ "detail": { "userIdentity": ["IAMUser"] } }), false),
        (json!({ "detail": { "eventName": { "type": ["RunInstances"] } } }), false),
        (json!({ "detail": { "items": { "kind": ["b"], "size": [2] } } }), true),
        (json!({ "detail": { "items": { "kind": ["a"], "size": [2] } } }), false),
    ] {
        assert_eq!(matches(&client, &pattern).await, expected, "{pattern}");
    }
}

#[tokio::test]
async fn a_pattern_matches_by_whether_a_field_is_there_and_how_it_begins_and_what_it_is_not() {
    let (_aws, client) = bench().await;
    for (field, asked, expected) in [
        ("eventName", json!({ "exists": true }), true),
        ("eventName", json!({ "exists": false }), false),
        ("responseElements", json!({ "exists": true }), true),
        ("errorCode", json!({ "exists": false }), true),
        ("errorCode", json!({ "exists": true }), false),
        ("userIdentity", json!({ "exists": true }), false),
        ("empty", json!({ "exists": true }), false),
        ("eventName", json!({ "prefix": "Run" }), true),
        ("eventName", json!({ "prefix": "run" }), false),
        ("count", json!({ "prefix": "3" }), false),
        ("eventName", json!({ "anything-but": ["StopInstances", "StartInstances"] }), true),
        ("eventName", json!({ "anything-but": ["StopInstances", "RunInstances"] }), false),
        ("eventName", json!({ "anything-but": "RunInstances" }), false),
        ("errorCode", json!({ "anything-but": ["Denied"] }), false),
    ] {
        let pattern = json!({ "detail": { field: [asked] } });
        assert_eq!(matches(&client, &pattern).await, expected, "{pattern}");
    }
    let nowhere = json!({ "additional": { "errorCode": [{ "exists": false }] } });
    assert!(matches(&client, &nowhere).await);
    let either = json!({ "detail": { "eventName": [{ "prefix": "Stop" }, "RunInstances"] } });
    assert!(matches(&client, &either).await);
}

#[tokio::test]
async fn a_pattern_that_is_none_is_refused() {
    let (_aws, client) = bench().await;
    let long = json!({ "source": ["a".repeat(4_096)] }).to_string();
    for pattern in [
        "{",
        "[]",
        "{}",
        r#"{"source":"aws.ec2"}"#,
        r#"{"source":[]}"#,
        r#"{"source":[["aws.ec2"]]}"#,
        r#"{"detail":{}}"#,
        r#"{"source":[{"begins":"aws"}]}"#,
        r#"{"source":[{"prefix":"aws","exists":true}]}"#,
        r#"{"source":[{"exists":"yes"}]}"#,
        r#"{"source":[{"prefix":1}]}"#,
        r#"{"source":[{"anything-but":[]}]}"#,
        r#"{"source":[{"anything-but":null}]}"#,
    ] {
        let tested = client.test_event_pattern().event_pattern(pattern).event(event().to_string()).send().await;
        assert_eq!(code(tested), "InvalidEventPatternException", "{pattern}");
    }
    let tested = client.test_event_pattern().event_pattern(long).event(event().to_string()).send().await;
    assert_eq!(code(tested), "ValidationException");
}

#[tokio::test]
async fn an_event_must_have_the_form_of_one() {
    let (_aws, client) = bench().await;
    let test = |event: String| client.test_event_pattern().event_pattern(r#"{"source":["aws.ec2"]}"#).event(event);
    for field in ["id", "account", "source", "time", "region", "resources", "detail-type", "detail"] {
        for wrong in [None, Some(json!(1))] {
            let mut event = event();
            event.as_object_mut().unwrap().remove(field);
            if let Some(wrong) = wrong {
                event[field] = wrong;
            }
            let error = test(event.to_string()).send().await.unwrap_err().into_service_error();
            assert_eq!(error.meta().code(), Some("ValidationException"), "{field}");
            assert!(error.meta().message().unwrap().contains(field), "{field}");
        }
    }
    let mut of_no_account = event();
    of_no_account["account"] = json!("1111");
    assert_eq!(code(test(of_no_account.to_string()).send().await), "ValidationException");
    assert_eq!(code(test("{".to_owned()).send().await), "ValidationException");
    assert!(test(event().to_string()).send().await.unwrap().result());
}

#[tokio::test]
async fn a_pattern_that_the_fake_does_not_know_is_not_answered() {
    let (aws, client) = bench().await;
    for pattern in [
        json!({ "source": ["aws.s3"], "detail": { "eventName": ["Stop", { "wildcard": "Run*" }] } }),
        json!({ "source": ["aws.ec2", { "suffix": "ec2" }] }),
        json!({ "source": [{ "anything-but": { "prefix": "aws" } }] }),
        json!({ "detail": { "count": [{ "anything-but": [3] }] } }),
        json!({ "detail": { "count": [{ "numeric": [">", 1] }] } }),
        json!({ "detail": { "count": [3.5] } }),
        json!({ "detail": { "empty": { "kind": [{ "cidr": "10.0.0.0/24" }] } } }),
        json!({ "$or": [{ "source": ["aws.ec2"] }, { "region": ["eu-west-1"] }] }),
    ] {
        let test = client.test_event_pattern().event_pattern(pattern.to_string()).event(event().to_string());
        let error = test.send().await.unwrap_err();
        assert!(error.as_service_error().is_none(), "{pattern}: {error:?}");
    }
    assert!(aws.requests().iter().all(|request| request.outcome == Outcome::ClientGone));
    // The fake still works.
    assert!(matches(&client, &json!({ "source": ["aws.ec2"] })).await);
}
