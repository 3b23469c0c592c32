//! The plugin for RDS: says who created a database instance, a cluster, a snapshot, or anything else that RDS can tag.
//!
//! DocumentDB and Neptune have RDS's API calls, responses and ARNs, so they are tagged along.
//!
//! All that it knows of RDS is [the table of API calls](autotag_api_calls): where their records name what they created.
//! Settings are the SDK's.

mod created;

use autotag_api_calls::rds::{CALLS, EVENT_SOURCE};
use autotag_plugin_sdk::{
    CloudTrailRecord, Event, Failure, Manifest, Plugin, Settings, Tagging, api_call_patterns, find_by_name,
};

/// The plugin for RDS, with the SDK's settings.
pub struct Rds;

impl Plugin for Rds {
    type Settings = Settings;

    fn describe() -> Manifest {
        let names = CALLS.iter().map(|call| call.name);
        Manifest {
            name: "rds".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            event_patterns: api_call_patterns("aws.rds", EVENT_SOURCE, names),
        }
    }

    fn tag_keys(settings: &Settings) -> Vec<String> {
        settings.tag_keys()
    }

    fn extract(event: &Event, settings: &Settings) -> Result<Vec<Tagging>, Failure> {
        let record = CloudTrailRecord::parse(&event.detail)?;
        let call = find_by_name(CALLS, |call| call.name, &record.event_name).ok_or_else(|| {
            Failure::Malformed(format!("{} is not among the events that this plugin declares", record.event_name))
        })?;
        let creator = settings.creator(event, &record)?;
        let resources = call.kinds.iter().map(|kind| created::paths(kind).created(event, &record));
        let resources = resources.collect::<Result<Vec<_>, _>>()?.concat();
        Ok(vec![Tagging::new(resources, settings.tags(event, &record, &creator))])
    }
}

autotag_plugin_sdk::export!(Rds);

#[cfg(test)]
mod tests;
