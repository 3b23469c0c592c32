//! Whether the queue's encryption lets EventBridge in: a customer's key must let it, and the key that AWS manages never does.

use aws_sdk_kms::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use super::deployment::Deployment;
use super::finding::{Check, Findings};
use super::queue::Queue;
use super::resource_policy;
use crate::policy::Decision;
use crate::resource::Arn;
use crate::tagger::Failure;

/// What EventBridge does with the key for each message.
const ACTIONS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

/// Looks at the key of the queue, if it has one of its own; `rules` are the ARNs of the rules that send to it.
pub(super) async fn examine(queue: &Queue, rules: &[String], deployment: &Deployment<'_>, findings: &mut Findings) {
    let Some(key) = queue.text(&QueueAttributeName::KmsMasterKeyId).filter(|key| !key.is_empty()) else {
        return findings.ok(Check::QueueEncryption, "the queue has no key of its own, so that EventBridge needs none");
    };
    let client = Client::new(&deployment.sdk);
    let described = match client.describe_key().key_id(key).send().await {
        Ok(answer) => answer.key_metadata,
        Err(error) => {
            let failure = Failure::of("DescribeKey", error);
            return findings.unseen(Check::QueueEncryption, &failure, &format!("kms:DescribeKey on {key}"));
        }
    };
    let Some(metadata) = described else {
        return findings.cannot_tell(
            Check::QueueEncryption,
            format!("KMS says nothing of {key}"),
            "Run the doctor again.",
        );
    };
    if metadata.key_manager() == Some(&aws_sdk_kms::types::KeyManagerType::Aws) {
        let says = format!(
            "the queue is encrypted with {key}, the key that AWS manages: EventBridge cannot use it, and delivers nothing"
        );
        let fix = format!(
            "Encrypt it with SSE-SQS: aws sqs set-queue-attributes --queue-url {} --attributes SqsManagedSseEnabled=true; or with a \
             customer key that lets events.amazonaws.com in.",
            deployment.service.queue_url.as_str()
        );
        return findings.wrong(Check::QueueEncryption, says, fix);
    }
    if !metadata.enabled() {
        let says = format!("the queue is encrypted with {key}, which is not enabled: nobody can send or receive");
        let fix = format!("aws kms enable-key --key-id {}", metadata.key_id());
        return findings.wrong(Check::QueueEncryption, says, fix);
    }
    let policy = match client.get_key_policy().key_id(metadata.key_id()).policy_name("default").send().await {
        Ok(answer) => answer.policy.unwrap_or_default(),
        Err(error) => {
            let failure = Failure::of("GetKeyPolicy", error);
            return findings.unseen(Check::QueueEncryption, &failure, &format!("kms:GetKeyPolicy on {key}"));
        }
    };
    let key_arn = metadata.arn().unwrap_or(key);
    let via = format!("sqs.{}.amazonaws.com", deployment.region);
    let extra = [("kms:ViaService", via.as_str()), ("kms:EncryptionContext:aws:sqs:arn", queue.arn.as_str())];
    for rule in rules {
        for action in ACTIONS {
            match resource_policy::decide_for_rule(&policy, rule, action, key_arn, &extra) {
                Ok(Decision::Allowed { .. }) => {}
                Ok(Decision::CannotTell { why }) => {
                    let fix = "Read the key's policy: events.amazonaws.com needs kms:GenerateDataKey and kms:Decrypt.";
                    return findings.cannot_tell(Check::QueueEncryption, format!("{key}: {why}"), fix);
                }
                Ok(Decision::Denied { .. } | Decision::NotAllowed) => {
                    return findings.wrong(
                        Check::QueueEncryption,
                        format!(
                            "the policy of {key} does not let EventBridge do {action} for {rule}: it delivers nothing"
                        ),
                        format!("Add this statement to the key's policy: {}", statement(rule)),
                    );
                }
                Err(error) => {
                    let fix = "Read the key's policy: events.amazonaws.com needs kms:GenerateDataKey and kms:Decrypt.";
                    return findings.cannot_tell(Check::QueueEncryption, format!("the policy of {key}: {error}"), fix);
                }
            }
        }
    }
    if rules.is_empty() {
        findings.cannot_tell(
            Check::QueueEncryption,
            format!("whether {key} lets EventBridge in: no rule is known to ask for"),
            "See what is said of the rules first.",
        );
    } else {
        findings.ok(Check::QueueEncryption, format!("{key} lets EventBridge in for every rule"));
    }
}

fn statement(rule: &str) -> String {
    let account = Arn::parse(rule).map(|arn| arn.account).unwrap_or_default();
    serde_json::json!({
        "Sid": "EventBridgeEncrypts",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ACTIONS,
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    })
    .to_string()
}
