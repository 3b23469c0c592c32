//! Tags key pairs with whoever made them.
//!
//! Settings: `owner_key` and `principal_id_key` rename the two tags.

use autotag_plugin_sdk::{CloudTrailRecord, Creator, Event, Failure, KeyNames, Manifest, Plugin, Tagging};
use serde::Deserialize;

/// The plugin. The host asks each of its functions in a fresh instance.
pub struct Extractor;

impl Plugin for Extractor {
    type Settings = KeyNames;

    fn describe() -> Manifest {
        Manifest {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            event_patterns: vec![EVENT_PATTERN.into()],
        }
    }

    fn tag_keys(keys: &KeyNames) -> Vec<String> {
        keys.all()
    }

    fn extract(event: &Event, keys: &KeyNames) -> Result<Vec<Tagging>, Failure> {
        let record = CloudTrailRecord::parse(&event.detail)?;
        let answer: KeyPair = record.response()?;
        let tags = Creator::of(&record)?.tags(keys);
        Ok(vec![Tagging::of(vec![answer.key_pair_id], tags)])
    }
}

autotag_plugin_sdk::export!(Extractor);

const EVENT_PATTERN: &str = r#"{
  "source": ["aws.ec2"],
  "detail-type": ["AWS API Call via CloudTrail"],
  "detail": {"eventSource": ["ec2.amazonaws.com"], "eventName": ["CreateKeyPair", "ImportKeyPair"]}
}"#;

/// What either call answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyPair {
    key_pair_id: String,
}

#[cfg(test)]
mod tests;
