//! Auto Scaling: dispatches an action to its handler.

mod control;
mod describe_tags;

use super::ec2::query::Query;
use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;

/// Performs one action. Returns the inside of its result's XML element.
pub(super) fn handle(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    let query = Query::new(&request.parameters);
    shared.update(|world| {
        let region = world.region(&request.account, &request.region);
        match request.action.as_str() {
            "DescribeTags" => describe_tags::describe_tags(region, &query),
            action => {
                let message = format!("Could not find operation {action} for version 2011-01-01");
                Err(ApiError::new(400, "InvalidAction", message))
            }
        }
    })
}
