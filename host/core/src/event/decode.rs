//! Decodes bytes into events, in every form in which recorded events are kept.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{Event, scan};

mod stream;

pub use stream::decode_each;

/// The largest input, decompressed, in bytes. CloudTrail's log files stay below a fifth of this.
const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// How deep the forms may be nested. A message that holds a log file of records is three deep.
const MAX_DEPTH: usize = 4;

/// Why an input, or one of the events in it, cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DecodeError {
    /// Nothing but white space.
    #[error("the input is empty")]
    Empty,
    /// The input begins like a gzip file but cannot be decompressed.
    #[error("the gzip data is damaged: {0}")]
    Gzip(String),
    /// The input is larger than 256 MiB, decompressed.
    #[error("the input is larger than {} MiB", MAX_INPUT_BYTES / 1024 / 1024)]
    TooLarge,
    /// The input is not UTF-8 text.
    #[error("not UTF-8: the byte at offset {offset} does not belong")]
    NotUtf8 {
        /// How many bytes before it are valid.
        offset: usize,
    },
    /// The input is no JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The input is JSON, but has no form of an event that the host knows.
    #[error(
        "JSON, but no event: expected an EventBridge envelope (with `detail`), a CloudTrail record (with `eventName`), a log \
         file (`Records`), the output of lookup-events (`Events`), SQS messages (`Body`, `Messages`) or an SNS notification \
         (`TopicArn`, `Message`), found {0}"
    )]
    NotAnEvent(String),
    /// A list that could hold events holds none.
    #[error("a list of events that is empty")]
    EmptyList,
    /// A digest, by which the integrity of CloudTrail's log files can be checked.
    #[error("a digest of CloudTrail's log files, which holds no events")]
    Digest,
    /// A field of the event has the wrong type.
    #[error("JSON, but no event: {0}")]
    WrongType(String),
    /// The EventBridge envelope lacks a field that every decision needs.
    #[error("the EventBridge envelope has no `{0}`")]
    MissingField(&'static str),
    /// A message of the queue is not an EventBridge envelope.
    #[error(
        "no EventBridge envelope (an object with `detail-type` and `detail`): the service takes nothing else from its queue; `replay` shows \
         what it is"
    )]
    NoEnvelope,
    /// SNS has wrapped the event.
    #[error(
        "an SNS notification: set raw message delivery for the topic's subscription, or send the rule to the queue itself"
    )]
    SnsNotification,
    /// The forms are nested too deep.
    #[error("the event is wrapped more than {MAX_DEPTH} times")]
    TooDeep,
}

impl DecodeError {
    /// Whether the input is as it should be, and just holds no event.
    #[must_use]
    pub fn is_no_fault(&self) -> bool {
        matches!(self, Self::EmptyList | Self::Digest)
    }
}

/// Decodes all events in `input`, in order. An event that cannot be read does not keep the rest from being read.
///
/// The forms: an EventBridge envelope, a bare CloudTrail record, a CloudTrail log file (also compressed with gzip), the
/// output of `aws cloudtrail lookup-events`, an SQS message or a list of them with an event in each body, an SNS
/// notification with an event as its message, an array of any of these, and newline-delimited JSON with any of these on
/// each line.
///
/// ```
/// use autotag_core::event::decode;
///
/// let log_file = br#"{"Records": [{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVolume"}, {}]}"#;
/// let events = decode(log_file);
/// assert!(matches!(events.as_slice(), [Ok(event), Err(_)] if event.source == "aws.ec2"));
/// ```
#[must_use]
pub fn decode(input: &[u8]) -> Vec<Result<Event, DecodeError>> {
    match unpack(input) {
        Ok(unpacked) => decode_text(&unpacked),
        Err(error) => vec![Err(error)],
    }
}

/// The same for what is not compressed.
fn decode_text(input: &[u8]) -> Vec<Result<Event, DecodeError>> {
    // Most inputs are one event, as messages are.
    let mut events = Vec::with_capacity(1);
    match text_of(input) {
        Ok(text) => read_text(text, &mut events),
        Err(error) => events.push(Err(error)),
    }
    events
}

/// Decodes a message of the queue, which must be one EventBridge envelope: only there does EventBridge vouch for the
/// event's source.
///
/// ```
/// use autotag_core::event::{DecodeError, decode_message};
///
/// let event = decode_message(
///     r#"{"source": "aws.ec2", "detail-type": "AWS API Call via CloudTrail", "account": "111122223333",
///         "region": "eu-central-1", "detail": {"eventName": "RunInstances"}}"#,
/// )?;
/// assert_eq!(event.name().as_deref(), Some("RunInstances"));
/// assert_eq!(decode_message(r#"{"eventName": "RunInstances"}"#), Err(DecodeError::NoEnvelope));
/// # Ok::<(), DecodeError>(())
/// ```
///
/// # Errors
/// If it is anything else, or an envelope that cannot be read.
pub fn decode_message(body: &str) -> Result<Event, DecodeError> {
    let text = text_of(body.as_bytes())?;
    if let Some(envelope) = scan::envelope(text) {
        return Ok(from_plain_envelope(text, envelope));
    }
    let document = match serde_json::from_str::<Document<'_>>(text) {
        Ok(document) if document.detail.is_some() || document.detail_type.is_some() => document,
        Ok(document) if document.topic_arn.is_some() => return Err(DecodeError::SnsNotification),
        Ok(_) => return Err(DecodeError::NoEnvelope),
        Err(error) if error.classify() != Category::Data => return Err(DecodeError::NotJson(error.to_string())),
        Err(error) if text.starts_with('{') => return Err(DecodeError::WrongType(error.to_string())),
        Err(_) => return Err(DecodeError::NoEnvelope),
    };
    from_envelope(text, document)
}

fn unpack(input: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    if !input.starts_with(&[0x1f, 0x8b]) {
        return if input.len() as u64 > MAX_INPUT_BYTES {
            Err(DecodeError::TooLarge)
        } else {
            Ok(Cow::Borrowed(input))
        };
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(input)
        .take(MAX_INPUT_BYTES + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| DecodeError::Gzip(error.to_string()))?;
    if unpacked.len() as u64 > MAX_INPUT_BYTES { Err(DecodeError::TooLarge) } else { Ok(Cow::Owned(unpacked)) }
}

fn text_of(bytes: &[u8]) -> Result<&str, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|error| DecodeError::NotUtf8 { offset: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if text.is_empty() { Err(DecodeError::Empty) } else { Ok(text) }
}

fn read_text(text: &str, events: &mut Vec<Result<Event, DecodeError>>) {
    read_value(text, 1, events);
    if matches!(events.as_slice(), [Err(_)]) && is_one_document_a_line(text) {
        events.clear();
        for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
            let before = events.len();
            read_value(line.trim(), 1, events);
            numbered(events.get_mut(before), number);
        }
    }
}

/// Names the line that is no JSON. Serde saw it alone, and counts it as line 1.
fn numbered(event: Option<&mut Result<Event, DecodeError>>, number: u64) {
    if let Some(Err(DecodeError::NotJson(error))) = event {
        *error = format!("line {number}: {}", error.replace(" at line 1 column ", " at column "));
    }
}

/// Whether the text is newline-delimited JSON: no JSON as a whole, but its first line is, or most of its lines are,
/// since a line may be broken.
fn is_one_document_a_line(text: &str) -> bool {
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    if is_json(text) {
        return false;
    }
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (whole, broken): (Vec<_>, Vec<_>) =
        lines.clone().partition(|line| line.trim().starts_with('{') && is_json(line));
    lines.next().is_some_and(is_json) || whole.len() > broken.len()
}

/// Every field that tells a form, and every field that an event is made from, so that one pass over the text reads them
/// all.
#[derive(Deserialize)]
struct Document<'a> {
    // An EventBridge envelope.
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    id: Option<String>,
    source: Option<String>,
    account: Option<String>,
    region: Option<String>,
    time: Option<String>,
    #[serde(rename = "replay-name")]
    replay_name: Option<String>,
    // A CloudTrail record.
    #[serde(rename = "eventName")]
    event_name: Option<&'a RawValue>,
    #[serde(rename = "eventID")]
    event_id: Option<String>,
    #[serde(rename = "eventSource")]
    event_source: Option<String>,
    #[serde(rename = "eventType")]
    event_type: Option<String>,
    #[serde(rename = "eventTime")]
    event_time: Option<String>,
    #[serde(rename = "awsRegion")]
    aws_region: Option<String>,
    #[serde(rename = "recipientAccountId")]
    recipient_account_id: Option<String>,
    #[serde(rename = "userIdentity")]
    user_identity: Option<CallerAccount>,
    // What holds other documents.
    #[serde(borrow, rename = "Records")]
    records: Option<Vec<&'a RawValue>>,
    #[serde(borrow, rename = "Events")]
    looked_up: Option<Vec<&'a RawValue>>,
    #[serde(borrow, rename = "Messages")]
    messages: Option<Vec<&'a RawValue>>,
    // What holds another document as a string.
    #[serde(rename = "CloudTrailEvent")]
    cloud_trail_event: Option<String>,
    #[serde(rename = "Body", alias = "body")]
    body: Option<String>,
    // An SNS notification, which holds one as `Message`.
    #[serde(borrow, rename = "TopicArn")]
    topic_arn: Option<&'a RawValue>,
    #[serde(borrow, rename = "Message")]
    message: Option<&'a RawValue>,
    // A digest of log files.
    #[serde(borrow, rename = "digestS3Object")]
    digest: Option<&'a RawValue>,
}

impl Document<'_> {
    /// The document that it holds as a string.
    fn held(&self) -> Option<Cow<'_, str>> {
        let held = self.cloud_trail_event.as_ref().or(self.body.as_ref()).map(|held| held.as_str().into());
        let notified = || serde_json::from_str::<String>(self.topic_arn.and(self.message)?.get()).ok();
        held.or_else(|| notified().map(Cow::Owned))
    }
}

/// What is read of `userIdentity`: the caller's account.
#[derive(Deserialize)]
#[serde(expecting = "struct UserIdentity")]
struct CallerAccount {
    #[serde(rename = "accountId")]
    account_id: Option<String>,
}

/// Reads the events of one JSON document: with the scanner if it is a plain envelope, else with serde.
fn read_value(text: &str, depth: usize, events: &mut Vec<Result<Event, DecodeError>>) {
    if depth > MAX_DEPTH {
        return events.push(Err(DecodeError::TooDeep));
    }
    if text.starts_with('[') {
        return match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(elements) => read_all(&elements, depth, events),
            Err(error) => events.push(Err(DecodeError::NotJson(error.to_string()))),
        };
    }
    match scan::envelope(text) {
        Some(envelope) => events.push(Ok(from_plain_envelope(text, envelope))),
        None => read_document(text, depth, events),
    }
}

/// Reads the events of one JSON document of any form, with serde.
fn read_document(text: &str, depth: usize, events: &mut Vec<Result<Event, DecodeError>>) {
    let document = match serde_json::from_str::<Document<'_>>(text) {
        Ok(document) => document,
        Err(error) if error.classify() != Category::Data => {
            return events.push(Err(DecodeError::NotJson(error.to_string())));
        }
        Err(error) if text.starts_with('{') => return events.push(Err(DecodeError::WrongType(error.to_string()))),
        Err(_) => return events.push(Err(not_an_event(text))),
    };
    if let Some(held) = document.records.as_ref().or(document.looked_up.as_ref()).or(document.messages.as_ref()) {
        return read_all(held, depth, events);
    }
    if document.detail.is_none()
        && let Some(held) = document.held()
    {
        return match text_of(held.as_bytes()) {
            Ok(text) => read_value(text, depth + 1, events),
            Err(error) => events.push(Err(error)),
        };
    }
    events.push(if document.detail.is_some() || document.detail_type.is_some() {
        from_envelope(text, document)
    } else if document.event_name.is_some() {
        Ok(from_record(text, document))
    } else if document.digest.is_some() {
        Err(DecodeError::Digest)
    } else {
        Err(not_an_event(text))
    });
}

fn read_all(documents: &[&RawValue], depth: usize, events: &mut Vec<Result<Event, DecodeError>>) {
    if documents.is_empty() {
        events.push(Err(DecodeError::EmptyList));
    }
    for document in documents {
        read_value(document.get(), depth + 1, events);
    }
}

fn from_plain_envelope(text: &str, envelope: scan::Envelope<'_>) -> Event {
    Event {
        id: envelope.id.into(),
        source: envelope.source.into(),
        detail_type: envelope.detail_type.into(),
        account: envelope.account.into(),
        region: envelope.region.into(),
        time: envelope.time.into(),
        replay_name: envelope.replay_name.map(Into::into),
        text: text.into(),
        detail: envelope.detail,
        parts: Some(envelope.parts),
    }
}

fn from_envelope(text: &str, document: Document<'_>) -> Result<Event, DecodeError> {
    fn need(field: Option<String>, name: &'static str) -> Result<String, DecodeError> {
        field.filter(|text| !text.is_empty()).ok_or(DecodeError::MissingField(name))
    }
    let detail = document.detail.ok_or(DecodeError::MissingField("detail"))?.get();
    let start = detail.as_ptr().addr() - text.as_ptr().addr();
    Ok(Event {
        id: document.id.unwrap_or_default(),
        source: need(document.source, "source")?,
        detail_type: need(document.detail_type, "detail-type")?,
        account: need(document.account, "account")?,
        region: need(document.region, "region")?,
        time: document.time.unwrap_or_default(),
        replay_name: document.replay_name,
        text: text.into(),
        detail: start..start + detail.len(),
        // The scanner has already refused it.
        parts: None,
    })
}

/// Wraps a bare record in the envelope that EventBridge would have put around it.
fn from_record(detail: &str, document: Document<'_>) -> Event {
    let service = document.event_source.unwrap_or_default();
    let service = service.strip_suffix(".amazonaws.com").unwrap_or(&service);
    let mut event = Event {
        id: document.event_id.unwrap_or_default(),
        source: format!("aws.{service}"),
        detail_type: match document.event_type.as_deref() {
            Some("AwsServiceEvent") => "AWS Service Event via CloudTrail",
            Some("AwsConsoleSignIn") => "AWS Console Sign In via CloudTrail",
            Some("AwsConsoleAction") => "AWS Console Action via CloudTrail",
            Some("AwsCloudTrailInsight") => "AWS Insight via CloudTrail",
            Some("AwsVpceEvent") => "AWS Network Activity Event via CloudTrail",
            _ => "AWS API Call via CloudTrail",
        }
        .into(),
        account: document
            .recipient_account_id
            .or_else(|| document.user_identity.and_then(|identity| identity.account_id))
            .unwrap_or_default(),
        region: document.aws_region.unwrap_or_default(),
        time: document.event_time.unwrap_or_default(),
        replay_name: None,
        text: String::new(),
        detail: 0..0,
        parts: None,
    };
    let quote = |text: &str| serde_json::Value::from(text).to_string();
    event.text = format!(
        r#"{{"version":"0","id":{},"detail-type":{},"source":{},"account":{},"time":{},"region":{},"resources":[],"detail":"#,
        quote(&event.id),
        quote(&event.detail_type),
        quote(&event.source),
        quote(&event.account),
        quote(&event.time),
        quote(&event.region),
    );
    event.detail = event.text.len()..event.text.len() + detail.len();
    event.text.push_str(detail);
    event.text.push('}');
    event.parts = scan::record_at(&event.text, event.detail.start);
    event
}

/// Names in brief what was found instead of an event.
fn not_an_event(text: &str) -> DecodeError {
    let found = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(object)) if object.is_empty() => "an empty object".into(),
        Ok(serde_json::Value::Object(object)) => {
            let shown: Vec<_> =
                object.keys().take(5).map(|key| format!("`{}`", key.chars().take(40).collect::<String>())).collect();
            let more = if object.len() > shown.len() { ", …" } else { "" };
            format!("an object with {}{more}", shown.join(", "))
        }
        Ok(serde_json::Value::String(_)) => "a string".into(),
        Ok(serde_json::Value::Number(_)) => "a number".into(),
        Ok(serde_json::Value::Bool(_)) => "a boolean".into(),
        Ok(serde_json::Value::Null) => "null".into(),
        Ok(serde_json::Value::Array(_)) | Err(_) => "something else".into(),
    };
    DecodeError::NotAnEvent(found)
}

#[cfg(test)]
mod tests;
