//! DescribeFleets: what kind a fleet is, and when it was created.

use std::collections::HashMap;

use autotag_core::ownership::LONG_LAUNCH_TOLERANCE;
use autotag_core::ownership::rule::Observed;
use autotag_core::resource::ResourceId;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::FleetType;

use super::{tags, time};
use crate::tagger::batcher::{Answers, Api, all_ok};
use crate::tagger::classify::AwsError;

/// What is known of a fleet; by default, nothing.
#[derive(Debug, Clone, Default)]
pub(in crate::tagger) struct Fleet {
    /// Whether the response to its creation names its instances.
    pub(in crate::tagger) is_instant: bool,
    pub(in crate::tagger) shown: Option<Observed>,
}

pub(in crate::tagger) struct DescribeFleets(pub(in crate::tagger) Client);

impl Api for DescribeFleets {
    type Group = ();
    type Item = ResourceId;
    type Answer = Fleet;

    const NAME: &'static str = "DescribeFleets";
    // There is no filter by ids, and a list of them fails as a whole.
    const ONE_BAD_FAILS_ALL: bool = true;

    async fn send(&self, (): &(), ids: &[ResourceId]) -> Result<Answers<Self>, AwsError> {
        let ids = ids.iter().map(ToString::to_string).collect();
        let mut found = HashMap::new();
        let mut pages = self.0.describe_fleets().set_fleet_ids(Some(ids)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsError::of(Self::NAME, error))?;
            for fleet in page.fleets() {
                let Some(id) = fleet.fleet_id().and_then(ResourceId::parse) else { continue };
                let is_instant = fleet.r#type() == Some(&FleetType::Instant);
                let created = time(fleet.create_time());
                let shown =
                    Observed { earlier: LONG_LAUNCH_TOLERANCE, ..Observed::of(tags(fleet.tags())).created(created) };
                found.insert(id, Fleet { is_instant, shown: Some(shown) });
            }
        }
        Ok(all_ok(found))
    }
}
