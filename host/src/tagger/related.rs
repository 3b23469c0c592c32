//! Resources that a call created and its event does not name: the volumes and interfaces of instances, the snapshots of
//! images.
//!
//! Looking up by attachment finds more than the call created: somebody can attach a colleague's volume to their new instance,
//! or build an image on a colleague's snapshot, before the host looks. So only what came into being with the call is taken,
//! and never what already carries somebody else's identity.
//!
//! The same holds for the network interfaces that a launch names: a launch template can bring one along that a colleague made,
//! and then the request does not say so. Nobody but the host may write the keys that decide access, so an interface that has
//! one got it from its own event.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{Filter, Image, ImageState, InstanceStateName, Tag};

use super::{Call, GRACE, TagError};
use crate::plan::{Related, Tagging};
use crate::resource::ResourceId;

/// How much earlier than the call's own time something may have been created and still count as created by it: the record's
/// time is whole seconds, taken when the call ended, on another machine's clock.
const SLACK: Duration = Duration::from_secs(60);
/// EC2's limit on the values of one filter.
const FILTER_VALUES: usize = 200;

/// What looking around a tagging's resources showed.
pub(super) struct LookedUp {
    /// What belongs along.
    pub(super) found: Vec<ResourceId>,
    /// What the event names, and must not be tagged: it is somebody else's, or that could not be told.
    pub(super) withheld: Vec<ResourceId>,
    /// What went wrong. Everything else stands.
    pub(super) problem: Result<(), TagError>,
}

/// Looks up what `tagging` asks for, and whether what it names is somebody else's.
pub(super) async fn look_up(ec2: &Client, call: &Call, tagging: &Tagging, access_keys: &BTreeSet<String>) -> LookedUp {
    let ids = |wanted: fn(&ResourceId) -> bool| -> Vec<String> {
        tagging.resources.iter().filter(|id| wanted(id)).map(ToString::to_string).collect()
    };
    let mut lookup = Lookup { ec2, call, tagging, access_keys, found: Vec::new(), withheld: Vec::new() };
    let mut problem = Ok(());
    let instances = ids(ResourceId::is_instance);
    if tagging.related.iter().any(|related| *related != Related::Snapshots) {
        for instances in instances.chunks(FILTER_VALUES) {
            problem = TagError::graver(problem, lookup.of_instances(instances).await);
        }
    }
    if !instances.is_empty() {
        for interfaces in ids(ResourceId::is_network_interface).chunks(FILTER_VALUES) {
            let told = lookup.named_interfaces(interfaces).await;
            if told.is_err() {
                lookup.withheld.extend(interfaces.iter().filter_map(|id| ResourceId::parse(id)));
            }
            problem = TagError::graver(problem, told);
        }
    }
    if tagging.related.contains(&Related::Snapshots) {
        for images in ids(ResourceId::is_image).chunks(FILTER_VALUES) {
            problem = TagError::graver(problem, lookup.of_images(images).await);
        }
    }
    LookedUp { found: lookup.found, withheld: lookup.withheld, problem }
}

struct Lookup<'a> {
    ec2: &'a Client,
    call: &'a Call,
    tagging: &'a Tagging,
    access_keys: &'a BTreeSet<String>,
    found: Vec<ResourceId>,
    withheld: Vec<ResourceId>,
}

impl Lookup<'_> {
    async fn of_instances(&mut self, instances: &[String]) -> Result<(), TagError> {
        // Asked before the attachments: what is attached once an instance has left `pending` is all that the call attached.
        let started = self.instances_started(instances).await;
        let mut problem = Ok(());
        if self.tagging.related.contains(&Related::Volumes) {
            problem = TagError::graver(problem, self.volumes(instances).await);
        }
        if self.tagging.related.contains(&Related::NetworkInterfaces) {
            problem = TagError::graver(problem, self.network_interfaces(instances).await);
        }
        TagError::graver(problem, started)
    }

    /// Whether the instances have left `pending`.
    async fn instances_started(&self, instances: &[String]) -> Result<(), TagError> {
        let mut waiting: BTreeSet<&str> = instances.iter().map(String::as_str).collect();
        let mut pages = self.ec2.describe_instances().filters(filter("instance-id", instances)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| TagError::of("DescribeInstances", error))?;
            for instance in page.reservations().iter().flat_map(|reservation| reservation.instances()) {
                let pending = instance
                    .state()
                    .and_then(|state| state.name())
                    .is_none_or(|name| *name == InstanceStateName::Pending);
                if let (false, Some(id)) = (pending, instance.instance_id()) {
                    waiting.remove(id);
                }
            }
        }
        self.not_yet(&waiting, "has not started: not all of its volumes and interfaces may be attached")
    }

    async fn volumes(&mut self, instances: &[String]) -> Result<(), TagError> {
        let mut pages =
            self.ec2.describe_volumes().filters(filter("attachment.instance-id", instances)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| TagError::of("DescribeVolumes", error))?;
            for volume in page.volumes() {
                self.take(volume.volume_id(), volume.create_time(), volume.tags())?;
            }
        }
        Ok(())
    }

    async fn network_interfaces(&mut self, instances: &[String]) -> Result<(), TagError> {
        let mut pages = self
            .ec2
            .describe_network_interfaces()
            .filters(filter("attachment.instance-id", instances))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| TagError::of("DescribeNetworkInterfaces", error))?;
            for interface in page.network_interfaces() {
                // EC2 does not say when an interface was created. One that was made with its instance also ends with it.
                let attachment = interface.attachment();
                if attachment.and_then(|attachment| attachment.delete_on_termination()) == Some(true) {
                    let attached = attachment.and_then(|attachment| attachment.attach_time());
                    self.take(interface.network_interface_id(), attached, interface.tag_set())?;
                }
            }
        }
        Ok(())
    }

    /// Finds those among the interfaces that the event names that have an owner already.
    async fn named_interfaces(&mut self, interfaces: &[String]) -> Result<(), TagError> {
        let named = filter("network-interface-id", interfaces);
        let mut pages = self.ec2.describe_network_interfaces().filters(named).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| TagError::of("DescribeNetworkInterfaces", error))?;
            for interface in page.network_interfaces() {
                let id = interface.network_interface_id().and_then(ResourceId::parse);
                if let (Some(id), true) =
                    (id, self.has_another_owner(interface.network_interface_id(), interface.tag_set()))
                {
                    self.withheld.push(id);
                }
            }
        }
        Ok(())
    }

    async fn of_images(&mut self, images: &[String]) -> Result<(), TagError> {
        let mut waiting: BTreeSet<&str> = images.iter().map(String::as_str).collect();
        let mut snapshots: Vec<String> = Vec::new();
        let mut pages = self.ec2.describe_images().filters(filter("image-id", images)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| TagError::of("DescribeImages", error))?;
            for image in page.images() {
                snapshots.extend(snapshots_of(image).flatten().map(ToOwned::to_owned));
                if let (true, Some(id)) = (has_all_snapshots(image), image.image_id()) {
                    waiting.remove(id);
                }
            }
        }
        for snapshots in snapshots.chunks(FILTER_VALUES) {
            let mut pages = self
                .ec2
                .describe_snapshots()
                .owner_ids("self")
                .filters(filter("snapshot-id", snapshots))
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| TagError::of("DescribeSnapshots", error))?;
                for snapshot in page.snapshots() {
                    self.take(snapshot.snapshot_id(), snapshot.start_time(), snapshot.tags())?;
                }
            }
        }
        self.not_yet(&waiting, "does not name all of its snapshots")
    }

    /// Takes what was found if the call created it and it is nobody else's.
    fn take(&mut self, id: Option<&str>, created: Option<&DateTime>, tags: &[Tag]) -> Result<(), TagError> {
        let (Some(id), Some(created)) = (id.and_then(ResourceId::parse), created) else { return Ok(()) };
        let Some(call) = self.call.time else {
            return Err(TagError::Permanent(format!(
                "the event's time cannot be read, so it cannot be told whether {id} was created by this call"
            )));
        };
        let created = SystemTime::try_from(*created).unwrap_or(SystemTime::UNIX_EPOCH);
        if created + SLACK < call || created > call + GRACE {
            tracing::info!(resource = %id, "not tagged along: it was not created by this call");
        } else if !self.has_another_owner(Some(id.as_str()), tags) {
            self.found.push(id);
        }
        Ok(())
    }

    /// Whether a key that decides access says that this is somebody else's.
    fn has_another_owner(&self, id: Option<&str>, tags: &[Tag]) -> bool {
        let Some(other) = tags.iter().find(|tag| self.is_somebody_elses(tag)) else { return false };
        tracing::warn!(
            resource = id,
            key = other.key(),
            value = other.value(),
            "not tagged: it already carries another identity"
        );
        true
    }

    fn is_somebody_elses(&self, tag: &Tag) -> bool {
        let key = tag.key().unwrap_or_default();
        self.access_keys.contains(key) && self.tagging.tags.get(key).map(String::as_str) != tag.value()
    }

    /// An error to try again while the call is recent; later there is nothing more to wait for.
    fn not_yet(&self, waiting: &BTreeSet<&str>, what: &str) -> Result<(), TagError> {
        let Some(id) = waiting.first() else { return Ok(()) };
        if self.call.is_recent() {
            return Err(TagError::Transient(format!("{id} {what} yet")));
        }
        tracing::warn!(
            resource = id,
            "tagged without everything that belongs to it: it {what}, and the call was long ago"
        );
        Ok(())
    }
}

/// The snapshots of an image's EBS volumes; none for a volume whose snapshot is not there yet.
fn snapshots_of(image: &Image) -> impl Iterator<Item = Option<&str>> {
    image.block_device_mappings().iter().filter_map(|mapping| mapping.ebs()).map(|ebs| ebs.snapshot_id())
}

fn has_all_snapshots(image: &Image) -> bool {
    image.state() != Some(&ImageState::Pending)
        || (snapshots_of(image).count() > 0 && snapshots_of(image).all(|id| id.is_some()))
}

fn filter(name: &str, values: &[String]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.to_vec())).build()
}
