//! Event patterns: which of them AWS refuses, and which events the valid ones match.

use serde_json::{Map, Value};

/// The operators of event patterns, beside equality.
const OPERATORS: [&str; 8] =
    ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// # Errors
///
/// Why AWS would refuse the pattern. The operands of operators that the fake does not know are not checked.
pub(super) fn check(pattern: &Value) -> Result<(), String> {
    let fields = pattern.as_object().ok_or("Filter is not an object")?;
    if fields.is_empty() {
        return Err("Empty objects are not allowed".to_owned());
    }
    fields.iter().try_for_each(|(name, field)| match field {
        // `$or` holds a list of patterns instead of values.
        Value::Array(_) if name == "$or" => Ok(()),
        Value::Object(_) => check(field),
        Value::Array(values) if values.is_empty() => Err(format!("Empty arrays are not allowed, as in \"{name}\"")),
        Value::Array(values) => values.iter().try_for_each(check_value),
        _ => Err(format!("\"{name}\" must be an object or an array")),
    })
}

fn check_value(value: &Value) -> Result<(), String> {
    match value {
        Value::Array(_) => Err("Match value must be String, number, true, false, or null".to_owned()),
        Value::Object(operator) => {
            let (name, argument) = single(operator).ok_or("Only one key allowed in match expression")?;
            if !OPERATORS.contains(&name) {
                return Err(format!("Unrecognized match type {name}"));
            }
            match (name, argument) {
                ("exists", Value::Bool(_)) | ("prefix", Value::String(_) | Value::Object(_)) => Ok(()),
                ("exists", _) => Err("exists match pattern must be either true or false.".to_owned()),
                ("prefix", _) => Err("prefix match pattern must be a string".to_owned()),
                ("anything-but", Value::Array(values)) if values.is_empty() => {
                    Err("Empty arrays are not allowed, as in \"anything-but\"".to_owned())
                }
                ("anything-but", Value::Bool(_) | Value::Null) => {
                    Err("Value of anything-but must be an array, an object or a single string/number value.".to_owned())
                }
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Whether the event has, for every field of the pattern, a value that the pattern lists.
///
/// # Panics
///
/// If the pattern uses what the fake does not know, whether or not the rest of it matches the event.
pub(super) fn matches(pattern: &Value, event: &Value) -> bool {
    refuse_unknown(pattern);
    fields_match(pattern, event)
}

fn refuse_unknown(pattern: &Value) {
    for (name, field) in pattern.as_object().into_iter().flatten() {
        match field {
            _ if name == "$or" => unknown("$or"),
            Value::Array(values) => values.iter().for_each(refuse_unknown_value),
            fields => refuse_unknown(fields),
        }
    }
}

fn refuse_unknown_value(asked: &Value) {
    match asked {
        Value::Object(operator) => match single(operator) {
            Some(("exists", _) | ("prefix" | "anything-but", Value::String(_))) => {}
            Some(("anything-but", Value::Array(refused))) if refused.iter().all(Value::is_string) => {}
            _ => unknown(&asked.to_string()),
        },
        // AWS compares numbers as they are written, and parsing has lost that.
        Value::Number(number) if number.is_f64() => unknown(&format!("the number {number}, which is not whole")),
        _ => {}
    }
}

fn unknown(what: &str) -> ! {
    panic!("the fake AWS does not know patterns with {what}: teach it, or test without")
}

/// A field of something that is absent, or is no object, is absent too.
fn fields_match(pattern: &Value, event: &Value) -> bool {
    let mut fields = pattern.as_object().into_iter().flatten();
    fields.all(|(name, field)| match (field, event.get(name)) {
        (Value::Array(listed), found) => {
            let own = found.map(leaves).unwrap_or_default();
            listed.iter().any(|asked| fits(asked, &own))
        }
        // `$or`: one of the listed patterns must match.
        (field, Some(Value::Array(items))) if !items.is_empty() => items.iter().any(|item| fields_match(field, item)),
        (field, found) => fields_match(field, found.unwrap_or(&Value::Null)),
    })
}

/// The values of a field: the elements of a list, or the single value. An object has none of its own; its fields do.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(_) => Vec::new(),
        value => vec![value],
    }
}

/// Whether one entry of the pattern's list matches one of a field's values.
fn fits(asked: &Value, own: &[&Value]) -> bool {
    let Value::Object(operator) = asked else { return own.contains(&asked) };
    match single(operator) {
        Some(("exists", Value::Bool(exists))) => *exists != own.is_empty(),
        Some(("prefix", Value::String(prefix))) => {
            own.iter().any(|value| value.as_str().is_some_and(|text| text.starts_with(prefix)))
        }
        Some(("anything-but", Value::String(refused))) => own.iter().any(|value| value.as_str() != Some(refused)),
        Some(("anything-but", Value::Array(refused))) => own.iter().any(|value| !refused.contains(value)),
        _ => false,
    }
}

fn single(operator: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = operator.iter();
    let (name, argument) = entries.next()?;
    entries.next().is_none().then_some((name.as_str(), argument))
}
