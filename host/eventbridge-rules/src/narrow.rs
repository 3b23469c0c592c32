//! Narrows a plugin's patterns to the events that the host processes.

use std::collections::BTreeSet;

use autotag_core::pattern::EventPattern;
use serde_json::{Map, Value, json};

use crate::envelope::REPLAY_NAME;

/// What the detail types of CloudTrail's records end with.
const VIA_CLOUDTRAIL: &str = " via CloudTrail";

/// The pattern, narrowed to events with these names: the host skips all others if the operator says so. `None` if no
/// event is left.
pub(crate) fn to_events(mut pattern: Value, events: Option<&BTreeSet<String>>) -> Option<Value> {
    let Some(events) = events else { return Some(pattern) };
    // A pattern without a condition on the name gets all of the operator's names. One whose `detail` cannot be a record
    // gets none.
    let detail = object_at(pattern.as_object_mut()?, "detail")?;
    let names = match detail.get("eventName") {
        None => events.iter().map(|name| Value::from(name.as_str())).collect(),
        Some(Value::Array(alternatives)) => narrowed(alternatives, events),
        Some(_) => Vec::new(),
    };
    if names.is_empty() {
        return None;
    }
    detail.insert("eventName".into(), names.into());
    Some(pattern)
}

/// Those of these names that the alternatives match, in the alternatives' order.
fn narrowed(alternatives: &[Value], events: &BTreeSet<String>) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for alternative in alternatives {
        let Ok(pattern) = EventPattern::parse(&json!({"eventName": [alternative]}).to_string()) else { continue };
        let matches = |name: &str| pattern.matches(&json!({"eventName": name}).to_string()).unwrap_or(false);
        names.extend(events.iter().map(String::as_str).filter(|name| matches(name)));
    }
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(*name)).map(Value::from).collect()
}

/// The pattern, without failed API calls: the host tags nothing for them, so they would be delivered and paid for in
/// vain. Patterns of other events, and those with their own condition on the error code, stay as they are.
pub(crate) fn to_successful_calls(mut pattern: Value) -> Value {
    let is_of_calls = match pattern.get("detail-type") {
        None => true,
        Some(types) => {
            let mut types = types.as_array().into_iter().flatten();
            types.all(|detail_type| detail_type.as_str().is_some_and(|text| text.ends_with(VIA_CLOUDTRAIL)))
        }
    };
    if is_of_calls && let Some(detail) = pattern.as_object_mut().and_then(|pattern| object_at(pattern, "detail")) {
        detail.entry("errorCode").or_insert_with(|| json!([{"exists": false}]));
    }
    pattern
}

/// The pattern, without events that are replayed from an archive. The host refuses them, since their resources may
/// belong to another principal by now. A pattern with its own condition on the replay name stays as it is.
pub(crate) fn to_first_deliveries(mut pattern: Value) -> Value {
    if let Some(fields) = pattern.as_object_mut() {
        fields.entry(REPLAY_NAME).or_insert_with(|| json!([{"exists": false}]));
    }
    pattern
}

/// The object of a field, made if the field is absent; `None` if it holds something else.
fn object_at<'a>(object: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(key).or_insert_with(|| json!({})).as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowed_to(pattern: &Value, events: &[&str]) -> Option<Value> {
        to_events(pattern.clone(), Some(&events.iter().map(|&name| name.to_owned()).collect()))
    }

    #[test]
    fn only_the_events_that_the_operator_names_are_left() {
        let names = |alternatives: Value| json!({"source": ["a"], "detail": {"eventName": alternatives}});
        for (alternatives, left) in [
            (json!(["RunInstances", "CreateVolume", "CopyImage"]), json!(["RunInstances", "CreateVolume"])),
            (json!([{"prefix": "Create"}]), json!(["CreateVolume"])),
            (json!([{"anything-but": "CreateVolume"}, "CreateVolume"]), json!(["RunInstances", "CreateVolume"])),
            (json!([{"exists": true}]), json!(["CreateVolume", "RunInstances"])),
        ] {
            let narrowed = narrowed_to(&names(alternatives), &["CreateVolume", "RunInstances"]);
            assert_eq!(narrowed, Some(names(left)));
        }
        assert_eq!(narrowed_to(&names(json!(["CopyImage"])), &["CreateVolume"]), None);
        assert_eq!(narrowed_to(&names(json!([{"exists": false}])), &["CreateVolume"]), None);
        assert_eq!(to_events(names(json!(["CopyImage"])), None), Some(names(json!(["CopyImage"]))));
    }

    #[test]
    fn a_pattern_that_names_no_events_gets_the_names_that_the_operator_says() {
        let expected = json!({"source": ["a"], "detail": {"eventName": ["CreateVolume"]}});
        assert_eq!(narrowed_to(&json!({"source": ["a"]}), &["CreateVolume"]), Some(expected));
        assert_eq!(narrowed_to(&json!({"detail": ["a"]}), &["CreateVolume"]), None);
        assert_eq!(narrowed_to(&json!({"detail": {"eventName": {"a": [1]}}}), &["CreateVolume"]), None);
    }

    #[test]
    fn failed_calls_are_left_out_of_the_patterns_of_calls() {
        let failed = json!([{"exists": false}]);
        for (pattern, error_code) in [
            (json!({"source": ["aws.ec2"]}), &failed),
            (json!({"detail": {"eventName": ["RunInstances"]}}), &failed),
            (json!({"detail-type": ["AWS API Call via CloudTrail"]}), &failed),
            (json!({"detail-type": ["AWS Service Event via CloudTrail"]}), &failed),
            (json!({"detail-type": ["EC2 Instance State-change Notification"]}), &Value::Null),
            (json!({"detail-type": [{"prefix": "AWS"}]}), &Value::Null),
            (json!({"detail": {"errorCode": ["Client.DryRunOperation"]}}), &json!(["Client.DryRunOperation"])),
        ] {
            assert_eq!(&to_successful_calls(pattern.clone())["detail"]["errorCode"], error_code, "{pattern}");
        }
        assert_eq!(to_successful_calls(json!({"detail": ["a"]})), json!({"detail": ["a"]}));
    }

    #[test]
    fn replays_are_left_out_of_every_pattern_that_does_not_ask_for_them() {
        let live = json!([{"exists": false}]);
        for (pattern, replay_name) in [
            (json!({"source": ["aws.ec2"]}), &live),
            (json!({"detail-type": ["EC2 Instance State-change Notification"]}), &live),
            (json!({"replay-name": [{"exists": true}]}), &json!([{"exists": true}])),
        ] {
            assert_eq!(&to_first_deliveries(pattern.clone())["replay-name"], replay_name, "{pattern}");
        }
        assert_eq!(to_first_deliveries(json!(["a"])), json!(["a"]));
    }
}
