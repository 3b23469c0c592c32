//! What only a real message shows. The probe sends one, marked, through the queue: if no host takes it, the doctor takes it back.

use std::time::{Duration, SystemTime};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::primitives::{DateTime, DateTimeFormat};
use aws_sdk_sqs::types::Message;
use serde_json::json;
use tokio::time::Instant;

use super::credentials::Identity;
use super::deployment::Deployment;
use super::finding::{Check, Findings};
use crate::tagger::Failure;

/// The source and the detail type of the event that the probe sends: no rule and no plugin wants it, so that a host takes it for
/// `no plugin` and deletes it.
const SOURCE: &str = "autotag.doctor";
const DETAIL_TYPE: &str = "autotag probe";

/// How long a host that runs may take to receive the message. It waits for messages all the time, so that it gets one within
/// milliseconds, unless it is busy.
const FOR_A_HOST: Duration = Duration::from_secs(5);

/// How long the doctor looks for the message that no host took.
const TO_TAKE_BACK: Duration = Duration::from_secs(10);

/// Sends a marked message, and sees who takes it.
pub(super) async fn message(deployment: &Deployment<'_>, identity: &Identity, findings: &mut Findings) {
    let (client, url) = (deployment.sqs(), deployment.service.queue_url.as_str());
    let mark = format!("autotag-doctor-{:016x}", fastrand::u64(..));
    let sent = client.send_message().queue_url(url).message_body(body(&mark, deployment, identity)).send().await;
    if let Err(error) = sent {
        let failure = Failure::of("SendMessage", error);
        return findings.unseen(
            Check::ProbeMessage,
            &failure,
            "sqs:SendMessage on the queue, which the host itself must not have,",
        );
    }
    tokio::time::sleep(FOR_A_HOST).await;
    match take_back(&client, url, &mark).await {
        Ok(Seen::TakenBack) => {
            let says =
                format!("a message came through the queue, but no host took it within {} s", FOR_A_HOST.as_secs());
            let fix = "Start `host run`, or look at its log: one that runs waits for messages all the time. The doctor has deleted the message.";
            findings.wrong(Check::ProbeMessage, says, fix);
        }
        Ok(Seen::Gone) => {
            findings.ok(
                Check::ProbeMessage,
                "a message went through the queue, and a host took it (its log says `no plugin` of it)",
            );
        }
        Ok(Seen::Hidden) => findings.cannot_tell(
            Check::ProbeMessage,
            format!(
                "a message was sent, but among the many that wait it was not to be seen within {} s",
                TO_TAKE_BACK.as_secs()
            ),
            "Run the probe again when fewer messages wait. A host deletes the message when it comes to it.",
        ),
        Err(failure) => {
            findings.unseen(Check::ProbeMessage, &failure, "sqs:ReceiveMessage and sqs:DeleteMessage on the queue")
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
enum Seen {
    /// It was still there. Now it is deleted.
    TakenBack,
    /// The queue is empty of it.
    Gone,
    /// There are so many others that it was not seen.
    Hidden,
}

/// Deletes the message if it is still there; gives everything else back at once.
async fn take_back(client: &Client, url: &str, mark: &str) -> Result<Seen, Failure> {
    let deadline = Instant::now() + TO_TAKE_BACK;
    while Instant::now() < deadline {
        let received = client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .wait_time_seconds(1)
            .visibility_timeout(5)
            .send()
            .await
            .map_err(|error| Failure::of("ReceiveMessage", error))?;
        let messages = received.messages.unwrap_or_default();
        let is_ours = |message: &Message| message.body().is_some_and(|body| body.contains(mark));
        let found = messages.iter().any(is_ours);
        for message in &messages {
            let handle = message.receipt_handle().unwrap_or_default();
            if is_ours(message) {
                let deleted = client.delete_message().queue_url(url).receipt_handle(handle).send().await;
                deleted.map_err(|error| Failure::of("DeleteMessage", error))?;
            } else {
                let given_back =
                    client.change_message_visibility().queue_url(url).receipt_handle(handle).visibility_timeout(0);
                given_back.send().await.map_err(|error| Failure::of("ChangeMessageVisibility", error))?;
            }
        }
        if found {
            return Ok(Seen::TakenBack);
        }
        if messages.is_empty() {
            return Ok(Seen::Gone);
        }
    }
    Ok(Seen::Hidden)
}
