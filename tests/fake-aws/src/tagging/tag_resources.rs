//! TagResources: each resource on its own.

use std::collections::HashSet;
use std::time::Instant;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use serde_json::{Map, Value, json};

use super::super::ec2::model::{MAX_TAGS, RESERVED};
use super::super::faults::FaultDecision;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::sqs::params::Params;
use super::super::world::Region;
use super::arn::Arn;
use super::{invalid, read_arns};

const MAX_ARNS: usize = 20;
/// In Unicode characters.
const MAX_KEY: usize = 128;
/// In Unicode characters.
const MAX_VALUE: usize = 256;

/// The answer names the resources that could not be tagged. It is a success even if those are all.
pub(super) fn tag_resources(
    region: &mut Region,
    request: &Request,
    params: &Params,
    decision: &FaultDecision,
) -> Result<Value, ApiError> {
    params.allow(&["ResourceARNList", "Tags"])?;
    let (arns, tags) = (read_arns(params, MAX_ARNS)?, params.map("Tags")?);
    check_distinct(&arns)?;
    check_tags(&tags)?;
    let mut failed = Map::new();
    for (position, arn) in arns.into_iter().enumerate() {
        let fault = decision.failing_entries.iter().find(|(failing, _)| *failing == position);
        let result = fault.map_or_else(|| tag(region, request, arn, &tags), |(_, error)| Err(error.clone()));
        if let Err(error) = result {
            let ApiError { status, code, message } = error;
            failed.insert(arn.to_owned(), json!({ "StatusCode": status, "ErrorCode": code, "ErrorMessage": message }));
        }
    }
    Ok(json!({ "FailedResourcesMap": failed }))
}

/// The answer is keyed by ARN, and AWS does not document what happens to a duplicate.
fn check_distinct(arns: &[&str]) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    match arns.iter().find(|arn| !seen.insert(**arn)) {
        Some(arn) => Err(invalid(format!("The fake AWS does not know what to do with {arn}, which is given twice"))),
        None => Ok(()),
    }
}

fn check_tags(tags: &[(&str, &str)]) -> Result<(), ApiError> {
    if tags.is_empty() || tags.len() > MAX_TAGS {
        return Err(invalid(format!("Tags must hold 1 to {MAX_TAGS} tags; there are {}", tags.len())));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > MAX_KEY {
            return Err(invalid(format!("The tag key '{key}' must have 1 to {MAX_KEY} characters")));
        }
        if value.chars().count() > MAX_VALUE {
            return Err(invalid(format!("The tag value '{value}' must have at most {MAX_VALUE} characters")));
        }
        if key.to_lowercase().starts_with(RESERVED) {
            return Err(invalid(format!("The tag key '{key}' is reserved for AWS")));
        }
        if let Some(text) = [key, value].into_iter().find(|text| !text.chars().all(allowed)) {
            let pattern = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";
            return Err(invalid(format!("'{text}' of a tag must satisfy the regular expression {pattern}")));
        }
    }
    Ok(())
}

/// Unlike EC2, this API does not accept every character.
fn allowed(char: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(char);
    let groups = [GeneralCategoryGroup::Letter, GeneralCategoryGroup::Separator, GeneralCategoryGroup::Number];
    "_.:/=+-@".contains(char) || groups.iter().any(|group| group.contains(category))
}

fn tag(region: &mut Region, request: &Request, arn: &str, tags: &[(&str, &str)]) -> Result<(), ApiError> {
    if Arn::parse(arn).is_some_and(|parsed| !parsed.can_be_in(&request.account, &request.region)) {
        let (account, region) = (&request.account, &request.region);
        return Err(invalid(format!("The resource {arn} is not of the account {account} and the Region {region}")));
    }
    let resource = region.resources.get(arn).filter(|resource| resource.taggable(Instant::now()));
    let resource = resource.ok_or_else(|| invalid(format!("The resource {arn} does not exist")))?;
    if !resource.has_room(tags.iter().map(|(key, _)| *key)) {
        return Err(invalid(format!("The resource {arn} cannot have more than {MAX_TAGS} tags")));
    }
    if let Some(own) = region.resources.tags_mut(arn) {
        own.extend(tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    }
    Ok(())
}
