use proptest::prelude::*;

use super::*;
use crate::event::decode;
use crate::pattern::EventPattern;
use crate::router::Router;

/// What most patterns ask.
const USUAL: [&str; 9] = [
    r#""source": ["aws.ec2"]"#,
    r#""source": ["aws.s3", "aws.ec2"]"#,
    r#""detail-type": ["AWS API Call via CloudTrail"]"#,
    r#""account": ["111122223333"]"#,
    r#""region": ["eu-central-1", "us-east-1"]"#,
    r#""detail": {"eventName": ["RunInstances"]}"#,
    r#""detail": {"eventName": ["CreateVolume", "RunInstances"]}"#,
    r#""detail": {"eventName": ["RunInstances"], "eventSource": ["ec2.amazonaws.com"]}"#,
    r#""detail": {"eventSource": ["ec2.amazonaws.com"]}"#,
];

/// Other operators, fields and values.
const UNUSUAL: [&str; 12] = [
    r#""source": [{"prefix": "aws."}]"#,
    r#""source": ["aws.s3", {"suffix": ".ec2"}]"#,
    r#""detail-type": [{"exists": false}]"#,
    r#""account": [111122223333]"#,
    r#""account": [{"anything-but": ["111122223333"]}]"#,
    r#""region": ["eu-central-1", null]"#,
    r#""id": ["e-1"]"#,
    r#""detail": {"eventName": [{"wildcard": "Run*"}]}"#,
    r#""detail": {"eventSource": [{"exists": false}], "eventName": ["RunInstances"]}"#,
    r#""detail": {"eventName": ["RunInstances"], "errorCode": [{"exists": false}]}"#,
    r#""detail": {"eventName": {"name": ["RunInstances"]}}"#,
    r#""detail": {"x": ["RunInstances"]}"#,
];

/// Parts of a record, of which most have the API call's name.
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
    let asked = prop_oneof![3 => prop::sample::select(&USUAL[..]), 1 => prop::sample::select(&UNUSUAL[..])];
    let pattern = prop::collection::vec(asked, 1..4);
    let pattern = pattern.prop_map(|asked| EventPattern::parse(&format!("{{{}}}", asked.join(", "))));
    prop::collection::vec(pattern.prop_filter_map("refused", Result::ok), 1..6)
}

fn event_text() -> impl Strategy<Value = String> {
    let said = prop::collection::vec(prop::sample::select(&SAID[..]), 1..4);
    let source = prop::sample::select(&["aws.ec2", "aws.s3", "aws\\u002eec2", "my.app"][..]);
    let account = prop::sample::select(&["111122223333", "444455556666"][..]);
    let region = prop::sample::select(&["eu-central-1", "us-east-1", "us-east-2"][..]);
    let kind = prop::sample::select(&["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"][..]);
    (said, source, account, region, kind, any::<bool>()).prop_map(|(said, source, account, region, kind, is_bare)| {
        let detail = said.join(", ");
        if is_bare {
            return format!(
                r#"{{"eventID": "e-1", "recipientAccountId": "{account}", "awsRegion": "{region}", {detail}}}"#
            );
        }
        format!(
            r#"{{"id": "e-1", "source": "{source}", "detail-type": "{kind}", "account": "{account}",
            "region": "{region}", "detail": {{{detail}}}}}"#
        )
    })
}

fn met(patterns: &[&str], event: &Event) -> (Vec<usize>, Vec<usize>) {
    let mut index = Index::default();
    for pattern in patterns {
        index.add(&EventPattern::parse(pattern).unwrap());
    }
    let Met { whole, so_far } = index.met(event).unwrap();
    (whole, so_far)
}

#[test]
fn names_alone_are_decided_and_more_is_left_to_the_matcher_where_the_names_meet() {
    let event = decode(include_bytes!("../../../../benches/speed/run-instances.json")).remove(0).unwrap();
    let ec2 = r#"{"source": ["aws.ec2"], "detail": {"eventName": ["RunInstances", "CreateVolume"]}}"#;
    let other = r#"{"source": [{"prefix": "aws."}], "detail": {"eventName": ["CreateBucket"]}}"#;
    assert_eq!(met(&[ec2, other, r#"{"source": ["aws.ec2"]}"#], &event), (vec![0, 2], vec![]));
    assert_eq!(met(&[ec2, r#"{"source": [{"prefix": "aws."}]}"#], &event), (vec![0], vec![1]));
    assert_eq!(met(&[ec2, r#"{"source": ["aws.ec2"], "id": [{"exists": true}]}"#], &event), (vec![0], vec![1]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_index_and_the_matcher_agree(patterns in patterns(), text in event_text()) {
        let router = Router::new(patterns.iter().enumerate());
        for event in decode(text.as_bytes()).into_iter().flatten() {
            prop_assert_eq!(router.route_event(&event), router.route(event.text()));
        }
    }
}
