//! The scanner, compared with serde.

use proptest::prelude::*;

use super::*;
use crate::event::{Part, Record};

#[test]
fn an_event_as_eventbridge_writes_it_is_read_quickly() {
    for text in [include_str!("../../../../../benches/speed/run-instances.json").trim(), &envelope()] {
        assert!(scan::envelope(text).is_some(), "{text}");
        assert!(one(text.as_bytes()).unwrap().parts.is_some());
    }
    assert!(one(RECORD.as_bytes()).unwrap().parts.is_some());
}

/// The scanner either refuses the text, or reads what serde reads.
#[track_caller]
fn assert_agrees(text: &str) {
    let Some(envelope) = scan::envelope(text) else { return };
    let quick = from_plain_envelope(text, envelope);
    let mut events = Vec::new();
    read_document(text, 1, &mut events);
    let slow = events.remove(0).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(Event { parts: None, ..quick.clone() }, slow);
    let (quick, slow) = (quick.record().unwrap(), slow.record().unwrap_or_else(|error| panic!("{error}: {text}")));
    // The invariant of a plain record.
    for part in [&quick.request_parameters, &quick.response_elements].into_iter().filter_map(Part::json) {
        assert!(part.contains('\\') || serde_json::from_str::<serde_json::Value>(part).is_ok(), "{part}");
    }
    assert_eq!(format!("{:?}", Record { is_plain: false, ..quick }), format!("{slow:?}"));
}

#[test]
fn a_field_of_another_form_or_type_or_one_that_stands_twice_is_read_as_serde_reads_it() {
    let fields = [
        "detail",
        "detail-type",
        "id",
        "source",
        "account",
        "region",
        "time",
        "replay-name",
        "eventName",
        "eventID",
        "eventSource",
        "eventType",
        "eventTime",
        "awsRegion",
        "recipientAccountId",
        "userIdentity",
        "Records",
        "Events",
        "Messages",
        "CloudTrailEvent",
        "Body",
        "body",
        "errorCode",
        "principalId",
        "requestParameters",
        "responseElements",
        "other",
    ];
    for field in fields {
        for value in ["7", "null", "\"x\"", "\"\"", "[]", "[7]", "{}", "{\"principalId\": 7}"] {
            let member = format!("\"{field}\": {value},");
            for times in 1..=2 {
                for place in ["\"version\"", "\"eventID\""] {
                    assert_agrees(&envelope().replace(place, &format!("{}{place}", member.repeat(times))));
                }
            }
            // In place of the original value.
            assert_agrees(&envelope().replacen(&format!("\"{field}\""), &format!("\"{field}\": {value}, \"x\""), 1));
        }
    }
}

/// The members of an envelope, of its record and of its identity: the usual ones first, then odd ones.
type Members = (&'static [&'static str], &'static [&'static str]);

const ENVELOPE: Members = (
    &[
        r#""id": "e-1""#,
        r#""source":"aws.ec2""#,
        r#""detail-type": "AWS API Call via CloudTrail""#,
        r#""account":"111122223333""#,
        r#""region" : "eu-central-1""#,
        r#""time": "2026-01-31T12:00:00Z""#,
        r#""detail": DETAIL"#,
    ],
    &[
        r#""detail": DETAIL"#,
        r#""d\u0065tail": DETAIL"#,
        r#""detail": null"#,
        r#""source": "aws\u002eec2""#,
        r#""source": null"#,
        r#""time": 7"#,
        r#""id": """#,
        r#""region": """#,
        r#""resources": []"#,
        r#""eventName": "x""#,
        r#""replay-name": "incident""#,
        r#""replay-name": null"#,
        r#""Records": [DETAIL]"#,
        r#""Records": null"#,
        r#""body": "{}""#,
        r#""userIdentity": []"#,
        r#""x": PARAMETERS"#,
    ],
);
const DETAIL: Members = (
    &[
        r#""eventName": "RunInstances""#,
        r#""eventSource" :"ec2.amazonaws.com""#,
        r#""userIdentity": IDENTITY"#,
        r#""requestParameters": PARAMETERS"#,
        r#""responseElements" : PARAMETERS "#,
    ],
    &[
        r#""eventName": "RunInstances""#,
        r#""eventN\u0061me": "Other""#,
        r#""eventTime": "2026-01-31T12:00:00Z""#,
        r#""eventTime": 7"#,
        r#""awsRegion": "eu-central-1""#,
        r#""recipientAccountId": "111122223333""#,
        r#""recipientAccountId": null"#,
        r#""eventName": null"#,
        r#""eventName": "Run\u0049nstances""#,
        r#""eventSource": 7"#,
        r#""errorCode": "Client.Denied""#,
        r#""errorCode": null"#,
        r#""errorCode": """#,
        r#""errorCode": 7"#,
        r#""errorCode": "a\nb""#,
        r#""userIdentity": null"#,
        r#""userIdentity": ["AIDAEVE"]"#,
        r#""requestParameters": null"#,
        r#""responseElements":null"#,
        r#""x": PARAMETERS"#,
    ],
);
const IDENTITY: Members = (
    &[r#""type": "IAMUser""#, r#""principalId": "AIDABOB""#],
    &[
        r#""principalId": "AIDAEVE""#,
        r#""principal\u0049d": "AIDAEVE""#,
        r#""principalId": null"#,
        r#""principalId": 7"#,
        r#""principalId": "AIDA\u0045VE""#,
        r#""sessionContext": {"principalId": "AIDAEVE"}"#,
        r#""x": PARAMETERS"#,
    ],
);

/// Pieces of JSON, whole and broken.
const ODD: &[&str] = &[
    "0",
    "-1",
    "1.5",
    "-0.0",
    "01",
    "-",
    "1.",
    ".5",
    "+1",
    "1e5",
    "1e999",
    "1E+2",
    "true",
    "fals",
    "null",
    "nul",
    "{}",
    "[]",
    "{ }",
    "[ ]",
    "[1,]",
    "{,}",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "\\",
    "\\u00",
    "\"i-1\"",
    "\"\\u0069-1\"",
    "\"\\ud800\"",
    "\"\\ud83d\\ude00\"",
    "\"\\x\"",
    "\"\\u00g0\"",
    "\"a\tb\"",
    "\"\u{7f}ü€😀\"",
    "\"fifteen bytes..\\\\\"",
    "\"\\\"\"",
    "\u{a0}",
    "\u{b}",
    " ",
    "\n\t\r",
    "\"a\":1",
    "{\"a\":1,\"a\":2}",
    "'a'",
    "123456789012345678901234567890",
    "1234567890123456789012345678901234567890123456789012345678901234567890",
];

/// An object of most of the usual members in any order, and now and then an odd one.
fn members((usual, odd): Members) -> impl Strategy<Value = String> {
    let usual = prop_oneof![6 => Just(usual.to_vec()), 1 => prop::sample::subsequence(usual, 0..=usual.len())];
    let odd = prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(prop::sample::select(odd), 1..3)];
    let members = (usual, odd).prop_map(|(usual, odd)| [usual, odd].concat()).prop_shuffle();
    members.prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// JSON text, mostly sound.
fn odd_json() -> impl Strategy<Value = String> {
    let sound: Vec<_> = ODD.iter().copied().filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok()).collect();
    let leaf = prop_oneof![
        50 => prop::sample::select(sound).prop_map(String::from),
        1 => prop::sample::select(ODD).prop_map(String::from),
        1 => (60_usize..140).prop_map(|depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth))),
        1 => (20_usize..70).prop_map(|depth| format!("{}1{}", "{\"a\":[".repeat(depth), "]}".repeat(depth))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|elements| format!("[{}]", elements.join(", "))),
            prop::collection::vec(inner, 0..4).prop_map(|values| {
                let members: Vec<_> = values.iter().map(|value| format!("\"key\" : {value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Of records that are plain, odd or broken.
    #[test]
    fn what_is_read_quickly_is_what_serde_reads(
        envelope in members(ENVELOPE),
        detail in members(DETAIL),
        identity in members(IDENTITY),
        parameters in odd_json(),
        odd in prop::option::weighted(0.3, (0_usize..700, 0_usize..3, prop::sample::select(ODD))),
    ) {
        let detail = detail.replace("IDENTITY", &identity).replace("PARAMETERS", &parameters);
        let mut text = envelope.replace("DETAIL", &detail);
        if let Some((position, removed, inserted)) = odd {
            let position = (0..=position.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
            let end = (position..=text.len()).find(|&at| at >= position + removed && text.is_char_boundary(at));
            text.replace_range(position..end.unwrap_or(text.len()), inserted);
        }
        assert_agrees(&text);
        // A record without an envelope is read by serde first, and then by the scanner.
        for event in decode(detail.as_bytes()).into_iter().flatten().filter(|event| event.parts.is_some()) {
            let (quick, slow) = (event.record().unwrap(), serde_json::from_str::<Record<'_>>(event.detail()).unwrap());
            prop_assert_eq!(format!("{:?}", Record { is_plain: false, ..quick }), format!("{:?}", slow));
        }
    }
}
