//! The Describe actions: which resources each selects, and its pagination.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Instant;

use super::super::page::{Page, cut};
use super::super::reply::ApiError;
use super::super::world::Region;
use super::super::xml::Xml;
use super::ids::ResourceType;
use super::model::{Detail, Resource};
use super::query::Query;
use super::{dry_run_error, filter, render};

/// The page sizes that a request may ask for.
const PAGE: RangeInclusive<usize> = 5..=1_000;

pub(super) fn describe_instances(region: &mut Region, query: &Query, account: &str) -> Result<String, ApiError> {
    query.allow(&["InstanceId", "Filter", "MaxResults", "NextToken", "DryRun", "IncludeManagedResources"])?;
    let page = select(region, query, "i", "InstanceId", PAGE)?;
    Ok(reply(page, "reservationSet", |xml, (_, resource)| {
        if let Detail::Instance(instance) = &resource.detail {
            render::reservation(xml, region, account, instance, &resource.tags);
        }
    }))
}

pub(super) fn describe_volumes(region: &mut Region, query: &Query) -> Result<String, ApiError> {
    query.allow(&["VolumeId", "Filter", "MaxResults", "NextToken", "DryRun", "IncludeManagedResources"])?;
    let page = select(region, query, "vol", "VolumeId", PAGE)?;
    Ok(reply(page, "volumeSet", |xml, (_, resource)| {
        if let Detail::Volume(volume) = &resource.detail {
            render::volume(xml, volume, &resource.tags);
        }
    }))
}

pub(super) fn describe_network_interfaces(
    region: &mut Region,
    query: &Query,
    account: &str,
) -> Result<String, ApiError> {
    query.allow(&["NetworkInterfaceId", "Filter", "MaxResults", "NextToken", "DryRun", "IncludeManagedResources"])?;
    let page = select(region, query, "eni", "NetworkInterfaceId", PAGE)?;
    Ok(reply(page, "networkInterfaceSet", |xml, (_, resource)| {
        if let Detail::NetworkInterface(interface) = &resource.detail {
            render::network_interface(xml, account, interface, &resource.tags);
        }
    }))
}

pub(super) fn describe_images(region: &mut Region, query: &Query, account: &str) -> Result<String, ApiError> {
    query.allow(&[
        "ImageId",
        "Owner",
        "Filter",
        "MaxResults",
        "NextToken",
        "DryRun",
        "IncludeDeprecated",
        "IncludeDisabled",
    ])?;
    let mut page = select(region, query, "ami", "ImageId", PAGE)?;
    keep_owned(&mut page, query, account);
    Ok(reply(page, "imagesSet", |xml, (_, resource)| {
        if let Detail::Image(image) = &resource.detail {
            render::image(xml, account, image, &resource.tags);
        }
    }))
}

pub(super) fn describe_snapshots(region: &mut Region, query: &Query, account: &str) -> Result<String, ApiError> {
    query.allow(&["SnapshotId", "Owner", "Filter", "MaxResults", "NextToken", "DryRun"])?;
    let mut page = select(region, query, "snap", "SnapshotId", PAGE)?;
    keep_owned(&mut page, query, account);
    Ok(reply(page, "snapshotSet", |xml, (_, resource)| {
        if let Detail::Snapshot(snapshot) = &resource.detail {
            render::snapshot(xml, account, snapshot, &resource.tags);
        }
    }))
}

pub(super) fn describe_tags(region: &mut Region, query: &Query) -> Result<String, ApiError> {
    query.allow(&["Filter", "MaxResults", "NextToken", "DryRun"])?;
    let filters = query.filters();
    filter::check(&filters)?;
    let known = ["resource-id", "resource-type", "key", "value"];
    filter::check_names(&filters, |name| known.contains(&name) || name.starts_with("tag:"))?;
    if query.flag("DryRun")? {
        return Err(dry_run_error());
    }
    let now = Instant::now();
    let mut tags = Vec::new();
    let candidates = match filter::exact(&filters, "resource-id") {
        Some(ids) => region.resources.these(ids),
        None => region.resources.iter().collect(),
    };
    for (id, resource) in candidates.into_iter().filter(|(_, resource)| resource.tags_shown(now)) {
        // What has an ARN instead of an id belongs to another service.
        let Ok(ResourceType { name: resource_type, .. }) = ResourceType::of(id) else { continue };
        for (key, value) in &resource.tags {
            let chosen = filters.iter().all(|filter| {
                let own = match filter.name.as_str() {
                    "resource-id" => vec![id.clone()],
                    "resource-type" => vec![(*resource_type).to_owned()],
                    "key" => vec![key.clone()],
                    "value" => vec![value.clone()],
                    name if name.strip_prefix("tag:") == Some(key) => vec![value.clone()],
                    _ => Vec::new(),
                };
                filter::any_matches(&filter.values, &own)
            });
            if chosen {
                tags.push((format!("{id} {key}"), (id, resource_type, key, value)));
            }
        }
    }
    Ok(reply(paginate(tags, query, PAGE)?, "tagSet", |xml, (_, (id, resource_type, key, value))| {
        xml.text("resourceId", id).text("resourceType", resource_type).text("key", key).text("value", value);
    }))
}

/// The resources of one type that a request's ids and filters select, in the order of their ids.
///
/// # Errors
///
/// An explicit id that is malformed or unknown fails the request; a filter's value that matches nothing does not.
pub(super) fn select<'a>(
    region: &'a Region,
    query: &Query,
    prefix: &str,
    id_parameter: &str,
    page: RangeInclusive<usize>,
) -> Result<Page<(String, &'a Resource)>, ApiError> {
    let ids = query.list(id_parameter);
    for id in &ids {
        let resource_type = ResourceType::of(id)?;
        if resource_type.prefix != prefix {
            let expected = ResourceType::of(&format!("{prefix}-00000000"))?;
            return Err(expected.malformed_error(id));
        }
    }
    let filters = query.filters();
    filter::check(&filters)?;
    filter::check_names(&filters, |name| filter::known(prefix, name))?;
    // Images are the exception: they allow both.
    if !ids.is_empty() && query.text("MaxResults").is_some() && prefix != "ami" {
        let message = format!("The parameter {id_parameter} cannot be used with the parameter maxResults");
        return Err(ApiError::new(400, "InvalidParameterCombination", message));
    }
    if query.flag("DryRun")? {
        return Err(dry_run_error());
    }
    let now = Instant::now();
    let there = |id: &str| region.resources.get(id).is_some_and(|resource| resource.describable(now));
    let unknown: Vec<&str> = ids.iter().map(String::as_str).filter(|id| !there(id)).collect();
    if let Some(first) = unknown.first() {
        return Err(ResourceType::of(first)?.not_found_error(&unknown));
    }
    let own_id = filter::by_own_id(ResourceType::of(&format!("{prefix}-00000000"))?);
    let named = if ids.is_empty() { filter::exact(&filters, &own_id) } else { Some(ids.as_slice()) };
    let candidates = match (named, filter::exact(&filters, "attachment.instance-id")) {
        (Some(ids), _) => region.resources.these(ids),
        (None, Some(instances)) => instances.iter().flat_map(|id| region.resources.attached_to(id)).collect(),
        (None, None) => region.resources.beginning(&format!("{prefix}-")).collect(),
    };
    let chosen = candidates.into_iter().filter(|(id, resource)| {
        resource.describable(now)
            && (!ids.is_empty() || !resource.unlisted())
            && ResourceType::of(id).is_ok_and(|resource_type| resource_type.prefix == prefix)
            && filter::matches(&filters, id, resource)
    });
    // A map, because an interface attached to several of the requested instances must appear once.
    let chosen: BTreeMap<&String, &Resource> = chosen.collect();
    paginate(chosen.into_iter().map(|(id, resource)| (id.clone(), resource)).collect(), query, page)
}

/// Cuts out the page that `MaxResults` and `NextToken` ask for. Each item comes with its sort key.
fn paginate<T>(
    items: Vec<(String, T)>,
    query: &Query,
    page: RangeInclusive<usize>,
) -> Result<Page<(String, T)>, ApiError> {
    let limit = match query.text("MaxResults") {
        None => None,
        Some(text) => {
            let within = text.parse().ok().filter(|number| page.contains(number));
            let (least, most) = page.into_inner();
            let message = format!("Value ( {text} ) for parameter maxResults is invalid. Expecting {least} to {most}.");
            Some(within.ok_or_else(|| ApiError::invalid_value(message))?)
        }
    };
    cut(items, query.text("NextToken"), limit)
}

/// Everything here belongs to the account: a request for any other owner gets nothing.
fn keep_owned<T>(page: &mut Page<T>, query: &Query, account: &str) {
    let owners = query.list("Owner");
    if !owners.is_empty() && !owners.iter().any(|owner| owner == "self" || owner == account) {
        *page = Page { items: Vec::new(), next_token: None };
    }
}

pub(super) fn reply<T>(page: Page<T>, set: &str, fill: impl FnMut(&mut Xml, T)) -> String {
    let mut xml = Xml::default();
    xml.items(set, page.items, fill);
    if let Some(token) = page.next_token {
        xml.text("nextToken", token);
    }
    xml.finish()
}
