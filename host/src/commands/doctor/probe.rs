//! What only a real message shows. The probe sends one, marked, through the queue: if no host takes it, the doctor takes it back.
//! Only if something else is in the queue does it have to receive, and then each message once.

use std::time::{Duration, SystemTime};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::primitives::{DateTime, DateTimeFormat};
use aws_sdk_sqs::types::Message;
use serde_json::json;

use super::credentials::Identity;
use super::deployment::Deployment;
use super::finding::{Check, Findings};
use super::queue::{Queue, Unseen};
use crate::tagger::Failure;

/// The source and the detail type of the event that the probe sends: no rule and no plugin wants it, so that a host takes it for
/// `no plugin` and deletes it.
const SOURCE: &str = "autotag.doctor";
const DETAIL_TYPE: &str = "autotag probe";

/// How long a host that runs may take to receive the message. It waits for messages all the time, so that it gets one within
/// milliseconds, unless it is busy.
const FOR_A_HOST: Duration = Duration::from_secs(5);

/// For how long the doctor hides what it receives while it looks for its own message, so that it receives nothing twice.
const HIDDEN_SECONDS: i32 = 30;

/// The most messages that the doctor receives while it looks for its own. Each loses one of its receives.
const MOST: usize = 50;

/// Sends a marked message, and sees who takes it.
pub(super) async fn message(deployment: &Deployment<'_>, identity: &Identity, findings: &mut Findings) {
    let (client, url) = (deployment.sqs(), deployment.service.queue_url.as_str());
    let mark = format!("autotag-doctor-{:016x}", fastrand::u64(..));
    // Whatever the queue's own delay is.
    let sent = client.send_message().queue_url(url).delay_seconds(0).message_body(body(&mark, deployment, identity));
    if let Err(error) = sent.send().await {
        let failure = Failure::of("SendMessage", error);
        let action = "sqs:SendMessage on the queue, which the host itself must not have,";
        return findings.unseen(Check::ProbeMessage, &failure, action);
    }
    tokio::time::sleep(FOR_A_HOST).await;
    match fate(&client, url, &mark).await {
        Ok(Fate::Deleted) => {
            let says =
                "a message went through the queue, and a host took and deleted it (its log says `no plugin` of it)";
            findings.ok(Check::ProbeMessage, says);
        }
        Ok(Fate::TakenBack) => {
            let says =
                format!("a message came through the queue, but no host took it within {} s", FOR_A_HOST.as_secs());
            let fix = "Start `host run`, or look at its log: one that runs waits for messages all the time. The doctor has deleted the message.";
            findings.wrong(Check::ProbeMessage, says, fix);
        }
        Ok(Fate::Unknown) => {
            let says = "a message was sent, and somebody may have taken it; among those in flight it is not to be seen whether it was deleted";
            let fix = format!(
                "Look for {mark} in the log of `host run`, or run the probe again when fewer messages are in the queue."
            );
            findings.cannot_tell(Check::ProbeMessage, says, fix);
        }
        Err(failure) => {
            let action = "sqs:GetQueueAttributes, sqs:ReceiveMessage and sqs:DeleteMessage on the queue";
            findings.unseen(Check::ProbeMessage, &failure, action);
        }
    }
}

/// An event as EventBridge would deliver it.
fn body(mark: &str, deployment: &Deployment<'_>, identity: &Identity) -> String {
    json!({
        "version": "0",
        "id": mark,
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": identity.account,
        "time": DateTime::from(SystemTime::now()).fmt(DateTimeFormat::DateTime).unwrap_or_default(),
        "region": deployment.region,
        "resources": [],
        "detail": {},
    })
    .to_string()
}

/// What became of the message.
enum Fate {
    /// Nothing is in the queue any more.
    Deleted,
    /// It was still there. Now the doctor has deleted it.
    TakenBack,
    /// It was not seen, and others are in the queue.
    Unknown,
}

/// Says what became of the message, and deletes it if it is still there. An empty queue says it without a receive.
async fn fate(client: &Client, url: &str, mark: &str) -> Result<Fate, Failure> {
    if is_empty(client, url).await? {
        return Ok(Fate::Deleted);
    }
    let mut others = Vec::new();
    let looked = look_for(client, url, mark, &mut others).await;
    for handle in others {
        let given_back = client.change_message_visibility().queue_url(url).receipt_handle(handle).visibility_timeout(0);
        // If that fails, it comes again by itself.
        if let Err(error) = given_back.send().await {
            tracing::debug!(error = %Failure::of("ChangeMessageVisibility", error), "cannot give a message back");
        }
    }
    match looked? {
        true => Ok(Fate::TakenBack),
        false if is_empty(client, url).await? => Ok(Fate::Deleted),
        false => Ok(Fate::Unknown),
    }
}

async fn is_empty(client: &Client, url: &str) -> Result<bool, Failure> {
    match Queue::describe(client, url).await {
        Ok(queue) => Ok(queue.messages() == 0),
        Err(Unseen::Missing) => Ok(true),
        Err(Unseen::Failed(failure)) => Err(failure),
    }
}

/// Receives what waits, each message once, and deletes the one that is marked. Says whether it was among them; the receipt handles of all
/// others go to `others`.
async fn look_for(client: &Client, url: &str, mark: &str, others: &mut Vec<String>) -> Result<bool, Failure> {
    while others.len() < MOST {
        let received = client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .wait_time_seconds(1)
            .visibility_timeout(HIDDEN_SECONDS)
            .send()
            .await
            .map_err(|error| Failure::of("ReceiveMessage", error))?;
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            break;
        }
        let mut found = None;
        for Message { body, receipt_handle, .. } in messages {
            let handle = receipt_handle.unwrap_or_default();
            if body.is_some_and(|body| body.contains(mark)) {
                found = Some(handle);
            } else {
                others.push(handle);
            }
        }
        if let Some(handle) = found {
            let deleted = client.delete_message().queue_url(url).receipt_handle(handle).send().await;
            return deleted.map(|_| true).map_err(|error| Failure::of("DeleteMessage", error));
        }
    }
    Ok(false)
}
