//! The dead-letter queues, and what lies in them.

use autotag_aws::tagger::AwsError;
use autotag_core::resource::Arn;
use autotag_core::text::count;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use super::deployment::Deployment;
use super::finding::{Check, Findings};
use super::queue::{ExaminedQueue, Unseen, days};

/// The least `maxReceiveCount`: waiting 45 minutes for a resource that is still being made takes 13 receives, and good
/// messages must not end as dead letters.
const FEWEST_RECEIVES: u64 = 14;

/// Looks at the queue's redrive policy, and at the dead-letter queue that it names, whose ARN it returns.
pub(super) async fn examine(
    queue: &ExaminedQueue,
    deployment: &Deployment<'_>,
    findings: &mut Findings,
) -> Option<String> {
    let policy =
        queue.text(&QueueAttributeName::RedrivePolicy).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let target = policy.as_ref().and_then(|policy| policy.get("deadLetterTargetArn")?.as_str());
    let (Some(policy), Some(target)) = (&policy, target) else {
        let says = "the queue has no dead-letter queue: what can never succeed comes again until the queue forgets it";
        let fix = "Give it a redrive policy with a maxReceiveCount of 20; infra/autotag.yaml has one.";
        findings.wrong(Check::DeadLetterQueue, says, fix);
        return None;
    };
    let receives = policy.get("maxReceiveCount").and_then(number).unwrap_or_default();
    let found = match by_arn(&deployment.sqs(), target).await {
        Ok(found) => found,
        Err(Unseen::Missing) => {
            let says = format!("the queue's redrive policy names {target}, which is not there");
            let fix = "Make the dead-letter queue again, or name another one in the queue's redrive policy.";
            findings.wrong(Check::DeadLetterQueue, says, fix);
            return Some(target.to_owned());
        }
        Err(Unseen::Failed(failure)) => {
            let action = "sqs:GetQueueUrl and sqs:GetQueueAttributes on the dead-letter queue";
            findings.unseen(Check::DeadLetterQueue, &failure, action);
            return Some(target.to_owned());
        }
    };
    let kept = |queue: &ExaminedQueue| queue.number(&QueueAttributeName::MessageRetentionPeriod);
    if receives < FEWEST_RECEIVES {
        let says = format!(
            "a message goes to {target} after {receives} receives; waiting for what is still being made can take 13"
        );
        findings.wrong(Check::DeadLetterQueue, says, "Set maxReceiveCount of the queue's redrive policy to 20.");
    } else if kept(&found) <= kept(queue) {
        let says = format!(
            "{target} keeps a message for {}, and the queue for {}, counted from the same moment: what moves there late is gone soon",
            days(kept(&found)),
            days(kept(queue))
        );
        let fix = "Set the dead-letter queue's MessageRetentionPeriod above the queue's: 1209600, which is 14 days, is the most.";
        findings.wrong(Check::DeadLetterQueue, says, fix);
    } else {
        let says =
            format!("after {receives} receives a message goes to {target}, which keeps it for {}", days(kept(&found)));
        findings.ok(Check::DeadLetterQueue, says);
    }
    if found.messages() > 0 {
        let says = format!("{} could not be processed: see {target}", count(found.messages(), "message"));
        let fix = format!(
            "The log of `host run` has the reason of each (outcomes refused, failed, unreadable, retry). When it is gone: aws sqs \
             start-message-move-task --source-arn {target}"
        );
        findings.wrong(Check::DeadLetters, says, fix);
    } else {
        findings.ok(Check::DeadLetters, format!("{target} is empty"));
    }
    Some(target.to_owned())
}

/// Looks at the dead-letter queue for what EventBridge cannot deliver, and returns it if it can be seen.
pub(super) async fn examine_undelivered(
    target: &str,
    queue: &ExaminedQueue,
    deployment: &Deployment<'_>,
    findings: &mut Findings,
) -> Option<ExaminedQueue> {
    match by_arn(&deployment.sqs(), target).await {
        Ok(found) => {
            if found.messages() > 0 {
                let says = format!("EventBridge could not deliver {}: see {target}", count(found.messages(), "event"));
                let fix = format!(
                    "The attributes ERROR_CODE and ERROR_MESSAGE of each message say why. When the reason is gone: aws sqs \
                     start-message-move-task --source-arn {target} --destination-arn {}",
                    queue.arn
                );
                findings.wrong(Check::DeadLetters, says, fix);
            } else {
                findings.ok(Check::DeadLetters, format!("{target} is empty"));
            }
            Some(found)
        }
        Err(Unseen::Missing) => {
            let says = format!("events that EventBridge cannot deliver would go to {target}, which is not there");
            findings.wrong(Check::DeadLetters, says, "Make it again, or name another one in the rule's target.");
            None
        }
        Err(Unseen::Failed(failure)) => {
            let action = format!("sqs:GetQueueUrl and sqs:GetQueueAttributes on {target}");
            findings.unseen(Check::DeadLetters, &failure, &action);
            None
        }
    }
}

/// The queue of an ARN.
pub(super) async fn by_arn(client: &Client, arn: &str) -> Result<ExaminedQueue, Unseen> {
    let parts = Arn::parse(arn).ok_or(Unseen::Missing)?;
    let asked = client.get_queue_url().queue_name(parts.resource).queue_owner_aws_account_id(parts.account);
    match asked.send().await {
        Ok(answer) => ExaminedQueue::describe(client, answer.queue_url().unwrap_or_default()).await,
        Err(error) if error.as_service_error().is_some_and(|error| error.is_queue_does_not_exist()) => {
            Err(Unseen::Missing)
        }
        Err(error) => Err(Unseen::Failed(AwsError::of("GetQueueUrl", error))),
    }
}

/// SQS writes `maxReceiveCount` as a number or as a string.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
