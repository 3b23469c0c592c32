//! Who may send to the queues, and how.

use autotag_iam_policy::{Decision, Policy, Principal, Request, decide};
use autotag_tests::cloudformation::Stack;

use super::{ACCOUNT, allowed, denied, not_allowed, policy, request, stack};

const RULES: [&str; 5] = ["Ec2Rule1", "Ec2Rule2", "RdsRule", "S3Rule", "S3ExpressRule"];

fn queue_policy(stack: &Stack, name: &str) -> [Policy; 1] {
    [policy(&stack.properties(name)["PolicyDocument"])]
}

/// EventBridge's request on behalf of a rule.
fn event_of(rule: &str, queue: &str) -> Request {
    Request::new(Principal::Service("events.amazonaws.com".into()), "sqs:SendMessage", &arn(queue))
        .with("aws:SourceArn", &format!("arn:aws:events:eu-central-1:{ACCOUNT}:rule/autotag-{rule}-1ABCDEFGHIJKL"))
        .with("aws:SourceAccount", ACCOUNT)
        .with("aws:SecureTransport", "true")
}

fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:{ACCOUNT}:{queue}")
}

#[test]
fn only_the_rules_send_to_the_queue_and_to_the_queue_of_what_is_not_delivered() {
    let stack = stack("autotag.yaml", &[]);
    for (name, queue) in [("QueuePolicy", "autotag"), ("DeliveryDeadLetterQueuePolicy", "autotag-undelivered")] {
        let policy = queue_policy(&stack, name);
        for rule in RULES {
            allowed(&policy, &event_of(rule, queue));
        }
        not_allowed(&policy, &event_of("Ec2Rule3", queue));
        not_allowed(&policy, &event_of("Ec2Rule1", queue).with("aws:SourceAccount", "444455556666"));
        let other = Principal::Service("sns.amazonaws.com".into());
        not_allowed(&policy, &Request { principal: other, ..event_of("Ec2Rule1", queue) });
        // The confused deputy: the service on behalf of no rule.
        let no_rule = Request { context: <_>::default(), ..event_of("Ec2Rule1", queue) };
        not_allowed(&policy, &no_rule);
        // Rules may not receive, either.
        let receive = Request { action: "sqs:ReceiveMessage".into(), ..event_of("Ec2Rule1", queue) };
        not_allowed(&policy, &receive);
    }
    // No principal sends here: SQS moves messages by itself.
    for rule in RULES {
        not_allowed(&queue_policy(&stack, "DeadLetterQueuePolicy"), &event_of(rule, "autotag-dead-letters"));
    }
}

#[test]
fn rules_of_further_plugins_send_too_once_they_are_named() {
    let named = "arn:aws:events:eu-central-1:111122223333:rule/my-plugins-*,\
                 arn:aws:events:eu-central-1:111122223333:rule/autotag-dynamodb";
    let with_more = stack("autotag.yaml", &[("MoreRuleArns", named)]);
    let alone = stack("autotag.yaml", &[]);
    for (name, queue) in [("QueuePolicy", "autotag"), ("DeliveryDeadLetterQueuePolicy", "autotag-undelivered")] {
        let by = |rule: &str| {
            let arn = format!("arn:aws:events:eu-central-1:{ACCOUNT}:rule/{rule}");
            event_of("", queue).with("aws:SourceArn", &arn)
        };
        let policy = queue_policy(&with_more, name);
        for rule in ["my-plugins-SqsRule-1ABCDEFGHIJKL", "autotag-dynamodb"] {
            let decision = decide(&policy, &by(rule));
            assert_eq!(decision, Decision::Allowed { sid: Some("MoreRulesSendEvents".to_owned()) }, "{rule}");
            not_allowed(&policy, &by(rule).with("aws:SourceAccount", "444455556666"));
            not_allowed(&queue_policy(&alone, name), &by(rule));
        }
        not_allowed(&policy, &by("autotag-dynamodb-2"));
        not_allowed(&policy, &by("others"));
        // The stack's own rules keep their permissions.
        allowed(&policy, &event_of("Ec2Rule1", queue));
    }
    // Only SQS sends there, whatever rules there are.
    let dead_letters = queue_policy(&with_more, "DeadLetterQueuePolicy");
    let event = event_of("", "autotag-dead-letters");
    not_allowed(
        &dead_letters,
        &event.with("aws:SourceArn", &format!("arn:aws:events:eu-central-1:{ACCOUNT}:rule/autotag-dynamodb")),
    );
}

#[test]
fn no_user_but_operators_sends_by_hand_whatever_iam_allows() {
    let everything = Policy::parse(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}"#,
    );
    let everything = everything.unwrap();
    let stack = stack("autotag.yaml", &[]);
    let operators = super::stack("autotag.yaml", &[("OperatorArns", "arn:aws:iam::111122223333:role/Operator*")]);
    let queues = [
        ("QueuePolicy", "autotag"),
        ("DeadLetterQueuePolicy", "autotag-dead-letters"),
        ("DeliveryDeadLetterQueuePolicy", "autotag-undelivered"),
    ];
    for (name, queue) in queues {
        let send = |by: &str| request(by, "sqs:SendMessage", &arn(queue));
        for stack in [&stack, &operators] {
            let policies = [everything.clone(), queue_policy(stack, name)[0].clone()];
            denied(&policies, &send("role/Administrator"), "OnlyRulesSend");
            denied(&policies, &send("user/bob"), "OnlyRulesSend");
            denied(&policies, &send("role/autotag-HostRole-1ABCDEFGHIJKL"), "OnlyRulesSend");
            // Everything else is left to IAM.
            allowed(&policies, &request("role/Administrator", "sqs:ReceiveMessage", &arn(queue)));
        }
        let policies = [everything.clone(), queue_policy(&operators, name)[0].clone()];
        let decision = decide(&policies, &send("role/Operators"));
        assert_eq!(decision.is_allowed(), queue == "autotag", "{queue}: {decision:?}");
    }
}

#[test]
fn nothing_goes_by_anything_but_tls() {
    let stack = stack("autotag.yaml", &[]);
    let queues = [
        ("QueuePolicy", "autotag"),
        ("DeadLetterQueuePolicy", "autotag-dead-letters"),
        ("DeliveryDeadLetterQueuePolicy", "autotag-undelivered"),
    ];
    for (name, queue) in queues {
        for action in ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"] {
            let request = Request { action: action.into(), ..event_of("Ec2Rule1", queue) };
            denied(&queue_policy(&stack, name), &request.with("aws:SecureTransport", "false"), "OnlyByTls");
        }
    }
}

#[test]
fn what_is_not_chosen_is_not_let_in() {
    let stack = stack("autotag.yaml", &[("TagRds", "false"), ("TagS3", "false")]);
    let made: Vec<_> = stack.of_type("AWS::Events::Rule").map(|(name, _)| name).collect();
    assert_eq!(made, ["Ec2Rule1", "Ec2Rule2"]);
    for (name, queue) in [("QueuePolicy", "autotag"), ("DeliveryDeadLetterQueuePolicy", "autotag-undelivered")] {
        for rule in RULES {
            let decision = decide(&queue_policy(&stack, name), &event_of(rule, queue));
            assert_eq!(decision.is_allowed(), made.contains(&rule), "{rule}: {decision:?}");
        }
    }
}

#[test]
fn events_of_members_come_by_their_own_bus_alone() {
    let forwarded = |queue| {
        let rule = format!("arn:aws:events:eu-central-1:{ACCOUNT}:rule/autotag/autotag-ForwardedRule-1ABCDEFGHIJKL");
        event_of("", queue).with("aws:SourceArn", &rule)
    };
    let alone = stack("autotag.yaml", &[]);
    not_allowed(&queue_policy(&alone, "QueuePolicy"), &forwarded("autotag"));
    assert!(alone.of_type("AWS::Events::EventBus").next().is_none());
    for parameters in [("MemberAccounts", "444455556666"), ("Regions", "eu-central-1,eu-west-1")] {
        let with_members = stack("autotag.yaml", &[parameters]);
        allowed(&queue_policy(&with_members, "QueuePolicy"), &forwarded("autotag"));
    }
}

/// A request to the central bus by a role of an account.
fn put_event(account: &str, role: &str) -> Request {
    let session = Principal::Aws(format!("arn:aws:sts::{account}:assumed-role/{role}/session"));
    Request::new(session, "events:PutEvents", "arn:aws:events:eu-central-1:111122223333:event-bus/autotag")
        .with("aws:PrincipalArn", &format!("arn:aws:iam::{account}:role/{role}"))
}

fn bus_policy(parameters: &[(&str, &str)]) -> [Policy; 1] {
    let stack = stack("autotag.yaml", parameters);
    let mut statement = stack.properties("MemberBusPolicy")["Statement"].clone();
    statement["Sid"] = stack.properties("MemberBusPolicy")["StatementId"].clone();
    [policy(&serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}))]
}

#[test]
fn only_the_members_rules_put_events_on_the_bus() {
    // A resource policy leaves it to another account which of its roles may; here, only those of that path.
    let left = |policies: &[Policy], request: &Request| matches!(decide(policies, request), Decision::Unknown { .. });
    let policy = bus_policy(&[("MemberAccounts", "444455556666,777788889999")]);
    assert!(left(&policy, &put_event("444455556666", "autotag/Forwarding")));
    assert!(left(&policy, &put_event("777788889999", "autotag/Forwarding")));
    not_allowed(&policy, &put_event("444455556666", "Developer"));
    not_allowed(&policy, &put_event("123456789012", "autotag/Forwarding"));

    let organization = [("MemberAccounts", "444455556666"), ("OrganizationId", "o-a1b2c3d4e5")];
    let policy = bus_policy(&organization);
    assert!(left(&policy, &put_event("444455556666", "autotag/Forwarding").with("aws:PrincipalOrgID", "o-a1b2c3d4e5")));
    not_allowed(&policy, &put_event("444455556666", "autotag/Forwarding").with("aws:PrincipalOrgID", "o-zzzzzzzzzz"));

    let policy = bus_policy(&[("OrganizationId", "o-a1b2c3d4e5")]);
    allowed(&policy, &put_event("123456789012", "autotag/Forwarding").with("aws:PrincipalOrgID", "o-a1b2c3d4e5"));
    not_allowed(&policy, &put_event("123456789012", "Developer").with("aws:PrincipalOrgID", "o-a1b2c3d4e5"));
    not_allowed(&policy, &put_event("123456789012", "autotag/Forwarding"));
}

#[test]
fn eventbridge_may_use_the_key_for_this_account_and_for_no_other() {
    let stack = stack("autotag.yaml", &[("KmsKey", "new")]);
    let key = [policy(&stack.properties("Key")["KeyPolicy"])];
    for queue in ["Queue", "DeadLetterQueue", "DeliveryDeadLetterQueue"] {
        assert_eq!(stack.properties(queue)["KmsMasterKeyId"], stack.outputs["KeyArn"].as_str());
        assert_eq!(stack.properties(queue).get("SqsManagedSseEnabled"), None);
    }
    let encrypt = |action: &str| Request { action: action.into(), ..event_of("Ec2Rule1", "") };
    for action in ["kms:Decrypt", "kms:GenerateDataKey"] {
        allowed(&key, &encrypt(action));
        not_allowed(&key, &encrypt(action).with("aws:SourceAccount", "444455556666"));
    }
    not_allowed(&key, &encrypt("kms:ScheduleKeyDeletion"));
}

#[test]
fn the_grant_for_a_key_of_ones_own_is_that_of_the_key_that_is_made() {
    let arn = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f";
    let given = stack("autotag.yaml", &[("KmsKey", arn)]);
    assert!(given.of_type("AWS::KMS::Key").next().is_none());
    assert_eq!(given.properties("Queue")["KmsMasterKeyId"], arn);
    let said: serde_json::Value = serde_json::from_str(&given.outputs["KeyPolicyStatement"]).unwrap();
    let made = stack("autotag.yaml", &[("KmsKey", "new")]);
    assert_eq!(said, made.properties("Key")["KeyPolicy"]["Statement"][1]);
}
