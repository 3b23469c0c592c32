//! The Describe requests. Each asks with a filter, which just finds less where an id is unknown, instead of failing.

use std::collections::HashMap;
use std::time::SystemTime;

use autotag_core::ownership::LONG_LAUNCH_TOLERANCE;
use autotag_core::ownership::rule::Observed;
use autotag_core::resource::ResourceId;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{EbsBlockDevice, Image, ImageState, InstanceStateName};

use super::{Found, filter, tags, time};
use crate::tagger::batcher::{Answers, Api, all_ok};
use crate::tagger::classify::AwsError;

/// What is known of an instance.
#[derive(Debug, Clone)]
pub(in crate::tagger) struct Instance {
    pub(in crate::tagger) id: ResourceId,
    /// When it was launched. EC2 itself shows only when it was last started; the oldest attachment shows the launch.
    pub(in crate::tagger) launched: Option<SystemTime>,
    /// Whether it has left `pending`: what is attached to it from then on is not its launch's doing.
    pub(in crate::tagger) has_started: bool,
    /// The volumes that it says are attached to it.
    pub(in crate::tagger) volumes: Vec<String>,
    pub(in crate::tagger) tags: Vec<(String, String)>,
    /// The Spot request that it was launched for.
    pub(in crate::tagger) spot_request: Option<String>,
}

impl Instance {
    /// What it shows of itself.
    pub(in crate::tagger) fn shown(&self) -> Observed {
        Observed { earlier: LONG_LAUNCH_TOLERANCE, ..Observed::of(self.tags.clone()).created(self.launched) }
    }
}

/// By what instances are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::tagger) enum ByInstance {
    /// Their own ids.
    Id,
    /// The client token of the launch: all of its instances have it.
    ClientToken,
}

/// The instance of each id, or those of each client token.
pub(in crate::tagger) struct DescribeInstances(pub(super) Client);

impl Api for DescribeInstances {
    type Group = ByInstance;
    type Item = String;
    type Answer = Vec<Instance>;

    const NAME: &'static str = "DescribeInstances";

    async fn send(&self, by: &ByInstance, items: &[String]) -> Result<Answers<Self>, AwsError> {
        let mut found: HashMap<String, Vec<Instance>> = HashMap::new();
        let filter = match by {
            ByInstance::Id => filter("instance-id", items),
            ByInstance::ClientToken => {
                filter("client-token", &items.iter().map(|token| literal(token)).collect::<Vec<_>>())
            }
        };
        let mut pages = self.0.describe_instances().filters(filter).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for instance in page.reservations().iter().flat_map(|reservation| reservation.instances()) {
                let Some(id) = instance.instance_id().and_then(ResourceId::parse) else { continue };
                let asked = match by {
                    ByInstance::Id => instance.instance_id(),
                    ByInstance::ClientToken => instance.client_token(),
                };
                let state = instance.state().and_then(|state| state.name());
                let devices = instance.block_device_mappings().iter().filter_map(|device| device.ebs());
                found.entry(asked.unwrap_or_default().to_owned()).or_default().push(Instance {
                    id,
                    launched: launched(instance),
                    has_started: state.is_some_and(|name| *name != InstanceStateName::Pending),
                    volumes: devices.filter_map(|ebs| ebs.volume_id()).map(ToOwned::to_owned).collect(),
                    tags: tags(instance.tags()),
                    spot_request: instance.spot_instance_request_id().map(ToOwned::to_owned),
                });
            }
        }
        Ok(all_ok(found))
    }
}

/// The earliest time that an instance shows.
fn launched(instance: &aws_sdk_ec2::types::Instance) -> Option<SystemTime> {
    let interfaces = instance.network_interfaces().iter().filter_map(|interface| interface.attachment()?.attach_time());
    let devices = instance.block_device_mappings().iter().filter_map(|device| device.ebs()?.attach_time());
    instance.launch_time().into_iter().chain(interfaces).chain(devices).filter_map(|at| time(Some(at))).min()
}

/// A filter's value that stands for itself alone, though it may have wildcards in it.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?")
}

/// By what volumes or network interfaces are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::tagger) enum By {
    /// The instance that they are attached to.
    Instance,
    /// Their own ids.
    Id,
}

/// The volumes of each instance, or the one of each id.
pub(in crate::tagger) struct DescribeVolumes(pub(super) Client);

impl Api for DescribeVolumes {
    type Group = By;
    type Item = String;
    type Answer = Vec<Found>;

    const NAME: &'static str = "DescribeVolumes";

    async fn send(&self, by: &By, ids: &[String]) -> Result<Answers<Self>, AwsError> {
        let mut by_id: HashMap<String, Vec<Found>> = HashMap::new();
        let name = match by {
            By::Instance => "attachment.instance-id",
            By::Id => "volume-id",
        };
        let filter = filter(name, ids);
        let mut pages = self.0.describe_volumes().filters(filter).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for volume in page.volumes() {
                let Some(id) = volume.volume_id().and_then(ResourceId::parse) else { continue };
                let created = time(volume.create_time());
                let found = |attached, ends_with_instance| Found {
                    id: id.clone(),
                    created,
                    attached,
                    ends_with_instance,
                    tags: tags(volume.tags()),
                };
                match by {
                    By::Id => by_id.entry(id.to_string()).or_default().push(found(None, false)),
                    By::Instance => {
                        for attachment in volume.attachments() {
                            let instance = attachment.instance_id().unwrap_or_default();
                            let ends_with_instance = attachment.delete_on_termination() == Some(true);
                            let found = found(time(attachment.attach_time()), ends_with_instance);
                            by_id.entry(instance.to_owned()).or_default().push(found);
                        }
                    }
                }
            }
        }
        Ok(all_ok(by_id))
    }
}

/// The network interfaces of each instance, or the one of each id. EC2 does not say when one was created.
pub(in crate::tagger) struct DescribeNetworkInterfaces(pub(super) Client);

impl Api for DescribeNetworkInterfaces {
    type Group = By;
    type Item = String;
    type Answer = Vec<Found>;

    const NAME: &'static str = "DescribeNetworkInterfaces";

    async fn send(&self, by: &By, ids: &[String]) -> Result<Answers<Self>, AwsError> {
        let mut by_id: HashMap<String, Vec<Found>> = HashMap::new();
        let name = match by {
            By::Instance => "attachment.instance-id",
            By::Id => "network-interface-id",
        };
        let mut pages = self.0.describe_network_interfaces().filters(filter(name, ids)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for interface in page.network_interfaces() {
                let Some(id) = interface.network_interface_id().and_then(ResourceId::parse) else { continue };
                let attachment = interface.attachment();
                let asked = match by {
                    By::Instance => attachment.and_then(|attachment| attachment.instance_id()),
                    By::Id => interface.network_interface_id(),
                };
                let found = Found {
                    id,
                    created: None,
                    attached: time(attachment.and_then(|attachment| attachment.attach_time())),
                    ends_with_instance: attachment.and_then(|attachment| attachment.delete_on_termination())
                        == Some(true),
                    tags: tags(interface.tag_set()),
                };
                by_id.entry(asked.unwrap_or_default().to_owned()).or_default().push(found);
            }
        }
        Ok(all_ok(by_id))
    }
}

/// What is known of an image; by default, nothing.
#[derive(Debug, Clone, Default)]
pub(in crate::tagger) struct ImageSnapshots {
    pub(in crate::tagger) ids: Vec<String>,
    /// Whether it names all of them.
    pub(in crate::tagger) is_complete: bool,
    /// What it shows of itself; none if EC2 does not show it.
    pub(in crate::tagger) shown: Option<Observed>,
}

pub(in crate::tagger) struct DescribeImages(pub(super) Client);

impl Api for DescribeImages {
    type Group = ();
    type Item = String;
    type Answer = ImageSnapshots;

    const NAME: &'static str = "DescribeImages";

    async fn send(&self, (): &(), ids: &[String]) -> Result<Answers<Self>, AwsError> {
        let mut found = HashMap::new();
        let mut pages = self.0.describe_images().filters(filter("image-id", ids)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for image in page.images() {
                if let Some(id) = image.image_id() {
                    found.insert(id.to_owned(), snapshots_of(image));
                }
            }
        }
        Ok(all_ok(found))
    }
}

fn snapshots_of(image: &Image) -> ImageSnapshots {
    // Instance stores have no EBS part, and no snapshot.
    let volumes: Vec<&EbsBlockDevice> =
        image.block_device_mappings().iter().filter_map(|mapping| mapping.ebs()).collect();
    let ids: Vec<_> = volumes.iter().filter_map(|ebs| ebs.snapshot_id()).map(ToOwned::to_owned).collect();
    let is_pending = image.state() == Some(&ImageState::Pending);
    let is_complete = !is_pending || (!volumes.is_empty() && ids.len() == volumes.len());
    let created = image.creation_date().and_then(autotag_core::event::time::parse);
    let shown = Observed::of(tags(image.tags())).created(created);
    ImageSnapshots { ids, is_complete, shown: Some(shown) }
}

/// The snapshot of each id, among the account's own.
pub(in crate::tagger) struct DescribeSnapshots(pub(super) Client);

impl Api for DescribeSnapshots {
    type Group = ();
    type Item = String;
    type Answer = Option<Found>;

    const NAME: &'static str = "DescribeSnapshots";

    async fn send(&self, (): &(), ids: &[String]) -> Result<Answers<Self>, AwsError> {
        let mut by_id = HashMap::new();
        let snapshots = self.0.describe_snapshots().owner_ids("self").filters(filter("snapshot-id", ids));
        let mut pages = snapshots.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for snapshot in page.snapshots() {
                let Some(id) = snapshot.snapshot_id().and_then(ResourceId::parse) else { continue };
                let found = Found {
                    id: id.clone(),
                    created: time(snapshot.start_time()),
                    attached: None,
                    ends_with_instance: false,
                    tags: tags(snapshot.tags()),
                };
                by_id.insert(id.to_string(), Some(found));
            }
        }
        Ok(all_ok(by_id))
    }
}

/// The tags of each resource that has any. A resource that EC2 does not show yet looks like one without tags.
pub(in crate::tagger) struct DescribeTags(pub(super) Client);

impl Api for DescribeTags {
    /// The keys that are of interest.
    type Group = Vec<String>;
    type Item = ResourceId;
    type Answer = Vec<(String, String)>;

    const NAME: &'static str = "DescribeTags";

    async fn send(&self, keys: &Vec<String>, resources: &[ResourceId]) -> Result<Answers<Self>, AwsError> {
        let ids: Vec<String> = resources.iter().map(ToString::to_string).collect();
        let mut by_id: HashMap<ResourceId, Vec<(String, String)>> = HashMap::new();
        let request = self.0.describe_tags().filters(filter("resource-id", &ids)).filters(filter("key", keys));
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for tag in page.tags() {
                let (Some(id), Some(key)) = (tag.resource_id().and_then(ResourceId::parse), tag.key()) else {
                    continue;
                };
                by_id.entry(id).or_default().push((key.to_owned(), tag.value().unwrap_or_default().to_owned()));
            }
        }
        Ok(all_ok(by_id))
    }
}
