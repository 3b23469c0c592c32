//! Whether a queue's encryption lets EventBridge in: a customer managed key must allow it, and the AWS managed key
//! never does.

use autotag_aws::tagger::AwsError;
use autotag_core::resource::{Arn, domain_of};
use autotag_iam_policy::Decision;
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeyState};
use aws_sdk_sqs::types::QueueAttributeName;

use super::deployment::Deployment;
use super::finding::{Check, Findings};
use super::queue::ExaminedQueue;
use super::resource_policy;

/// What EventBridge does with the key for each message.
const ACTIONS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

/// The alias of the AWS managed key for SQS, known without asking KMS.
const MANAGED_BY_AWS: &str = "alias/aws/sqs";

/// What to do if the policy itself is not understood.
const READ_IT: &str = "Read the key's policy: events.amazonaws.com needs kms:GenerateDataKey and kms:Decrypt.";

/// Looks at the key of the queue, if it has one of its own; `rules` are the ARNs of the rules that send to it.
pub(super) async fn examine(
    queue: &ExaminedQueue,
    rules: &[String],
    deployment: &Deployment<'_>,
    findings: &mut Findings,
) {
    let Some(key) = queue.text(&QueueAttributeName::KmsMasterKeyId).filter(|key| !key.is_empty()) else {
        let says = format!("{} has no key of its own, so that EventBridge needs none", queue.arn);
        return findings.ok(Check::QueueEncryption, says);
    };
    if key.ends_with(MANAGED_BY_AWS) {
        return managed_by_aws(queue, key, findings);
    }
    let client = Client::new(&deployment.sdk);
    let metadata = match client.describe_key().key_id(key).send().await {
        Ok(answer) => answer.key_metadata,
        Err(error) => {
            let failure = AwsError::of("DescribeKey", error);
            return findings.unseen(Check::QueueEncryption, &failure, &format!("kms:DescribeKey on {key}"));
        }
    };
    let Some(metadata) = metadata else {
        return findings.cannot_tell(
            Check::QueueEncryption,
            format!("KMS says nothing of {key}"),
            "Run the doctor again.",
        );
    };
    if metadata.key_manager() == Some(&KeyManagerType::Aws) {
        return managed_by_aws(queue, key, findings);
    }
    if !metadata.enabled() {
        let says =
            format!("{} is encrypted with {key}, which is not enabled: no principal can send or receive", queue.arn);
        return findings.wrong(Check::QueueEncryption, says, how_to_enable(&metadata));
    }
    let policy = match client.get_key_policy().key_id(metadata.key_id()).policy_name("default").send().await {
        Ok(answer) => answer.policy.unwrap_or_default(),
        Err(error) => {
            let failure = AwsError::of("GetKeyPolicy", error);
            return findings.unseen(Check::QueueEncryption, &failure, &format!("kms:GetKeyPolicy on {key}"));
        }
    };
    examine_policy(&policy, metadata.arn().unwrap_or(key), queue, rules, deployment, findings);
}

fn managed_by_aws(queue: &ExaminedQueue, key: &str, findings: &mut Findings) {
    let says = format!(
        "{} is encrypted with {key}, the key that AWS manages: EventBridge cannot use it, and delivers nothing",
        queue.arn
    );
    let sse = queue.how_to_set("SqsManagedSseEnabled=true");
    let fix = format!("Encrypt it with SSE-SQS ({sse}), or with a customer key that lets events.amazonaws.com in.");
    findings.wrong(Check::QueueEncryption, says, fix);
}

fn how_to_enable(key: &KeyMetadata) -> String {
    let enable = format!("aws kms enable-key --key-id {}", key.key_id());
    match key.key_state() {
        Some(KeyState::PendingDeletion) => {
            format!("It is about to be deleted: aws kms cancel-key-deletion --key-id {} && {enable}", key.key_id())
        }
        _ => enable,
    }
}

fn examine_policy(
    policy: &str,
    key: &str,
    queue: &ExaminedQueue,
    rules: &[String],
    deployment: &Deployment<'_>,
    findings: &mut Findings,
) {
    if rules.is_empty() {
        let says = format!("whether {key} lets EventBridge in: no rule is known to ask for");
        return findings.cannot_tell(Check::QueueEncryption, says, "See what is said of the rules first.");
    }
    let via = format!("sqs.{}.{}", deployment.region, domain_of(&deployment.region));
    let extra = [("kms:ViaService", via.as_str()), ("kms:EncryptionContext:aws:sqs:arn", queue.arn.as_str())];
    for (rule, action) in rules.iter().flat_map(|rule| ACTIONS.map(|action| (rule, action))) {
        let nothing = "EventBridge delivers nothing";
        match resource_policy::decide_for_rule(policy, rule, action, key, &extra) {
            Ok(Decision::Allowed { .. }) => {}
            Ok(Decision::Unknown { reason }) => {
                return findings.cannot_tell(Check::QueueEncryption, format!("{key}: {reason}"), READ_IT);
            }
            Ok(Decision::ExplicitDeny { sid }) => {
                let sid = sid.unwrap_or_else(|| "without a Sid".to_owned());
                let says =
                    format!("the policy of {key} denies {action} to EventBridge, by the statement {sid}: {nothing}");
                let fix = "Take EventBridge out of that statement, for example by aws:PrincipalIsAWSService.";
                return findings.wrong(Check::QueueEncryption, says, fix);
            }
            Ok(Decision::ImplicitDeny) => {
                let says = format!("the policy of {key} does not let EventBridge do {action} for {rule}: {nothing}");
                let fix = format!("Add this statement to the key's policy: {}", statement(rule));
                return findings.wrong(Check::QueueEncryption, says, fix);
            }
            Err(error) => {
                return findings.cannot_tell(Check::QueueEncryption, format!("the policy of {key}: {error}"), READ_IT);
            }
        }
    }
    findings
        .ok(Check::QueueEncryption, format!("{key} lets EventBridge in for every rule that sends to {}", queue.arn));
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
