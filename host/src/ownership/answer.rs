//! What a record shows of the age of what its answer names.

use std::fmt;

use memchr::memmem;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::calls::{Call, Evidence};
use crate::event::{Part, Record};

/// The field that says whether a network interface ends with its instance stands inside this one.
const ATTACHMENT: &str = "attachment";

/// How deep an answer is searched. None comes near it.
const MAX_DEPTH: u8 = 64;

/// The evidence in one record.
pub(super) struct Answer<'a> {
    request: &'a Part<'a>,
    response: &'a Part<'a>,
    /// What stands beside the ids in the answer.
    sightings: Vec<Sighting>,
}

/// A value beside an id.
struct Sighting {
    id: String,
    id_field: &'static str,
    field: &'static str,
    value: Value,
}

impl<'a> Answer<'a> {
    /// Reads what the call's kinds ask for.
    pub(super) fn of(record: &'a Record<'a>, call: Option<&'static Call>) -> Self {
        let wanted: Vec<_> = call
            .into_iter()
            .flat_map(|call| call.kinds)
            .filter_map(|kind| match kind.evidence {
                Evidence::Time { id, time, .. } => Some((id, time)),
                Evidence::State { id, field, .. } => Some((id, field)),
                Evidence::InterfaceOfLaunch => Some(("networkInterfaceId", ATTACHMENT)),
                Evidence::Nothing => None,
            })
            .collect();
        let mut sightings = Vec::new();
        if let (Some(json), false) = (record.response_elements.json(), wanted.is_empty()) {
            let mut deserializer = serde_json::Deserializer::from_str(json);
            let search = Search { wanted: &wanted, sightings: &mut sightings, depth: 0 };
            // What cannot be searched shows nothing.
            if search.deserialize(&mut deserializer).is_err() {
                sightings.clear();
            }
        }
        Self { request: &record.request_parameters, response: &record.response_elements, sightings }
    }

    /// What stands in the field beside the id: several values, if the id stands there several times.
    pub(super) fn values(&self, id: &str, field: &'static str) -> impl Iterator<Item = &Value> {
        self.sightings.iter().filter(move |seen| seen.id == id && seen.field == field).map(|seen| &seen.value)
    }

    /// The instances of a launch.
    pub(super) fn instances(&self) -> impl Iterator<Item = &str> {
        self.sightings.iter().filter(|seen| seen.id_field == "instanceId").map(|seen| seen.id.as_str())
    }

    /// A text at the top of the answer.
    pub(super) fn text_at_top(&self, field: &str) -> Option<String> {
        let answer: Value = serde_json::from_str(self.response.json()?).ok()?;
        // Some answers are inside of an element that is named after the call or the resource.
        let inner = answer.as_object().filter(|object| object.len() == 1).and_then(|object| object.values().next());
        let text = |value: &Value| value.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
        text(&answer).or_else(|| inner.and_then(text)).filter(|text| !text.is_empty())
    }

    pub(super) fn is_request_omitted(&self) -> bool {
        self.request.is_omitted()
    }

    /// Whether the request bears a client token, at any depth and of any name that AWS has for it.
    pub(super) fn has_client_token(&self) -> bool {
        self.request.json().is_some_and(|request| client_token_in(request).is_some())
    }

    /// Whether the network interface ends with the instance that it is attached to: it was made for it then.
    pub(super) fn ends_with_instance(&self, id: &str) -> bool {
        self.values(id, ATTACHMENT).any(|attachment| attachment.get("deleteOnTermination") == Some(&Value::Bool(true)))
    }

    /// Whether all interfaces that the request does not name are new: only a launch template could bring along another one, and what the
    /// request says of interfaces takes the place of what a template says.
    pub(super) fn request_makes_all_interfaces(&self) -> bool {
        match self.request {
            Part::Omitted(_) => false,
            Part::Nothing => true,
            Part::Json(request) => {
                let Ok(request) = serde_json::from_str::<Value>(request) else { return false };
                let has_interfaces = request.get("networkInterfaceSet").is_some_and(|set| {
                    let items = set.get("items").or_else(|| set.get("item")).unwrap_or(set);
                    items.as_array().is_some_and(|items| !items.is_empty())
                });
                has_interfaces || request.get("launchTemplate").is_none()
            }
        }
    }
}

/// The client token of a request; none if it has none.
pub(crate) fn client_token_in(request: &str) -> Option<String> {
    // Nearly all requests without one are told by that.
    memmem::find(request.as_bytes(), b"oken\"")?;
    token_of(&serde_json::from_str(request).ok()?)
}

fn token_of(value: &Value) -> Option<String> {
    const NAMES: [&str; 4] = ["clienttoken", "clientrequesttoken", "idempotencytoken", "creationtoken"];
    match value {
        Value::Object(object) => object.iter().find_map(|(key, value)| match value {
            Value::String(token) if !token.is_empty() && NAMES.contains(&key.to_ascii_lowercase().as_str()) => {
                Some(token.clone())
            }
            _ => token_of(value),
        }),
        Value::Array(elements) => elements.iter().find_map(token_of),
        _ => None,
    }
}

/// Walks an answer for the objects that have a wanted id, without building it.
struct Search<'s> {
    wanted: &'s [(&'static str, &'static str)],
    sightings: &'s mut Vec<Sighting>,
    depth: u8,
}

impl Search<'_> {
    fn down<E: Error>(&mut self) -> Result<Search<'_>, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom("nested too deep"));
        }
        Ok(Search { wanted: self.wanted, sightings: self.sightings, depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        // Fields come in any order: ids and values are put together at the end of the object.
        let mut ids: Vec<(&'static str, String)> = Vec::new();
        let mut values: Vec<(&'static str, Value)> = Vec::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let is_id = self.wanted.iter().find(|(id, _)| *id == key).map(|(id, _)| *id);
            let is_field = self.wanted.iter().find(|(_, field)| *field == key).map(|(_, field)| *field);
            if let Some(id) = is_id {
                if let Value::String(text) = map.next_value()? {
                    ids.push((id, text));
                }
            } else if let Some(field) = is_field {
                values.push((field, map.next_value()?));
            } else {
                map.next_value_seed(self.down()?)?;
            }
        }
        for (id_field, id) in ids {
            for (_, field) in self.wanted.iter().filter(|(wanted, _)| *wanted == id_field) {
                let value = values.iter().find(|(known, _)| known == field).map(|(_, value)| value.clone());
                let (id, value) = (id.clone(), value.unwrap_or_default());
                self.sightings.push(Sighting { id, id_field, field, value });
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.down()?)?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
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
}
