//! DescribeDBInstances and the like: what each selects, and how it shows it.

use std::time::Instant;

use super::super::ec2::model::{Detail, Other, Resource};
use super::super::ec2::query::{FilterParam, Query};
use super::super::page;
use super::super::random::Random;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::tagging::arn::Arn;
use super::super::world::Region;
use super::super::xml::Xml;
use super::resource_types::{self, ResourceType};
use super::tag_list;

/// The largest page size, and the default one.
const MAX_RECORDS: usize = 100;
const MIN_RECORDS: usize = 20;

/// One resource, as the action sees it.
struct Found<'a> {
    arn: &'a str,
    name: &'a str,
    unique_id: String,
    resource: &'a Resource,
    other: &'a Other,
}

/// An unknown name is an error as a parameter, and none as a filter's value.
pub(super) fn describe(
    region: &Region,
    request: &Request,
    query: &Query,
    resource_type: &ResourceType,
) -> Result<String, ApiError> {
    query.allow(&[resource_type.parameter, "Filters", "MaxRecords", "Marker"])?;
    let filters = query.named_filters();
    filters.iter().try_for_each(|filter| check(filter, request, resource_type))?;
    let records = read_records(query)?;
    // Names are stored in lower case, and so are the ARNs that end with them.
    let asked = query.text(resource_type.parameter).map(str::to_lowercase);
    let mut found = of_type(region, resource_type);
    if let Some(asked) = &asked {
        found.retain(|one| [one.name, one.arn].contains(&asked.as_str()));
        if found.is_empty() {
            return Err(resource_type.not_found(asked));
        }
    }
    found.retain(|one| {
        filters.iter().all(|filter| filter.values.iter().any(|value| one.is(filter, value, resource_type)))
    });
    let found = found.into_iter().map(|one| (one.arn.to_owned(), one)).collect();
    let page = page::cut(found, query.text("Marker"), Some(records))
        .map_err(|_| ApiError::invalid_value("Invalid or unrecognized marker in the request"))?;
    let mut xml = Xml::default();
    let (set, each) = resource_type.set;
    xml.list(set, each, page.items, |xml, (_, one)| render(xml, resource_type, &one));
    if let Some(marker) = page.next_token {
        xml.text("Marker", marker);
    }
    Ok(xml.finish())
}

/// All resources of a type, in the order of their ARNs.
fn of_type<'a>(region: &'a Region, resource_type: &ResourceType) -> Vec<Found<'a>> {
    let now = Instant::now();
    let there = region.resources.beginning("arn:").filter(|(_, resource)| resource.describable(now));
    let found = there.filter_map(|(arn, resource)| {
        let (own, name) = resource_types::of_arn(&Arn::parse(arn)?)?;
        let Detail::Other(other) = &resource.detail else { return None };
        let unique_id = resource_type.unique.as_ref().map(|unique| unique_id(other, unique.prefix)).unwrap_or_default();
        (own.set == resource_type.set).then_some(Found { arn, name, unique_id, resource, other })
    });
    found.collect()
}

impl Found<'_> {
    fn is(&self, filter: &FilterParam, value: &str, resource_type: &ResourceType) -> bool {
        if filter.name == resource_type.filter {
            [self.name, self.arn].contains(&value)
        } else {
            self.unique_id == value
        }
    }
}

fn render(xml: &mut Xml, resource_type: &ResourceType, one: &Found) {
    let state = one.other.state.as_deref().unwrap_or_default();
    xml.text(resource_type.name, one.name).text(resource_type.arn, one.arn).text(resource_type.status, state);
    if let Some(unique) = &resource_type.unique {
        xml.text(unique.element, &one.unique_id);
    }
    if !(resource_type.created_when_done && state == "creating") {
        xml.time(resource_type.created, one.other.taken.unwrap_or(one.other.created));
        if let Some(asked) = resource_type.asked {
            xml.time(asked, one.other.created);
        }
    }
    tag_list(xml, &one.resource.tags);
}

/// # Errors
///
/// The fake does not know the filter, or the filter has no values or an impossible one.
fn check(filter: &FilterParam, request: &Request, resource_type: &ResourceType) -> Result<(), ApiError> {
    let FilterParam { name, values } = filter;
    let by_unique_id = resource_type.unique.as_ref().is_some_and(|unique| unique.filter == name);
    if name != resource_type.filter && !by_unique_id {
        return Err(ApiError::invalid_value(format!("Unrecognized filter name: {name}")));
    }
    if values.is_empty() {
        return Err(ApiError::invalid_value(format!("The filter {name} has no values")));
    }
    let of_type = |value: &str| {
        let arn = Arn::parse(value).filter(|arn| arn.can_be_in(&request.account, &request.region));
        arn.and_then(|arn| resource_types::of_arn(&arn))
            .is_some_and(|(own, name)| own.set == resource_type.set && is_name(name))
    };
    let fits =
        |value: &&String| by_unique_id || is_name(value) || resource_type.filter_takes_arns && of_type(value.as_str());
    match values.iter().find(|value| !fits(value)) {
        Some(_) => Err(ApiError::invalid_value(format!(
            "The parameter Filter: {name} is not a valid identifier. Identifiers must begin with a letter; must contain \
             only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        ))),
        None => Ok(()),
    }
}

/// The names of automated snapshots begin with `rds:`.
fn is_name(text: &str) -> bool {
    let text = text.strip_prefix("rds:").unwrap_or(text);
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
        && !text.ends_with('-')
        && !text.contains("--")
}

fn read_records(query: &Query) -> Result<usize, ApiError> {
    let Some(text) = query.text("MaxRecords") else { return Ok(MAX_RECORDS) };
    let within = text.parse().ok().filter(|number| (MIN_RECORDS..=MAX_RECORDS).contains(number));
    within.ok_or_else(|| {
        ApiError::invalid_value(format!("Invalid value {text} for MaxRecords. Must be between 20 and 100"))
    })
}

/// The id that the test has set, or one in RDS's form that follows from the serial.
fn unique_id(other: &Other, prefix: &str) -> String {
    const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let made_up = || {
        let mut random = Random::new(other.serial);
        let letters = (0..26).filter_map(|_| LETTERS.get(usize::try_from(random.below(36)).unwrap_or_default()));
        format!("{prefix}{}", letters.map(|letter| char::from(*letter)).collect::<String>())
    };
    other.unique_id.clone().unwrap_or_else(made_up)
}
