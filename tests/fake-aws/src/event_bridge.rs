//! EventBridge: dispatches an action to its handler.

mod arn;
mod control;
pub(super) mod model;
mod pattern;
mod read;
mod test_event_pattern;

use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;
use super::sqs::params::Params;
use super::validation;

/// Performs one action. Returns its answer as JSON.
pub(super) fn handle(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    let params = Params::new(&request.parameters);
    let answer = if request.action == "TestEventPattern" {
        test_event_pattern::test_event_pattern(&params)
    } else {
        shared.update(|world| {
            let buses = &world.region(&request.account, &request.region).buses;
            match request.action.as_str() {
                "ListEventBuses" => read::list_event_buses(buses, request, &params),
                "ListRules" => read::list_rules(buses, request, &params),
                "DescribeRule" => read::describe_rule(buses, request, &params),
                "ListTargetsByRule" => read::list_targets_by_rule(buses, request, &params),
                "ListRuleNamesByTarget" => read::list_rule_names_by_target(buses, request, &params),
                action => {
                    let message = format!("The fake AWS does not know {action} of EventBridge");
                    Err(ApiError::new(400, "UnknownOperationException", message))
                }
            }
        })
    };
    answer.map(|answer| answer.to_string()).map_err(validation::in_one_code)
}
