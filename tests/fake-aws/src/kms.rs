//! KMS: dispatches an action to its handler.

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
    let answer = shared.update(|world| {
        let keys = &world.region(&request.account, &request.region).keys;
        match request.action.as_str() {
            "DescribeKey" => read::describe_key(keys, request, &params),
            "GetKeyPolicy" => read::get_key_policy(keys, request, &params),
            action => {
                let message = format!("The fake AWS does not know {action} of KMS");
                Err(ApiError::new(400, "UnknownOperationException", message))
            }
        }
    });
    answer.map(|answer| answer.to_string()).map_err(validation::in_one_code)
}
