//! CloudTrail's many ways to write a list.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A list in a CloudTrail record.
///
/// EC2's records write one as `{"items": […]}`; its newer actions as `{"item": …}`, which is a list for several elements
/// and the bare element for one; other services as a plain array. Null, `{}` and a missing field are the empty list, the
/// last with `#[serde(default)]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData)).map(Self)
    }
}

/// Takes `{"items": …}`, an array, or null.
struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list, as an array or as {\"items\": […]}")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<T>, A::Error> {
        collect(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Items => elements.append(&mut map.next_value::<OneOrMany<T>>()?.0),
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(elements)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Key {
    #[serde(alias = "item")]
    Items,
    #[serde(other)]
    Other,
}

/// What stands behind `item` or `items`: an array, or the one element bare.
struct OneOrMany<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData)).map(Self)
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array, an object or a string")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        T::deserialize(StrDeserializer::new(text)).map(|element| vec![element])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<T>, A::Error> {
        collect(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|element| vec![element])
    }
}

fn collect<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<T>, A::Error> {
    let mut elements = Vec::new();
    while let Some(element) = seq.next_element()? {
        elements.push(element);
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Address {
        id: u8,
    }

    fn ids(json: &str) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::from_str::<List<Address>>(json).map(|list| list.0.into_iter().map(|address| address.id).collect())
    }

    #[test]
    fn every_way_to_write_a_list_is_read() {
        assert_eq!(ids(r#"{"items": [{"id": 1}, {"id": 2}]}"#).unwrap(), [1, 2]);
        assert_eq!(ids(r#"{"item": [{"id": 1}, {"id": 2}]}"#).unwrap(), [1, 2]);
        assert_eq!(ids(r#"{"item": {"id": 1}}"#).unwrap(), [1]);
        assert_eq!(ids(r#"[{"id": 1}, {"id": 2}]"#).unwrap(), [1, 2]);
        for empty in ["{}", "null", "[]", r#"{"items": []}"#, r#"{"items": null}"#, r#"{"xmlns": "…"}"#] {
            assert!(ids(empty).unwrap().is_empty(), "{empty}");
        }
    }

    #[test]
    fn a_single_bare_string_is_a_list_of_one() {
        let list: List<String> = serde_json::from_str(r#"{"item": "fl-1"}"#).unwrap();
        assert_eq!(list.0, ["fl-1"]);
    }

    #[test]
    fn an_element_of_another_shape_is_an_error() {
        assert!(ids(r#"{"items": [{"id": "x"}]}"#).is_err());
        assert!(ids(r#"{"items": 7}"#).is_err());
        assert!(ids("7").is_err());
    }
}
