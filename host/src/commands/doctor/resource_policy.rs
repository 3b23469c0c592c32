//! Whether a queue's or a key's own policy lets EventBridge act on behalf of a rule.

use autotag_core::resource::Arn;
use autotag_iam_policy::{Decision, Policy, PolicyError, Principal, Request, decide};

/// The service principal that delivers events.
const EVENTBRIDGE: &str = "events.amazonaws.com";

/// The condition keys that AWS certainly does not set for EventBridge: they tell of users, roles and their requests. Of
/// others, such as `aws:SourceOrgID`, the doctor does not know the values.
const ABSENT: [&str; 14] = [
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalTag/",
    "aws:SourceIdentity",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:TokenIssueTime",
    "aws:userid",
    "aws:username",
];

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
    Ok(decide(&[Policy::parse(policy)?], &request.with_unknown_keys_except(&ABSENT)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
        for (operator, key) in [
            ("StringEquals", "aws:sourceOrgId"),
            ("StringNotEquals", "aws:SourceOrgID"),
            ("StringEquals", "aws:ResourceOrgID"),
            ("StringEquals", "aws:ResourceTag/Team"),
            ("Bool", "aws:ViaAWSService"),
            ("ForAnyValue:StringEquals", "aws:PrincipalServiceNamesList"),
        ] {
            let decision = decided(&json!({operator: {key: "true"}}));
            let reason = format!("statement 1: it depends on {key}");
            assert_eq!(decision, Decision::Unknown { reason });
        }
        assert_eq!(decided(&json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})), Decision::ImplicitDeny);
        assert!(decided(&json!({"Bool": {"aws:PrincipalIsAWSService": "true"}})).is_allowed());
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
