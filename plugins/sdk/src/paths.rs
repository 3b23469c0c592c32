//! Reads the strings at given paths of a record, and skips everything else.
//!
//! CloudTrail writes the same response in many ways: bare, or inside an element named after it; a list as `{"items":
//! […]}`, as `{"item": …}` around several elements or around the only one, or as an array; an empty element as `""`. A
//! path names the fields alone, `natGateway.natGatewayId`, and finds them whichever way they are written.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How many paths one walk follows. Hardly any API call needs more; for one that does, there are several walks.
const MAX_PATHS: usize = 4;

/// How deep the elements of lists and the fields of paths may be nested. No response comes near it, and a plugin's
/// stack is small.
const MAX_DEPTH: u8 = 24;

/// The strings at each of `paths`: all of the first path before all of the second, and none twice.
///
/// `wrapper` names the element that may enclose the whole, as an API call and a suffix: `CreateNatGateway` and
/// `Response`.
pub(crate) fn strings_at(
    json: &RawValue,
    wrapper: (&str, &str),
    paths: &[&str],
) -> Result<Vec<String>, serde_json::Error> {
    let mut strings: Vec<String> = Vec::new();
    for paths in paths.chunks(MAX_PATHS) {
        let mut found: [Vec<String>; MAX_PATHS] = Default::default();
        let mut remaining = [None; MAX_PATHS];
        for (rest, path) in remaining.iter_mut().zip(paths) {
            *rest = Some(*path);
        }
        let mut deserializer = serde_json::Deserializer::from_str(json.get());
        PathVisitor { remaining, wrapper: Some(wrapper), depth: 0, found: &mut found }
            .deserialize(&mut deserializer)?;
        for string in found.into_iter().flatten() {
            if !strings.contains(&string) {
                strings.push(string);
            }
        }
    }
    Ok(strings)
}

/// What remains of each path; none for a path that leads elsewhere.
type Remaining<'p> = [Option<&'p str>; MAX_PATHS];

/// The visitor that follows the paths.
struct PathVisitor<'p, 'f> {
    remaining: Remaining<'p>,
    /// The element that may enclose the whole; none below the top.
    wrapper: Option<(&'p str, &'p str)>,
    depth: u8,
    found: &'f mut [Vec<String>; MAX_PATHS],
}

impl<'p> PathVisitor<'p, '_> {
    fn down<E: Error>(&mut self, remaining: Remaining<'p>) -> Result<PathVisitor<'p, '_>, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("nested too deep"));
        }
        Ok(PathVisitor { remaining, wrapper: None, depth: self.depth + 1, found: self.found })
    }

    /// A scalar. A string is what the paths that end here look for; any other scalar, and a path that goes on, is an
    /// error.
    fn end<E: Error>(&mut self, text: Option<&str>, what: &str) -> Result<(), E> {
        for (rest, found) in self.remaining.iter().zip(self.found.iter_mut()) {
            match (rest, text) {
                (None, _) => {}
                (Some(""), Some(text)) => found.push(text.to_owned()),
                (Some(""), None) => return Err(E::custom(format_args!("{what} where a string was expected"))),
                (Some(rest), _) => return Err(E::custom(format_args!("{what} where {rest} was expected"))),
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for PathVisitor<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PathVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(next) = map.next_key_seed(Step { remaining: self.remaining, wrapper: self.wrapper })? {
            match next {
                Some(remaining) => map.next_value_seed(self.down(remaining)?)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let remaining = self.remaining;
        while seq.next_element_seed(self.down(remaining)?)?.is_some() {}
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        // An empty element.
        if text.is_empty() { Ok(()) } else { self.end(Some(text), "a string") }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.end(None, "a boolean")
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.end(None, "a number")
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.end(None, "a number")
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.end(None, "a number")
    }
}

/// Reads a key, and gives what remains of the paths below it; none if no path goes on there.
struct Step<'p> {
    remaining: Remaining<'p>,
    wrapper: Option<(&'p str, &'p str)>,
}

impl<'de, 'p> DeserializeSeed<'de> for Step<'p> {
    type Value = Option<Remaining<'p>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'p> Visitor<'_> for Step<'p> {
    type Value = Option<Remaining<'p>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        // The elements of a list, and the element that encloses the whole, are no part of a path.
        let is_wrapper = |(call, word)| key.strip_suffix(word) == Some(call);
        if matches!(key, "items" | "item") || self.wrapper.is_some_and(is_wrapper) {
            return Ok(Some(self.remaining));
        }
        let remaining = self.remaining.map(|rest| below(rest?, key));
        Ok(remaining.iter().any(Option::is_some).then_some(remaining))
    }
}

/// What remains of a path below a field; none if the path leads elsewhere. Upper and lower case are the same: some
/// records begin a name with a capital, others begin the same name with a small letter.
fn below<'p>(path: &'p str, field: &str) -> Option<&'p str> {
    // The fast path: nearly every field of a record differs in its first letter.
    if !path.as_bytes().first()?.eq_ignore_ascii_case(field.as_bytes().first()?) {
        return None;
    }
    let (name, rest) = path.split_at_checked(field.len())?;
    if !name.eq_ignore_ascii_case(field) {
        return None;
    }
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(paths: &[&str], json: &str) -> Result<Vec<String>, String> {
        let json: &RawValue = serde_json::from_str(json).unwrap();
        strings_at(json, ("CreateThings", "Response"), paths).map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_finds_its_field_whichever_way_the_response_is_written() {
        for json in [
            r#"{"thingSet": {"items": [{"thingId": "t-1"}, {"thingId": "t-2"}]}}"#,
            r#"{"thingSet": {"item": [{"thingId": "t-1"}, {"thingId": "t-2"}]}}"#,
            r#"{"thingSet": [{"thingId": "t-1"}, {"thingId": "t-2"}]}"#,
            r#"{"CreateThingsResponse": {"xmlns": "…", "requestId": "r", "thingSet": {"item": [{"thingId": "t-1"}, {"thingId": "t-2"}]}}}"#,
            r#"{"ThingSet": {"items": [{"ThingId": "t-1"}, {"ThingId": "t-2"}, {"ThingId": "t-1"}, {}, null, {"ThingId": null}]}}"#,
        ] {
            assert_eq!(at(&["thingSet.thingId"], json).unwrap(), ["t-1", "t-2"], "{json}");
        }
        for json in [r#"{"thingSet": {"item": {"thingId": "t-1"}}}"#, r#"{"thingSet": {"thingId": "t-1"}}"#] {
            assert_eq!(at(&["thingSet.thingId"], json).unwrap(), ["t-1"], "{json}");
        }
    }

    #[test]
    fn a_list_of_bare_strings_is_read_too() {
        for json in [
            r#"{"CreateThingsResponse": {"idSet": {"item": "t-1"}}}"#,
            r#"{"idSet": {"items": ["t-1"]}}"#,
            r#"{"idSet": ["t-1"]}"#,
            r#"{"idSet": "t-1"}"#,
        ] {
            assert_eq!(at(&["idSet"], json).unwrap(), ["t-1"], "{json}");
        }
    }

    #[test]
    fn only_what_stands_at_a_path_is_found_all_of_the_first_one_first() {
        let json = r#"{"a": {"id": "1", "b": {"id": "2"}}, "id": "3", "b": {"id": "4"}, "a": {"id": "5"}}"#;
        assert_eq!(at(&["a.b.id", "a.id"], json).unwrap(), ["2", "1", "5"]);
        assert_eq!(at(&["id"], json).unwrap(), ["3"]);
        let json = r#"{"id": "1", "": "2", "a": {"b": {"id": "3"}}}"#;
        assert_eq!(at(&["ids", "ide.x", "a.bb.id", "a.b.idea"], json).unwrap(), [""; 0]);
        assert_eq!(at(&["c.id"], json).unwrap(), [""; 0]);
        // The wrapper may enclose nothing but the whole.
        assert_eq!(at(&["id"], r#"{"x": {"CreateThingsResponse": {"id": "1"}}}"#).unwrap(), [""; 0]);
    }

    #[test]
    fn any_number_of_paths_is_followed_and_none_is_dropped() {
        let json = r#"{"a": "1", "b": "2", "c": {"id": "3"}, "d": "4", "e": ["5", "1"], "f": "6", "g": "7", "h": "8", "i": {"id": "9"}}"#;
        let paths = ["i.id", "h", "g", "f", "e", "d", "c.id", "b", "a"];
        let strings = ["9", "8", "7", "6", "5", "1", "4", "3", "2"];
        assert_eq!(at(&paths, json).unwrap(), strings);
        assert_eq!(at(&paths[..5], json).unwrap(), strings[..6]);
        assert_eq!(at(&[], json).unwrap(), [""; 0]);
        let error = at(&["a", "b", "c.id", "d", "i"], r#"{"i": 7}"#).unwrap_err();
        assert!(error.starts_with("a number where a string was expected"), "{error}");
    }

    #[test]
    fn what_is_empty_is_nothing() {
        for json in [r#""""#, "null", "{}", "[]", r#"{"a": ""}"#, r#"{"a": {"item": ""}}"#, r#"{"a": {"id": ""}}"#] {
            assert_eq!(at(&["a.id"], json).unwrap(), [""; 0], "{json}");
        }
    }

    #[test]
    fn another_shape_is_an_error_that_says_what_stands_where() {
        for (json, words) in [
            (r#"{"a": {"id": 7}}"#, "a number where a string was expected"),
            (r#"{"a": {"id": true}}"#, "a boolean where a string was expected"),
            (r#"{"a": "x"}"#, "a string where id was expected"),
            ("7", "a number where a.id was expected"),
        ] {
            let error = at(&["a.id"], json).unwrap_err();
            assert!(error.starts_with(words), "{json}: {error}");
        }
    }

    #[test]
    fn lists_and_fields_inside_each_other_without_end_are_an_error() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(at(&["id"], &deep).unwrap_err().contains("nested too deep"));
        let deep = format!("{}1{}", r#"{"item":"#.repeat(100), "}".repeat(100));
        assert!(at(&["id"], &deep).unwrap_err().contains("nested too deep"));
        let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
        assert!(at(&[&["a"; 100].join(".")], &deep).unwrap_err().contains("nested too deep"));
    }
}
