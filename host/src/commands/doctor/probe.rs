//! What only EventBridge itself and a real message show. The probe has the rules tested with made-up events, and sends
//! a marked message through the queue: if no host receives it, the doctor deletes it. To find it, the doctor receives
//! the waiting messages, each once.

use std::time::{Duration, Instant, SystemTime};

use autotag_aws::tagger::AwsError;
use autotag_eventbridge_rules::sample_events;
use autotag_sandbox::Registry;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::primitives::{DateTime, DateTimeFormat};
use aws_sdk_sqs::types::Message;
use serde_json::json;

use super::credentials::CallerIdentity;
use super::deployment::Deployment;
use super::finding::{Check, Findings};
use super::queue::ExaminedQueue;
use super::rules::{self, DeployedRules};
use crate::rules::required_rules;

/// The source and the detail type of the event that the probe sends: no rule and no plugin wants it, and it has an
/// error code, so that a host takes it for `no plugin` and deletes it.
const SOURCE: &str = "autotag.doctor";
const DETAIL_TYPE: &str = "autotag probe";

/// How long a running host may take to receive the message. It long-polls, so that it receives one within milliseconds,
/// unless it is busy.
const FOR_A_HOST: Duration = Duration::from_secs(10);

/// For how long the doctor looks for the message.
const TO_LOOK: Duration = Duration::from_secs(20);

/// The visibility timeout of what the doctor receives meanwhile: longer than [`TO_LOOK`], so that it receives nothing
/// twice.
const HIDDEN_SECONDS: i32 = 60;

/// The most messages that the doctor receives while it looks for its own. Each receive counts towards
/// `maxReceiveCount`.
const MOST: usize = 50;

/// Asks EventBridge itself whether the rules match an event of each pattern that the plugins declare.
pub(super) async fn patterns(
    deployment: &Deployment<'_>,
    identity: &CallerIdentity,
    DeployedRules { deployed, are_all }: &DeployedRules,
    registry: Option<&Registry>,
    findings: &mut Findings,
) {
    let Some(Ok(wanted)) = registry.map(|registry| required_rules(registry, &deployment.config.guard)) else {
        let says = "what the plugins ask for is not known";
        return findings.cannot_tell(
            Check::ProbePattern,
            says,
            "See what is said of the plugins and the rules' patterns first.",
        );
    };
    let client = aws_sdk_eventbridge::Client::new(&deployment.sdk);
    let enabled: Vec<_> = deployed.iter().filter(|rule| rule.enabled).collect();
    let origin = rules::account_region(deployment, identity);
    let (mut matched, mut unmatched) = (0, Vec::new());
    for rule in &wanted {
        let Some(sample) = sample_events(&rule.pattern, &origin).events.into_iter().next() else { continue };
        let event = sample.event.to_string();
        let mut is_matched = false;
        for pattern in enabled.iter().filter_map(|rule| rule.pattern.as_deref()) {
            let asked = client.test_event_pattern().event_pattern(pattern).event(&event).send().await;
            match asked {
                Ok(answer) if answer.result() => {
                    is_matched = true;
                    break;
                }
                Ok(_) => {}
                Err(error) => {
                    let failure = AwsError::of("TestEventPattern", error);
                    return findings.unseen(Check::ProbePattern, &failure, "events:TestEventPattern");
                }
            }
        }
        if is_matched { matched += 1 } else { unmatched.push(sample.kind.to_string()) }
    }
    if unmatched.is_empty() {
        let says = format!(
            "EventBridge says that its rules match a made-up event of each of the {matched} patterns that the plugins need"
        );
        findings.ok(Check::ProbePattern, says);
    } else if !are_all {
        let says = format!("no rule that could be seen matches {}", unmatched.join(", "));
        findings.cannot_tell(Check::ProbePattern, says, "See what could not be seen of the rules first.");
    } else {
        let says = format!("EventBridge says that no rule matches {}", unmatched.join(", "));
        findings.wrong(Check::ProbePattern, says, "Give the rules the patterns that `host rule` prints.");
    }
}

/// Sends a marked message, and sees whether a host takes it.
pub(super) async fn message(deployment: &Deployment<'_>, identity: &CallerIdentity, findings: &mut Findings) {
    let (client, url) = (deployment.sqs(), deployment.service.queue_url.as_str());
    let mark = format!("autotag-doctor-{:016x}", fastrand::u64(..));
    // Overrides the queue's own delay.
    let sent = client.send_message().queue_url(url).delay_seconds(0).message_body(body(&mark, deployment, identity));
    if let Err(error) = sent.send().await {
        let failure = AwsError::of("SendMessage", error);
        let action = "sqs:SendMessage on the queue, which the host itself must not have,";
        return findings.unseen(Check::ProbeMessage, &failure, action);
    }
    tokio::time::sleep(FOR_A_HOST).await;
    match fate(&client, url, &mark).await {
        Ok(ProbeFate::Gone) => {
            let says =
                "a message came through the queue, and a host took and deleted it (its log says `no plugin` of it)";
            findings.ok(Check::ProbeMessage, says);
        }
        Ok(ProbeFate::TakenBack) => {
            let says =
                format!("a message came through the queue, but no host took it within {} s", FOR_A_HOST.as_secs());
            let fix = "Start `host run`, or look at its log: one that runs waits for messages all the time. The doctor has deleted the message.";
            findings.wrong(Check::ProbeMessage, says, fix);
        }
        Ok(ProbeFate::Unknown) => {
            let says = "a message was sent and may have been taken; whether it was deleted is not to be seen among those in the queue";
            let fix = format!(
                "Look for {mark} in the log of `host run`, or run the probe again when fewer messages are in the queue."
            );
            findings.cannot_tell(Check::ProbeMessage, says, fix);
        }
        Err(failure) => {
            let action = "sqs:ReceiveMessage and sqs:DeleteMessage on the queue";
            findings.unseen(Check::ProbeMessage, &failure, action);
        }
    }
}

/// An event as EventBridge would deliver it.
fn body(mark: &str, deployment: &Deployment<'_>, identity: &CallerIdentity) -> String {
    json!({
        "version": "0",
        "id": mark,
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": identity.account,
        "time": DateTime::from(SystemTime::now()).fmt(DateTimeFormat::DateTime).unwrap_or_default(),
        "region": deployment.region,
        "resources": [],
        "detail": {"errorCode": "Probe"},
    })
    .to_string()
}

/// What became of the message.
enum ProbeFate {
    /// It was received and deleted, and the queue is empty.
    Gone,
    /// It was still there, and the doctor has deleted it.
    TakenBack,
    /// It was not seen, and something is in the queue.
    Unknown,
}

/// Finds out what became of the message, and deletes it if it is still there.
async fn fate(client: &Client, url: &str, mark: &str) -> Result<ProbeFate, AwsError> {
    let mut others = Vec::new();
    let looked = look_for(client, url, mark, &mut others).await;
    for handle in others {
        let given_back = client.change_message_visibility().queue_url(url).receipt_handle(handle).visibility_timeout(0);
        // If that fails, it becomes visible again after the timeout.
        if let Err(error) = given_back.send().await {
            tracing::debug!(error = %AwsError::of("ChangeMessageVisibility", error), "cannot give a message back");
        }
    }
    if looked? {
        return Ok(ProbeFate::TakenBack);
    }
    // A long poll asks all of SQS's servers, so the message is in flight or deleted.
    let is_empty = ExaminedQueue::describe(client, url).await.is_ok_and(|queue| queue.messages() == 0);
    Ok(if is_empty { ProbeFate::Gone } else { ProbeFate::Unknown })
}

/// Receives the waiting messages, each once, and deletes the marked one. Returns whether it was among them; the receipt
/// handles of all others go to `others`.
async fn look_for(client: &Client, url: &str, mark: &str, others: &mut Vec<String>) -> Result<bool, AwsError> {
    let begin = Instant::now();
    while others.len() < MOST && begin.elapsed() < TO_LOOK {
        let received = client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(i32::try_from((MOST - others.len()).min(10)).unwrap_or(1))
            .wait_time_seconds(2)
            .visibility_timeout(HIDDEN_SECONDS)
            .send()
            .await
            .map_err(|error| AwsError::of("ReceiveMessage", error))?;
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
            return deleted.map(|_| true).map_err(|error| AwsError::of("DeleteMessage", error));
        }
    }
    Ok(false)
}
