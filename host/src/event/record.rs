//! The parts of a CloudTrail record that the host itself decides by.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::skim::Parts;

/// The parts of a CloudTrail record that the host itself decides by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record<'a> {
    /// The call: `RunInstances`.
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    /// Why the call failed; none if it succeeded.
    #[serde(default)]
    pub error_code: Option<Cow<'a, str>>,
    /// Who called: what IAM calls `aws:userid`.
    #[serde(default, rename = "userIdentity", deserialize_with = "principal_id")]
    pub principal_id: Option<Cow<'a, str>>,
    /// What the call was asked for, JSON text.
    #[serde(borrow, default, deserialize_with = "text")]
    pub request_parameters: Option<&'a str>,
    /// What the call answered, JSON text.
    #[serde(borrow, default, deserialize_with = "text")]
    pub response_elements: Option<&'a str>,
    /// Both of these nest no deeper than serde walks, and have no number that it would refuse.
    #[serde(skip)]
    pub(crate) is_plain: bool,
}

impl<'a> Record<'a> {
    /// The record whose parts stand there in the text.
    pub(super) fn plain(event: &'a str, parts: &Parts) -> Self {
        let read = |range: &Range<usize>| event.get(range.clone());
        let read_any = |range: &Option<Range<usize>>| range.as_ref().and_then(read);
        Self {
            event_name: read(&parts.event_name).unwrap_or_default().into(),
            error_code: read_any(&parts.error_code).map(Into::into),
            principal_id: read_any(&parts.principal_id).map(Into::into),
            request_parameters: read_any(&parts.request_parameters),
            response_elements: read_any(&parts.response_elements),
            is_plain: true,
        }
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de str>, D::Error> {
    Ok(Option::<&RawValue>::deserialize(deserializer)?.map(RawValue::get))
}

fn principal_id<'de, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct UserIdentity {
        #[serde(default)]
        principal_id: Option<String>,
    }
    let identity = Option::<UserIdentity>::deserialize(deserializer)?;
    Ok(identity.and_then(|identity| identity.principal_id).map(Into::into))
}
