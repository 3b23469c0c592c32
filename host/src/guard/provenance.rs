//! Where the strings of a plugin's answer stand in the record.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Refusal;
use crate::event::Record;
use crate::resource::Arn;

/// Which of an answer's strings the call answered, and which its request mentioned.
pub(super) struct Provenance<'a> {
    answered: HashSet<&'a str>,
    requested: HashSet<&'a str>,
    /// The successful call answered nothing at all, as S3's `CreateBucket` does.
    answered_null: bool,
}

impl<'a> Provenance<'a> {
    /// Searches the record for the resources of an answer, and for the names in their ARNs.
    pub(super) fn of(record: &Record<'_>, resources: impl Iterator<Item = &'a String>) -> Result<Self, Refusal> {
        let wanted = resources
            .flat_map(|resource| [Some(resource.as_str()), Arn::parse(resource).map(|arn| arn.name())])
            .flatten()
            .collect();
        Ok(Self {
            answered: strings_in(record.response_elements, &wanted)?,
            requested: strings_in(record.request_parameters, &wanted)?,
            answered_null: record.response_elements.is_none(),
        })
    }

    /// Proves an id that EC2 gave out: it stands in the answer, and not in the request.
    pub(super) fn prove_id(&self, id: &str) -> Result<(), Refusal> {
        if self.requested.contains(id) {
            return Err(Refusal::InRequest(id.into()));
        }
        if self.answered.contains(id) { Ok(()) } else { Err(Refusal::NotInAnswer(id.into())) }
    }

    /// Proves an ARN whose name may be the caller's choice: the answer has the ARN or the name; if there is no answer, the
    /// request has it.
    pub(super) fn prove_arn(&self, arn: &str, name: &str) -> Result<(), Refusal> {
        let stands_in = |strings: &HashSet<&str>| strings.contains(arn) || strings.contains(name);
        let proved = stands_in(&self.answered) || (self.answered_null && stands_in(&self.requested));
        if proved { Ok(()) } else { Err(Refusal::NotInAnswer(arn.into())) }
    }
}

/// Those of `wanted` that are string values, at any depth, of the JSON text.
fn strings_in<'a>(json: Option<&RawValue>, wanted: &HashSet<&'a str>) -> Result<HashSet<&'a str>, Refusal> {
    let mut found = HashSet::new();
    if let Some(json) = json.filter(|_| !wanted.is_empty()) {
        let mut deserializer = serde_json::Deserializer::from_str(json.get());
        Search { wanted, found: &mut found }
            .deserialize(&mut deserializer)
            .map_err(|error| Refusal::Unsearchable(error.to_string()))?;
    }
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
        while map.next_key::<serde::de::IgnoredAny>()?.is_some() {
            map.next_value_seed(self.again())?;
        }
        Ok(())
    }
}
