//! Whether the host may receive messages and acknowledge them.

use autotag_aws::tagger::{AwsError, AwsErrorKind};
use aws_sdk_sqs::Client;

use super::finding::{Check, Findings};

/// Not a valid receipt handle: SQS says so only to a principal that may acknowledge messages.
const NO_RECEIPT: &str = "autotag-doctor";

/// Tries what the host does with the queue. Nothing is acknowledged, and nothing is received unless it is known that
/// there are no `messages`, since each receive counts towards `maxReceiveCount`.
pub(super) async fn examine(client: &Client, url: &str, messages: Option<u64>, findings: &mut Findings) {
    let deleted = client.delete_message().queue_url(url).receipt_handle(NO_RECEIPT).send().await;
    let deleted = deleted.map(drop).map_err(|error| AwsError::of("DeleteMessage", error));
    let hidden = client.change_message_visibility().queue_url(url).receipt_handle(NO_RECEIPT).visibility_timeout(0);
    let hidden = hidden.send().await.map(drop).map_err(|error| AwsError::of("ChangeMessageVisibility", error));
    let mut tried = vec![("sqs:DeleteMessage", deleted), ("sqs:ChangeMessageVisibility", hidden)];
    if messages == Some(0) {
        let received = client.receive_message().queue_url(url).wait_time_seconds(0).visibility_timeout(0).send().await;
        let received = received.map(drop).map_err(|error| AwsError::of("ReceiveMessage", error));
        tried.push(("sqs:ReceiveMessage", received));
    }
    for (action, result) in &tried {
        match result {
            Err(failure) if failure.kind == AwsErrorKind::NotAllowed => {
                let says = format!("{action} is not allowed: {failure}");
                let fix = format!(
                    "Allow {action} on the queue to the host's principal, and kms:Decrypt if a customer key encrypts it; HostPolicy in \
                     infra/autotag.yaml does."
                );
                return findings.wrong(Check::QueuePermissions, says, fix);
            }
            Err(failure)
                if matches!(
                    failure.kind,
                    AwsErrorKind::Throttled | AwsErrorKind::Transient | AwsErrorKind::Credentials
                ) =>
            {
                return findings.unseen(Check::QueuePermissions, failure, action);
            }
            _ => {}
        }
    }
    let allowed: Vec<_> = tried.iter().map(|(action, _)| *action).collect();
    let rest = match messages {
        Some(0) => "",
        Some(_) => "; sqs:ReceiveMessage was not tried, since messages are there",
        None => "; sqs:ReceiveMessage was not tried, since it is not known whether messages are there",
    };
    findings.ok(Check::QueuePermissions, format!("allowed: {}{rest}", allowed.join(", ")));
}
