use serde_json::json;

use super::*;

fn origin() -> AccountRegion {
    AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() }
}

fn kinds(pattern: &Value) -> Vec<String> {
    let samples = sample_events(pattern, &origin());
    assert_eq!(samples.uncovered, Vec::<String>::new(), "{pattern}");
    samples.events.iter().map(|sample| sample.kind.to_string()).collect()
}

#[test]
fn each_call_of_each_service_is_made_up_once_with_the_source_that_belongs_to_it() {
    let pattern = json!({
        "source": ["aws.s3", "aws.s3express"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["s3express.amazonaws.com", "s3.amazonaws.com"], "eventName": ["A", "B"],
            "errorCode": [{"exists": false}]},
    });
    let samples = sample_events(&pattern, &origin());
    let made: Vec<_> = samples
        .events
        .iter()
        .map(|Sample { kind, event }| {
            (kind.to_string(), event["source"].as_str().unwrap(), event["detail"]["eventName"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        made,
        [
            ("s3express.amazonaws.com A".into(), "aws.s3express", "A"),
            ("s3express.amazonaws.com B".into(), "aws.s3express", "B"),
            ("s3.amazonaws.com A".into(), "aws.s3", "A"),
            ("s3.amazonaws.com B".into(), "aws.s3", "B"),
        ]
    );
    let event = &samples.events[0].event;
    assert_eq!((&event["account"], &event["region"]), (&json!("111122223333"), &json!("eu-central-1")));
    assert_eq!(event["detail"].get("errorCode"), None);
    // What EventBridge asks of an event that it is to test a pattern with.
    for field in ["id", "account", "source", "time", "region", "resources", "detail-type", "detail"] {
        assert_ne!(event[field], Value::Null, "{field}");
    }
}

#[test]
fn a_source_that_goes_with_no_source_of_the_record_is_in_no_event() {
    let pattern = json!({"source": ["aws.ec2", "aws.s3", {"prefix": "aws."}],
        "detail": {"eventSource": ["ec2.amazonaws.com", "rds.amazonaws.com"], "eventName": ["A"]}});
    let samples = sample_events(&pattern, &origin());
    let made: Vec<_> =
        samples.events.iter().map(|sample| (sample.kind.to_string(), sample.event["source"].clone())).collect();
    let expected = [
        ("ec2.amazonaws.com A", "aws.ec2"),
        ("rds.amazonaws.com A", "aws.rds"),
        (r#"ec2.amazonaws.com A with source = {"prefix":"aws."}"#, "aws.ec2"),
    ];
    assert_eq!(made, expected.map(|(kind, source)| (kind.to_owned(), Value::from(source))));
    assert_eq!(samples.uncovered, ["source = aws.s3, which goes with no other source in the pattern"]);
}

#[test]
fn every_other_alternative_is_in_one_event() {
    let pattern = json!({"account": ["1", "2"], "resources": ["r"], "detail": {"eventSource": ["a.amazonaws.com"],
        "eventName": ["A", "B"], "requestParameters": {"size": [1, null, {"exists": false}]}}});
    assert_eq!(
        kinds(&pattern),
        [
            "a.amazonaws.com A",
            "a.amazonaws.com B",
            "a.amazonaws.com A with account = \"2\"",
            "a.amazonaws.com A with detail.requestParameters.size = null",
            "a.amazonaws.com A with detail.requestParameters.size = {\"exists\":false}",
        ]
    );
    let events = sample_events(&pattern, &origin()).events;
    assert!(events.iter().all(|sample| sample.event["resources"] == json!(["r"])), "it is a list in every event");
}

#[test]
fn what_a_pattern_leaves_open_is_made_up_and_the_kind_says_so() {
    for (pattern, expected) in [
        (json!({"source": ["aws.ec2"]}), "ec2.amazonaws.com any call"),
        (json!({"source": ["aws.ec2"], "detail": {"eventName": ["A"]}}), "ec2.amazonaws.com A"),
        (json!({"detail": {"eventName": ["A"]}}), "any service's A"),
        (json!({"detail": {"eventSource": [{"prefix": "ec2."}]}}), "{\"prefix\":\"ec2.\"} any call"),
        (json!({"source": [{"prefix": "aws."}]}), "{\"prefix\":\"aws.\"} any call"),
        (json!({"detail-type": ["EC2 Instance Launch"], "source": ["aws.ec2"]}), "aws.ec2 EC2 Instance Launch"),
    ] {
        assert_eq!(kinds(&pattern), [expected], "{pattern}");
    }
}

#[test]
fn every_operator_gets_a_value_that_meets_it() {
    for alternative in [
        json!({"prefix": "Create"}),
        json!({"suffix": "Volume"}),
        json!({"equals-ignore-case": "createvolume"}),
        json!({"wildcard": "Create*Vol*"}),
        json!({"wildcard": r"a\*b*c"}),
        json!({"anything-but": "x"}),
        json!({"anything-but": ["x", "xx"]}),
        json!({"anything-but": [1, 2]}),
        json!({"numeric": ["=", 5]}),
        json!({"numeric": [">", 0, "<", 1]}),
        json!({"numeric": [">", -3]}),
        json!({"numeric": ["<", 7]}),
        json!({"cidr": "10.1.0.0/16"}),
        json!({"exists": true}),
        json!({"exists": false}),
        json!("plain"),
        json!(true),
        json!(1.5),
        json!(null),
    ] {
        // `sample_events` itself checks with the router that the event matches.
        assert_eq!(kinds(&json!({"detail": {"some": {"field": [alternative]}}})).len(), 1, "{alternative}");
    }
}

#[test]
fn what_no_event_can_be_made_up_for_is_said() {
    let uncovered = |pattern: Value| sample_events(&pattern, &origin()).uncovered;
    let impossible = json!({"detail": {"n": [{"equals-ignore-case": "😀"}], "eventName": ["A"]}});
    let said = uncovered(impossible);
    assert!(said.len() == 1 && said[0].contains("equals-ignore-case"), "{said:?}");
    let beside = json!({"detail": {"n": [1, {"equals-ignore-case": "😀"}]}});
    assert_eq!(sample_events(&beside, &origin()).events.len(), 1);
    assert_eq!(uncovered(json!({"a": [{"regexp": "x"}]})).len(), 1);
    // The pattern has an object where the envelope has a string.
    let nested = json!({"source": {"name": ["x"]}});
    assert_eq!(kinds(&nested), ["any service's any call"]);
}
