//! Whether a queue's or a key's own policy lets EventBridge act on behalf of a rule.

use autotag_core::resource::Arn;
use autotag_iam_policy::{Decision, Policy, PolicyError, Principal, Request, decide};
use serde_json::Value;

/// The service principal that delivers events.
const EVENTBRIDGE: &str = "events.amazonaws.com";

/// Condition keys that AWS sets for EventBridge, whose values the doctor does not know.
const UNKNOWN_KEYS: [&str; 4] = ["aws:SourceOrgID", "aws:SourceOrgPaths", "aws:ResourceOrgID", "aws:ResourceOrgPaths"];

/// Whether EventBridge may do something on behalf of a rule.
pub(super) fn decide_for_rule(
    policy: &str,
    rule: &str,
    action: &str,
    resource: &str,
    extra: &[(&str, &str)],
) -> Result<Decision, PolicyError> {
    let account = Arn::parse(rule).map(|arn| arn.account).unwrap_or_default();
    let (region, owner) = Arn::parse(resource).map(|arn| (arn.region, arn.account)).unwrap_or_default();
    let request = Request::new(Principal::Service(EVENTBRIDGE.to_owned()), action, resource)
        .with("aws:SourceArn", rule)
        .with("aws:SourceAccount", account)
        .with("aws:ResourceAccount", owner)
        .with("aws:RequestedRegion", region)
        .with("aws:SecureTransport", "true");
    let request = extra.iter().fold(request, |request, (key, value)| request.with(key, value));
    let decision = decide(&[Policy::parse(policy)?], &request);
    Ok(match unknown_key(policy, &decision) {
        Some(key) => Decision::Unknown { reason: format!("it depends on {key}") },
        None => decision,
    })
}

/// A condition key that a refusal may depend on and whose value is not known.
fn unknown_key(policy: &str, decision: &Decision) -> Option<&'static str> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let statements = policy.get("Statement")?;
    let statements = statements.as_array().map_or_else(|| vec![statements], |statements| statements.iter().collect());
    let is = |statement: &Value, key: &str, text: &str| statement.get(key).and_then(Value::as_str) == Some(text);
    let mut deciding = statements.into_iter().filter(|statement| match decision {
        Decision::ExplicitDeny { sid: Some(sid) } => is(statement, "Sid", sid),
        Decision::ExplicitDeny { sid: None } => is(statement, "Effect", "Deny"),
        // Any of them may be the one that allows it.
        Decision::ImplicitDeny => is(statement, "Effect", "Allow"),
        Decision::Allowed { .. } | Decision::Unknown { .. } => false,
    });
    deciding.find_map(|statement| UNKNOWN_KEYS.into_iter().find(|key| has_key(statement, key)))
}

fn has_key(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(own, value)| own.eq_ignore_ascii_case(key) || has_key(value, key)),
        Value::Array(elements) => elements.iter().any(|element| has_key(element, key)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RULE: &str = "arn:aws:events:eu-central-1:111122223333:rule/Ec2Rule1";
    const QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:autotag";

    fn decided(condition: &Value) -> Decision {
        let policy = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": EVENTBRIDGE}, "Action": "sqs:SendMessage", "Resource": QUEUE,
            "Condition": condition,
        }]});
        decide_for_rule(&policy.to_string(), RULE, "sqs:SendMessage", QUEUE, &[]).unwrap()
    }

    #[test]
    fn what_depends_on_a_key_whose_value_is_not_known_cannot_be_told() {
        assert!(decided(&json!({"ArnLike": {"aws:SourceArn": RULE}})).is_allowed());
        assert_eq!(decided(&json!({"ArnLike": {"aws:SourceArn": "x"}})), Decision::ImplicitDeny);
        let organization = decided(&json!({"StringEquals": {"aws:sourceOrgId": "o-a1b2c3d4e5"}}));
        assert_eq!(organization, Decision::Unknown { reason: "it depends on aws:SourceOrgID".into() });
        assert!(decided(&json!({"StringEquals": {"aws:ResourceAccount": "111122223333"}})).is_allowed());
    }

    #[test]
    fn a_denial_is_one_whatever_other_statements_depend_on() {
        let policy = json!({"Statement": [
            {"Sid": "DenyAll", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
             "Condition": {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}},
        ]});
        let decision = decide_for_rule(&policy.to_string(), RULE, "sqs:SendMessage", QUEUE, &[]).unwrap();
        assert_eq!(decision, Decision::ExplicitDeny { sid: Some("DenyAll".into()) });
    }
}
