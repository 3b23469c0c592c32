//! Whether the host may settle what it receives. It is asked with a receipt that SQS never gave, so that nothing is settled.

use aws_sdk_sqs::Client;

use super::finding::{Check, Findings};
use crate::tagger::{Class, Failure};

/// No receipt handle of SQS's.
const NO_RECEIPT: &str = "autotag-doctor";

/// Tries to delete a message and to change its visibility. Whether it may receive, only a receive shows, and that is one of the few that
/// a message has: the probe makes it.
pub(super) async fn examine(client: &Client, url: &str, findings: &mut Findings) {
    let deleted = client.delete_message().queue_url(url).receipt_handle(NO_RECEIPT).send().await;
    let deleted = deleted.map(drop).map_err(|error| Failure::of("DeleteMessage", error));
    let hidden = client.change_message_visibility().queue_url(url).receipt_handle(NO_RECEIPT).visibility_timeout(0);
    let hidden = hidden.send().await.map(drop).map_err(|error| Failure::of("ChangeMessageVisibility", error));
    let tried = [("sqs:DeleteMessage", deleted), ("sqs:ChangeMessageVisibility", hidden)];
    for (action, result) in &tried {
        match result {
            Err(failure) if failure.class == Class::NotAllowed => {
                let says = format!("{action} is not allowed: {failure}");
                let fix = format!(
                    "Allow {action} and sqs:ReceiveMessage on the queue to whoever the host runs as, and, if a customer key encrypts the queue, \
                     kms:Decrypt on that."
                );
                return findings.wrong(Check::QueuePermissions, says, fix);
            }
            Err(failure) if matches!(failure.class, Class::Throttled | Class::Transient | Class::Credentials) => {
                return findings.unseen(Check::QueuePermissions, failure, action);
            }
            // That it knows no such receipt, it says to those alone who may.
            _ => {}
        }
    }
    findings.ok(Check::QueuePermissions, "allowed: sqs:DeleteMessage, sqs:ChangeMessageVisibility");
}
