//! EC2: dispatches an action to its handler.

mod control;
mod create_tags;
mod describe;
mod filter;
pub(super) mod ids;
pub(super) mod model;
pub(super) mod query;
mod render;
mod resource_types;
pub(super) mod resources;
mod simple_resource_types;

use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;
use query::Query;

/// Performs one action. Returns the inside of its XML reply.
pub(super) fn handle(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    let query = Query::new(&request.parameters);
    shared.update(|world| {
        let region = world.region(&request.account, &request.region);
        match request.action.as_str() {
            "CreateTags" => create_tags::create_tags(region, &query),
            "DescribeTags" => describe::describe_tags(region, &query),
            "DescribeInstances" => describe::describe_instances(region, &query, &request.account),
            "DescribeVolumes" => describe::describe_volumes(region, &query),
            "DescribeNetworkInterfaces" => describe::describe_network_interfaces(region, &query, &request.account),
            "DescribeImages" => describe::describe_images(region, &query, &request.account),
            "DescribeSnapshots" => describe::describe_snapshots(region, &query, &request.account),
            action if let Some(resource_type) = simple_resource_types::of_action(action) => {
                simple_resource_types::describe(region, &query, resource_type)
            }
            action => {
                let message = format!("The action {action} is not valid for this web service.");
                Err(ApiError::new(400, "InvalidAction", message))
            }
        }
    })
}

/// EC2's answer to a permitted request with `DryRun`.
fn dry_run_error() -> ApiError {
    ApiError::new(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}
