//! The queue, its policy, its redrive policy and its encryption.

use autotag_fake_aws::{Fault, Key, On};
use serde_json::{Value, json};

use super::world::{DEAD, EVENTS, UNDELIVERED, World, each, queue_arn, rule_arn};

type Break = fn(&World);

#[test]
fn what_is_wrong_with_the_queue_is_found_and_nothing_else() {
    let cases: [(Break, &str, &str, &str); 11] = [
        (
            |world| world.aws.set_queue_attribute(EVENTS, "VisibilityTimeout", "0"),
            "visibility",
            "such as the console",
            "VisibilityTimeout=60",
        ),
        (
            |world| world.aws.set_queue_attribute(EVENTS, "MessageRetentionPeriod", "3600"),
            "retention",
            "1 hour:",
            "MessageRetentionPeriod=345600",
        ),
        (|world| world.aws.set_queue_attribute(EVENTS, "DelaySeconds", "30"), "delay", "for 30 s", "DelaySeconds=0"),
        (
            |world| world.aws.set_queue_attribute(EVENTS, "RedrivePolicy", ""),
            "dead-letter-queue",
            "has no dead-letter queue",
            "maxReceiveCount of 20",
        ),
        (|world| redrive(world, 3), "dead-letter-queue", "after 3 receives", "to 20"),
        (
            |world| world.aws.delete_queue(DEAD),
            "dead-letter-queue",
            "which is not there",
            "Make the dead-letter queue again",
        ),
        (
            |world| world.aws.set_queue_attribute(DEAD, "MessageRetentionPeriod", "345600"),
            "dead-letter-queue",
            "what moves there late is gone soon",
            "1209600",
        ),
        (
            |world| drop(world.aws.send(DEAD, "{}")),
            "dead-letters",
            "1 message could not be processed",
            "start-message-move-task",
        ),
        (
            |world| drop(world.aws.send(UNDELIVERED, "{}")),
            "dead-letters",
            "EventBridge could not deliver 1 event",
            "ERROR_MESSAGE",
        ),
        (|world| world.aws.delete_queue(UNDELIVERED), "dead-letters", UNDELIVERED, "Make it again"),
        (
            |world| drop(world.aws.send(EVENTS, "{}")),
            "backlog",
            "1 message in the queue, and no host works on any",
            "`host run` runs",
        ),
    ];
    each(&cases, |(break_it, check, says, fix)| {
        let world = World::new();
        break_it(&world);
        world.examined().assert_only(check, "wrong", says, fix);
    });
}

fn redrive(world: &World, receives: u32) {
    let policy = json!({"deadLetterTargetArn": queue_arn(DEAD), "maxReceiveCount": receives});
    world.aws.set_queue_attribute(EVENTS, "RedrivePolicy", &policy.to_string());
}

#[test]
fn a_queue_that_is_not_there_is_wrong_and_what_would_be_seen_of_it_is_not_said() {
    let world = World::new();
    world.aws.delete_queue(EVENTS);
    let diagnosis = world.examined();
    diagnosis.assert_only("queue", "wrong", "there is no queue at http", "the output QueueUrl");
    assert!(diagnosis.findings().iter().all(|finding| finding["check"] != "backlog"));
}

#[test]
fn a_policy_that_shuts_the_rules_out_is_wrong_and_the_statement_that_is_missing_is_printed() {
    const SHUT_OUT: &str = "nothing of theirs comes there";
    let cases: [(Break, &str, &str); 6] = [
        (
            |world| world.aws.set_queue_attribute(EVENTS, "Policy", ""),
            "has no policy",
            "\"Service\":\"events.amazonaws.com\"",
        ),
        (|world| set(world, "Principal", json!({"Service": "sns.amazonaws.com"})), SHUT_OUT, "rule/autotag-Ec2Rule1"),
        (|world| set(world, "Action", json!("sqs:ReceiveMessage")), SHUT_OUT, "sqs:SendMessage"),
        (
            |world| set(world, "Condition", json!({"StringEquals": {"aws:SourceAccount": "444455556666"}})),
            SHUT_OUT,
            "\"aws:SourceAccount\":\"111122223333\"",
        ),
        (
            |world| set(world, "Condition", json!({"ArnEquals": {"aws:SourceArn": [rule_arn("Ec2Rule1")]}})),
            "rule/autotag-Ec2Rule2",
            "rule/autotag-S3ExpressRule",
        ),
        (
            |world| {
                world.change_policy(EVENTS, |statement| {
                    statement["Effect"] = "Deny".into();
                    statement["Principal"] = "*".into();
                })
            },
            "by the statement RulesSendEvents",
            "Take EventBridge out",
        ),
    ];
    each(&cases, |(break_it, says, fix)| {
        let world = World::new();
        break_it(&world);
        world.examined().assert_only("queue-policy", "wrong", says, fix);
    });
}

#[test]
fn a_queue_for_undelivered_events_that_refuses_them_is_wrong() {
    let world = World::new();
    world.aws.set_queue_attribute(UNDELIVERED, "Policy", "");
    world.examined().assert_only(
        "queue-policy",
        "wrong",
        &queue_arn(UNDELIVERED),
        "\"Service\":\"events.amazonaws.com\"",
    );
    let world = World::new();
    world.aws.set_queue_attribute(UNDELIVERED, "KmsMasterKeyId", "alias/aws/sqs");
    world.examined().assert_only("queue-encryption", "wrong", &queue_arn(UNDELIVERED), "SqsManagedSseEnabled=true");
}

#[test]
fn a_policy_that_the_doctor_does_not_understand_is_not_called_wrong() {
    let world = World::new();
    set(&world, "Condition", json!({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}));
    world.examined().assert_only("queue-policy", "cannot_tell", "DateGreaterThan", "Read the queue's policy");
}

fn set(world: &World, key: &str, value: Value) {
    world.change_policy(EVENTS, |statement| statement[key] = value);
}

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn encrypt(world: &World, statement: Value, enabled: bool) {
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    let id = KEY.rsplit('/').next().unwrap();
    world.aws.put_key(Key { enabled, ..Key::new(id, policy) });
    world.aws.set_queue_attribute(EVENTS, "KmsMasterKeyId", KEY);
}

fn lets_eventbridge_in(actions: Value) -> Value {
    json!({
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": actions, "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
    })
}

#[test]
fn a_key_that_keeps_eventbridge_out_is_wrong() {
    let cases: [(Break, &str, &str); 5] = [
        (
            |world| {
                encrypt(
                    world,
                    json!({"Sid": "DenyAll", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}),
                    true,
                )
            },
            "by the statement DenyAll",
            "Take EventBridge out",
        ),
        (
            |world| world.aws.set_queue_attribute(EVENTS, "KmsMasterKeyId", "alias/aws/sqs"),
            "the key that AWS manages",
            "SqsManagedSseEnabled=true",
        ),
        (
            |world| {
                let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
                let own = json!({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"});
                encrypt(world, own, true);
            },
            "does not let EventBridge do kms:GenerateDataKey",
            "\"Service\":\"events.amazonaws.com\"",
        ),
        (
            |world| encrypt(world, lets_eventbridge_in(json!("kms:GenerateDataKey")), true),
            "do kms:Decrypt",
            "kms:Decrypt",
        ),
        (
            |world| encrypt(world, lets_eventbridge_in(json!("kms:*")), false),
            "which is not enabled",
            "aws kms enable-key",
        ),
    ];
    each(&cases, |(break_it, says, fix)| {
        let world = World::new();
        break_it(&world);
        world.examined().assert_only("queue-encryption", "wrong", says, fix);
    });
}

#[test]
fn a_key_that_lets_eventbridge_in_is_as_it_should_be_and_the_templates_is_one() {
    let world = World::with_parameters(&[("KmsKey", "new")]);
    assert_eq!(world.examined().troubles(), []);
    let world = World::new();
    encrypt(&world, lets_eventbridge_in(json!(["kms:GenerateDataKey*", "kms:Decrypt"])), true);
    assert_eq!(world.examined().troubles(), []);
}

#[test]
fn what_may_not_be_seen_of_the_queue_is_not_called_wrong() {
    let world = World::new();
    world.aws.fault(On::action("GetQueueAttributes"), Fault::AccessDenied);
    let diagnosis = world.examined();
    diagnosis.assert_only("queue", "cannot_tell", "AccessDenied", "Allow sqs:GetQueueAttributes");

    each(&["DescribeKey", "GetKeyPolicy"], |action| {
        let world = World::new();
        encrypt(&world, lets_eventbridge_in(json!("kms:*")), true);
        world.aws.fault(On::action(action), Fault::AccessDenied);
        world.examined().assert_only("queue-encryption", "cannot_tell", "AccessDenied", &format!("Allow kms:{action}"));
    });

    let world = World::new();
    world.aws.fault(On::action("GetQueueUrl").touching(DEAD), Fault::AccessDenied);
    world.examined().assert_only("dead-letter-queue", "cannot_tell", "AccessDenied", "Allow sqs:GetQueueUrl");
}

#[test]
fn a_queue_that_does_not_answer_is_the_networks_fault_and_one_that_throttles_is_not() {
    let world = World::new();
    world.aws.fault(On::action("GetQueueAttributes").touching(EVENTS), Fault::DropBeforeEffect);
    world.examined().assert_only("queue", "wrong", "does not answer", "VPC endpoint");
    let world = World::new();
    world.aws.fault(On::action("GetQueueAttributes").touching(EVENTS), Fault::error(403, "RequestThrottled"));
    world.examined().assert_only("queue", "cannot_tell", "RequestThrottled", "Run it again");
}

#[test]
fn a_host_that_may_not_receive_or_acknowledge_messages_is_wrong() {
    each(&["DeleteMessage", "ChangeMessageVisibility", "ReceiveMessage"], |action| {
        let world = World::new();
        world.aws.fault(On::action(action), Fault::AccessDenied);
        world.examined().assert_only(
            "queue-permissions",
            "wrong",
            &format!("sqs:{action} is not allowed"),
            "HostPolicy",
        );
    });
}
