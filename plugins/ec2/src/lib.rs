//! The plugin for EC2: says who created an instance, a volume, a VPC, or anything else that EC2 can tag.
//!
//! All that it knows of EC2 is [the table of API calls](autotag_api_calls): where their responses hold ids, and what
//! the host is to look up from these. CloudTrail omits the response of a launch of some 40 instances or more; the host
//! then looks up the instances, too.
//!
//! Settings are the SDK's, and one more: `inherit = true`. An instance that a service launches, such as Auto Scaling,
//! then gets the owner and the principal id of what it was launched for, where that has them. Without that, what a
//! service makes for itself has the service for its owner and no principal id.

mod created;
mod settings;

use autotag_api_calls::ec2::{CALLS, EVENT_SOURCE};
use autotag_plugin_sdk::{
    CloudTrailRecord, Event, Failure, Manifest, Plugin, Related, Tagging, api_call_patterns, find_by_name,
};
pub use settings::Ec2Settings;

/// The plugin for EC2, with [`Ec2Settings`].
pub struct Ec2;

impl Plugin for Ec2 {
    type Settings = Ec2Settings;

    fn describe() -> Manifest {
        let names = CALLS.iter().map(|call| call.name);
        Manifest {
            name: "ec2".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            event_patterns: api_call_patterns("aws.ec2", EVENT_SOURCE, names),
        }
    }

    fn tag_keys(Ec2Settings { settings, .. }: &Ec2Settings) -> Vec<String> {
        settings.tag_keys()
    }

    fn extract(event: &Event, Ec2Settings { settings, inherit }: &Ec2Settings) -> Result<Vec<Tagging>, Failure> {
        let record = CloudTrailRecord::parse(&event.detail)?;
        let call = find_by_name(CALLS, |call| call.name, &record.event_name).ok_or_else(|| {
            Failure::Malformed(format!("{} is not among the events that this plugin declares", record.event_name))
        })?;
        let creator = settings.creator(event, &record)?;
        let (resources, related) = match created::launched_by_token(call, &record)? {
            Some(related) => (Vec::new(), related),
            None => (created::ids(call, &record, creator.is_service)?, created::related(call)),
        };
        if !(*inherit && creator.is_service && created::creates_instances(call)) {
            let tags = settings.tags(event, &record, &creator);
            return Ok(vec![Tagging::new(resources, tags).with(related)]);
        }
        // Only the tags that name the creator take the parent's values; the further tags describe this API call.
        let further = settings.further_tags(event, &record, &creator);
        let creator = Tagging::new(resources.clone(), settings.inheritable_tags(&creator));
        let mut taggings = vec![creator.with(related | Related::PARENT)];
        if !further.is_empty() {
            taggings.push(Tagging::new(resources, further).with(related));
        }
        Ok(taggings)
    }
}

autotag_plugin_sdk::export!(Ec2);

#[cfg(test)]
mod tests;
