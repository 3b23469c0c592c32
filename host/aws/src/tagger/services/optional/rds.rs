//! The requests to RDS: which resource has a name now, since when, and with which tags.

use std::collections::HashMap;
use std::time::SystemTime;

use autotag_core::ownership::MAX_CREATED_AFTER;
use autotag_core::ownership::rule::Observed;
use autotag_core::resource::{Arn, ResourceArn};
use aws_config::SdkConfig;
use aws_sdk_rds::Client;
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{DbCluster, DbInstance, Filter, Tag};

use crate::metrics::ServiceMetrics;
use crate::tagger::arns::RDS_DESCRIBED;
use crate::tagger::batcher::{Answers, Api, Batcher, all_ok};
use crate::tagger::classify::{AwsError, AwsErrorKind};
use crate::tagger::probe_one::{ProbeResults, probe_one};
use crate::tagger::rates::Rates;

/// How many are asked about at once: as many as a page holds.
const AT_ONCE: usize = 100;

/// RDS in one account and Region.
#[derive(Debug)]
pub(in crate::tagger) struct Rds {
    instances: Batcher<DescribeDbInstances>,
    clusters: Batcher<DescribeDbClusters>,
    snapshots: Batcher<DescribeDbSnapshots>,
    cluster_snapshots: Batcher<DescribeDbClusterSnapshots>,
    tags: Batcher<ListTagsForResource>,
}

impl Rds {
    pub(in crate::tagger) fn start(sdk: &SdkConfig, rates: &Rates, metrics: &ServiceMetrics) -> Self {
        let (client, rate) = (Client::new(sdk), rates.get_resources);
        Self {
            instances: Batcher::start(DescribeDbInstances(client.clone()), rate, AT_ONCE, metrics.clone()),
            clusters: Batcher::start(DescribeDbClusters(client.clone()), rate, AT_ONCE, metrics.clone()),
            snapshots: Batcher::start(DescribeDbSnapshots(client.clone()), rate, AT_ONCE, metrics.clone()),
            cluster_snapshots: Batcher::start(
                DescribeDbClusterSnapshots(client.clone()),
                rate,
                AT_ONCE,
                metrics.clone(),
            ),
            tags: Batcher::start(ListTagsForResource(client.clone()), rate, 1, metrics.clone()),
        }
    }

    /// What RDS shows of each; none of one that it does not show.
    pub(in crate::tagger) async fn load(
        &self,
        arns: Vec<ResourceArn>,
    ) -> Vec<(ResourceArn, Result<Option<Observed>, AwsError>)> {
        let mut rest = arns;
        let mut take = |kind: &str| -> Vec<ResourceArn> {
            let is_of_kind =
                |arn: &mut ResourceArn| Arn::parse(arn.as_str()).is_some_and(|arn| arn.resource.starts_with(kind));
            rest.extract_if(.., is_of_kind).collect()
        };
        let [instances, clusters, snapshots, cluster_snapshots] = RDS_DESCRIBED.map(&mut take);
        let (instances, clusters, snapshots, cluster_snapshots, others) = tokio::join!(
            self.instances.load((), instances),
            self.clusters.load((), clusters),
            self.snapshots.load((), snapshots),
            self.cluster_snapshots.load((), cluster_snapshots),
            self.tags.load((), rest),
        );
        [instances, clusters, snapshots, cluster_snapshots, others].into_iter().flatten().collect()
    }

    /// Sends each request once, about what does not exist.
    pub(in crate::tagger) async fn probe_all(sdk: &SdkConfig, missing: &ResourceArn, tried: &mut ProbeResults) {
        let client = Client::new(sdk);
        let item = || Some(missing.clone());
        probe_one("rds", &DescribeDbInstances(client.clone()), &(), item(), tried).await;
        probe_one("rds", &DescribeDbClusters(client.clone()), &(), item(), tried).await;
        probe_one("rds", &DescribeDbSnapshots(client.clone()), &(), item(), tried).await;
        probe_one("rds", &DescribeDbClusterSnapshots(client.clone()), &(), item(), tried).await;
        probe_one("rds", &ListTagsForResource(client.clone()), &(), item(), tried).await;
    }
}

/// A Describe API that is asked with a filter, which just finds less where a name is unknown.
macro_rules! describe {
    ($api:ident, $name:literal, $call:ident, $filter:literal, $set:ident, $arn:ident, $status:ident, [$($created:ident),*], $more:expr) => {
        struct $api(Client);

        impl Api for $api {
            type Group = ();
            type Item = ResourceArn;
            type Answer = Option<Observed>;

            const NAME: &'static str = $name;
            // A name that is invalid, such as one with two hyphens in a row, fails the request for all others.
            const ONE_BAD_FAILS_ALL: bool = true;

            async fn send(&self, (): &(), arns: &[ResourceArn]) -> Result<Answers<Self>, AwsError> {
                let values = arns.iter().filter_map(|arn| Some(Arn::parse(arn.as_str())?.name().to_owned())).collect();
                let filter = Filter::builder().name($filter).set_values(Some(values)).build();
                let mut found = HashMap::new();
                let mut pages = self.0.$call().filters(filter).into_paginator().send();
                while let Some(page) = pages.next().await {
                    let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
                    for one in page.$set() {
                        let Some(arn) = one.$arn().and_then(ResourceArn::parse) else { continue };
                        let created = [$(time(one.$created())),*].into_iter().flatten();
                        let shown = Observed::of(tags(one.tag_list())).created(created);
                        let shown = Observed { is_being_made: one.$status().is_some_and(is_being_made), ..shown };
                        found.insert(arn, Some($more(shown, one)));
                    }
                }
                Ok(all_ok(found))
            }
        }
    };
}

#[rustfmt::skip]
describe!(DescribeDbInstances, "DescribeDBInstances", describe_db_instances, "db-instance-id", db_instances, db_instance_arn, db_instance_status, [instance_create_time], |shown, one: &DbInstance| with_id(shown, one.dbi_resource_id()));
#[rustfmt::skip]
describe!(DescribeDbClusters, "DescribeDBClusters", describe_db_clusters, "db-cluster-id", db_clusters, db_cluster_arn, status, [cluster_create_time], |shown, one: &DbCluster| with_id(shown, one.db_cluster_resource_id()));
#[rustfmt::skip]
describe!(DescribeDbSnapshots, "DescribeDBSnapshots", describe_db_snapshots, "db-snapshot-id", db_snapshots, db_snapshot_arn, status, [original_snapshot_create_time, snapshot_create_time], |shown, _| of_snapshot(shown));
#[rustfmt::skip]
describe!(DescribeDbClusterSnapshots, "DescribeDBClusterSnapshots", describe_db_cluster_snapshots, "db-cluster-snapshot-id", db_cluster_snapshots, db_cluster_snapshot_arn, status, [snapshot_create_time], |shown, _| of_snapshot(shown));

/// Whether a status says that something is not there as a whole yet: `creating`, `copying`, `restoring`.
fn is_being_made(status: &str) -> bool {
    ["creating", "copying", "restoring"].iter().any(|word| status.contains(word))
}

fn with_id(shown: Observed, unique_id: Option<&str>) -> Observed {
    Observed { unique_id: unique_id.map(ToOwned::to_owned), ..shown }
}

/// A snapshot shows when it was taken, some time after the API call. Until then it cannot be deleted, so that its name
/// cannot be taken again. A copy shows two times: its own, and an earlier one, when its original was asked for.
fn of_snapshot(shown: Observed) -> Observed {
    Observed { later: MAX_CREATED_AFTER, ..shown }
}

/// The tags of one resource of any other kind.
struct ListTagsForResource(Client);

impl Api for ListTagsForResource {
    type Group = ();
    type Item = ResourceArn;
    type Answer = Option<Observed>;

    const NAME: &'static str = "ListTagsForResource";

    async fn send(&self, (): &(), arns: &[ResourceArn]) -> Result<Answers<Self>, AwsError> {
        let mut found = HashMap::new();
        for arn in arns {
            match self.0.list_tags_for_resource().resource_name(arn.as_str()).send().await {
                Ok(answer) => {
                    found.insert(arn.clone(), Some(Observed::of(tags(answer.tag_list()))));
                }
                Err(error) => match AwsError::of(Self::NAME, error) {
                    failure if failure.kind == AwsErrorKind::NotFound => {}
                    failure => return Err(failure),
                },
            }
        }
        Ok(all_ok(found))
    }
}

fn tags(tags: &[Tag]) -> Vec<(String, String)> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    tags.iter().map(|tag| (text(tag.key()), text(tag.value()))).collect()
}

fn time(time: Option<&DateTime>) -> Option<SystemTime> {
    time.and_then(|time| SystemTime::try_from(*time).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_something_is_there_as_a_whole() {
        for (status, expected) in [
            ("creating", true),
            ("copying", true),
            ("restoring", true),
            ("available", false),
            ("modifying", false),
            ("deleting", false),
        ] {
            assert_eq!(is_being_made(status), expected, "{status}");
        }
    }
}
