//! GetResources, of listed resources or of all.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::super::ec2::ids::ResourceType;
use super::super::ec2::model::Resource;
use super::super::page::{Page, cut};
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::sqs::params::Params;
use super::super::world::Region;
use super::{invalid, read_arns};

const MAX_ARNS: usize = 100;
/// The page size unless the request gives one.
const DEFAULT_PAGE: u64 = 50;
const MAX_PAGE: u64 = 100;

/// What does not exist, and what has no tags, is not in the answer. Neither is an error.
pub(super) fn get_resources(region: &Region, request: &Request, params: &Params) -> Result<Value, ApiError> {
    let filters = ["TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage"];
    params.allow(&[&filters[..], &["ResourceARNList", "PaginationToken"]].concat())?;
    let page =
        if params.has("ResourceARNList") { given(region, params, &filters)? } else { all(region, request, params)? };
    let list: Vec<Value> = page
        .items
        .into_iter()
        .map(|(arn, resource)| {
            let tags = resource.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value }));
            json!({ "ResourceARN": arn, "Tags": tags.collect::<Vec<_>>() })
        })
        .collect();
    Ok(json!({ "ResourceTagMappingList": list, "PaginationToken": page.next_token.unwrap_or_default() }))
}

fn given<'a>(
    region: &'a Region,
    params: &Params,
    filters: &[&'static str],
) -> Result<Page<(String, &'a Resource)>, ApiError> {
    let arns: Vec<String> = read_arns(params, MAX_ARNS)?.into_iter().map(str::to_owned).collect();
    let paged = token(params)?.map(|_| "PaginationToken");
    if let Some(other) = filters.iter().copied().find(|other| params.has(other)).or(paged) {
        return Err(invalid(format!("You can't specify both ResourceARNList and {other} in the same request")));
    }
    let there = region.resources.these(&arns).into_iter().filter(|(_, resource)| is_shown(resource));
    Ok(Page { items: there.map(|(arn, resource)| (arn.clone(), resource)).collect(), next_token: None })
}

/// One page of all resources that have tags, including EC2's.
fn all<'a>(region: &'a Region, request: &Request, params: &Params) -> Result<Page<(String, &'a Resource)>, ApiError> {
    if let Some(filter) = ["TagFilters", "ResourceTypeFilters", "TagsPerPage"].iter().find(|name| params.has(name)) {
        return Err(invalid(format!("The fake AWS does not know {filter} of GetResources")));
    }
    let limit = params.number("ResourcesPerPage", 1, MAX_PAGE).map_err(|error| invalid(error.message))?;
    let there = region.resources.iter().filter(|(_, resource)| is_shown(resource));
    let by_arn: BTreeMap<String, &Resource> =
        there.map(|(id, resource)| (arn(&request.account, &request.region, id), resource)).collect();
    let page = cut(by_arn.into_iter().collect(), token(params)?, usize::try_from(limit.unwrap_or(DEFAULT_PAGE)).ok());
    page.map_err(|error| invalid(error.message))
}

/// An empty token counts as none: the last page returns one.
fn token<'a>(params: &Params<'a>) -> Result<Option<&'a str>, ApiError> {
    Ok(params.text("PaginationToken")?.filter(|token| !token.is_empty()))
}

fn is_shown(resource: &Resource) -> bool {
    resource.tags_shown(Instant::now()) && !resource.tags.is_empty()
}

/// EC2's resources are stored by their ids. Images and snapshots can be shared, and their ARNs have no account.
fn arn(account: &str, region: &str, id: &str) -> String {
    let Ok(resource_type) = ResourceType::of(id) else { return id.to_owned() };
    let account = if ["image", "snapshot"].contains(&resource_type.name) { "" } else { account };
    format!("arn:aws:ec2:{region}:{account}:{}/{id}", resource_type.name)
}
