//! Filters of the Describe actions: which names each resource type knows, and when a value matches.

use super::super::reply::ApiError;
use super::super::xml::timestamp;
use super::ids::ResourceType;
use super::model::{Detail, Resource};
use super::query::FilterParam;
use super::simple_resource_types;

const MAX_VALUES: usize = 200;

/// # Errors
///
/// `FilterLimitExceeded` for more than 200 values, `InvalidParameterValue` for none.
pub(super) fn check(filters: &[FilterParam]) -> Result<(), ApiError> {
    for filter in filters {
        if filter.values.len() > MAX_VALUES {
            let message = format!("The maximum number of filter values specified on a single call is {MAX_VALUES}");
            return Err(ApiError::new(400, "FilterLimitExceeded", message));
        }
        if filter.values.is_empty() {
            return Err(ApiError::invalid_value(format!("The filter '{}' has no values", filter.name)));
        }
    }
    Ok(())
}

/// # Errors
///
/// `InvalidParameterValue` for names that `known` does not have.
pub(super) fn check_names(filters: &[FilterParam], known: impl Fn(&str) -> bool) -> Result<(), ApiError> {
    match filters.iter().find(|filter| !known(&filter.name)) {
        Some(filter) => Err(ApiError::invalid_value(format!("The filter '{}' is invalid", filter.name))),
        None => Ok(()),
    }
}

/// The values of the filter of this name, if there is one and none of its values has a wildcard: each selected resource
/// has one of them.
pub(super) fn exact<'a>(filters: &'a [FilterParam], name: &str) -> Option<&'a [String]> {
    let filter = filters.iter().find(|filter| filter.name == name)?;
    let patterns = filter.values.iter().any(|value| value.contains(['*', '?', '\\']));
    (!patterns).then_some(filter.values.as_slice())
}

/// Whether every filter has a value that matches one of the resource's.
pub(super) fn matches(filters: &[FilterParam], id: &str, resource: &Resource) -> bool {
    filters.iter().all(|filter| any_matches(&filter.values, &values(&filter.name, id, resource)))
}

/// Whether one of the patterns matches one of the values.
pub(super) fn any_matches(patterns: &[String], values: &[String]) -> bool {
    patterns.iter().any(|pattern| values.iter().any(|value| wildcard(pattern.as_bytes(), value.as_bytes())))
}

/// The filters that a resource type, named by its ids' prefix, knows.
pub(super) fn known(prefix: &str, name: &str) -> bool {
    if let Some(resource_type) = simple_resource_types::of_prefix(prefix) {
        return resource_type.filters.iter().any(|known| *known == name || *known == "tag:" && name.starts_with(known));
    }
    let own: &[&str] = match prefix {
        "i" => &["instance-id", "instance-state-name", "image-id", "client-token"],
        "vol" => &["volume-id", "status", "snapshot-id", "attachment.instance-id", "attachment.device", "create-time"],
        "eni" => &["network-interface-id", "status", "attachment.instance-id"],
        "ami" => &["image-id", "state", "block-device-mapping.snapshot-id"],
        "snap" => &["snapshot-id", "status", "volume-id", "description", "start-time"],
        _ => &[],
    };
    name == "tag-key" || name.starts_with("tag:") || own.contains(&name)
}

/// The filter by the ids of a resource type, for those that have one.
pub(super) fn by_own_id(resource_type: &ResourceType) -> String {
    match resource_type.prefix {
        "cvpn-endpoint" => "endpoint-id".to_owned(),
        "fl" => "flow-log-id".to_owned(),
        _ => format!("{}-id", resource_type.name),
    }
}

/// A resource's values for a filter that its type knows.
fn values(name: &str, id: &str, resource: &Resource) -> Vec<String> {
    if let Some(key) = name.strip_prefix("tag:") {
        return resource.tags.get(key).cloned().into_iter().collect();
    }
    if name == "tag-key" {
        return resource.tags.keys().cloned().collect();
    }
    if ResourceType::of(id).is_ok_and(|resource_type| name == by_own_id(resource_type)) {
        return vec![id.to_owned()];
    }
    match &resource.detail {
        Detail::Instance(instance) => match name {
            "instance-state-name" => vec![instance.state.code_and_name().1.to_owned()],
            "image-id" => vec![instance.image.clone()],
            "client-token" => vec![instance.client_token.clone()],
            _ => Vec::new(),
        },
        Detail::Volume(volume) => match name {
            "status" => vec![volume.status().to_owned()],
            "snapshot-id" => volume.snapshot.clone().into_iter().collect(),
            "attachment.instance-id" => volume.attachments.iter().map(|at| at.instance.clone()).collect(),
            "attachment.device" => volume.attachments.iter().map(|at| at.device.clone()).collect(),
            "create-time" => vec![timestamp(volume.created)],
            _ => Vec::new(),
        },
        Detail::NetworkInterface(interface) => match name {
            "status" => vec![interface.status().to_owned()],
            "attachment.instance-id" => interface.attachment.iter().map(|at| at.instance.clone()).collect(),
            _ => Vec::new(),
        },
        Detail::Image(image) => match name {
            "state" => vec![image.state.clone()],
            "block-device-mapping.snapshot-id" => {
                image.snapshots.iter().filter_map(|(_, snapshot)| snapshot.clone()).collect()
            }
            _ => Vec::new(),
        },
        Detail::Snapshot(snapshot) => match name {
            "status" => vec![snapshot.state.clone()],
            "volume-id" => vec![snapshot.volume.clone()],
            "description" => vec![snapshot.description.clone()],
            "start-time" => vec![timestamp(snapshot.started)],
            _ => Vec::new(),
        },
        Detail::Other(other) => match name {
            "state" | "fleet-state" | "status-code" => other.state.clone().into_iter().collect(),
            "type" => other.fleet_type.clone().into_iter().collect(),
            _ => Vec::new(),
        },
    }
}

/// A glob: `*` stands for any run of characters, `?` for one, and a backslash escapes both.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|from| wildcard(rest, &text[from..])),
        [b'?', rest @ ..] => !text.is_empty() && wildcard(rest, &text[1..]),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => {
            text.first() == Some(literal) && wildcard(rest, &text[1..])
        }
    }
}
