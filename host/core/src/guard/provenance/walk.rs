//! Finds strings in JSON by reading all of it: slow, but correct for every JSON text.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Those of `wanted` that are string values, at any depth, of the JSON text.
///
/// # Errors
/// If it is nested too deep, or has a malformed string or number.
pub(super) fn strings_in<'a>(json: &str, wanted: &HashSet<&'a str>) -> Result<HashSet<&'a str>, serde_json::Error> {
    let mut found = HashSet::new();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Search { wanted, found: &mut found }.deserialize(&mut deserializer)?;
    Ok(found)
}

/// Walks a JSON value without building it.
struct Search<'s, 'a> {
    wanted: &'s HashSet<&'a str>,
    found: &'s mut HashSet<&'a str>,
}

impl<'a> Search<'_, 'a> {
    fn again(&mut self) -> Search<'_, 'a> {
        Search { wanted: self.wanted, found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.found.extend(self.wanted.get(text));
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(self.again())?;
        }
        Ok(())
    }
}
