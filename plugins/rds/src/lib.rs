//! The plugin for RDS: says who created a database instance, a cluster, a snapshot, or anything else that RDS can tag.
//!
//! DocumentDB and Neptune have RDS's API calls, responses and ARNs, so they are tagged along.
//!
//! [`API_CALLS`] is all that it knows of RDS: the API calls, and where their records name what they created. Settings
//! are the SDK's.

mod api_calls;

pub use api_calls::{API_CALLS, ApiCall};
use autotag_plugin_sdk::{CloudTrailRecord, Event, Failure, Manifest, Plugin, Settings, Tagging, api_call_patterns};

/// The plugin for RDS, with the SDK's settings.
pub struct Rds;

impl Plugin for Rds {
    type Settings = Settings;

    fn describe() -> Manifest {
        let names = API_CALLS.iter().map(|call| call.name);
        Manifest {
            name: "rds".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            event_patterns: api_call_patterns("aws.rds", "rds.amazonaws.com", names),
        }
    }

    fn tag_keys(settings: &Settings) -> Vec<String> {
        settings.tag_keys()
    }

    fn extract(event: &Event, settings: &Settings) -> Result<Vec<Tagging>, Failure> {
        let record = CloudTrailRecord::parse(&event.detail)?;
        let call = ApiCall::named(&record.event_name).ok_or_else(|| {
            Failure::Malformed(format!("{} is not among the events that this plugin declares", record.event_name))
        })?;
        let creator = settings.creator(event, &record)?;
        let resources = call.paths.created(event, &record)?;
        Ok(vec![Tagging::new(resources, settings.tags(event, &record, &creator))])
    }
}

autotag_plugin_sdk::export!(Rds);

#[cfg(test)]
mod tests;
