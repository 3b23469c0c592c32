//! The requests to EC2, each about many items at once.

mod create_tags;
mod describe;
mod fleets;
mod resource_types;

use std::time::SystemTime;

use autotag_core::ownership::rule::Observed;
use autotag_core::resource::ResourceId;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{Filter, Tag};
pub(super) use create_tags::CreateTags;
pub(super) use describe::{
    By, ByInstance, DescribeImages, DescribeInstances, DescribeNetworkInterfaces, DescribeSnapshots, DescribeTags,
    DescribeVolumes, ImageSnapshots, Instance,
};
pub(super) use fleets::DescribeFleets;
pub(super) use resource_types::ResourceTypes;

use super::batcher::{Api, Batcher};
use crate::metrics::ServiceMetrics;
use crate::tagger::rates::Rates;

/// EC2's limit on the values of one filter.
const FILTER_VALUES: usize = 200;

/// EC2 in one account and Region. All messages share its requests.
#[derive(Debug)]
pub(super) struct Ec2 {
    pub(super) create_tags: Batcher<CreateTags>,
    pub(super) instances: Batcher<DescribeInstances>,
    pub(super) volumes: Batcher<DescribeVolumes>,
    pub(super) network_interfaces: Batcher<DescribeNetworkInterfaces>,
    pub(super) images: Batcher<DescribeImages>,
    pub(super) snapshots: Batcher<DescribeSnapshots>,
    pub(super) fleets: Batcher<DescribeFleets>,
    pub(super) resource_types: ResourceTypes,
    pub(super) tags: Batcher<DescribeTags>,
}

impl Ec2 {
    pub(super) fn start(client: &Client, rates: &Rates, metrics: &ServiceMetrics) -> Self {
        Self {
            create_tags: Batcher::start(
                CreateTags(client.clone()),
                rates.create_tags,
                rates.resources_per_call,
                metrics.clone(),
            ),
            instances: describe(DescribeInstances(client.clone()), rates, metrics),
            volumes: describe(DescribeVolumes(client.clone()), rates, metrics),
            network_interfaces: describe(DescribeNetworkInterfaces(client.clone()), rates, metrics),
            images: describe(DescribeImages(client.clone()), rates, metrics),
            snapshots: describe(DescribeSnapshots(client.clone()), rates, metrics),
            fleets: describe(DescribeFleets(client.clone()), rates, metrics),
            resource_types: ResourceTypes::start(client, rates, metrics),
            tags: describe(DescribeTags(client.clone()), rates, metrics),
        }
    }
}

fn describe<A: Api>(api: A, rates: &Rates, metrics: &ServiceMetrics) -> Batcher<A> {
    Batcher::start(api, rates.describe, FILTER_VALUES, metrics.clone())
}

/// Something that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: ResourceId,
    /// When it came into being; none if EC2 does not say.
    pub(super) created: Option<SystemTime>,
    /// When it was attached to the instance that it was looked up by.
    pub(super) attached: Option<SystemTime>,
    /// Whether it ends with that instance, which says that the two were made together.
    pub(super) ends_with_instance: bool,
    pub(super) tags: Vec<(String, String)>,
}

impl Found {
    /// What it shows of itself.
    pub(super) fn shown(&self) -> Observed {
        Observed::of(self.tags.clone()).created(self.created)
    }
}

fn filter(name: &str, values: &[String]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.to_vec())).build()
}

fn tags(tags: &[Tag]) -> Vec<(String, String)> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    tags.iter().map(|tag| (text(tag.key()), text(tag.value()))).collect()
}

fn time(time: Option<&DateTime>) -> Option<SystemTime> {
    time.and_then(|time| SystemTime::try_from(*time).ok())
}
