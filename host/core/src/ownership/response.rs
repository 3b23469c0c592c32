//! What a record shows of the age of the resources that its response names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use autotag_api_calls::{ApiCall, Evidence, ResourceKind};
use memchr::memmem;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::event::fact::{Fact, FactSelector};
use crate::event::facts::facts;
use crate::event::{Part, Record, time};

/// When an instance was launched, or last started.
pub(super) const LAUNCH_TIME: &str = "launchTime";
/// When a volume or interface was attached to an instance, at any depth inside the instance.
const ATTACH_TIME: &str = "attachTime";
/// A network interface's attachment, which says whether the interface ends with its instance.
const ATTACHMENT: &str = "attachment";

/// The evidence in one record.
pub(super) struct Response<'a> {
    request: &'a Part<'a>,
    /// The response; none if it is empty or omitted, or if the host does not know the API call.
    response: Option<&'a str>,
    /// The response's values, by field and id; empty if it cannot be read, which shows nothing.
    facts: BTreeMap<&'static str, BTreeMap<Cow<'a, str>, Vec<Cow<'a, str>>>>,
}

impl<'a> Response<'a> {
    /// Reads the fields that the API call's kinds ask for.
    pub(super) fn of(record: &'a Record<'a>, call: Option<&'static ApiCall>) -> Self {
        let wanted: Vec<_> = call.into_iter().flat_map(|call| call.kinds).flat_map(wanted).collect();
        let response = record.response_elements.json().filter(|_| call.is_some());
        let said = response.filter(|_| !wanted.is_empty()).and_then(|json| facts(json, &wanted));
        let mut answer = Self { request: &record.request_parameters, response, facts: BTreeMap::new() };
        for Fact { id, field, value } in said.unwrap_or_default() {
            answer.facts.entry(field).or_default().entry(id).or_default().push(value);
        }
        answer
    }

    /// The field's values for the id, as JSON text: several, if the id or the field occurs several times.
    pub(super) fn values(&self, id: &str, field: &'static str) -> impl Iterator<Item = &str> {
        self.facts.get(field).and_then(|ids| ids.get(id)).into_iter().flatten().map(|value| &**value)
    }

    /// Whether the response has the resource where it names those of its kind, as far as that is known.
    pub(super) fn names(&self, kind: &ResourceKind, resource: &str) -> bool {
        let mut wanted = wanted(kind).map(|wanted| wanted.fields().1).peekable();
        wanted.peek().is_none() || wanted.any(|field| self.values(resource, field).next().is_some())
    }

    /// The instances of a launch, each once.
    pub(super) fn instances(&self) -> impl Iterator<Item = &str> {
        self.facts.get(LAUNCH_TIME).into_iter().flat_map(BTreeMap::keys).map(|id| &**id)
    }

    /// When the first network interface or volume was attached to an instance.
    pub(super) fn first_attached(&self, instance: &str) -> Option<SystemTime> {
        self.values(instance, ATTACH_TIME).filter_map(time::of_json).min()
    }

    /// A string at the top of the response.
    pub(super) fn text_at_top(&self, field: &str) -> Option<String> {
        type Elements<'a> = BTreeMap<String, &'a RawValue>;
        fn text(fields: &Elements<'_>, field: &str) -> Option<String> {
            serde_json::from_str(fields.get(field)?.get()).ok()
        }
        let top: Elements<'_> = serde_json::from_str(self.response?).ok()?;
        // Some responses are inside an element that is named after the API call or the resource.
        let inner = || top.values().next().filter(|_| top.len() == 1);
        let text_in_inner = || text(&serde_json::from_str(inner()?.get()).ok()?, field);
        text(&top, field).or_else(text_in_inner).filter(|text| !text.is_empty())
    }

    pub(super) fn may_use_template(&self) -> bool {
        may_use_template(self.request)
    }

    pub(super) fn is_request_omitted(&self) -> bool {
        self.request.is_omitted()
    }

    /// Whether the request may have a client token, at any depth and under any name that AWS has for it. A request that
    /// cannot be read may have one.
    pub(super) fn may_have_client_token(&self) -> bool {
        self.request.json().is_some_and(|request| !matches!(find_client_token(request), Ok(None)))
    }

    /// Whether the network interface ends with the instance that it is attached to: then it was made for the instance.
    pub(super) fn ends_with_instance(&self, id: &str) -> bool {
        let ends = |json: &str| {
            serde_json::from_str::<Value>(json)
                .is_ok_and(|says| says.get("deleteOnTermination") == Some(&Value::Bool(true)))
        };
        self.values(id, ATTACHMENT).any(ends)
    }
}

/// The fields that show the age of a resource.
fn wanted(kind: &ResourceKind) -> impl Iterator<Item = FactSelector> + use<> {
    let id = kind.id();
    let beside = |field| Some(FactSelector::Beside { id, field });
    let (one, other) = match kind.evidence {
        Evidence::Time { time: field, .. } | Evidence::State { field, .. } => (beside(field), None),
        Evidence::Launch => (beside(LAUNCH_TIME), Some(FactSelector::Within { id, field: ATTACH_TIME })),
        Evidence::InterfaceOfLaunch => (beside(ATTACHMENT), None),
        Evidence::WithLaunch | Evidence::Nothing => (None, None),
    };
    one.into_iter().chain(other)
}

/// Whether a launch may have used a launch template. How EC2 merges the lists of a template and of a request is not
/// documented, so that with a template any interface may have existed before.
///
/// ```
/// use autotag_core::event::{Omission, Part};
/// use autotag_core::ownership::may_use_template;
///
/// assert!(may_use_template(&Part::Json(r#"{"launchTemplate": {"launchTemplateId": "lt-1"}}"#)));
/// assert!(may_use_template(&Part::Omitted(Omission::default())));
/// assert!(!may_use_template(&Part::Json(r#"{"instanceType": "t3.micro"}"#)));
/// ```
#[must_use]
pub fn may_use_template(request: &Part<'_>) -> bool {
    match request {
        Part::Omitted(_) => true,
        Part::Nothing => false,
        Part::Json(request) => request.to_ascii_lowercase().contains("\"launchtemplate"),
    }
}

/// The client token of a request; none if it has none, or cannot be read.
pub(crate) fn client_token_in(request: &str) -> Option<String> {
    find_client_token(request).ok()?
}

fn find_client_token(request: &str) -> Result<Option<String>, serde_json::Error> {
    // A prefilter, which nearly all requests without a token fail. A key could have escapes, though CloudTrail never
    // writes any.
    if memmem::find(request.as_bytes(), b"oken\"").is_none() && memmem::find(request.as_bytes(), b"\\u").is_none() {
        return Ok(None);
    }
    Ok(token_of(&serde_json::from_str(request)?))
}

/// The token, at any depth. One that CloudTrail writes as a number counts, too.
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
