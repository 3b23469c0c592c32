//! CloudTrail records.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::part::{self, Part};
use super::scan::RecordParts;

/// The parts of a CloudTrail record that the host itself decides by.
///
/// ```
/// use autotag_core::event::decode;
///
/// let event = decode(
///     br#"{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVpc", "userIdentity": {"principalId": "AIDABOB"},
///         "responseElements": {"vpc": {"vpcId": "vpc-1"}}}"#,
/// )
/// .remove(0)?;
/// let record = event.record()?;
/// assert_eq!(record.event_name, "CreateVpc");
/// assert_eq!(record.principal_id.as_deref(), Some("AIDABOB"));
/// assert_eq!(record.response_elements.json(), Some(r#"{"vpc": {"vpcId": "vpc-1"}}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record<'a> {
    /// The API call's name: `RunInstances`.
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    /// Why the API call failed; none if it succeeded.
    #[serde(default)]
    pub error_code: Option<Cow<'a, str>>,
    /// The principal that made the API call: what IAM calls `aws:userid`.
    #[serde(default, rename = "userIdentity", deserialize_with = "principal_id")]
    pub principal_id: Option<Cow<'a, str>>,
    /// The service that received the API call: `ec2.amazonaws.com`.
    #[serde(default, deserialize_with = "text_or_none")]
    pub event_source: Option<Cow<'a, str>>,
    /// When the API call was made.
    #[serde(default, deserialize_with = "text_or_none")]
    pub event_time: Option<Cow<'a, str>>,
    /// The Region of the API call.
    #[serde(default, deserialize_with = "as_text")]
    pub aws_region: Option<Cow<'a, str>>,
    /// The account that the record was written for.
    #[serde(default, deserialize_with = "as_text")]
    pub recipient_account_id: Option<Cow<'a, str>>,
    /// The API call's request.
    #[serde(borrow, default, deserialize_with = "part::read")]
    pub request_parameters: Part<'a>,
    /// The API call's response.
    #[serde(borrow, default, deserialize_with = "part::read")]
    pub response_elements: Part<'a>,
    /// Neither of these two nests deeper than serde reads, nor has a number that serde would refuse.
    #[serde(skip)]
    pub(crate) is_plain: bool,
}

impl<'a> Record<'a> {
    /// The record whose parts are at these ranges of the text.
    pub(super) fn plain(event: &'a str, parts: &RecordParts) -> Self {
        let read = |range: &Range<usize>| event.get(range.clone());
        let read_any = |range: &Option<Range<usize>>| range.as_ref().and_then(read);
        Self {
            event_name: read(&parts.event_name).unwrap_or_default().into(),
            error_code: read_any(&parts.error_code).map(Into::into),
            principal_id: read_any(&parts.principal_id).map(Into::into),
            event_source: read_any(&parts.event_source).map(Into::into),
            event_time: read_any(&parts.event_time).map(Into::into),
            aws_region: read_any(&parts.aws_region).map(Into::into),
            recipient_account_id: read_any(&parts.recipient_account_id).map(Into::into),
            request_parameters: Part::of(read_any(&parts.request_parameters)),
            response_elements: Part::of(read_any(&parts.response_elements)),
            is_plain: true,
        }
    }

    /// Whether CloudTrail has omitted a part of it.
    #[must_use]
    pub fn has_omissions(&self) -> bool {
        self.request_parameters.is_omitted() || self.response_elements.is_omitted()
    }
}

/// A string; none for any other type, by which the host cannot decide.
fn text_or_none<'de, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(Some(text.into())),
        _ => Ok(None),
    }
}

/// A value of any type as text, so that a value of an unexpected type cannot pass for a missing one.
fn as_text<'de, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text.into()),
        other => Some(other.to_string().into()),
    })
}

/// A string, or an integer, which some records have in its place. Plugins read it alike.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    })
}

fn principal_id<'de, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", expecting = "struct UserIdentity")]
    struct CallerPrincipal {
        #[serde(default, deserialize_with = "text_or_number")]
        principal_id: Option<String>,
    }
    let identity = Option::<CallerPrincipal>::deserialize(deserializer)?;
    Ok(identity.and_then(|identity| identity.principal_id).map(Into::into))
}
