//! Tagging resources of other services than EC2, by their ARNs, through the Resource Groups Tagging API.

use std::collections::BTreeMap;

use super::existing::tag_sets_of_arns;
use super::tagged::{Tagged, put_on};
use super::tagging_api::TaggingApi;
use super::{Call, TagPolicy};
use crate::resource::ResourceArn;

/// Puts the tags on all of `resources`, as far as `policy` lets them.
pub(super) async fn tag(
    api: &TaggingApi,
    call: &Call<'_>,
    tags: &BTreeMap<String, String>,
    resources: Vec<ResourceArn>,
    policy: &TagPolicy,
) -> Tagged {
    let (tag_sets, problem) = tag_sets_of_arns(api, call, tags, resources, policy).await;
    let mut all = Tagged { count: 0, problem };
    for (tags, resources) in tag_sets {
        all.add(put_on(&api.tag_resources, call, tags, resources).await);
    }
    all
}
