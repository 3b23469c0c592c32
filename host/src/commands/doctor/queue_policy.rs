//! Whether the queue's policy lets EventBridge in for each rule that sends to it.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use super::deployment::Deployment;
use super::finding::{Check, Findings};
use super::queue::Queue;
use super::resource_policy;
use crate::policy::Decision;
use crate::resource::Arn;

/// Looks at the policy; `rules` are the ARNs of the rules that send to the queue.
pub(super) fn examine(queue: &Queue, rules: &[String], deployment: &Deployment<'_>, findings: &mut Findings) {
    if rules.is_empty() {
        let fix = "See what is said of the rules first.";
        return findings.cannot_tell(
            Check::QueuePolicy,
            "no rule is known for which it would have to let EventBridge in",
            fix,
        );
    }
    let url = deployment.service.queue_url.as_str();
    let set = "aws sqs set-queue-attributes";
    let Some(policy) = queue.text(&QueueAttributeName::Policy).filter(|policy| !policy.is_empty()) else {
        let says = "the queue has no policy: EventBridge may not send to it, and delivers nothing";
        let fix = format!("Give it one with this statement ({set} --queue-url {url}): {}", statement(queue, rules));
        return findings.wrong(Check::QueuePolicy, says, fix);
    };
    let (mut shut_out, mut denied, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        match resource_policy::decide_for_rule(policy, rule, "sqs:SendMessage", &queue.arn, &[]) {
            Ok(Decision::Allowed { .. }) => {}
            Ok(Decision::NotAllowed) => shut_out.push(rule.clone()),
            Ok(Decision::Denied { sid }) => denied.push((rule, sid.unwrap_or_else(|| "without a Sid".to_owned()))),
            Ok(Decision::CannotTell { why }) => unclear.push(format!("for {rule}: {why}")),
            Err(error) => unclear.push(format!("the policy: {error}")),
        }
    }
    if let Some((rule, sid)) = denied.first() {
        let says = format!("the queue's policy denies EventBridge to send for {rule}, by the statement {sid}");
        return findings.wrong(
            Check::QueuePolicy,
            says,
            "Take EventBridge out of that statement, for example by aws:PrincipalIsAWSService.",
        );
    }
    if !shut_out.is_empty() {
        let says = format!(
            "the queue's policy does not let EventBridge send for {}: it delivers nothing of theirs",
            shut_out.join(", ")
        );
        let fix = format!("Add this statement to it ({set} --queue-url {url}): {}", statement(queue, &shut_out));
        return findings.wrong(Check::QueuePolicy, says, fix);
    }
    match unclear.first() {
        Some(why) => findings.cannot_tell(
            Check::QueuePolicy,
            why.clone(),
            "Read the queue's policy: it must let events.amazonaws.com do sqs:SendMessage for each rule.",
        ),
        None => findings.ok(Check::QueuePolicy, format!("it lets EventBridge send for {} rules", rules.len())),
    }
}

fn statement(queue: &Queue, rules: &[String]) -> String {
    let account = rules.first().and_then(|rule| Arn::parse(rule)).map(|arn| arn.account).unwrap_or_default();
    json!({
        "Sid": "RulesSendEvents",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rules}, "StringEquals": {"aws:SourceAccount": account}},
    })
    .to_string()
}
