//! Events, as EventBridge delivers them, and the CloudTrail records inside them.

mod decode;
pub(crate) mod fact;
pub(crate) mod facts;
mod identity;
mod part;
mod record;
mod scan;
pub mod time;

use std::ops::Range;
use std::time::SystemTime;

pub use decode::{DecodeError, decode, decode_each, decode_message};
pub use part::{Omission, Part};
pub use record::Record;
use scan::RecordParts;

/// One event.
///
/// The text is kept as it was received; `detail` is a slice of it and is never rebuilt. A field that the input lacks is
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// EventBridge's `id`; CloudTrail's `eventID` where the record came without an envelope.
    pub id: String,
    /// The service that sent it, as EventBridge names it: `aws.ec2`.
    pub source: String,
    /// What kind of event it is: `AWS API Call via CloudTrail`.
    pub detail_type: String,
    /// The account in which it was delivered.
    pub account: String,
    /// The Region of the API call.
    pub region: String,
    /// When the API call was made, as the event writes it.
    pub time: String,
    /// The archive replay that delivered the event again; none if the event is no replay.
    pub replay_name: Option<String>,
    text: String,
    detail: Range<usize>,
    /// The ranges of the record's parts in `text`, if the record is plain enough for the scanner.
    parts: Option<RecordParts>,
}

/// A record that names an API call, and is not the record of that call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherRecord {
    /// A VPC endpoint let an API call through, or not. The call has a record of its own.
    NetworkActivity,
    /// CloudTrail has found that an API is called more often, or fails more often, than usual.
    Insight,
}

impl Event {
    /// The whole event, JSON text in EventBridge's form.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The `detail`, JSON text exactly as it was received.
    ///
    /// ```
    /// use autotag_core::event::decode;
    ///
    /// let record = r#"{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVolume"}"#;
    /// let event = decode(record.as_bytes()).remove(0)?;
    /// assert_eq!(event.detail(), record);
    /// // The whole text has the envelope that EventBridge would have put around it.
    /// assert!(event.text().contains(r#""source":"aws.ec2""#));
    /// # Ok::<(), autotag_core::event::DecodeError>(())
    /// ```
    #[must_use]
    pub fn detail(&self) -> &str {
        self.text.get(self.detail.clone()).unwrap_or_default()
    }

    /// The API call's name, `RunInstances`; none if `detail` is no CloudTrail record.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.record().ok().map(|record| record.event_name.into_owned())
    }

    /// Whether the API call may have created something: false if it failed or only reads.
    ///
    /// ```
    /// use autotag_core::event::decode;
    ///
    /// let may_have_created = |record: &str| decode(record.as_bytes()).remove(0).map(|event| event.may_have_created());
    /// assert_eq!(may_have_created(r#"{"eventName": "CreateVolume", "readOnly": false}"#), Ok(true));
    /// let failed = r#"{"eventName": "CreateVolume", "errorCode": "Client.VolumeLimitExceeded"}"#;
    /// assert_eq!(may_have_created(failed), Ok(false));
    /// assert_eq!(may_have_created(r#"{"eventName": "DescribeVolumes", "readOnly": true}"#), Ok(false));
    /// ```
    #[must_use]
    pub fn may_have_created(&self) -> bool {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct CallOutcome {
            #[serde(default)]
            error_code: serde_json::Value,
            #[serde(default)]
            read_only: serde_json::Value,
        }
        let Ok(CallOutcome { error_code, read_only }) = serde_json::from_str(self.detail()) else { return true };
        let has_failed = error_code.as_str().is_some_and(|code| !code.is_empty());
        let is_read_only = read_only == true || read_only == "true";
        !has_failed && !is_read_only
    }

    /// What the record is instead of an API call's; none if it is one's.
    ///
    /// ```
    /// use autotag_core::event::{OtherRecord, decode};
    ///
    /// let event = decode(br#"{"eventName": "CreateVolume", "eventCategory": "NetworkActivity"}"#).remove(0)?;
    /// assert_eq!(event.other_record(), Some(OtherRecord::NetworkActivity));
    /// # Ok::<(), autotag_core::event::DecodeError>(())
    /// ```
    #[must_use]
    pub fn other_record(&self) -> Option<OtherRecord> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            #[serde(default)]
            event_category: serde_json::Value,
            #[serde(default)]
            event_type: serde_json::Value,
        }
        let Kind { event_category, event_type } = serde_json::from_str(self.detail()).ok()?;
        if event_category == "NetworkActivity" || event_type == "AwsVpceEvent" {
            Some(OtherRecord::NetworkActivity)
        } else if event_category == "Insight" || event_type == "AwsCloudTrailInsight" {
            Some(OtherRecord::Insight)
        } else {
            None
        }
    }

    /// When the API call was made; none if the event's time is missing or cannot be parsed.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use autotag_core::event::decode;
    ///
    /// let event = decode(br#"{"eventName": "CreateVolume", "eventTime": "1970-01-01T00:01:00Z"}"#).remove(0)?;
    /// assert_eq!(event.time(), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)));
    /// # Ok::<(), autotag_core::event::DecodeError>(())
    /// ```
    #[must_use]
    pub fn time(&self) -> Option<SystemTime> {
        time::parse(&self.time)
    }

    /// The same, by the record's own `eventTime` if it has one.
    ///
    /// ```
    /// use autotag_core::event::decode_message;
    /// use autotag_core::event::time::format;
    ///
    /// let event = decode_message(
    ///     r#"{"source": "aws.ec2", "detail-type": "AWS API Call via CloudTrail", "account": "111122223333",
    ///         "region": "eu-central-1", "time": "2026-11-20T10:00:05Z",
    ///         "detail": {"eventName": "CreateVolume", "eventTime": "2026-11-20T10:00:00Z"}}"#,
    /// )?;
    /// let record = event.record()?;
    /// assert_eq!(event.time().map(format).as_deref(), Some("2026-11-20T10:00:05Z"));
    /// assert_eq!(event.time_in(&record).map(format).as_deref(), Some("2026-11-20T10:00:00Z"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn time_in(&self, record: &Record<'_>) -> Option<SystemTime> {
        record.event_time.as_deref().and_then(time::parse).or_else(|| self.time())
    }

    /// Reads `detail` as a CloudTrail record.
    ///
    /// ```
    /// use autotag_core::event::{decode, decode_message};
    ///
    /// let event = decode(br#"{"eventName": "CreateVolume", "errorCode": "Client.VolumeLimitExceeded"}"#).remove(0)?;
    /// let record = event.record()?;
    /// assert_eq!(record.error_code.as_deref(), Some("Client.VolumeLimitExceeded"));
    ///
    /// let no_call = decode_message(
    ///     r#"{"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "account": "111122223333",
    ///         "region": "eu-central-1", "detail": {"instance-id": "i-0123456789abcdef0", "state": "running"}}"#,
    /// )?;
    /// assert!(no_call.record().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If `detail` is no CloudTrail record.
    pub fn record(&self) -> Result<Record<'_>, serde_json::Error> {
        match &self.parts {
            Some(parts) => Ok(Record::plain(&self.text, parts)),
            None => serde_json::from_str(self.detail()),
        }
    }

    /// The API call's `eventName` and `eventSource`, if the scanner has read `detail`. Then `detail` is plain: each
    /// field that the host reads occurs once, and strings among them have no escapes.
    pub(crate) fn plain_call(&self) -> Option<(&str, Option<&str>)> {
        let parts = self.parts.as_ref()?;
        let read = |range: &Range<usize>| self.text.get(range.clone());
        Some((read(&parts.event_name)?, parts.event_source.as_ref().and_then(read)))
    }
}
