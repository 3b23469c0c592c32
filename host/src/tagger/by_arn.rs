//! Tagging resources of other services than EC2, by their ARNs, through the Resource Groups Tagging API.

use std::collections::{BTreeMap, BTreeSet};

use super::Call;
use super::existing::tag_sets_of_arns;
use super::tagged::{Tagged, put_on};
use super::tagging_api::TaggingApi;
use crate::resource::ResourceArn;

/// Puts the tags on all of `resources`, and leaves alone what they have for one of `keep_keys`.
pub(super) async fn tag(
    api: &TaggingApi,
    call: &Call<'_>,
    tags: &BTreeMap<String, String>,
    resources: Vec<ResourceArn>,
    keep_keys: &BTreeSet<String>,
) -> Tagged {
    let (tag_sets, problem) = tag_sets_of_arns(api, call, tags, resources, keep_keys).await;
    let mut all = Tagged { count: 0, problem };
    for (tags, resources) in tag_sets {
        all.add(put_on(&api.tag_resources, call, tags, resources).await);
    }
    all
}
