//! The actions that read buses, rules and targets.

use serde_json::{Value, json};

use super::super::page::cut;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::sqs::params::Params;
use super::arn;
use super::model::{Bus, Buses, DEFAULT_BUS, Rule, Target};

/// The largest page size, and the default one.
const MAX_PAGE: u64 = 100;

pub(super) fn list_event_buses(buses: &Buses, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["NamePrefix", "NextToken", "Limit"])?;
    let prefix = params.text("NamePrefix")?.unwrap_or_default();
    let chosen = buses.by_name.iter().filter(|(name, _)| name.starts_with(prefix));
    let described = chosen.map(|(name, bus)| {
        let mut described = json!({ "Name": name, "Arn": arn::bus(&request.account, &request.region, name) });
        if let Some(policy) = &bus.policy {
            described["Policy"] = json!(policy);
        }
        (name.clone(), described)
    });
    page("EventBuses", described, params)
}

pub(super) fn list_rules(buses: &Buses, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["NamePrefix", "EventBusName", "NextToken", "Limit"])?;
    let (_, bus) = bus(buses, request, params)?;
    let prefix = params.text("NamePrefix")?.unwrap_or_default();
    let chosen = bus.rules.iter().filter(|(name, _)| name.starts_with(prefix));
    page("Rules", chosen.map(|(name, rule)| (name.clone(), describe(rule, request))), params)
}

pub(super) fn describe_rule(buses: &Buses, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["Name", "EventBusName"])?;
    let mut described = describe(rule(buses, request, params, "Name")?, request);
    described["CreatedBy"] = json!(request.account);
    Ok(described)
}

pub(super) fn list_targets_by_rule(buses: &Buses, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["Rule", "EventBusName", "NextToken", "Limit"])?;
    let mut targets: Vec<&Target> = rule(buses, request, params, "Rule")?.targets.iter().collect();
    targets.sort_by_key(|target| &target.id);
    page("Targets", targets.into_iter().map(|target| (target.id.clone(), describe_target(target))), params)
}

pub(super) fn list_rule_names_by_target(buses: &Buses, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["TargetArn", "EventBusName", "NextToken", "Limit"])?;
    let (_, bus) = bus(buses, request, params)?;
    let target = params.required_text("TargetArn")?;
    let chosen = bus.rules.values().filter(|rule| rule.targets.iter().any(|own| own.arn == target));
    page("RuleNames", chosen.map(|rule| (rule.name.clone(), json!(rule.name))), params)
}

/// The bus that `EventBusName` names, by name or ARN; without it, the default bus.
fn bus<'a>(buses: &'a Buses, request: &Request, params: &Params<'a>) -> Result<(&'a str, &'a Bus), ApiError> {
    let asked = params.text("EventBusName")?.unwrap_or(DEFAULT_BUS);
    let here = arn::bus(&request.account, &request.region, "");
    let name = asked.strip_prefix(&here).unwrap_or(asked);
    let found = buses.by_name.get(name).map(|bus| (name, bus));
    found.ok_or_else(|| not_found(format!("Event bus {name} does not exist.")))
}

fn rule<'a>(buses: &'a Buses, request: &Request, params: &Params<'a>, parameter: &str) -> Result<&'a Rule, ApiError> {
    let (bus_name, bus) = bus(buses, request, params)?;
    let name = params.required_text(parameter)?;
    bus.rules.get(name).ok_or_else(|| not_found(format!("Rule {name} does not exist on EventBus {bus_name}.")))
}

fn describe(rule: &Rule, request: &Request) -> Value {
    json!({
        "Name": rule.name,
        "Arn": arn::rule(&request.account, &request.region, &rule.event_bus, &rule.name),
        "EventBusName": rule.event_bus,
        "EventPattern": rule.pattern.to_string(),
        "State": rule.state,
    })
}

fn describe_target(target: &Target) -> Value {
    let mut described = json!({ "Id": target.id, "Arn": target.arn });
    if let Some(input) = &target.input {
        described["Input"] = json!(input);
    }
    if let Some(path) = &target.input_path {
        described["InputPath"] = json!(path);
    }
    if target.input_transformer {
        described["InputTransformer"] = json!({ "InputPathsMap": { "id": "$.id" }, "InputTemplate": "\"event <id>\"" });
    }
    if let Some(arn) = &target.dead_letter_arn {
        described["DeadLetterConfig"] = json!({ "Arn": arn });
    }
    if let Some(retry) = target.retry {
        described["RetryPolicy"] = json!({
            "MaximumEventAgeInSeconds": retry.maximum_event_age_in_seconds,
            "MaximumRetryAttempts": retry.maximum_retry_attempts,
        });
    }
    described
}

/// The page that `NextToken` and `Limit` ask for, as in the answer. Each item comes with its sort key.
fn page(name: &str, items: impl Iterator<Item = (String, Value)>, params: &Params) -> Result<Value, ApiError> {
    let limit = params.number("Limit", 1, MAX_PAGE)?.unwrap_or(MAX_PAGE);
    let page = cut(items.collect(), params.text("NextToken")?, usize::try_from(limit).ok())?;
    let items: Vec<Value> = page.items.into_iter().map(|(_, item)| item).collect();
    let mut answer = json!({ name: items });
    if let Some(token) = page.next_token {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}

fn not_found(message: String) -> ApiError {
    ApiError::new(400, "ResourceNotFoundException", message)
}
