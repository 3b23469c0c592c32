//! The Resource Groups Tagging API: dispatches an action to its handler.

pub(super) mod arn;
mod control;
mod get_resources;
mod tag_resources;

use super::faults::FaultDecision;
use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;
use super::sqs::params::Params;
use arn::Arn;

/// Performs one action. Returns its answer as JSON.
pub(super) fn handle(shared: &Shared, request: &Request, decision: &FaultDecision) -> Result<String, ApiError> {
    let params = Params::new(&request.parameters);
    let answer = shared.update(|world| {
        let region = world.region(&request.account, &request.region);
        match request.action.as_str() {
            "TagResources" => tag_resources::tag_resources(region, request, &params, decision),
            "GetResources" => get_resources::get_resources(region, request, &params),
            action => {
                let message = format!("The fake AWS does not know {action} of the tagging API");
                Err(ApiError::new(400, "UnknownOperationException", message))
            }
        }
    })?;
    Ok(answer.to_string())
}

/// This API has one code for all that is wrong with a request or a resource.
const INVALID: &str = "InvalidParameterException";

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, INVALID, message)
}

/// The `ResourceARNList` of a request.
///
/// # Errors
///
/// There are none or more than `most`, or one is malformed or of EC2. AWS tags EC2's resources here too. The fake
/// refuses, so that a test notices when they are not tagged by CreateTags, which takes many more of them at once.
fn read_arns<'a>(params: &Params<'a>, most: usize) -> Result<Vec<&'a str>, ApiError> {
    let arns = params.texts("ResourceARNList")?;
    if arns.is_empty() || arns.len() > most {
        return Err(invalid(format!("ResourceARNList must hold 1 to {most} ARNs; there are {}", arns.len())));
    }
    for arn in &arns {
        let parsed =
            Arn::parse(arn).ok_or_else(|| invalid(format!("{arn} is not a valid AmazonResourceName (ARN)")))?;
        if parsed.service == "ec2" {
            return Err(invalid(format!("The fake AWS has EC2's resources by their ids alone, and not {arn}")));
        }
    }
    Ok(arns)
}
