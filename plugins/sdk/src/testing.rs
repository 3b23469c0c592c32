//! Events for native tests of an extractor: plain `cargo test`, no Wasm toolchain.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Event;

/// The event of an API call with the CloudTrail record `detail`, as EventBridge delivers it. Account, Region and time
/// are the record's; a field that the record lacks is empty.
///
/// ```
/// use autotag_plugin_sdk::testing::api_call;
///
/// let detail = r#"{"eventID": "e-1", "eventName": "CreateBucket", "awsRegion": "eu-central-1"}"#;
/// let event = api_call("aws.s3", detail);
/// assert_eq!((event.id.as_str(), event.source.as_str(), event.region.as_str()), ("e-1", "aws.s3", "eu-central-1"));
/// assert_eq!((event.account.as_str(), event.detail.as_str()), ("", detail));
/// ```
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
/// ```
/// let event = autotag_plugin_sdk::testing::event(
///     r#"{"id": "e-1", "source": "aws.s3", "detail-type": "AWS API Call via CloudTrail", "account": "111122223333",
///         "region": "eu-central-1", "time": "2026-01-31T12:00:00Z", "detail": {"eventName": "CreateBucket"}}"#,
/// );
/// assert_eq!(event.account, "111122223333");
/// assert_eq!(event.detail, r#"{"eventName": "CreateBucket"}"#);
/// ```
///
/// # Panics
/// If `json` is no such envelope.
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
