//! Values that an alternative of a pattern matches.

use std::collections::HashSet;
use std::net::IpAddr;

use autotag_core::pattern::{EventPattern, edges};
use autotag_core::router::Router;
use serde_json::{Value, json};

/// The most values for one operator.
const MAX_VALUES: usize = 16;

/// Values that an alternative matches, the plainest first. `known` are the alternatives of all patterns for the same
/// field: where two patterns differ, they differ near one of these.
///
/// An empty list: no value was found. `None` in it: the field has to be absent.
pub(super) fn values(alternative: &Value, known: &[Value]) -> Vec<Option<Value>> {
    let Some((operator, operand)) = alternative.as_object().and_then(|object| object.iter().next()) else {
        return vec![Some(alternative.clone())];
    };
    if operator == "exists" && operand == false {
        return vec![None];
    }
    let Ok(pattern) = EventPattern::parse(&json!({"x": [alternative]}).to_string()) else { return Vec::new() };
    let meets = |value: &Value| pattern.matches(&json!({"x": value}).to_string()).unwrap_or(false);
    let mut seen = HashSet::new();
    let all = guesses(operator, operand).into_iter().chain(near(operand, known));
    let mut values: Vec<Value> = all.filter(|value| seen.insert(value.to_string()) && meets(value)).collect();
    if values.len() > 1 && !known.is_empty() {
        // Values that few other alternatives match tell the patterns apart. The plainest stays the first.
        let takers = takers(known);
        let count = |value: &Value| takers.route(&json!({"x": value}).to_string()).map_or(0, |takers| takers.len());
        values.get_mut(1..).into_iter().for_each(|rest| rest.sort_by_cached_key(count));
    }
    values.truncate(MAX_VALUES);
    values.into_iter().map(Some).collect()
}

/// A router to those of these alternatives that match a value of the field `x`.
fn takers(known: &[Value]) -> Router<usize> {
    let mut distinct: Vec<&Value> = Vec::new();
    known.iter().for_each(|one| {
        if !distinct.contains(&one) {
            distinct.push(one)
        }
    });
    let patterns = distinct.into_iter().filter_map(|one| EventPattern::parse(&json!({"x": [one]}).to_string()).ok());
    let patterns: Vec<EventPattern> = patterns.collect();
    Router::new(patterns.iter().enumerate())
}

/// Candidates that an operator is likely to match.
fn guesses(operator: &str, operand: &Value) -> Vec<Value> {
    let texts = texts(operand);
    let all = |made: &dyn Fn(&str) -> Vec<String>| texts.iter().flat_map(|text| made(text)).map(Value::from).collect();
    match operator {
        "wildcard" => {
            all(&|text| vec![without_wildcards(text, "x"), without_wildcards(text, ""), without_wildcards(text, "xx")])
        }
        "cidr" => all(&|block| edges(block).iter().map(ToString::to_string).collect()),
        "prefix" => all(&|text| vec![text.into(), format!("{text}x")]),
        "suffix" => all(&|text| vec![text.into(), format!("x{text}")]),
        "equals-ignore-case" => all(&|text| vec![text.into(), text.to_lowercase(), text.to_uppercase()]),
        // A text that is none of many: one longer than each.
        "anything-but" => {
            let longest = texts.iter().map(|text| text.len()).max().unwrap_or_default();
            vec!["x".into(), "x".repeat(longest + 1).into(), json!(1), Value::Null]
        }
        _ => vec!["x".into(), json!(1), Value::Null],
    }
}

/// Boundary values: those at and near what the alternatives name.
fn near(operand: &Value, known: &[Value]) -> Vec<Value> {
    let mut values = Vec::new();
    let all = || std::iter::once(operand).chain(known);
    for text in all().flat_map(texts) {
        values.extend([text.into(), format!("{text}x").into(), format!("x{text}").into(), format!("x{text}x").into()]);
        values.extend([text.to_lowercase().into(), text.to_uppercase().into()]);
        let mut characters = text.chars();
        characters.next_back();
        values.push(characters.as_str().into());
        if text.contains('*') {
            values.extend(["", "x", "xx"].map(|between| without_wildcards(text, between).into()));
        }
        values.extend(edges(text).iter().map(IpAddr::to_string).map(Value::from));
    }
    let mut numbers: Vec<f64> = all().flat_map(numbers).collect();
    numbers.sort_by(f64::total_cmp);
    let between = numbers.windows(2).filter_map(|pair| Some((pair.first()? + pair.last()?) / 2.0));
    let beside = numbers.iter().flat_map(|number| [*number, number + 1.0, number - 1.0]);
    values.extend(beside.chain(between).map(number));
    values
}

/// A JSON number: an integer, if it is whole.
#[expect(clippy::cast_possible_truncation, reason = "it is the same number, or it stays what it was")]
fn number(number: f64) -> Value {
    let whole = number as i64;
    if whole as f64 == number { whole.into() } else { number.into() }
}

/// All strings in an operand.
fn texts(operand: &Value) -> Vec<&str> {
    match operand {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// All numbers in an operand.
fn numbers(operand: &Value) -> Vec<f64> {
    match operand {
        Value::Number(number) => number.as_f64().into_iter().collect(),
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        Value::Object(fields) => fields.values().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

/// A text that a wildcard matches, with `between` for each `*`. A backslash escapes what follows.
fn without_wildcards(wildcard: &str, between: &str) -> String {
    let mut text = String::new();
    let mut characters = wildcard.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => text.push_str(between),
            '\\' => text.push(characters.next().unwrap_or('\\')),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_values_that_meet_it() {
        for alternative in [
            json!({"prefix": "a"}),
            json!({"prefix": {"equals-ignore-case": "a"}}),
            json!({"suffix": "a"}),
            json!({"suffix": {"equals-ignore-case": "a"}}),
            json!({"equals-ignore-case": "a"}),
            json!({"wildcard": "a*b"}),
            json!({"wildcard": r"\**"}),
            json!({"exists": true}),
            json!({"cidr": "10.0.0.0/8"}),
            json!({"cidr": "2001:db8::/32"}),
            json!({"anything-but": "x"}),
            json!({"anything-but": ["x", "xx"]}),
            json!({"anything-but": [1, 2]}),
            json!({"anything-but": {"prefix": ["x", "a"]}}),
            json!({"anything-but": {"wildcard": "*a*"}}),
            json!({"numeric": [">", 0, "<=", 5]}),
            json!({"numeric": [">", 0, "<", 0.001]}),
            json!({"numeric": ["=", 3]}),
        ] {
            let values = values(&alternative, &[]);
            assert!(values.first().is_some_and(Option::is_some), "{alternative}");
        }
        assert_eq!(values(&json!({"exists": false}), &[]), [None]);
        assert_eq!(values(&json!({"anything-but": {"wildcard": "*"}}), &[]), [Some(json!(1)), Some(Value::Null)]);
    }

    #[test]
    fn what_another_pattern_names_is_tried_as_far_as_it_meets_this_one() {
        let values = values(&json!({"prefix": "Create"}), &[json!("CreateVolume"), json!("Delete")]);
        for value in ["Create", "CreateVolume", "CreateVolumex"] {
            assert!(values.contains(&Some(value.into())), "{values:?}");
        }
        assert!(!values.contains(&Some("Delete".into())));
    }
}
