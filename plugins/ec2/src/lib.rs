//! The plugin for EC2: says who created an instance, a network interface, a volume, a snapshot or an image.
//!
//! | call | resources, from the answer | looked up by the host |
//! |---|---|---|
//! | `RunInstances` | instances, and the network interfaces made with them | the instances' volumes |
//! | `CreateVolume` | the volume | |
//! | `CreateSnapshot`, `CreateSnapshots` | the snapshots | |
//! | `CreateImage` | the image | its snapshots |
//!
//! Settings: `owner_key` and `principal_id_key` rename the two tags.

mod answers;

use answers::{Image, Reservation, Snapshot, Snapshots, Volume};
use autotag_plugin_sdk::{CloudTrailRecord, Creator, Event, Failure, KeyNames, Manifest, Plugin, Related, Tagging};

/// The plugin.
pub struct Ec2;

impl Plugin for Ec2 {
    type Settings = KeyNames;

    fn describe() -> Manifest {
        Manifest {
            name: "ec2".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            event_patterns: vec![EVENT_PATTERN.into()],
        }
    }

    fn tag_keys(keys: &KeyNames) -> Vec<String> {
        keys.all()
    }

    fn extract(event: &Event, keys: &KeyNames) -> Result<Vec<Tagging>, Failure> {
        let record = CloudTrailRecord::parse(&event.detail)?;
        let (resources, related) = created(&record)?;
        let tags = Creator::of(&record)?.tags(keys);
        Ok(vec![Tagging::of(resources, tags).with(related)])
    }
}

autotag_plugin_sdk::export!(Ec2);

const EVENT_PATTERN: &str = r#"{
  "source": ["aws.ec2"],
  "detail-type": ["AWS API Call via CloudTrail"],
  "detail": {
    "eventSource": ["ec2.amazonaws.com"],
    "eventName": ["RunInstances", "CreateVolume", "CreateSnapshot", "CreateSnapshots", "CreateImage"]
  }
}"#;

/// What the call created, and what there is to look up from it.
fn created(record: &CloudTrailRecord<'_>) -> Result<(Vec<String>, Related), Failure> {
    match record.event_name.as_str() {
        "RunInstances" => Ok((instances_and_interfaces(record)?, Related::VOLUMES)),
        "CreateVolume" => Ok((vec![record.response::<Volume>()?.volume_id], Related::empty())),
        "CreateSnapshot" => Ok((vec![record.response::<Snapshot>()?.snapshot_id], Related::empty())),
        "CreateSnapshots" => {
            let snapshots = record.response::<Snapshots>()?.into_list()?;
            Ok((snapshots.into_iter().map(|snapshot| snapshot.snapshot_id).collect(), Related::empty()))
        }
        "CreateImage" => Ok((vec![record.response::<Image>()?.image_id], Related::SNAPSHOTS)),
        other => Err(Failure::Malformed(format!("{other} is not among the events that this plugin declares"))),
    }
}

fn instances_and_interfaces(record: &CloudTrailRecord<'_>) -> Result<Vec<String>, Failure> {
    let reservation: Reservation = record.response()?;
    let instances = reservation.instances_set.0;
    if instances.is_empty() {
        return Err(Failure::Malformed("RunInstances: responseElements.instancesSet names no instance".into()));
    }
    let mut resources = Vec::new();
    let mut interfaces = Vec::new();
    for instance in instances {
        resources.push(instance.instance_id);
        interfaces.extend(instance.network_interface_set.0.into_iter().filter_map(|made| made.network_interface_id));
    }
    // An interface that the request brings along existed before, and whoever made it is its owner.
    interfaces.retain(|id| !record.request_mentions(id));
    resources.append(&mut interfaces);
    Ok(resources)
}

#[cfg(test)]
mod tests;
