//! Divides patterns that are too long for a rule.

use serde_json::Value;

/// The most characters of a rule's pattern that EventBridge takes, unless the account's quota was raised.
///
/// ```
/// use autotag_eventbridge_rules::{MAX_PATTERN_CHARS, PluginPatterns, Replays, required_rules};
///
/// let names: Vec<String> = (0..200).map(|number| format!("CreateThing{number}")).collect();
/// let pattern = serde_json::json!({"source": ["aws.ec2"], "detail": {"eventName": names}}).to_string();
/// assert!(pattern.len() > MAX_PATTERN_CHARS);
/// let declared = PluginPatterns { plugin: "ec2", patterns: vec![&pattern], event_names: None };
/// let rules = required_rules([declared], Replays::Refused)?;
/// assert_eq!(rules.len(), 2);
/// assert!(rules.iter().all(|rule| rule.pattern.to_string().len() <= MAX_PATTERN_CHARS));
/// # Ok::<(), autotag_eventbridge_rules::RuleError>(())
/// ```
pub const MAX_PATTERN_CHARS: usize = 2048;

/// A pattern that cannot be divided any more, and is still too long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// How long it is.
    pub(crate) chars: usize,
    /// The field that takes the most room in it, with its alternatives.
    pub(crate) longest: String,
}

/// Patterns of at most `max` characters that together match what this one matches.
///
/// The longest list of alternatives is divided. A field matches if any of its alternatives does, so each part gets some
/// of them.
pub(crate) fn split(pattern: &Value, max: usize) -> Result<Vec<Value>, TooLong> {
    let chars = chars(pattern);
    if chars <= max {
        return Ok(vec![pattern.clone()]);
    }
    let mut lists = Vec::new();
    find_lists(pattern, &mut Vec::new(), &mut lists);
    let longest = lists.iter().max_by_key(|list| list.chars);
    let divisible = lists.iter().filter(|list| list.alternatives.len() > 1).max_by_key(|list| list.chars);
    let Some(List { path, alternatives, chars: of_list }) = divisible else {
        let longest = longest.map(|list| format!("{}: {}", list.path.join("."), Value::from(list.alternatives)));
        return Err(TooLong { chars, longest: longest.unwrap_or_default() });
    };
    // What the other fields take, and the list's own brackets.
    let rest = chars - of_list + "[]".len();
    let chunks = match max.checked_sub(rest) {
        Some(room) if alternatives.iter().all(|alternative| self::chars(alternative) <= room) => {
            chunks(alternatives, room)
        }
        // Another list has to be divided too: halves leave the fewest combinations.
        _ => alternatives.chunks(alternatives.len().div_ceil(2)).map(<[Value]>::to_vec).collect(),
    };
    let mut parts = Vec::new();
    for chunk in chunks {
        parts.extend(split(&with(pattern, path, chunk), max)?);
    }
    Ok(parts)
}

/// Packs the alternatives greedily, in their order, into chunks that fit the room.
fn chunks(alternatives: &[Value], room: usize) -> Vec<Vec<Value>> {
    let mut chunks: Vec<Vec<Value>> = Vec::new();
    let mut taken = 0;
    for alternative in alternatives {
        let chars = chars(alternative);
        match chunks.last_mut() {
            Some(chunk) if taken + ",".len() + chars <= room => {
                chunk.push(alternative.clone());
                taken += ",".len() + chars;
            }
            _ => {
                chunks.push(vec![alternative.clone()]);
                taken = chars;
            }
        }
    }
    chunks
}

/// The alternatives of a field.
struct List<'a> {
    path: Vec<&'a str>,
    alternatives: &'a [Value],
    chars: usize,
}

/// Finds all lists of alternatives. A list inside of one belongs to an operator, and cannot be divided.
fn find_lists<'a>(pattern: &'a Value, path: &mut Vec<&'a str>, found: &mut Vec<List<'a>>) {
    match pattern {
        Value::Object(fields) => {
            for (key, value) in fields {
                path.push(key);
                find_lists(value, path, found);
                path.pop();
            }
        }
        Value::Array(alternatives) => found.push(List { path: path.clone(), alternatives, chars: chars(pattern) }),
        _ => {}
    }
}

/// The pattern with other alternatives for a field.
fn with(pattern: &Value, path: &[&str], alternatives: Vec<Value>) -> Value {
    let mut part = pattern.clone();
    if let Some(list) = path.iter().try_fold(&mut part, |value, key| value.get_mut(key)) {
        *list = Value::Array(alternatives);
    }
    part
}

/// An upper bound of a pattern's length in characters, as EventBridge counts it: bytes are never fewer.
fn chars(pattern: &Value) -> usize {
    pattern.to_string().len()
}

#[cfg(test)]
mod tests {
    use autotag_core::pattern::EventPattern;
    use autotag_core::router::Router;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        let pattern = json!({"source": ["a", "b"]});
        assert_eq!(split(&pattern, 20), Ok(vec![pattern.clone()]));
        assert_eq!(split(&pattern, 19), Ok(vec![json!({"source": ["a"]}), json!({"source": ["b"]})]));
    }

    #[test]
    fn the_longest_list_is_divided_in_its_order_into_as_few_parts_as_fit() {
        let names: Vec<_> = (100..200).map(|number| format!("Create{number}")).collect();
        let pattern = json!({"source": ["a", "b"], "detail": {"eventName": names}});
        let parts = split(&pattern, 512).unwrap();
        let lists = parts.iter().map(|part| part["detail"]["eventName"].as_array().unwrap().clone());
        assert_eq!(lists.clone().flatten().collect::<Vec<_>>(), names);
        assert_eq!(lists.map(|list| list.len()).collect::<Vec<_>>(), [38, 38, 24]);
        for part in &parts {
            assert_eq!(part["source"], pattern["source"]);
            assert!(part.to_string().len() <= 512);
        }
        // Not one name more would fit.
        assert!(parts[0].to_string().len() + r#","Create138""#.len() > 512);
    }

    #[test]
    fn two_lists_that_are_both_too_long_are_both_divided_into_few_parts() {
        let names = |prefix: &str| (100..160).map(|number| format!("{prefix}{number}")).collect::<Vec<_>>();
        let parts = split(&json!({"a": names("x"), "b": names("y")}), 300).unwrap();
        assert!(parts.iter().all(|part| part.to_string().len() <= 300));
        assert!(parts.len() <= 16, "{}", parts.len());
    }

    #[test]
    fn what_cannot_be_divided_is_an_error_that_names_it() {
        let long = "x".repeat(50);
        let error = split(&json!({"a": {"b": [long]}, "c": ["y", "z"]}), 50).unwrap_err();
        assert_eq!(error, TooLong { chars: 76, longest: format!(r#"a.b: ["{long}"]"#) });
        // The values of an operator are not alternatives: `anything-but` is met if the value is none of them.
        let operator = json!({"a": [{"anything-but": ["one", "two", "three"]}]});
        assert!(split(&operator, 40).unwrap_err().longest.starts_with("a: "));
    }

    fn alternatives() -> impl Strategy<Value = Value> {
        let alternative = prop_oneof![
            4 => "[a-c]{1,3}".prop_map(Value::from),
            1 => Just(json!(null)),
            1 => (0..5).prop_map(Value::from),
            1 => "[a-c]{1,2}".prop_map(|text| json!({"prefix": text})),
            1 => "[a-c]{1,2}".prop_map(|text| json!({"anything-but": [text, "abc"]})),
            1 => any::<bool>().prop_map(|exists| json!({"exists": exists})),
        ];
        proptest::collection::vec(alternative, 1..8).prop_map(Value::from)
    }

    fn value() -> impl Strategy<Value = Option<Value>> {
        let some = prop_oneof![
            3 => "[a-c]{1,3}".prop_map(Value::from),
            1 => Just(json!(null)),
            1 => (0..5).prop_map(Value::from),
        ];
        proptest::option::weighted(0.9, some)
    }

    fn router(patterns: &[Value]) -> Router<()> {
        let patterns: Vec<_> =
            patterns.iter().map(|pattern| EventPattern::parse(&pattern.to_string()).unwrap()).collect();
        Router::new(patterns.iter().map(|pattern| ((), pattern)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_parts_together_match_what_the_whole_matched_and_each_fits(
            lists in (alternatives(), alternatives(), alternatives()),
            max in 80_usize..200,
            events in proptest::collection::vec((value(), value(), value()), 30),
        ) {
            let pattern = json!({"a": lists.0, "b": {"c": lists.1, "d": lists.2}});
            if let Ok(parts) = split(&pattern, max) {
                prop_assert!(parts.iter().all(|part| part.to_string().len() <= max));
                let (whole, parts) = (router(std::slice::from_ref(&pattern)), router(&parts));
                for (a, c, d) in events {
                    let mut event = json!({"z": 1, "b": {"z": 1}});
                    for (pointer, value) in [("/a", a), ("/b/c", c), ("/b/d", d)] {
                        let (object, key) = pointer.rsplit_once('/').unwrap();
                        if let Some(value) = value {
                            event.pointer_mut(object).unwrap()[key] = value;
                        }
                    }
                    let event = event.to_string();
                    prop_assert_eq!(parts.route(&event).unwrap(), whole.route(&event).unwrap(), "{}", event);
                }
            }
        }
    }
}
