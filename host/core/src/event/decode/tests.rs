use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

mod quick;
mod stream;

const RECORD: &str = r#"{"eventID": "e-1", "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances",
    "eventTime": "2026-01-31T12:00:00Z", "awsRegion": "eu-central-1", "recipientAccountId": "111122223333"}"#;

fn envelope() -> String {
    format!(
        r#"{{"version": "0", "id": "e-1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2",
        "account": "111122223333", "time": "2026-01-31T12:00:00Z", "region": "eu-central-1", "resources": [],
        "detail": {RECORD}}}"#
    )
}

fn as_json_string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[track_caller]
fn one(input: &[u8]) -> Result<Event, DecodeError> {
    let mut events = decode(input);
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

#[track_caller]
fn assert_error(input: &[u8], words: &str) {
    let error = one(input).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

fn notification(message: &str) -> Vec<u8> {
    let message = as_json_string(message);
    format!(
        r#"{{"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-central-1:111122223333:t",
        "Message": {message}, "Timestamp": "2026-01-31T12:00:01.000Z", "SignatureVersion": "1"}}"#
    )
    .into()
}

fn sqs_message(body: &str) -> Vec<u8> {
    format!(r#"{{"MessageId": "m", "Body": {}}}"#, as_json_string(body)).into()
}

#[test]
fn every_form_gives_the_same_event() {
    let envelope = envelope();
    let message = format!(r#"{{"MessageId": "m", "Body": {}}}"#, as_json_string(&envelope));
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(format!(r#"{{"Records": [{RECORD}]}}"#).as_bytes()).unwrap();
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("envelope", envelope.clone().into()),
        ("bare record", RECORD.into()),
        ("log file", format!(r#"{{"Records": [{RECORD}]}}"#).into()),
        ("packed log file", packed.finish().unwrap()),
        (
            "lookup-events",
            format!(r#"{{"Events": [{{"EventId": "e-1", "CloudTrailEvent": {}}}]}}"#, as_json_string(RECORD)).into(),
        ),
        ("SQS message", message.clone().into()),
        ("receive-message", format!(r#"{{"Messages": [{message}]}}"#).into()),
        ("SNS notification", notification(&envelope)),
        ("SNS notification in an SQS message", sqs_message(&String::from_utf8(notification(&envelope)).unwrap())),
        ("Lambda's SQS event", format!(r#"{{"Records": [{{"body": {}}}]}}"#, as_json_string(&envelope)).into()),
        ("array", format!("[{RECORD}]").into()),
        ("with a byte order mark", format!("\u{feff}{envelope}\n").into()),
    ];
    for (form, input) in forms {
        let event = one(&input).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(
            [&event.id, &event.source, &event.detail_type, &event.account, &event.region, &event.time],
            ["e-1", "aws.ec2", "AWS API Call via CloudTrail", "111122223333", "eu-central-1", "2026-01-31T12:00:00Z"],
            "{form}"
        );
        assert_eq!(event.detail(), RECORD, "{form}");
        let text: serde_json::Value = serde_json::from_str(event.text()).unwrap();
        assert_eq!(text["detail"]["eventName"], "RunInstances", "{form}");
        assert_eq!(text["source"], "aws.ec2", "{form}");
    }
}

#[test]
fn newline_delimited_json_loses_only_the_line_that_is_broken() {
    let line = RECORD.replace('\n', "");
    let events = decode(format!("{line}\n\n{{broken\n{line}\n").as_bytes());
    assert_eq!(events.len(), 3);
    assert!(events[0].is_ok() && events[2].is_ok());
    assert!(events[1].as_ref().unwrap_err().to_string().starts_with("not JSON: line 3: "), "{:?}", events[1]);
}

#[test]
fn newline_delimited_json_is_read_to_its_end_even_if_its_first_line_is_no_event() {
    let line = RECORD.replace('\n', "");
    for first in ["{}", "7", r#"{"account": 7}"#, "{broken"] {
        let events = decode(format!("{first}\n{line}\n{line}").as_bytes());
        assert_eq!(events.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, true], "{first}");
    }
}

#[test]
fn a_service_event_keeps_its_kind() {
    let record = RECORD.replace("\"eventID\"", "\"eventType\": \"AwsServiceEvent\", \"eventID\"");
    assert_eq!(one(record.as_bytes()).unwrap().detail_type, "AWS Service Event via CloudTrail");
}

#[test]
fn a_bare_record_may_lack_anything_but_its_name() {
    let event = one(br#"{"eventName": "CreateToken", "userIdentity": {"accountId": "111122223333"}}"#).unwrap();
    assert_eq!((event.account.as_str(), event.region.as_str()), ("111122223333", ""));
}

#[test]
fn what_is_no_event_says_what_it_is() {
    assert_error(b"", "the input is empty");
    assert_error(b" \n", "the input is empty");
    assert_error(b"{\"detail\": ", "not JSON: EOF while parsing a value at line 1 column 10");
    assert_error(b"hello", "not JSON: expected value at line 1 column 1");
    assert_error(b"{}", "found an empty object");
    assert_error(b"[]", "a list of events that is empty");
    assert_error(br#"{"Records": []}"#, "a list of events that is empty");
    let digest = br#"{"awsAccountId": "111122223333", "digestS3Object": "AWSLogs/d.json.gz", "logFiles": []}"#;
    assert_error(digest, "a digest of CloudTrail's log files, which holds no events");
    for no_fault in [&b"[]"[..], br#"{"Events": []}"#, digest] {
        assert!(one(no_fault).unwrap_err().is_no_fault());
    }
    assert!(!one(b"").unwrap_err().is_no_fault());
    assert_error(b"7", "found a number");
    assert_error(b"\"text\"", "found a string");
    assert_error(br#"{"a": 1, "b": 2}"#, "found an object with `a`, `b`");
    assert_error(br#"{"Records": 7}"#, "JSON, but no event: invalid type: integer `7`, expected a sequence");
    assert_error(b"{\"detail\": \"\xff\"}", "not UTF-8: the byte at offset 12 does not belong");
    assert_error(b"\x1f\x8bnonsense", "the gzip data is damaged");
}

#[test]
fn an_envelope_without_what_decides_is_refused_by_name() {
    for field in ["detail", "source", "account", "region", "detail-type"] {
        let input = envelope().replacen(&format!("\"{field}\""), &format!("\"no-{field}\""), 1);
        assert_error(input.as_bytes(), &format!("the EventBridge envelope has no `{field}`"));
    }
    for (field, value) in [("source", "aws.ec2"), ("account", "111122223333"), ("region", "eu-central-1")] {
        let input = envelope().replacen(&format!("\"{value}\""), "\"\"", 1);
        assert_error(input.as_bytes(), &format!("the EventBridge envelope has no `{field}`"));
    }
}

#[test]
fn a_field_that_stands_twice_is_refused_since_readers_would_disagree_on_it() {
    assert_error(br#"{"eventName": "a", "detail": {}, "detail": {}}"#, "duplicate field `detail`");
}

#[test]
fn events_wrapped_too_often_are_refused() {
    let mut text = RECORD.to_owned();
    for _ in 0..MAX_DEPTH {
        text = format!(r#"{{"Body": {}}}"#, as_json_string(&text));
    }
    assert_error(text.as_bytes(), "wrapped more than 4 times");
}

#[test]
fn nesting_beyond_every_stack_is_no_matter() {
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        let deep = open.repeat(200_000);
        assert_error(deep.as_bytes(), "not JSON: ");
        assert_error(envelope().replace(RECORD, &format!("{{\"eventName\": {deep}")).as_bytes(), "not JSON: ");
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let event =
        one(envelope().replace("\"e-1\", \"eventSource\"", &format!("{deep}, \"eventSource\"")).as_bytes()).unwrap();
    assert_eq!(event.name().as_deref(), Some("RunInstances"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!decode(&bytes).is_empty());
    }

    /// Damage in the middle of an event is found, or leaves a `detail` that is still a slice of the input.
    #[test]
    fn damage_is_an_error_or_leaves_the_detail_as_it_was_received(
        position in 0_usize..500,
        removed in 0_usize..20,
        inserted in "[\\[\\]{}\",:0-9a-z\\\\ ]{0,8}",
    ) {
        let mut text = envelope();
        let position = position.min(text.len());
        text.replace_range(position..(position + removed).min(text.len()), &inserted);
        for event in decode(text.as_bytes()).into_iter().flatten() {
            prop_assert!(text.contains(event.detail()));
            prop_assert!(serde_json::from_str::<serde_json::Value>(event.detail()).is_ok());
        }
    }
}

#[test]
fn a_queue_takes_no_notification_and_says_what_to_do() {
    let notification = String::from_utf8(notification(&envelope())).unwrap();
    let error = decode_message(&notification).unwrap_err();
    assert_eq!(error, DecodeError::SnsNotification);
    assert!(error.to_string().contains("set raw message delivery"), "{error}");
}

#[test]
fn records_that_are_no_api_calls_have_the_detail_types_that_eventbridge_gives_them() {
    for (event_type, detail_type) in [
        ("AwsApiCall", "AWS API Call via CloudTrail"),
        ("AwsCloudTrailInsight", "AWS Insight via CloudTrail"),
        ("AwsVpceEvent", "AWS Network Activity Event via CloudTrail"),
    ] {
        let record = RECORD.replacen('{', &format!(r#"{{"eventType": "{event_type}","#), 1);
        assert_eq!(one(record.as_bytes()).unwrap().detail_type, detail_type);
    }
}
