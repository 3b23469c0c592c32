//! GetResources, of given resources only.

use std::time::Instant;

use serde_json::{Value, json};

use super::super::reply::ApiError;
use super::super::sqs::params::Params;
use super::super::world::Region;
use super::{invalid, read_arns};

const MAX_ARNS: usize = 100;

/// What is not there, and what has no tags, is not in the answer. Neither is an error.
pub(super) fn get_resources(region: &Region, params: &Params) -> Result<Value, ApiError> {
    let others = ["TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage"];
    params.allow(&[&others[..], &["ResourceARNList", "PaginationToken"]].concat())?;
    let arns: Vec<String> = read_arns(params, MAX_ARNS)?.into_iter().map(str::to_owned).collect();
    // An empty token is as good as none: it is what the last page answers.
    let paged = params.text("PaginationToken")?.filter(|token| !token.is_empty()).map(|_| "PaginationToken");
    if let Some(other) = others.into_iter().find(|other| params.has(other)).or(paged) {
        return Err(invalid(format!("You can't specify both ResourceARNList and {other} in the same request")));
    }
    let now = Instant::now();
    let there = region.resources.these(&arns).into_iter();
    let shown = there.filter(|(_, resource)| resource.tags_shown(now) && !resource.tags.is_empty());
    let list: Vec<Value> = shown
        .map(|(arn, resource)| {
            let tags = resource.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value }));
            json!({ "ResourceARN": arn, "Tags": tags.collect::<Vec<_>>() })
        })
        .collect();
    Ok(json!({ "ResourceTagMappingList": list, "PaginationToken": "" }))
}
