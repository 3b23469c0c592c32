//! TestEventPattern.

use serde_json::{Value, json};

use super::super::reply::ApiError;
use super::super::sqs::params::Params;
use super::pattern;

/// In Unicode characters. A rule's pattern may have half as many.
const MAX_PATTERN: usize = 4_096;

/// The fields that every event has, and the type of each.
const FIELDS: [(&str, Field); 8] = [
    ("id", Field::Text),
    ("account", Field::Text),
    ("source", Field::Text),
    ("time", Field::Text),
    ("region", Field::Text),
    ("resources", Field::Texts),
    ("detail-type", Field::Text),
    ("detail", Field::Object),
];

#[derive(Clone, Copy)]
enum Field {
    Text,
    Texts,
    Object,
}

impl Field {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Self::Object => value.is_object(),
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Texts => "a list of strings",
            Self::Object => "an object",
        }
    }
}

/// # Panics
///
/// For a pattern that AWS can match and the fake cannot: the request gets no answer, and the test's output says why.
pub(super) fn test_event_pattern(params: &Params) -> Result<Value, ApiError> {
    params.allow(&["EventPattern", "Event"])?;
    let pattern = read_pattern(params.required_text("EventPattern")?)?;
    let event = read_event(params.required_text("Event")?)?;
    Ok(json!({ "Result": pattern::matches(&pattern, &event) }))
}

fn read_pattern(text: &str) -> Result<Value, ApiError> {
    let invalid = |reason: String| {
        let message = format!("Event pattern is not valid. Reason: {reason}");
        ApiError::new(400, "InvalidEventPatternException", message)
    };
    if text.chars().count() > MAX_PATTERN {
        return Err(ApiError::invalid_value(format!("EventPattern may have {MAX_PATTERN} characters")));
    }
    let pattern = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
    pattern::check(&pattern).map_err(invalid)?;
    Ok(pattern)
}

fn read_event(text: &str) -> Result<Value, ApiError> {
    let invalid = |reason: String| ApiError::invalid_value(format!("Parameter Event is not valid. Reason: {reason}"));
    let event: Value = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
    for (name, field) in FIELDS {
        if !event.get(name).is_some_and(|value| field.fits(value)) {
            return Err(invalid(format!("{name} must be there, and be {}", field.expected())));
        }
    }
    let account = event.get("account").and_then(Value::as_str).unwrap_or_default();
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(format!("the account must have 12 digits, and is {account}")));
    }
    Ok(event)
}
