use proptest::prelude::*;

use super::*;
use crate::event::decode;
use crate::router::{EventPattern, Router};

/// What a pattern may ask: lists of names, now and then another operator, field or value, or a field that stands twice.
const ASKED: [&str; 22] = [
    r#""source": ["aws.ec2"]"#,
    r#""source": ["aws.s3", "aws.ec2"]"#,
    r#""source": [{"prefix": "aws."}]"#,
    r#""source": ["aws.s3", {"suffix": ".ec2"}]"#,
    r#""detail-type": ["AWS API Call via CloudTrail"]"#,
    r#""detail-type": [{"exists": false}]"#,
    r#""account": ["111122223333"]"#,
    r#""account": [111122223333]"#,
    r#""account": [{"anything-but": ["111122223333"]}]"#,
    r#""region": ["eu-central-1", null]"#,
    r#""id": ["e-1"]"#,
    r#""detail": {"eventName": ["RunInstances"]}"#,
    r#""detail": {"eventName": ["CreateVolume", "RunInstances"]}"#,
    r#""detail": {"eventName": [{"wildcard": "Run*"}]}"#,
    r#""detail": {"eventName": ["RunInstances"], "eventSource": ["ec2.amazonaws.com"]}"#,
    r#""detail": {"eventSource": ["ec2.amazonaws.com"]}"#,
    r#""detail": {"eventSource": [{"exists": false}], "eventName": ["RunInstances"]}"#,
    r#""detail": {"eventName": ["RunInstances"], "errorCode": [{"exists": false}]}"#,
    r#""detail": {"eventName": ["RunInstances"], "eventName": ["Other"]}"#,
    r#""detail": {"eventName": {"name": ["RunInstances"]}}"#,
    r#""detail": {"x": ["RunInstances"]}"#,
    r#""detail": [null, null]"#,
];

/// Parts of a record, of which most have the call's name.
const SAID: [&str; 14] = [
    r#""eventSource": "ec2.amazonaws.com""#,
    r#""eventSource": "s3.amazonaws.com""#,
    r#""eventSource": ["ec2.amazonaws.com"]"#,
    r#""errorCode": "Client.Denied""#,
    r#""errorCode": null"#,
    r#""x": "RunInstances""#,
    r#""x": {"eventName": "RunInstances"}"#,
    r#""eventName": "RunInstances""#,
    r#""eventName": "RunInstances""#,
    r#""eventName": "CreateVolume""#,
    r#""eventName": "Run\u0049nstances""#,
    r#""eventName": ["RunInstances", "Other"]"#,
    r#""eventName": {"name": "RunInstances"}"#,
    r#""eventName": null"#,
];

fn patterns() -> impl Strategy<Value = Vec<EventPattern>> {
    let pattern = prop::collection::vec(prop::sample::select(&ASKED[..]), 1..4);
    let pattern = pattern.prop_map(|asked| EventPattern::parse(&format!("{{{}}}", asked.join(", "))));
    prop::collection::vec(pattern.prop_filter_map("refused", Result::ok), 1..6)
}

fn event_text() -> impl Strategy<Value = String> {
    let said = prop::collection::vec(prop::sample::select(&SAID[..]), 1..4);
    let source = prop::sample::select(&["aws.ec2", "aws.s3", "aws\\u002eec2", "my.app"][..]);
    let account = prop::sample::select(&["111122223333", "444455556666"][..]);
    (said, source, account, any::<bool>()).prop_map(|(said, source, account, is_bare)| {
        let detail = said.join(", ");
        if is_bare {
            return format!(r#"{{"eventID": "e-1", "recipientAccountId": "{account}", {detail}}}"#);
        }
        format!(
            r#"{{"id": "e-1", "source": "{source}", "detail-type": "AWS API Call via CloudTrail", "account": "{account}",
            "region": "eu-central-1", "detail": {{{detail}}}}}"#
        )
    })
}

fn index(patterns: &[&str]) -> Index<usize> {
    let mut index = Index::default();
    for (target, pattern) in patterns.iter().enumerate() {
        index.add(target, EventPattern::parse(pattern).unwrap().as_str());
    }
    index
}

#[test]
fn names_alone_are_decided_and_more_is_left_to_the_matcher_where_the_names_meet() {
    let event = decode(include_bytes!("../../../benches/run-instances.json")).remove(0).unwrap();
    let ec2 = r#"{"source": ["aws.ec2"], "detail": {"eventName": ["RunInstances", "CreateVolume"]}}"#;
    let other = r#"{"source": [{"prefix": "aws."}], "detail": {"eventName": ["CreateBucket"]}}"#;
    assert_eq!(index(&[ec2, other, r#"{"source": ["aws.ec2"]}"#]).decide(&event), Some(vec![0, 2]));
    assert_eq!(index(&[ec2, r#"{"source": [{"prefix": "aws."}]}"#]).decide(&event), None);
    assert_eq!(index(&[ec2, r#"{"source": ["aws.ec2"], "id": [{"exists": true}]}"#]).decide(&event), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_index_and_the_matcher_agree(patterns in patterns(), text in event_text()) {
        let router = Router::new(patterns.iter().enumerate().map(|(target, pattern)| (target, pattern))).unwrap();
        for event in decode(text.as_bytes()).into_iter().flatten() {
            prop_assert_eq!(router.route_event(&event), router.route(event.text()));
        }
    }
}
