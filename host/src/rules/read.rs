//! Reads deployed rules from EventBridge.

use std::collections::BTreeSet;

use autotag_core::text::{error_chain, sanitize};
use autotag_eventbridge_rules::{DeployedRule, InputTransformation, Target};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
use aws_sdk_eventbridge::types;

/// Why rules could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such rule.
    #[error("there is no rule {name} on the event bus {event_bus}: check the name, the Region and the account")]
    NoRule {
        /// The name that no rule has.
        name: String,
        /// The event bus on which it was looked for.
        event_bus: String,
    },
    /// There is no such event bus.
    #[error("there is no event bus {event_bus}: check the name, the Region and the account")]
    NoBus {
        /// The name that no event bus has.
        event_bus: String,
    },
    /// EventBridge does not let the caller read.
    #[error("{call} is not allowed: {cause}; allow events:{call}")]
    Denied {
        /// The EventBridge operation.
        call: &'static str,
        /// What AWS says.
        cause: String,
    },
    /// EventBridge does not answer, or answers with another error.
    #[error("{call}: {cause}")]
    Failed {
        /// The EventBridge operation.
        call: &'static str,
        /// What went wrong.
        cause: String,
    },
}

/// The rules on an event bus that send to a queue, in the order of their names.
///
/// # Errors
/// If EventBridge does not let them be read.
pub async fn rules_to(client: &Client, queue_arn: &str, event_bus: &str) -> Result<Vec<DeployedRule>, ReadError> {
    const CALL: &str = "ListRuleNamesByTarget";
    let mut names = BTreeSet::new();
    let mut token = None;
    loop {
        let call =
            client.list_rule_names_by_target().target_arn(queue_arn).event_bus_name(event_bus).set_next_token(token);
        let answer = call.send().await.map_err(|error| {
            if error.code() == Some("ResourceNotFoundException") {
                return ReadError::NoBus { event_bus: event_bus.into() };
            }
            failed(CALL, &error)
        })?;
        names.extend(answer.rule_names().iter().cloned());
        token = answer.next_token;
        if token.is_none() {
            break;
        }
    }
    let mut rules = Vec::new();
    for name in names {
        rules.push(rule(client, &name, event_bus).await?);
    }
    Ok(rules)
}

/// One rule, with all its targets.
///
/// # Errors
/// If there is none of the name, or EventBridge does not let it be read.
pub async fn rule(client: &Client, name: &str, event_bus: &str) -> Result<DeployedRule, ReadError> {
    let call = client.describe_rule().name(name).event_bus_name(event_bus);
    let described = call.send().await.map_err(|error| {
        if error.code() == Some("ResourceNotFoundException") {
            return ReadError::NoRule { name: name.into(), event_bus: event_bus.into() };
        }
        failed("DescribeRule", &error)
    })?;
    let mut targets = Vec::new();
    let mut token = None;
    loop {
        let call = client.list_targets_by_rule().rule(name).event_bus_name(event_bus).set_next_token(token);
        let answer = call.send().await.map_err(|error| failed("ListTargetsByRule", &error))?;
        targets.extend(answer.targets().iter().map(target));
        token = answer.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(deployed(described, name, event_bus, targets))
}

fn deployed(described: DescribeRuleOutput, name: &str, event_bus: &str, targets: Vec<Target>) -> DeployedRule {
    DeployedRule {
        name: described.name.unwrap_or_else(|| name.into()),
        arn: described.arn.unwrap_or_default(),
        event_bus: described.event_bus_name.unwrap_or_else(|| event_bus.into()),
        enabled: described.state != Some(types::RuleState::Disabled),
        pattern: described.event_pattern,
        targets,
    }
}

fn target(target: &types::Target) -> Target {
    // `$` is the whole event.
    let by_path = target.input_path().filter(|path| *path != "$").map(|_| InputTransformation::InputPath);
    Target {
        id: target.id().into(),
        arn: target.arn().into(),
        input_transformation: target
            .input()
            .map(|_| InputTransformation::Input)
            .or(by_path)
            .or_else(|| target.input_transformer().map(|_| InputTransformation::InputTransformer)),
        dead_letter_arn: target.dead_letter_config().and_then(types::DeadLetterConfig::arn).map(ToOwned::to_owned),
    }
}

fn failed<E>(call: &'static str, error: &SdkError<E>) -> ReadError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match (error.code(), error.message()) {
        (Some("AccessDeniedException"), message) => {
            ReadError::Denied { call, cause: sanitize(message.unwrap_or("access denied")) }
        }
        (Some(code), Some(message)) => ReadError::Failed { call, cause: sanitize(&format!("{code}: {message}")) },
        _ => ReadError::Failed { call, cause: error_chain(error) },
    }
}
