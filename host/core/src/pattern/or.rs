//! Expands the operator `$or`, which [`super`] does not take, into several patterns.

use serde_json::{Map, Value};

/// The most patterns that one expands into: EventBridge takes no more combinations either.
const MAX_PATTERNS: usize = 1000;

/// Expands a pattern into patterns without `$or` that together match what it matches.
///
/// ```
/// use autotag_core::pattern::without_or;
/// use serde_json::json;
///
/// let pattern = json!({"source": ["aws.ec2"], "$or": [{"region": ["us-east-1"]}, {"account": ["111122223333"]}]});
/// let patterns = without_or(pattern)?;
/// assert_eq!(patterns[0], json!({"source": ["aws.ec2"], "region": ["us-east-1"]}));
/// assert_eq!(patterns[1], json!({"source": ["aws.ec2"], "account": ["111122223333"]}));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// If `$or` does not have the form that EventBridge takes, or makes more combinations than EventBridge takes.
pub fn without_or(pattern: Value) -> Result<Vec<Value>, String> {
    let Value::Object(mut object) = pattern else { return Ok(vec![pattern]) };
    let mut patterns = match object.remove("$or") {
        None => vec![Map::new()],
        Some(Value::Array(alternatives)) if alternatives.len() < 2 => {
            return Err("`$or` holds fewer than two objects".into());
        }
        Some(Value::Array(alternatives)) => {
            let mut patterns = Vec::new();
            for alternative in alternatives {
                for pattern in without_or(alternative)? {
                    let Value::Object(pattern) = pattern else {
                        return Err("`$or` holds something else than objects".into());
                    };
                    patterns.push(pattern);
                }
            }
            patterns
        }
        Some(_) => return Err("`$or` is no list".into()),
    };
    for (key, value) in object {
        let values = without_or(value)?;
        if patterns.len().saturating_mul(values.len()) > MAX_PATTERNS {
            return Err(format!("`$or` makes more than {MAX_PATTERNS} combinations"));
        }
        let mut combined = Vec::new();
        for pattern in &patterns {
            for value in &values {
                let mut pattern = pattern.clone();
                insert(&mut pattern, &key, value.clone())?;
                combined.push(pattern);
            }
        }
        patterns = combined;
    }
    Ok(patterns.into_iter().map(Value::Object).collect())
}

/// Adds a field to a pattern. Where an alternative of `$or` asks for fields of the same object, they are merged.
fn insert(pattern: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), String> {
    match (pattern.get_mut(key), value) {
        (None, value) => drop(pattern.insert(key.into(), value)),
        (Some(Value::Object(there)), Value::Object(fields)) => {
            for (key, value) in fields {
                insert(there, &key, value)?;
            }
        }
        (Some(_), _) => return Err(format!("`{key}` stands beside `$or` and inside of it")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_with_or_is_one_pattern_for_each_alternative() {
        let or = json!({"source": ["a"], "detail": {"$or": [{"x": [1]}, {"y": [2], "z": [3]}], "w": [4]}});
        assert_eq!(
            without_or(or),
            Ok(vec![
                json!({"source": ["a"], "detail": {"x": [1], "w": [4]}}),
                json!({"source": ["a"], "detail": {"y": [2], "z": [3], "w": [4]}}),
            ])
        );
        let outside = json!({"detail": {"w": [4]}, "$or": [{"detail": {"x": [1]}}, {"source": ["a"]}]});
        assert_eq!(
            without_or(outside),
            Ok(vec![json!({"detail": {"x": [1], "w": [4]}}), json!({"source": ["a"], "detail": {"w": [4]}}),])
        );
        let deep = json!({"a": {"b": {"c": [1]}}, "$or": [{"a": {"b": {"d": [2]}}}, {"e": [3]}]});
        assert_eq!(
            without_or(deep),
            Ok(vec![json!({"a": {"b": {"c": [1], "d": [2]}}}), json!({"a": {"b": {"c": [1]}}, "e": [3]})])
        );
        let plain = json!({"a": [{"anything-but": ["$or"]}]});
        assert_eq!(without_or(plain.clone()), Ok(vec![plain]));
        assert_eq!(without_or(json!({"$or": [{"$or": [{"a": [1]}, {"b": [1]}]}, {"c": [1]}]})).unwrap().len(), 3);
    }

    #[test]
    fn an_or_that_eventbridge_would_not_take_is_refused() {
        for (pattern, words) in [
            (json!({"$or": {}}), "no list"),
            (json!({"$or": []}), "fewer than two"),
            (json!({"$or": [{"a": [1]}]}), "fewer than two"),
            (json!({"$or": [1, 2]}), "something else than objects"),
            (json!({"a": [1], "$or": [{"a": [2]}, {"b": [2]}]}), "`a` stands beside"),
            (json!({"a": {"b": {"c": [1]}}, "$or": [{"a": {"b": {"c": [2]}}}, {"d": [1]}]}), "`c` stands beside"),
            (
                json!({"a": {"$or": vec![json!({"k": [1]}); 40]}, "b": {"$or": vec![json!({"k": [1]}); 40]}}),
                "more than 1000",
            ),
        ] {
            assert!(without_or(pattern).unwrap_err().contains(words), "{words}");
        }
    }
}
