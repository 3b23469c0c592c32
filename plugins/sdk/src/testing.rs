//! Events for native tests of an extractor: plain `cargo test`, no Wasm toolchain.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Event;

/// The event of an API call with the CloudTrail record `detail`, as EventBridge delivers it. Account, Region and time are
/// the record's, where it has them.
///
/// # Panics
/// If `detail` is no JSON object.
#[must_use]
#[expect(clippy::expect_used, reason = "in a test, a panic is how a broken fixture shows")]
pub fn api_call(source: &str, detail: &str) -> Event {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Header {
        #[serde(rename = "eventID")]
        id: String,
        recipient_account_id: String,
        aws_region: String,
        event_time: String,
    }
    let header: Header = serde_json::from_str(detail).expect("the record must be a JSON object");
    Event {
        id: header.id,
        source: source.into(),
        detail_type: "AWS API Call via CloudTrail".into(),
        account: header.recipient_account_id,
        region: header.aws_region,
        time: header.event_time,
        detail: detail.into(),
    }
}

/// The event in `json`, an EventBridge envelope.
///
/// # Panics
/// If it is none.
#[must_use]
#[expect(clippy::expect_used, reason = "in a test, a panic is how a broken fixture shows")]
pub fn event(json: &str) -> Event {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Envelope<'a> {
        id: String,
        source: String,
        detail_type: String,
        account: String,
        region: String,
        time: String,
        #[serde(borrow)]
        detail: &'a RawValue,
    }
    let envelope: Envelope<'_> = serde_json::from_str(json).expect("the event must be an EventBridge envelope");
    Event {
        id: envelope.id,
        source: envelope.source,
        detail_type: envelope.detail_type,
        account: envelope.account,
        region: envelope.region,
        time: envelope.time,
        detail: envelope.detail.get().into(),
    }
}
