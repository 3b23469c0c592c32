//! Patterns as the matcher can take them: of a list in which `exists` stands beside other alternatives, it decides by
//! the first alone.

use serde_json::{Map, Value};

/// The most patterns that one is taken as.
const MAX_PATTERNS: usize = 64;

/// Patterns that together match what this one matches, in which each `exists` stands alone. None if that takes too
/// many.
pub(super) fn separated(pattern: &Value) -> Option<Vec<Value>> {
    match pattern {
        Value::Object(fields) => {
            let mut patterns = vec![Map::new()];
            for (key, value) in fields {
                let values = separated(value)?;
                if patterns.len() * values.len() > MAX_PATTERNS {
                    return None;
                }
                let with = |pattern: &Map<String, Value>, value: &Value| {
                    let mut pattern = pattern.clone();
                    pattern.insert(key.clone(), value.clone());
                    pattern
                };
                patterns =
                    patterns.iter().flat_map(|pattern| values.iter().map(|value| with(pattern, value))).collect();
            }
            Some(patterns.into_iter().map(Value::Object).collect())
        }
        Value::Array(alternatives) => {
            let (exists, others): (Vec<&Value>, Vec<&Value>) =
                alternatives.iter().partition(|alternative| alternative.get("exists").is_some());
            let mut lists: Vec<Vec<Value>> = Vec::new();
            for list in exists.into_iter().map(|exists| vec![exists.clone()]) {
                if !lists.contains(&list) {
                    lists.push(list);
                }
            }
            if !others.is_empty() {
                lists.push(others.into_iter().cloned().collect());
            }
            Some(lists.into_iter().map(Value::Array).collect())
        }
        other => Some(vec![other.clone()]),
    }
}
