//! CreateTags: all or nothing.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use super::super::reply::ApiError;
use super::super::world::Region;
use super::super::xml::Xml;
use super::dry_run_error;
use super::ids::ResourceType;
use super::model::{MAX_TAGS, RESERVED};
use super::query::Query;

const MAX_RESOURCES: usize = 1_000;
/// In Unicode characters.
const MAX_KEY: usize = 128;
/// In Unicode characters.
const MAX_VALUE: usize = 256;

pub(super) fn create_tags(region: &mut Region, query: &Query) -> Result<String, ApiError> {
    query.allow(&["DryRun", "ResourceId", "Tag"])?;
    let (ids, tags) = (query.list("ResourceId"), query.tags());
    check_ids(&ids)?;
    check_tags(&tags)?;
    if query.flag("DryRun")? {
        return Err(dry_run_error());
    }
    check_existence(region, &ids)?;
    check_room(region, &ids, &tags)?;
    for id in &ids {
        if let Some(own) = region.resources.tags_mut(id) {
            own.extend(tags.iter().cloned());
        }
    }
    let mut reply = Xml::default();
    reply.text("return", true);
    Ok(reply.finish())
}

fn check_ids(ids: &[String]) -> Result<(), ApiError> {
    if ids.is_empty() {
        return Err(missing("resourceIdSet"));
    }
    if ids.len() > MAX_RESOURCES {
        let message = format!("The number of resource IDs must not exceed {MAX_RESOURCES}; there are {}", ids.len());
        return Err(ApiError::invalid_value(message));
    }
    ids.iter().try_for_each(|id| ResourceType::of(id).map(|_| ()))
}

fn check_tags(tags: &[(String, String)]) -> Result<(), ApiError> {
    if tags.is_empty() {
        return Err(missing("tagSet"));
    }
    let mut seen = HashSet::new();
    for (key, value) in tags {
        if key.is_empty() {
            return Err(ApiError::invalid_value("Tag key cannot be empty"));
        }
        if key.to_lowercase().starts_with(RESERVED) {
            return Err(ApiError::invalid_value("Tag keys starting with 'aws:' are reserved for internal use"));
        }
        if key.chars().count() > MAX_KEY {
            return Err(ApiError::invalid_value(format!("Tag key exceeds the maximum length of {MAX_KEY} characters")));
        }
        if value.chars().count() > MAX_VALUE {
            let message = format!("Tag value exceeds the maximum length of {MAX_VALUE} characters");
            return Err(ApiError::invalid_value(message));
        }
        if !seen.insert(key) {
            return Err(ApiError::invalid_value(format!("Duplicate tag key '{key}' specified.")));
        }
    }
    Ok(())
}

/// The error names all unknown ids of the first resource type that has any.
fn check_existence(region: &Region, ids: &[String]) -> Result<(), ApiError> {
    let now = Instant::now();
    let unknown = ids.iter().filter(|id| region.resources.get(id).is_none_or(|resource| !resource.taggable(now)));
    let mut by_type: BTreeMap<&str, (&ResourceType, Vec<&str>)> = BTreeMap::new();
    let mut first = None;
    for id in unknown {
        let resource_type = ResourceType::of(id)?;
        first.get_or_insert(resource_type.prefix);
        by_type.entry(resource_type.prefix).or_insert_with(|| (resource_type, Vec::new())).1.push(id);
    }
    match first.and_then(|prefix| by_type.remove(prefix)) {
        Some((resource_type, unknown)) => Err(resource_type.not_found_error(&unknown)),
        None => Ok(()),
    }
}

fn check_room(region: &Region, ids: &[String], tags: &[(String, String)]) -> Result<(), ApiError> {
    for resource in ids.iter().filter_map(|id| region.resources.get(id)) {
        if !resource.has_room(tags.iter().map(|(key, _)| key.as_str())) {
            let message = format!("The maximum number of tags for a resource has been reached: {MAX_TAGS}");
            return Err(ApiError::new(400, "TagLimitExceeded", message));
        }
    }
    Ok(())
}

fn missing(name: &str) -> ApiError {
    ApiError::new(400, "MissingParameter", format!("The request must contain the parameter {name}"))
}
