//! Tags each key pair with its creator.
//!
//! Settings are the SDK's: `owner_key` and `principal_id_key` rename the two tags, `tags` adds further ones, `skip` and
//! `only` say whose calls count.

use autotag_plugin_sdk::{CloudTrailRecord, Event, Failure, Manifest, Plugin, Settings, Tagging, api_call_patterns};

/// The plugin. The host asks each of its functions in a fresh instance.
pub struct Extractor;

impl Plugin for Extractor {
    type Settings = Settings;

    fn describe() -> Manifest {
        Manifest {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            event_patterns: api_call_patterns("aws.ec2", "ec2.amazonaws.com", ["CreateKeyPair", "ImportKeyPair"]),
        }
    }

    fn tag_keys(settings: &Settings) -> Vec<String> {
        settings.tag_keys()
    }

    fn extract(event: &Event, settings: &Settings) -> Result<Vec<Tagging>, Failure> {
        let record = CloudTrailRecord::parse(&event.detail)?;
        let creator = settings.creator(event, &record)?;
        let created = record.created(&["keyPairId"])?;
        Ok(vec![Tagging::new(created, settings.tags(event, &record, &creator))])
    }
}

autotag_plugin_sdk::export!(Extractor);

#[cfg(test)]
mod tests;
