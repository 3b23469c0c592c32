//! What a record shows of the age of what its answer names.

use std::time::SystemTime;

use memchr::memmem;
use serde_json::Value;

use super::calls::{Call, Evidence, Kind};
use crate::event::{Part, Record, time};

/// An instance's id.
const INSTANCE: &str = "instanceId";
/// When an instance was launched, or last started.
pub(super) const LAUNCH_TIME: &str = "launchTime";
/// An instance's network interfaces.
const INTERFACES: &str = "networkInterfaceSet";
/// What says since when a network interface is attached, at which place, and whether it ends with its instance.
const ATTACHMENT: &str = "attachment";

/// The evidence in one record.
pub(super) struct Answer<'a> {
    request: &'a Part<'a>,
    /// What the call answered; null if it cannot be read, which shows nothing, or if the host does not know the call.
    response: Value,
    /// What stands beside the ids in the answer.
    sightings: Vec<Sighting>,
}

/// A value beside an id.
struct Sighting {
    id: String,
    field: &'static str,
    value: Value,
}

impl<'a> Answer<'a> {
    /// Reads what the call's kinds ask for.
    pub(super) fn of(record: &'a Record<'a>, call: Option<&'static Call>) -> Self {
        let wanted: Vec<_> =
            call.into_iter().flat_map(|call| call.kinds).flat_map(|kind| wanted(kind.evidence)).collect();
        let response = record.response_elements.json().filter(|_| call.is_some());
        let response = response.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let mut sightings = Vec::new();
        collect(&response, &wanted, &mut sightings);
        Self { request: &record.request_parameters, response, sightings }
    }

    /// What stands in the field beside the id: several values, if the id stands there several times.
    pub(super) fn values(&self, id: &str, field: &'static str) -> impl Iterator<Item = &Value> {
        self.sightings.iter().filter(move |seen| seen.id == id && seen.field == field).map(|seen| &seen.value)
    }

    /// Whether the answer has the resource where it names those of its kind, as far as that is known.
    pub(super) fn names(&self, kind: &Kind, resource: &str) -> bool {
        let fields = wanted(kind.evidence);
        fields.is_empty() || fields.iter().any(|(_, field)| self.values(resource, field).next().is_some())
    }

    /// The instances of a launch.
    pub(super) fn instances(&self) -> impl Iterator<Item = &str> {
        self.sightings.iter().filter(|seen| seen.field == LAUNCH_TIME).map(|seen| seen.id.as_str())
    }

    /// When the first of an instance's network interfaces was attached to it.
    pub(super) fn first_attached(&self, instance: &str) -> Option<SystemTime> {
        let sets = self.values(instance, INTERFACES);
        let interfaces = sets.filter_map(items).flatten();
        interfaces.filter_map(|interface| time::of_value(interface.get(ATTACHMENT)?.get("attachTime")?)).min()
    }

    /// A text at the top of the answer.
    pub(super) fn text_at_top(&self, field: &str) -> Option<String> {
        // Some answers are inside of an element that is named after the call or the resource.
        let inner =
            self.response.as_object().filter(|object| object.len() == 1).and_then(|object| object.values().next());
        let text = |value: &Value| value.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
        text(&self.response).or_else(|| inner.and_then(text)).filter(|text| !text.is_empty())
    }

    pub(super) fn may_use_template(&self) -> bool {
        may_use_template(self.request)
    }

    pub(super) fn is_request_omitted(&self) -> bool {
        self.request.is_omitted()
    }

    /// Whether the request may bear a client token, at any depth and of any name that AWS has for it. A request that cannot be read may.
    pub(super) fn may_have_client_token(&self) -> bool {
        self.request.json().is_some_and(|request| !matches!(find_client_token(request), Ok(None)))
    }

    /// Whether the network interface ends with the instance that it is attached to: it was made for it then.
    pub(super) fn ends_with_instance(&self, id: &str) -> bool {
        self.values(id, ATTACHMENT).any(|attachment| attachment.get("deleteOnTermination") == Some(&Value::Bool(true)))
    }
}

/// What shows the age of something: the field with its id, and a field beside it.
fn wanted(evidence: Evidence) -> Vec<(&'static str, &'static str)> {
    match evidence {
        Evidence::Time { id, time, .. } => vec![(id, time)],
        Evidence::State { id, field, .. } => vec![(id, field)],
        Evidence::Launch => vec![(INSTANCE, LAUNCH_TIME), (INSTANCE, INTERFACES)],
        Evidence::InterfaceOfLaunch => vec![("networkInterfaceId", ATTACHMENT)],
        Evidence::WithLaunch | Evidence::Nothing => Vec::new(),
    }
}

/// Whether a launch may have brought along what a template names. How EC2 puts the lists of a template and of a request together is not
/// documented, so that with a template any interface may have been there.
pub(crate) fn may_use_template(request: &Part<'_>) -> bool {
    match request {
        Part::Omitted(_) => true,
        Part::Nothing => false,
        Part::Json(request) => request.to_ascii_lowercase().contains("\"launchtemplate"),
    }
}

/// The elements of a list, in any of the forms in which CloudTrail writes one.
fn items(list: &Value) -> Option<&Vec<Value>> {
    list.get("items").or_else(|| list.get("item")).unwrap_or(list).as_array()
}

/// The client token of a request; none if it has none, or cannot be read.
pub(crate) fn client_token_in(request: &str) -> Option<String> {
    find_client_token(request).ok()?
}

fn find_client_token(request: &str) -> Result<Option<String>, serde_json::Error> {
    // Nearly all requests without one are told by that. A key could be written with escapes, which CloudTrail never does.
    if memmem::find(request.as_bytes(), b"oken\"").is_none() && memmem::find(request.as_bytes(), b"\\u").is_none() {
        return Ok(None);
    }
    Ok(token_of(&serde_json::from_str(request)?))
}

/// The token, wherever it stands. One that CloudTrail writes as a number is one, too.
fn token_of(value: &Value) -> Option<String> {
    const NAMES: [&str; 4] = ["clienttoken", "clientrequesttoken", "idempotencytoken", "creationtoken"];
    match value {
        Value::Object(object) => object.iter().find_map(|(key, value)| match value {
            value if !NAMES.contains(&key.to_ascii_lowercase().as_str()) => token_of(value),
            Value::Null => None,
            Value::String(token) => Some(token.clone()).filter(|token| !token.is_empty()),
            other => Some(other.to_string()),
        }),
        Value::Array(elements) => elements.iter().find_map(token_of),
        _ => None,
    }
}

/// Collects what stands beside the wanted ids, at any depth.
fn collect(value: &Value, wanted: &[(&'static str, &'static str)], sightings: &mut Vec<Sighting>) {
    match value {
        Value::Object(object) => {
            for &(id_field, field) in wanted {
                if let Some(Value::String(id)) = object.get(id_field) {
                    let value = object.get(field).cloned().unwrap_or_default();
                    sightings.push(Sighting { id: id.clone(), field, value });
                }
            }
            object.values().for_each(|value| collect(value, wanted, sightings));
        }
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, wanted, sightings)),
        _ => {}
    }
}
