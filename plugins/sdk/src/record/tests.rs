use super::*;

fn record(detail: &str) -> CloudTrailRecord<'_> {
    CloudTrailRecord::parse(detail).unwrap()
}

/// The record of a `CreateThings` with this request and this response.
fn call(request: &str, response: &str) -> String {
    format!(r#"{{"eventName": "CreateThings", "requestParameters": {request}, "responseElements": {response}}}"#)
}

#[track_caller]
fn assert_malformed<T: std::fmt::Debug>(read: Result<T, Failure>, words: &str) {
    match read {
        Err(Failure::Malformed(text)) => assert!(text.contains(words), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_needs_nothing_but_the_name_of_the_call() {
    let bare = record(r#"{"eventName": "CreateThings", "eventSource": "things.amazonaws.com", "unknown": [1]}"#);
    assert_eq!((bare.event_name.as_str(), bare.event_source.as_str()), ("CreateThings", "things.amazonaws.com"));
    assert_eq!(bare.user_identity, None);
    assert_eq!(record(r#"{"eventName": "CreateThings", "userIdentity": null}"#).user_identity, None);
    for other in ["", "[]", "7", "{}", r#"{"eventName": 7}"#, r#"{"eventName": "CreateThings", "userIdentity": 7}"#] {
        assert_malformed(CloudTrailRecord::parse(other), "no CloudTrail record: ");
    }
}

#[test]
fn time_address_and_program_are_what_the_record_says_and_none_if_that_is_no_text_or_an_empty_one() {
    let facts = |record: &CloudTrailRecord<'_>| [record.event_time(), record.source_ip_address(), record.user_agent()];
    let said = record(
        r#"{"eventName": "X", "eventTime": "2026-01-31T12:00:00Z", "sourceIPAddress": "192.0.2.7", "userAgent": "a \"b\""}"#,
    );
    let expected = ["2026-01-31T12:00:00Z", "192.0.2.7", "a \"b\""].map(|fact| Some(fact.to_owned()));
    assert_eq!(facts(&said), expected);
    assert_eq!(facts(&record(r#"{"eventName": "X"}"#)), [None, None, None]);
    for nothing in ["7", "null", r#""""#, "{}", r#"["x"]"#] {
        let detail = format!(
            r#"{{"eventName": "X", "eventTime": {nothing}, "sourceIPAddress": {nothing}, "userAgent": {nothing}}}"#
        );
        assert_eq!(facts(&record(&detail)), [None, None, None], "{nothing}");
    }
}

#[test]
fn created_is_what_the_response_names_and_the_request_does_not() {
    let detail =
        call(r#"{"source": "t-1"}"#, r#"{"thingSet": {"items": [{"id": "t-1"}, {"id": "t-2"}, {"id": "t-2"}]}}"#);
    assert_eq!(record(&detail).response_strings(&["thingSet.id"]).unwrap(), ["t-1", "t-2"]);
    assert_eq!(record(&detail).created(&["thingSet.id"]).unwrap(), ["t-2"]);
    let detail = call(r#"{"source": "t-1"}"#, r#"{"id": "t-1"}"#);
    let words = "t-1 stands in the request, so it existed before the call";
    assert_eq!(record(&detail).created(&["id"]), Err(Failure::Skip(words.into())));
}

#[test]
fn a_call_that_created_nothing_where_it_should_is_malformed_and_says_where() {
    let detail = call("null", r#"{"other": "t-1"}"#);
    assert_malformed(record(&detail).created(&["id", "ids"]), "CreateThings: responseElements has no id or ids");
    let detail = call("null", r#"{"id": 7}"#);
    let words = "CreateThings: responseElements is of another shape: a number where a string was expected";
    assert_malformed(record(&detail).created(&["id"]), words);
    let detail = call("{}", "null");
    assert_malformed(
        record(&detail).created(&["id"]),
        "the record of a successful CreateThings has no responseElements",
    );
}

#[test]
fn request_strings_are_what_the_request_names_whichever_way_they_are_written() {
    for request in [
        r#"{"thing": {"name": "orders"}}"#,
        r#"{"Thing": {"Name": "orders"}}"#,
        r#"{"CreateThingsRequest": {"thing": {"name": "orders"}}}"#,
    ] {
        let detail = call(request, "null");
        assert_eq!(record(&detail).request_strings(&["thing.name"]).unwrap(), ["orders"], "{request}");
    }
    for nothing in ["null", "{}", r#"{"thing": {"name": ""}}"#, r#"{"CreateThingsResponse": {"thing": {"name": "x"}}}"#]
    {
        let detail = call(nothing, "null");
        assert_eq!(record(&detail).request_strings(&["thing.name"]).unwrap(), [""; 0], "{nothing}");
    }
    let detail = call(r#"{"thing": {"name": true}}"#, "null");
    let words = "CreateThings: requestParameters is of another shape: a boolean where a string was expected";
    assert_malformed(record(&detail).request_strings(&["thing.name"]), words);
}

#[test]
fn a_request_mentions_whole_strings_and_names_of_fields() {
    let detail = call(r#"{"list": ["t-1", {"t-2": "x t-3"}], "number": 4}"#, "null");
    for (text, mentioned) in [("t-1", true), ("t-2", true), ("t-3", false), ("t", false), ("4", false), ("", false)] {
        assert_eq!(record(&detail).request_mentions(text), Some(mentioned), "{text}");
    }
    assert_eq!(record(r#"{"eventName": "X"}"#).request_mentions("t-1"), Some(false));
}

#[test]
fn a_response_is_there_unless_it_is_null_or_left_out() {
    for (detail, has_response) in [
        (call("{}", "{}"), true),
        (call("{}", r#""""#), true),
        (call("{}", "null"), false),
        (call("{}", OMITTED), false),
        (r#"{"eventName": "X"}"#.into(), false),
    ] {
        assert_eq!(record(&detail).has_response(), has_response, "{detail}");
    }
}

#[test]
fn a_response_can_be_read_into_a_type_of_the_plugins_own() {
    #[derive(Debug, Deserialize)]
    struct Response {
        count: u8,
    }
    assert_eq!(record(&call("null", r#"{"count": 3}"#)).response::<Response>().unwrap().count, 3);
    let words = "CreateThings: responseElements is of another shape: missing field `count`";
    assert_malformed(record(&call("null", "{}")).response::<Response>(), words);
    let words = "the record of a successful CreateThings has no responseElements";
    assert_malformed(record(&call("{}", "null")).response::<Response>(), words);
}

const OMITTED: &str = r#"{"omitted": true, "originalSize": 139021, "reason": "responseElements too large"}"#;

#[test]
fn an_omitted_response_is_no_response_and_says_what_cloudtrail_did() {
    let detail = call(r#"{"source": "t-1"}"#, OMITTED);
    let record = record(&detail);
    let words = "CreateThings: CloudTrail has omitted responseElements (139021 bytes: responseElements too large)";
    assert_malformed(record.created(&["id"]), words);
    // What CloudTrail writes in its place is not read, either.
    assert_malformed(record.response_strings(&["reason"]), words);
    assert_malformed(record.response::<serde_json::Value>(), words);
    assert_eq!(record.request_strings(&["source"]).unwrap(), ["t-1"]);
    assert!(record.omitted_response().is_some() && record.omitted_request().is_none());
}

#[test]
fn an_omitted_request_names_nothing_and_what_it_mentions_is_unknown() {
    let detail = call(OMITTED, r#"{"id": "t-1"}"#);
    let record = record(&detail);
    assert_eq!(record.request_strings(&["reason", "name"]).unwrap(), [""; 0]);
    for text in ["t-1", "reason", "x"] {
        assert_eq!(record.request_mentions(text), None, "{text}");
    }
    // Nothing is left out, since the host judges it.
    assert_eq!(record.created(&["id"]).unwrap(), ["t-1"]);
    assert!(record.omitted_request().is_some() && record.omitted_response().is_none());
}
