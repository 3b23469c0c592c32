//! CloudTrail: dispatches an action to its handler.

mod control;
mod find;
pub(super) mod model;
mod read;

use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;
use super::sqs::params::Params;
use super::validation;

/// Performs one action. Returns its answer as JSON.
pub(super) fn handle(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    let params = Params::new(&request.parameters);
    let answer = shared.read(|world| match request.action.as_str() {
        "DescribeTrails" => read::describe_trails(world, request, &params),
        "GetTrailStatus" => read::get_trail_status(world, request, &params),
        "GetEventSelectors" => read::get_event_selectors(world, request, &params),
        "LookupEvents" => read::lookup_events(world, request, &params),
        action => {
            let message = format!("The fake AWS does not know {action} of CloudTrail");
            Err(ApiError::new(400, "UnknownOperationException", message))
        }
    });
    answer.map(|answer| answer.to_string()).map_err(validation::in_one_code)
}
