//! Events, as EventBridge delivers them, and the CloudTrail records inside them.

mod decode;

use std::borrow::Cow;
use std::ops::Range;

pub use decode::{DecodeError, decode};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One event.
///
/// The text is kept as it was received; `detail` is a slice of it and is never rebuilt. A field that the input does not
/// say is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// EventBridge's `id`; CloudTrail's `eventID` where the record came without an envelope.
    pub id: String,
    /// The service that it comes from, as EventBridge names it: `aws.ec2`.
    pub source: String,
    /// What kind of event it is: `AWS API Call via CloudTrail`.
    pub detail_type: String,
    /// The account that it was delivered in.
    pub account: String,
    /// The Region of the call.
    pub region: String,
    /// When the call was made, as the event says it.
    pub time: String,
    text: String,
    detail: Range<usize>,
}

impl Event {
    /// The whole event, JSON text in EventBridge's form.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The `detail`, JSON text exactly as it was received.
    #[must_use]
    pub fn detail(&self) -> &str {
        self.text.get(self.detail.clone()).unwrap_or_default()
    }

    /// The call's name, `RunInstances`; none if `detail` is no CloudTrail record.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.record().ok().map(|record| record.event_name.into_owned())
    }

    /// Reads `detail` as a CloudTrail record.
    ///
    /// # Errors
    /// If it is none.
    pub fn record(&self) -> Result<Record<'_>, serde_json::Error> {
        serde_json::from_str(self.detail())
    }
}

/// The parts of a CloudTrail record that the host itself decides by.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record<'a> {
    /// The call: `RunInstances`.
    #[serde(borrow)]
    pub event_name: Cow<'a, str>,
    /// Why the call failed; none if it succeeded.
    #[serde(default)]
    pub error_code: Option<String>,
    /// Who called.
    #[serde(default)]
    pub user_identity: Option<UserIdentity>,
    /// What the call was asked for, JSON text.
    #[serde(borrow, default)]
    pub request_parameters: Option<&'a RawValue>,
    /// What the call answered, JSON text.
    #[serde(borrow, default)]
    pub response_elements: Option<&'a RawValue>,
}

/// The part of a `userIdentity` that the guard compares.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// What IAM calls `aws:userid`.
    #[serde(default)]
    pub principal_id: Option<String>,
}

impl Record<'_> {
    /// What IAM calls `aws:userid`, if the record says it.
    #[must_use]
    pub fn principal_id(&self) -> Option<&str> {
        self.user_identity.as_ref()?.principal_id.as_deref()
    }
}
