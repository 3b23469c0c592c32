//! DescribeTags, of named groups only.

use std::collections::BTreeSet;

use super::super::ec2::query::Query;
use super::super::page;
use super::super::reply::ApiError;
use super::super::world::Region;
use super::super::xml::Xml;

/// The most values that one filter may have.
const MAX_VALUES: usize = 1_000;
/// The page size unless the request gives one.
const DEFAULT_RECORDS: usize = 50;
const MAX_RECORDS: usize = 100;

/// A group that does not exist is not in the answer, which is no error.
pub(super) fn describe_tags(region: &Region, query: &Query) -> Result<String, ApiError> {
    query.allow(&["Filters", "MaxRecords", "NextToken"])?;
    let groups = read_groups(query)?;
    let groups = groups.iter().filter_map(|name| region.groups.get_key_value(name));
    // The page token joins group and key by a line feed: a name may contain a blank, but no line feed.
    let tags = groups
        .flat_map(|(name, tags)| tags.iter().map(move |(key, value)| (format!("{name}\n{key}"), (name, key, value))));
    let page = page::cut(tags.collect(), query.text("NextToken"), Some(read_records(query)?))?;
    let mut xml = Xml::default();
    xml.members("Tags", page.items, |xml, (_, (name, key, value))| {
        xml.text("ResourceId", name).text("ResourceType", "auto-scaling-group");
        xml.text("Key", key).text("Value", value).text("PropagateAtLaunch", false);
    });
    if let Some(token) = page.next_token {
        xml.text("NextToken", token);
    }
    Ok(xml.finish())
}

/// The names of the groups that the request is about.
fn read_groups(query: &Query) -> Result<BTreeSet<String>, ApiError> {
    let filters = query.member_filters();
    let [filter] = filters.as_slice() else {
        return Err(invalid(format!(
            "The fake AWS knows DescribeTags with one filter, and not with {}",
            filters.len()
        )));
    };
    if filter.name != "auto-scaling-group" {
        return Err(invalid(format!("The fake AWS does not know the filter '{}' here", filter.name)));
    }
    if filter.values.is_empty() || filter.values.len() > MAX_VALUES {
        let values = filter.values.len();
        return Err(invalid(format!("A filter must have 1 to {MAX_VALUES} values; there are {values}")));
    }
    Ok(filter.values.iter().cloned().collect())
}

fn read_records(query: &Query) -> Result<usize, ApiError> {
    let Some(text) = query.text("MaxRecords") else { return Ok(DEFAULT_RECORDS) };
    let within = text.parse().ok().filter(|number| (1..=MAX_RECORDS).contains(number));
    within.ok_or_else(|| invalid(format!("MaxRecords must be between 1 and {MAX_RECORDS}, and is '{text}'")))
}

fn invalid(message: String) -> ApiError {
    ApiError::new(400, "ValidationError", message)
}
