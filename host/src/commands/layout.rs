//! Event patterns, as people write them.

use autotag_core::text::one_line;
use serde_json::{Map, Value};

/// How wide a line of a pattern may be.
const WIDTH: usize = 100;

/// The order in which people write the fields of a pattern; other fields come before the last two.
const ORDER: [&str; 8] =
    ["source", "detail-type", "account", "region", "eventSource", "eventName", "errorCode", "detail"];
/// How many of these come last.
const LAST: usize = 2;

/// The fields of a pattern in the order in which people write them.
pub(super) fn in_order(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(key, _)| match ORDER.iter().position(|known| known == key) {
        Some(place) if place < ORDER.len() - LAST => (0, place),
        None => (1, 0),
        Some(place) => (2, place),
    });
    fields
}

/// A pattern as people write it: what fits on one line stands on one line.
pub(super) fn laid_out(pattern: &Value) -> String {
    block(pattern, 0)
}

fn block(pattern: &Value, depth: usize) -> String {
    let (line, indent) = (one_line(&line(pattern), usize::MAX), "  ".repeat(depth));
    match pattern {
        Value::Object(fields) if depth == 0 || line.len() + indent.len() > WIDTH => {
            let fields = in_order(fields).into_iter().map(|(key, value)| {
                let key = Value::from(key.as_str());
                format!("{indent}  {key}: {}", block(value, depth + 1))
            });
            format!("{{\n{}\n{indent}}}", fields.collect::<Vec<_>>().join(",\n"))
        }
        Value::Array(items) if line.len() + indent.len() > WIDTH => {
            let items = items.iter().map(|item| format!("{indent}  {}", block(item, depth + 1)));
            format!("[\n{}\n{indent}]", items.collect::<Vec<_>>().join(",\n"))
        }
        _ => line,
    }
}

/// A pattern on one line.
fn line(pattern: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match pattern {
        Value::Object(fields) => {
            let fields = in_order(fields).into_iter();
            let fields = fields.map(|(key, value)| format!("{}: {}", Value::from(key.as_str()), line(value)));
            format!("{{{}}}", joined(fields.collect()))
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(line).collect())),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_pattern_what_fits_on_a_line_stands_on_one_in_the_order_in_which_people_write_it() {
        let pattern = json!({"detail": {"errorCode": [{"exists": false}], "a": [1], "eventName": ["A",
            {"prefix": "Run"}],
            "eventSource": ["ec2.amazonaws.com"]}, "source": ["aws.ec2"], "x": [1], "detail-type": ["t"]});
        let expected = r#"{
  "source": ["aws.ec2"],
  "detail-type": ["t"],
  "x": [1],
  "detail": {
    "eventSource": ["ec2.amazonaws.com"],
    "eventName": ["A", {"prefix": "Run"}],
    "a": [1],
    "errorCode": [{"exists": false}]
  }
}"#;
        assert_eq!(laid_out(&pattern), expected);
        assert_eq!(serde_json::from_str::<Value>(&laid_out(&pattern)).unwrap(), pattern);
        let names: Vec<_> = (0..30).map(|number| format!("Create{number}")).collect();
        let long = laid_out(&json!({"detail": {"eventName": names}}));
        assert!(long.starts_with("{\n  \"detail\": {\n    \"eventName\": [\n      \"Create0\",\n"), "{long}");
    }
}
