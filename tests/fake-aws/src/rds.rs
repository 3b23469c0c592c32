//! RDS: dispatches an action to its handler. Its resources are those that the tagging API tags, by their ARNs.

mod control;
mod describe;
mod list_tags_for_resource;
mod resource_types;

use std::collections::BTreeMap;

use super::ec2::query::Query;
use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;
use super::tagging::arn::Arn;
use super::xml::Xml;

/// Performs one action. Returns the inside of its result's XML element.
pub(super) fn handle(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    let query = Query::new(&request.parameters);
    shared.update(|world| {
        let region = world.region(&request.account, &request.region);
        match (request.action.as_str(), resource_types::of_action(&request.action)) {
            (_, Some(kind)) => describe::describe(region, request, &query, kind),
            ("ListTagsForResource", _) => list_tags_for_resource::list_tags_for_resource(region, request, &query),
            (action, _) => {
                let message = format!("Could not find operation {action} for version 2014-10-31");
                Err(ApiError::new(400, "InvalidAction", message))
            }
        }
    })
}

/// The state of a new resource, if RDS has an action that shows it.
pub(super) fn first_state(arn: &Arn) -> Option<&'static str> {
    resource_types::of_arn(arn).map(|_| "available")
}

fn tag_list(xml: &mut Xml, tags: &BTreeMap<String, String>) {
    xml.list("TagList", "Tag", tags, |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
}
