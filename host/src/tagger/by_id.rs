//! Tagging resources of EC2, by their ids, with EC2's own CreateTags.

use std::collections::{BTreeMap, BTreeSet};

use super::services::Services;
use super::tagged::{Tagged, put_on};
use super::{Call, TagPolicy, existing, parent, related};
use crate::plan::Related;
use crate::resource::ResourceId;

/// What a tagging asks of EC2.
pub(super) struct Ec2Tagging {
    pub(super) resources: Vec<ResourceId>,
    pub(super) related: Vec<Related>,
    pub(super) tags: BTreeMap<String, String>,
}

/// Puts the tags on the resources and on what belongs to them.
pub(super) async fn tag(services: &Services, call: &Call<'_>, mut tagging: Ec2Tagging, policy: &TagPolicy) -> Tagged {
    if tagging.related.contains(&Related::Parent) {
        match parent::tags(services, call, &tagging, &policy.access_keys).await {
            Ok(tags) => tagging.tags = tags,
            Err(error) => return Tagged { count: 0, problem: Err(error) },
        }
    }
    let (ec2, tagging) = (&services.ec2, &tagging);
    let looked_up = related::look_up(ec2, call, tagging, policy).await;
    let mut resources: BTreeSet<&ResourceId> = tagging.resources.iter().chain(&looked_up.found).collect();
    looked_up.withheld.iter().for_each(|id| {
        resources.remove(id);
    });
    let resources: Vec<ResourceId> = resources.into_iter().cloned().collect();
    let mut all = Tagged { count: 0, problem: looked_up.problem };
    let (tag_sets, problem) = existing::tag_sets_of_ec2(ec2, call, tagging, resources, looked_up.tags, policy).await;
    all.add(Tagged { count: 0, problem });
    for (tags, resources) in tag_sets {
        all.add(put_on(&ec2.create_tags, call, tags, resources).await);
    }
    all
}
