//! What stands beside an id in a JSON text: in the same object, wherever that is.

use std::borrow::Cow;

use serde_json::Value;

use super::skim;

/// The field with an id, and a field beside it.
pub(crate) type Pair = (&'static str, &'static str);

/// A field beside an id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Beside<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) field: &'static str,
    /// JSON text; `null` if the field is not there.
    pub(crate) value: Cow<'a, str>,
}

/// All that stands beside ids; none if the text cannot be read.
pub(crate) fn beside<'a>(json: &'a str, pairs: &[Pair]) -> Option<Vec<Beside<'a>>> {
    skim::beside(json, pairs).or_else(|| by_serde(json, pairs))
}

/// The slow way, which reads every JSON.
fn by_serde(json: &str, pairs: &[Pair]) -> Option<Vec<Beside<'static>>> {
    let mut found = Vec::new();
    collect(&serde_json::from_str(json).ok()?, pairs, &mut found);
    Some(found)
}

fn collect(value: &Value, pairs: &[Pair], found: &mut Vec<Beside<'static>>) {
    match value {
        Value::Object(object) => {
            for &(id_field, field) in pairs {
                if let Some(Value::String(id)) = object.get(id_field) {
                    let value = object.get(field).unwrap_or(&Value::Null).to_string();
                    found.push(Beside { id: id.clone().into(), field, value: value.into() });
                }
            }
            object.values().for_each(|value| collect(value, pairs, found));
        }
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, pairs, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAIRS: &[Pair] = &[("id", "time"), ("id", "set"), ("otherId", "state")];

    /// What was found, with values as serde reads them, in an order that does not depend on how the text was walked.
    fn in_order(found: &[Beside<'_>]) -> Vec<(String, &'static str, String)> {
        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap().to_string();
        let mut found: Vec<_> =
            found.iter().map(|found| (found.id.to_string(), found.field, read(&found.value))).collect();
        found.sort();
        found
    }

    fn json() -> impl Strategy<Value = Value> {
        let key = prop::sample::select(&["id", "time", "set", "otherId", "state", "name", "i", "ids"][..]);
        let leaf = prop_oneof![
            3 => prop::sample::select(&["i-1", "i-2", "", "ü", "a, b", "}", "a\"b", "a\\"][..]).prop_map(Value::from),
            1 => any::<i32>().prop_map(Value::from),
            1 => Just(Value::Null),
            1 => any::<bool>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 5, move |inner| {
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                3 => prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    #[test]
    fn a_field_that_is_not_there_is_null_and_an_id_that_is_no_text_is_none() {
        let json = r#"{"id": 1, "items": [{"id": "i-1", "set": {"items": [ {"otherId":"x", "state" : "new" } ]}}]}"#;
        let found = skim::beside(json, PAIRS).unwrap();
        let found: Vec<_> = found.iter().map(|found| (&*found.id, found.field, &*found.value)).collect();
        let set = r#"{"items": [ {"otherId":"x", "state" : "new" } ]}"#;
        assert_eq!(found, [("x", "state", r#""new""#), ("i-1", "time", "null"), ("i-1", "set", set)]);
    }

    #[test]
    fn what_readers_would_disagree_on_and_what_is_not_plain_is_left_to_serde() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        for json in [
            r#"{"id": "i-1", "time": 1, "time": 2}"#,
            r#"{"id": "i\u002d1", "time": 1}"#,
            r#"{"\u0069d": "i-1", "time": 1}"#,
            r#"{"id": "i-1", "time": 1e3}"#,
            &deep,
        ] {
            assert_eq!(skim::beside(json, PAIRS), None, "{json}");
            assert!(beside(json, PAIRS).is_some(), "{json}");
        }
        for json in ["", "{", r#"{"id": "i-1"} 1"#, &"[".repeat(200_000), &"{\"id\":".repeat(200_000)] {
            assert_eq!(beside(json, PAIRS), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_quick_way_finds_what_the_slow_way_finds(json in json(), is_pretty in any::<bool>()) {
            let text = if is_pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
            let slow = by_serde(&text, PAIRS).unwrap();
            prop_assert_eq!(in_order(&beside(&text, PAIRS).unwrap()), in_order(&slow));
            // Only an id with escapes keeps it from the quick way.
            if let Some(quick) = skim::beside(&text, PAIRS) {
                prop_assert_eq!(in_order(&quick), in_order(&slow));
            } else {
                prop_assert!(slow.iter().any(|found| found.id.contains(['"', '\\'])));
            }
        }
    }
}
