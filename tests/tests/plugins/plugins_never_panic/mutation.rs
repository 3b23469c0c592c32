//! Records that AWS would not write: mutations of recorded ones, and made-up ones.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Number, Value, json};

/// A mutation of one value of a record.
#[derive(Debug, Clone)]
pub enum How {
    /// It is removed.
    Gone,
    /// It is replaced.
    Becomes(Value),
    /// It becomes a string of 100 KB.
    Huge,
    /// It is nested this many levels deeper.
    Deep(usize, Nest),
    /// A list or an element is replaced by its first part.
    Unwrapped,
}

/// What a value can be nested in.
#[derive(Debug, Clone, Copy)]
pub enum Nest {
    List,
    Items,
    Item,
    Other,
}

pub const NESTS: [Nest; 4] = [Nest::List, Nest::Items, Nest::Item, Nest::Other];

impl Nest {
    fn around(self, inner: &str, levels: usize) -> String {
        let (open, close) = match self {
            Self::List => ("[", "]"),
            Self::Items => (r#"{"items":"#, "}"),
            Self::Item => (r#"{"item":"#, "}"),
            Self::Other => (r#"{"other":"#, "}"),
        };
        open.repeat(levels) + inner + &close.repeat(levels)
    }
}

/// A random mutation, and its index.
pub fn mutation() -> impl Strategy<Value = (Index, How)> {
    let becomes = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        any::<String>().prop_map(Value::from),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["text", 7, null])),
        Just(json!({"item": ["text", {"item": 7}], "items": null})),
    ];
    let levels = prop_oneof![3 => Just(1), 2 => 2..30_usize, 1 => Just(10_000)];
    let how = prop_oneof![
        2 => Just(How::Gone),
        4 => becomes.prop_map(How::Becomes),
        1 => Just(How::Huge),
        3 => (levels, select(NESTS.to_vec())).prop_map(|(levels, nest)| How::Deep(levels, nest)),
        1 => Just(How::Unwrapped),
    ];
    (any::<Index>(), how)
}

/// The text of the record after all of these, one after the other.
pub fn broken(record: &Value, mutations: &[(Index, How)]) -> String {
    let mut places = places(record);
    // The record as a whole is only one of many paths, and mutating it leaves nothing.
    places.push(String::new());
    let mutations: Vec<_> = mutations.iter().map(|(at, how)| (at.get(&places).clone(), how.clone())).collect();
    applied(record, &mutations)
}

/// The text of the record after all of these. A path that is gone by then stays unchanged.
pub fn applied(record: &Value, mutations: &[(String, How)]) -> String {
    let mut record = record.clone();
    // Values that are nested too deep for serde_json, whose drop is recursive, are put into the text afterwards.
    let mut deep = Vec::new();
    for (place, how) in mutations {
        if matches!(how, How::Gone) {
            remove(&mut record, place);
            continue;
        }
        let Some(value) = record.pointer_mut(place) else { continue };
        *value = match how {
            How::Gone => continue,
            How::Becomes(other) => other.clone(),
            How::Huge => Value::from(value.as_str().unwrap_or_default().to_owned() + &"x".repeat(100_000)),
            How::Unwrapped => first_part(value).unwrap_or(Value::Null),
            How::Deep(levels, nest) => {
                let stand_in = json!(format!("deep {}", deep.len()));
                deep.push((stand_in.to_string(), nest.around(&value.to_string(), *levels)));
                stand_in
            }
        };
    }
    let text = record.to_string();
    // The last one first: it may contain the placeholder of an earlier one.
    deep.iter().rev().fold(text, |text, (stand_in, nested)| text.replace(stand_in, nested))
}

fn first_part(value: &Value) -> Option<Value> {
    match value {
        Value::Array(elements) => elements.first().cloned(),
        Value::Object(fields) => fields.values().next().cloned(),
        _ => None,
    }
}

fn remove(record: &mut Value, place: &str) {
    let Some((parent, key)) = place.rsplit_once('/') else { return };
    match record.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(&key.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(elements)) => {
            if let Some(index) = key.parse().ok().filter(|index| *index < elements.len()) {
                elements.remove(index);
            }
        }
        _ => {}
    }
}

/// All JSON pointers of a record, without the root.
pub fn places(record: &Value) -> Vec<String> {
    let mut places = Vec::new();
    walk(record, String::new(), &mut |place, _| places.push(place.to_owned()));
    places
}

fn walk(value: &Value, place: String, visit: &mut impl FnMut(&str, &Value)) {
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(elements) => elements.iter().enumerate().map(|(index, part)| (index.to_string(), part)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, part)| (key.replace('~', "~0").replace('/', "~1"), part)).collect()
        }
        _ => return,
    };
    for (key, part) in parts {
        let place = format!("{place}/{key}");
        visit(&place, part);
        walk(part, place, visit);
    }
}

/// Random values of the keys and strings of the record.
pub fn made_up(record: &Value) -> impl Strategy<Value = Value> + Clone + use<> {
    let (mut keys, mut texts) = (Vec::new(), Vec::new());
    walk(record, String::new(), &mut |place, value| {
        keys.extend(place.rsplit('/').next().map(ToOwned::to_owned));
        texts.extend(value.as_str().map(ToOwned::to_owned));
    });
    let leaf = prop_oneof![
        4 => select(texts).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        let field = (select(keys.clone()), inner.clone());
        prop_oneof![
            1 => proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            3 => proptest::collection::vec(field, 1..5).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}
