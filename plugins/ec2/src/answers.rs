//! The shapes of EC2's answers in CloudTrail's records, as far as they name what was created.

use autotag_plugin_sdk::{Failure, List};
use serde::Deserialize;

/// What `RunInstances` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reservation {
    pub(crate) instances_set: List<Instance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instance {
    pub(crate) instance_id: String,
    #[serde(default)]
    pub(crate) network_interface_set: List<NetworkInterface>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkInterface {
    #[serde(default)]
    pub(crate) network_interface_id: Option<String>,
}

/// What `CreateVolume` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Volume {
    pub(crate) volume_id: String,
}

/// What `CreateSnapshot` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    pub(crate) snapshot_id: String,
}

/// What `CreateSnapshots` answers. Records write EC2's older answers bare and its newer ones inside an element named after
/// the answer; documentation shows neither for this one, so both are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshots {
    #[serde(default)]
    snapshot_set: List<Snapshot>,
    #[serde(default, rename = "CreateSnapshotsResponse")]
    nested: Option<NestedSnapshots>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NestedSnapshots {
    #[serde(default)]
    snapshot_set: List<Snapshot>,
}

impl Snapshots {
    pub(crate) fn into_list(self) -> Result<Vec<Snapshot>, Failure> {
        let mut snapshots = self.snapshot_set.0;
        snapshots.extend(self.nested.into_iter().flat_map(|nested| nested.snapshot_set.0));
        if snapshots.is_empty() {
            return Err(Failure::Malformed("CreateSnapshots: responseElements.snapshotSet names no snapshot".into()));
        }
        Ok(snapshots)
    }
}

/// What `CreateImage` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Image {
    pub(crate) image_id: String,
}
