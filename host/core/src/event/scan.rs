//! The fast path for reading an event: a scanner makes one pass over its text, validates all of it, and records the
//! ranges of the few fields that the host decides by.
//!
//! It takes only what is plain: fields that occur once, of the expected type, without escapes; numbers without an
//! exponent; values nested no more than 63 deep. For anything else it returns `None`, which says nothing about the
//! event: [`super::decode`] and [`super::Event::record`] then read it again with serde, which knows every rule and
//! every error. Whatever it takes, serde would have taken, with the same result; tests hold it to that.
//!
//! It is here for speed alone, and so is `facts`, which reads an API call's response: as serde's values, the response
//! alone took longer than the plugin's invocation. `BENCHMARKS.md` has the measurements. The fallback must work without
//! it: if a library reads as much in one pass as fast, this module goes.

mod facts;
mod scanner;
mod structural_index;

use std::ops::Range;

pub(super) use facts::facts;
use scanner::Scanner;

/// The ranges of a CloudTrail record's parts in an event's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RecordParts {
    pub(super) event_name: Range<usize>,
    pub(super) event_source: Option<Range<usize>>,
    pub(super) event_time: Option<Range<usize>>,
    pub(super) aws_region: Option<Range<usize>>,
    pub(super) recipient_account_id: Option<Range<usize>>,
    pub(super) error_code: Option<Range<usize>>,
    pub(super) principal_id: Option<Range<usize>>,
    pub(super) user_identity: Option<Range<usize>>,
    pub(super) request_parameters: Option<Range<usize>>,
    pub(super) response_elements: Option<Range<usize>>,
}

/// An EventBridge envelope around a CloudTrail record.
pub(super) struct Envelope<'a> {
    pub(super) id: &'a str,
    pub(super) source: &'a str,
    pub(super) detail_type: &'a str,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) time: &'a str,
    pub(super) replay_name: Option<&'a str>,
    pub(super) detail: Range<usize>,
    pub(super) parts: RecordParts,
}

/// Reads a whole text as an EventBridge envelope.
pub(super) fn envelope(text: &str) -> Option<Envelope<'_>> {
    let mut scanner = Scanner::new(text);
    let (mut id, mut source, mut detail_type, mut account, mut region, mut time) = (None, None, None, None, None, None);
    let (mut detail, mut replay_name) = (None, None);
    scanner.object(|scanner, key| {
        match key {
            "id" => once(&mut id, scanner.plain_text()?),
            "source" => once(&mut source, scanner.plain_text()?),
            "detail-type" => once(&mut detail_type, scanner.plain_text()?),
            "account" => once(&mut account, scanner.plain_text()?),
            "region" => once(&mut region, scanner.plain_text()?),
            "time" => once(&mut time, scanner.plain_text()?),
            "replay-name" => once(&mut replay_name, scanner.plain_text()?),
            "detail" => {
                let start = scanner.begin_value()?;
                let parts = record(scanner)?;
                once(&mut detail, (start..scanner.at(), parts))
            }
            // Fields that tell other forms.
            "eventName" | "eventID" | "eventSource" | "eventType" | "eventTime" | "awsRegion"
            | "recipientAccountId" | "userIdentity" | "Records" | "Events" | "Messages" | "CloudTrailEvent"
            | "Body" | "body" => None,
            _ => scanner.skip_value(),
        }
    })?;
    scanner.end()?;
    let (detail, parts) = detail?;
    let read = |range: Option<Range<usize>>| text.get(range?);
    let needed = |range| read(range).filter(|text| !text.is_empty());
    Some(Envelope {
        id: read(id).unwrap_or_default(),
        source: needed(source)?,
        detail_type: needed(detail_type)?,
        account: needed(account)?,
        region: needed(region)?,
        time: read(time).unwrap_or_default(),
        replay_name: read(replay_name),
        detail,
        parts,
    })
}

/// Reads the CloudTrail record that begins at `start` and is the text's last value but for closing brackets.
pub(super) fn record_at(text: &str, start: usize) -> Option<RecordParts> {
    let mut scanner = Scanner::at_offset(text, start);
    record(&mut scanner)
}

/// Reads a value as a CloudTrail record.
fn record(scanner: &mut Scanner<'_>) -> Option<RecordParts> {
    let (mut event_name, mut event_source, mut error_code, mut principal_id) = (None, None, None, None);
    let (mut event_time, mut aws_region, mut recipient_account_id) = (None, None, None);
    let (mut request_parameters, mut response_elements, mut user_identity) = (None, None, None);
    scanner.object(|scanner, key| match key {
        "eventName" => once(&mut event_name, scanner.plain_text()?),
        "eventSource" => once(&mut event_source, scanner.plain_text()?),
        "eventTime" => once(&mut event_time, scanner.plain_text()?),
        "awsRegion" => once(&mut aws_region, scanner.plain_text()?),
        "recipientAccountId" => once(&mut recipient_account_id, scanner.plain_text()?),
        "errorCode" => once(&mut error_code, scanner.plain_text_or_null()?),
        "requestParameters" => once(&mut request_parameters, scanner.value_or_null()?),
        "responseElements" => once(&mut response_elements, scanner.value_or_null()?),
        "userIdentity" => {
            let start = scanner.begin_value()?;
            scanner.object(|scanner, key| match key {
                "principalId" => once(&mut principal_id, scanner.plain_text_or_null()?),
                _ => scanner.skip_value(),
            })?;
            once(&mut user_identity, start..scanner.at())
        }
        _ => scanner.skip_value(),
    })?;
    Some(RecordParts {
        event_name: event_name?,
        event_source,
        event_time,
        aws_region,
        recipient_account_id,
        error_code: error_code.flatten(),
        principal_id: principal_id.flatten(),
        user_identity,
        request_parameters: request_parameters.flatten(),
        response_elements: response_elements.flatten(),
    })
}

/// Sets a field once: JSON readers would disagree on a duplicate key.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.is_some() {
        return None;
    }
    *place = Some(value);
    Some(())
}
