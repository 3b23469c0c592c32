//! Facts about ids in a JSON text: fields of the object that has the id, at any depth of the text.

use serde_json::Value;

use super::fact::{Fact, FactSelector, MAX_ID_BYTES};
use super::scan;

/// Collects the facts about ids in a JSON text; none if it cannot be read.
///
/// Of a duplicate key in an object, which AWS never writes, JSON readers take the last value. That holds here for the
/// wanted fields; of any other duplicate key, both values may be walked.
pub(crate) fn facts<'a>(json: &'a str, wanted: &[FactSelector]) -> Option<Vec<Fact<'a>>> {
    scan::facts(json, wanted).or_else(|| by_serde(json, wanted))
}

/// The slow path, which reads every JSON text.
fn by_serde(json: &str, wanted: &[FactSelector]) -> Option<Vec<Fact<'static>>> {
    let mut facts = Vec::new();
    collect(&serde_json::from_str(json).ok()?, wanted, &mut facts);
    Some(facts)
}

fn collect(value: &Value, wanted: &[FactSelector], facts: &mut Vec<Fact<'static>>) {
    match value {
        Value::Object(object) => {
            for &wanted in wanted {
                let (id_field, field) = wanted.fields();
                let Some(id) = id_in(value, id_field) else { continue };
                let mut push = |value: &Value| {
                    facts.push(Fact { id: id.to_owned().into(), field, value: value.to_string().into() })
                };
                match wanted {
                    FactSelector::Beside { .. } => push(object.get(field).unwrap_or(&Value::Null)),
                    FactSelector::Within { .. } => all_within(value, id_field, field, &mut push),
                }
            }
            object.values().for_each(|value| collect(value, wanted, facts));
        }
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, wanted, facts)),
        _ => {}
    }
}

fn id_in<'v>(object: &'v Value, id_field: &str) -> Option<&'v str> {
    object.get(id_field)?.as_str().filter(|id| id.len() <= MAX_ID_BYTES)
}

/// Every value of a field inside an object or a list.
fn all_within(value: &Value, id_field: &str, field: &str, each: &mut impl FnMut(&Value)) {
    let mut inner = |value: &Value| {
        if id_in(value, id_field).is_none() {
            all_within(value, id_field, field, each);
        }
    };
    match value {
        Value::Object(object) => {
            object.values().for_each(&mut inner);
            object.get(field).into_iter().for_each(each);
        }
        Value::Array(elements) => elements.iter().for_each(inner),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const WANTED: &[FactSelector] = &[
        FactSelector::Beside { id: "id", field: "time" },
        FactSelector::Beside { id: "id", field: "set" },
        FactSelector::Beside { id: "otherId", field: "state" },
        FactSelector::Within { id: "id", field: "deep" },
    ];

    /// What was found, with values as serde reads them, in an order that does not depend on how the text was walked.
    fn in_order(found: &[Fact<'_>]) -> Vec<(String, &'static str, String)> {
        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap().to_string();
        let mut found: Vec<_> =
            found.iter().map(|found| (found.id.to_string(), found.field, read(&found.value))).collect();
        found.sort();
        found
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let key = prop::sample::select(&["id", "time", "set", "otherId", "state", "deep", "name", "i", "ids"][..]);
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
        let json = r#"{"id": 1, "items": [{"id": "i-1", "set": {"items": [ {"otherId":"x", "state" : "new", "deep": [ 1 ] } ]}}]}"#;
        let found = scan::facts(json, WANTED).unwrap();
        let found: Vec<_> = found.iter().map(|found| (&*found.id, found.field, &*found.value)).collect();
        let set = r#"{"items": [ {"otherId":"x", "state" : "new", "deep": [ 1 ] } ]}"#;
        let of_instance = [("i-1", "time", "null"), ("i-1", "set", set), ("i-1", "deep", "[ 1 ]")];
        assert_eq!(found, [&[("x", "state", r#""new""#)], &of_instance[..]].concat());
    }

    #[test]
    fn what_stands_in_another_object_with_an_id_is_said_of_that_one() {
        let json = r#"{"id": "i-1", "deep": 1, "items": [{"deep": 2}, {"id": "i-2", "items": [{"deep": 3}]}, {"id": 7, "deep": 4}]}"#;
        let said = |facts: &[Fact<'_>]| {
            let of_deep = in_order(facts).into_iter().filter(|(_, field, _)| *field == "deep");
            of_deep.map(|(id, _, value)| format!("{id} {value}")).collect::<Vec<_>>()
        };
        let expected = ["i-1 1", "i-1 2", "i-1 4", "i-2 3"];
        assert_eq!(said(&scan::facts(json, WANTED).unwrap()), expected);
        assert_eq!(said(&by_serde(json, WANTED).unwrap()), expected);
    }

    #[test]
    fn what_readers_would_disagree_on_and_what_is_not_plain_is_left_to_serde() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        for json in [
            r#"{"id": "i-1", "time": 1, "time": 2}"#,
            r#"{"id": "i-1", "deep": 1, "deep": 2}"#,
            r#"{"id": "i\u002d1", "time": 1}"#,
            r#"{"\u0069d": "i-1", "time": 1}"#,
            r#"{"id": "i-1", "time": 1e3}"#,
            // Serde refuses half of a surrogate pair.
            r#"{"id": "i-1", "name": "\ud800"}"#,
            &deep,
        ] {
            assert_eq!(scan::facts(json, WANTED), None, "{json}");
            assert_eq!(facts(json, WANTED), by_serde(json, WANTED), "{json}");
        }
        let long = json!({"id": "i".repeat(MAX_ID_BYTES + 1), "deep": 1}).to_string();
        assert_eq!((scan::facts(&long, WANTED), by_serde(&long, WANTED)), (Some(Vec::new()), Some(Vec::new())));
        for json in ["", "{", r#"{"id": "i-1"} 1"#, &"[".repeat(200_000), &"{\"id\":".repeat(200_000)] {
            assert_eq!(facts(json, WANTED), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_quick_way_finds_what_the_slow_way_finds(json in any_json(), is_pretty in any::<bool>()) {
            let text = if is_pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) }.unwrap();
            let slow = by_serde(&text, WANTED).unwrap();
            prop_assert_eq!(in_order(&facts(&text, WANTED).unwrap()), in_order(&slow));
            // Only an id with escapes makes the scanner refuse the text.
            if let Some(quick) = scan::facts(&text, WANTED) {
                prop_assert_eq!(in_order(&quick), in_order(&slow));
            } else {
                prop_assert!(text.contains('\\'));
            }
        }
    }
}
