//! Whether a queue's policy lets EventBridge in for each rule that sends to it.

use autotag_core::resource::Arn;
use autotag_iam_policy::Decision;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use super::finding::{Check, Findings};
use super::queue::ExaminedQueue;
use super::resource_policy;

/// Looks at the policy; `rules` are the ARNs of the rules that send to the queue, or that have it as their dead-letter
/// queue.
pub(super) fn examine(queue: &ExaminedQueue, rules: &[String], findings: &mut Findings) {
    let arn = &queue.arn;
    if rules.is_empty() {
        let says = format!("no rule is known for which {arn} would have to let EventBridge in");
        return findings.cannot_tell(Check::QueuePolicy, says, "See what is said of the rules first.");
    }
    let Some(policy) = queue.text(&QueueAttributeName::Policy).filter(|policy| !policy.is_empty()) else {
        let says = format!("{arn} has no policy: EventBridge may not send to it, and delivers nothing");
        let fix = format!("Give it a policy with this statement: {}", statement(queue, rules));
        return findings.wrong(Check::QueuePolicy, says, fix);
    };
    let (mut shut_out, mut denied, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        match resource_policy::decide_for_rule(policy, rule, "sqs:SendMessage", arn, &[]) {
            Ok(Decision::Allowed { .. }) => {}
            Ok(Decision::ImplicitDeny) => shut_out.push(rule.clone()),
            Ok(Decision::ExplicitDeny { sid }) => {
                denied.push((rule, sid.unwrap_or_else(|| "without a Sid".to_owned())))
            }
            Ok(Decision::Unknown { reason }) => unclear.push(format!("the policy of {arn} for {rule}: {reason}")),
            Err(error) => unclear.push(format!("the policy of {arn}: {error}")),
        }
    }
    if let Some((rule, sid)) = denied.first() {
        let says = format!("the policy of {arn} denies EventBridge to send for {rule}, by the statement {sid}");
        let fix = "Take EventBridge out of that statement, for example by aws:PrincipalIsAWSService.";
        return findings.wrong(Check::QueuePolicy, says, fix);
    }
    if !shut_out.is_empty() {
        let rules = shut_out.join(", ");
        let says =
            format!("the policy of {arn} does not let EventBridge send for {rules}: nothing of theirs comes there");
        let fix = format!("Add this statement to it: {}", statement(queue, &shut_out));
        return findings.wrong(Check::QueuePolicy, says, fix);
    }
    match unclear.first() {
        Some(reason) => {
            let fix = "Read the queue's policy: it must let events.amazonaws.com do sqs:SendMessage for each rule.";
            findings.cannot_tell(Check::QueuePolicy, reason.clone(), fix);
        }
        None => findings.ok(Check::QueuePolicy, format!("{arn} lets EventBridge send for every rule that is known")),
    }
}

fn statement(queue: &ExaminedQueue, rules: &[String]) -> String {
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
