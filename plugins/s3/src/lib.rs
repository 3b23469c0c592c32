//! The plugin for S3: says who created a bucket, a directory bucket, or an access point of either.
//!
//! All that it knows of S3's API calls is [the table of API calls](autotag_api_calls). Beyond that, it only finds out
//! in which Region a bucket is. Settings are the SDK's.

mod created;
mod location;

use autotag_api_calls::s3::{CALLS, EVENT_SOURCE, EXPRESS_EVENT_SOURCE};
use autotag_plugin_sdk::{CloudTrailRecord, Event, Failure, Manifest, Plugin, Settings, Tagging, api_call_patterns};

/// The plugin for S3 and S3 Express One Zone, with the SDK's settings.
pub struct S3;

impl Plugin for S3 {
    type Settings = Settings;

    fn describe() -> Manifest {
        let patterns =
            [("aws.s3", EVENT_SOURCE), ("aws.s3express", EXPRESS_EVENT_SOURCE)].map(|(source, event_source)| {
                let calls = CALLS.iter().filter(|call| call.event_source == event_source);
                api_call_patterns(source, event_source, calls.map(|call| call.name))
            });
        Manifest {
            name: "s3".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            event_patterns: patterns.into_iter().flatten().collect(),
        }
    }

    fn tag_keys(settings: &Settings) -> Vec<String> {
        settings.tag_keys()
    }

    fn extract(event: &Event, settings: &Settings) -> Result<Vec<Tagging>, Failure> {
        let record = CloudTrailRecord::parse(&event.detail)?;
        let (event_source, name) = (&record.event_source, &record.event_name);
        let call =
            CALLS.iter().find(|call| call.event_source == *event_source && call.name == *name).ok_or_else(|| {
                Failure::Malformed(format!(
                    "{name} of {event_source} is not among the events that this plugin declares"
                ))
            })?;
        let creator = settings.creator(event, &record)?;
        let resources = call.kinds.iter().map(|kind| created::paths(kind).created(event, &record));
        let resources = resources.collect::<Result<Vec<_>, _>>()?.concat();
        location::skip_unless_here(event, &record)?;
        Ok(vec![Tagging::new(resources, settings.tags(event, &record, &creator))])
    }
}

autotag_plugin_sdk::export!(S3);

#[cfg(test)]
mod tests;
