//! Events, as EventBridge delivers them, and the CloudTrail records inside them.

mod decode;
pub(crate) mod facts;
mod identity;
mod part;
mod record;
mod scan;
pub mod time;

use std::ops::Range;
use std::time::SystemTime;

pub use decode::{DecodeError, decode, decode_message};
pub use part::{Omitted, Part};
pub use record::Record;
use scan::Parts;

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
    /// The replay of an archive that brought the event again; none if it comes for the first time.
    pub replay_name: Option<String>,
    text: String,
    detail: Range<usize>,
    /// Where in `text` the parts of the record are, if it is plain enough to have been read along with the event.
    parts: Option<Parts>,
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

    /// Whether it may tell of something new: not of a call that failed, nor of one that only reads.
    #[must_use]
    pub fn may_have_created(&self) -> bool {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Said {
            #[serde(default)]
            error_code: serde_json::Value,
            #[serde(default)]
            read_only: serde_json::Value,
        }
        let Ok(Said { error_code, read_only }) = serde_json::from_str(self.detail()) else { return true };
        let has_failed = error_code.as_str().is_some_and(|code| !code.is_empty());
        let is_read_only = read_only == true || read_only == "true";
        !has_failed && !is_read_only
    }

    /// Whether it is a VPC endpoint's word on a call that has a record of its own.
    #[must_use]
    pub fn is_network_activity(&self) -> bool {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Said {
            #[serde(default)]
            event_category: serde_json::Value,
        }
        serde_json::from_str(self.detail()).is_ok_and(|Said { event_category }| event_category == "NetworkActivity")
    }

    /// When the call was made; none if the event does not say it in a form that can be read.
    #[must_use]
    pub fn called_at(&self) -> Option<SystemTime> {
        time::parse(&self.time)
    }

    /// The same by its record, which says it for itself.
    #[must_use]
    pub fn called_at_by(&self, record: &Record<'_>) -> Option<SystemTime> {
        record.event_time.as_deref().and_then(time::parse).or_else(|| self.called_at())
    }

    /// Reads `detail` as a CloudTrail record.
    ///
    /// # Errors
    /// If it is none.
    pub fn record(&self) -> Result<Record<'_>, serde_json::Error> {
        match &self.parts {
            Some(parts) => Ok(Record::plain(&self.text, parts)),
            None => serde_json::from_str(self.detail()),
        }
    }

    /// The call's `eventName` and `eventSource`, and that its `detail` is plain: each of its fields that is known to the host
    /// stands there once, is a string and has no escapes. None if it is not, or if nobody knows.
    pub(crate) fn plain_call(&self) -> Option<(&str, Option<&str>)> {
        let parts = self.parts.as_ref()?;
        let read = |range: &Range<usize>| self.text.get(range.clone());
        Some((read(&parts.event_name)?, parts.event_source.as_ref().and_then(read)))
    }
}
