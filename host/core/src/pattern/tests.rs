mod verdicts;

use super::*;

fn matches(pattern: &str, event: &str) -> bool {
    EventPattern::parse(pattern).unwrap().matches(event).unwrap()
}

#[track_caller]
fn assert_refused(pattern: &str, words: &str) {
    let error = EventPattern::parse(pattern).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn every_operator_of_eventbridge_but_or_is_obeyed() {
    for (pattern, yes, no) in [
        (r#"{"a": ["x", "y"]}"#, r#"{"a": "y"}"#, r#"{"a": "z"}"#),
        (r#"{"a": {"b": [1]}}"#, r#"{"a": {"b": 1.0}}"#, r#"{"a": {"b": 2}}"#),
        (r#"{"a": [null]}"#, r#"{"a": null}"#, r#"{"a": "null"}"#),
        (r#"{"a": [{"prefix": "ab"}]}"#, r#"{"a": "abc"}"#, r#"{"a": "bc"}"#),
        (r#"{"a": [{"prefix": {"equals-ignore-case": "ab"}}]}"#, r#"{"a": "ABc"}"#, r#"{"a": "bc"}"#),
        (r#"{"a": [{"suffix": "bc"}]}"#, r#"{"a": "abc"}"#, r#"{"a": "ab"}"#),
        (r#"{"a": [{"suffix": {"equals-ignore-case": "bc"}}]}"#, r#"{"a": "aBC"}"#, r#"{"a": "ab"}"#),
        (r#"{"a": [{"anything-but": ["x"]}]}"#, r#"{"a": "y"}"#, r#"{"a": "x"}"#),
        (r#"{"a": [{"anything-but": 300}]}"#, r#"{"a": 301}"#, r#"{"a": 300.0}"#),
        (r#"{"a": [{"anything-but": {"prefix": ["x", "y"]}}]}"#, r#"{"a": "z"}"#, r#"{"a": "yz"}"#),
        (r#"{"a": [{"anything-but": {"suffix": "x"}}]}"#, r#"{"a": 1}"#, r#"{"a": "yx"}"#),
        (r#"{"a": [{"anything-but": {"wildcard": "*x*"}}]}"#, r#"{"a": "y"}"#, r#"{"a": "yxz"}"#),
        (r#"{"a": [{"anything-but": {"equals-ignore-case": "x"}}]}"#, r#"{"a": "y"}"#, r#"{"a": "X"}"#),
        (r#"{"a": [{"equals-ignore-case": "Ab"}]}"#, r#"{"a": "aB"}"#, r#"{"a": "a"}"#),
        (r#"{"a": [{"wildcard": "a*c"}]}"#, r#"{"a": "abbc"}"#, r#"{"a": "ab"}"#),
        (r#"{"a": [{"numeric": [">", 1, "<=", 3]}]}"#, r#"{"a": 3}"#, r#"{"a": 1}"#),
        (r#"{"a": [{"numeric": ["<", 8]}]}"#, r#"{"a": -1e9}"#, r#"{"a": "x"}"#),
        (r#"{"a": [{"cidr": "10.0.0.0/8"}]}"#, r#"{"a": "10.1.2.3"}"#, r#"{"a": "11.1.2.3"}"#),
        (r#"{"a": ["2001:db8::1"]}"#, r#"{"a": "2001:db8:0:0:0:0:0:1"}"#, r#"{"a": "2001:db8::2"}"#),
        (r#"{"a": [{"exists": false}], "b": [1]}"#, r#"{"b": 1}"#, r#"{"a": 1, "b": 1}"#),
        (r#"{"a": [{"exists": true}]}"#, r#"{"a": 1}"#, r#"{"b": 1}"#),
        (r#"{"a": [{"exists": true}], "z": [{"exists": false}]}"#, r#"{"a": "x"}"#, r#"{"a": "x", "z": 1}"#),
        (r#"{"a": [{"exists": false}], "b": [{"exists": false}]}"#, r#"{}"#, r#"{"b": 1}"#),
        (r#"{"a.b": ["x"]}"#, r#"{"a.b": "x"}"#, r#"{"a": "x"}"#),
    ] {
        assert!(matches(pattern, yes), "{pattern} {yes}");
        assert!(!matches(pattern, no), "{pattern} {no}");
    }
}

#[test]
fn alternatives_count_wherever_they_stand_in_their_list() {
    let exists = [r#"{"exists": false}"#, "1", "null", r#"{"prefix": "x"}"#];
    for turn in 0..exists.len() {
        let list: Vec<_> = exists.iter().cycle().skip(turn).take(exists.len()).copied().collect();
        let pattern = format!(r#"{{"a": {{"b": [{}]}}, "c": ["y", {{"exists": true}}]}}"#, list.join(", "));
        for yes in [r#"{"a": {}, "c": 1}"#, r#"{"a": {"b": 1}, "c": "y"}"#, r#"{"a": {"b": null}, "c": 2}"#] {
            assert!(matches(&pattern, yes), "{pattern} {yes}");
        }
        for no in [r#"{"a": {"b": 2}, "c": 1}"#, r#"{"a": {"b": "y"}, "c": "y"}"#, r#"{"a": {"b": 1}}"#] {
            assert!(!matches(&pattern, no), "{pattern} {no}");
        }
    }
}

#[test]
fn what_is_met_in_a_list_is_met_by_one_of_its_elements() {
    let volumes_without_tags = r#"{"items": {"type": ["volume"], "tags": {"key": [{"exists": false}]}}}"#;
    // Fields are taken in the order of their names, so that `tags` comes before `type`: it has to be in no element at
    // all.
    assert!(!matches(volumes_without_tags, r#"{"items": [{"type": "x", "tags": [{"key": 1}]}, {"type": "volume"}]}"#));
    let volumes_without_tags = r#"{"items": {"resource": ["volume"], "tags": {"key": [{"exists": false}]}}}"#;
    assert!(matches(
        volumes_without_tags,
        r#"{"items": [{"resource": "x", "tags": [{"key": 1}]}, {"resource": "volume"}]}"#
    ));
    assert!(!matches(
        volumes_without_tags,
        r#"{"items": [{"resource": "x"}, {"resource": "volume", "tags": [{"key": 1}]}]}"#
    ));
    let both = r#"{"a": {"b": [1], "c": [2]}}"#;
    assert!(matches(both, r#"{"a": [{"b": 4, "c": 2}, {"b": 1, "c": 2}]}"#));
    assert!(!matches(both, r#"{"a": [{"b": 1, "c": 3}, {"b": 4, "c": 2}]}"#));
    assert!(matches(
        r#"{"a": {"x": [1]}, "b": {"y": [2]}}"#,
        r#"{"a": [{"x": 0}, {"x": 1}], "b": [{"y": 2}, {"y": 3}]}"#
    ));
}

#[test]
fn many_elements_that_do_not_belong_together_take_no_long_search() {
    let pattern: Vec<_> = (0..12).map(|field| format!(r#""f{field}": {{"a": [1], "b": [1], "c": [2]}}"#)).collect();
    let list = vec![r#"{"a": 1, "b": 1}"#; 200].join(",");
    let event: Vec<_> = (0..12).map(|field| format!(r#""f{field}": [{list}, {{"c": 2}}]"#)).collect();
    assert!(!matches(&format!("{{{}}}", pattern.join(",")), &format!("{{{}}}", event.join(","))));
}

#[test]
fn lists_in_lists_beyond_what_records_have_are_an_error_and_not_searched() {
    let nested = |depth: usize| format!(r#"{{"a": {}1{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(matches(r#"{"a": [1]}"#, &nested(16)));
    let error = EventPattern::parse(r#"{"a": [1]}"#).unwrap().matches(&nested(18)).unwrap_err().to_string();
    assert!(error.contains("too many lists"), "{error}");
}

#[test]
fn an_event_that_is_no_object_or_too_deep_is_an_error_and_no_mismatch() {
    let pattern = EventPattern::parse(r#"{"a": {"a": [1]}, "b": [1]}"#).unwrap();
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(40_000), close.repeat(40_000));
    for event in ["", "[]", "1", r#"{"a": 1} x"#, r#"{"a": 1"#, &format!(r#"{{"b":{}}}"#, deep("[", "]"))] {
        let error = pattern.matches(event).unwrap_err().to_string();
        assert!(error.starts_with("the event cannot be matched against event patterns: "), "{error}");
    }
}

#[test]
fn a_pattern_that_eventbridge_would_not_take_is_refused_with_its_place() {
    assert_refused("{", "not JSON");
    assert_refused("[]", "the pattern: expected an object");
    assert_refused("{}", "the pattern: an empty object");
    assert_refused(r#"{"source": "aws.ec2"}"#, "source: expected an object or a list of values");
    assert_refused(r#"{"detail": {"eventName": []}}"#, "detail.eventName: an empty list");
    assert_refused(r#"{"detail": {"a": [{"regexp": "x"}]}}"#, "detail.a: unknown operator `regexp`");
    assert_refused(r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#, "an operator is an object with one key");
    assert_refused(r#"{"a": [["x"]]}"#, "a list inside a list");
    assert_refused(r#"{"$or": [{"a": ["x"]}]}"#, "$or: the operator `$or` is not supported");
    assert_refused(r#"{"a": [{"cidr": "nonsense"}]}"#, "is no block of addresses");
    assert_refused(r#"{"a": [{"cidr": "10.0.0.1/32"}]}"#, r#"write the address itself: "10.0.0.1""#);
    assert_refused(r#"{"a": [1], "a": [2]}"#, "a: the field stands here twice");
    assert_refused(r#"{"a.b": [1], "a": {"b": [2]}}"#, "a.b: two fields are written so");
    for (pattern, words) in [
        (r#"{"exists": "true"}"#, "`exists` is true or false"),
        (r#"{"anything-but": ["x", 1]}"#, "`anything-but` is a text"),
        (r#"{"anything-but": null}"#, "`anything-but` is a text"),
        (r#"{"anything-but": []}"#, "an empty list leaves nothing out"),
        (r#"{"anything-but": {"prefix": ""}}"#, "an empty `prefix`"),
        (r#"{"anything-but": {"cidr": "10.0.0.0/8"}}"#, "`anything-but` is a text"),
        (r#"{"anything-but": 12345678901234567890}"#, "12345678901234567890 is no number that EventBridge can compare"),
        (r#"{"numeric": []}"#, "`numeric` is"),
        (r#"{"numeric": ["==", 1]}"#, "`numeric` is"),
        (r#"{"numeric": [">", "5"]}"#, "is no number"),
        (r#"{"numeric": ["<", 5, ">", 0]}"#, "`numeric` is"),
        (r#"{"numeric": [">", 5, "<", 5]}"#, "must be less than the upper one"),
        (r#"{"numeric": ["=", 9007199254740993]}"#, "9007199254740993 is no number"),
        ("0.36556464727755755", "0.36556464727755755 has more digits than stay the same"),
        (r#"{"prefix": 5}"#, "`prefix` is a text, or"),
        (r#"{"wildcard": "a**b"}"#, "two `*` in a row"),
        (r#"{"equals-ignore-case": ["x"]}"#, "`equals-ignore-case` is a text"),
    ] {
        assert_refused(&format!(r#"{{"a": [{pattern}]}}"#), words);
    }
}
