//! ReceiveMessage, with its long poll.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tokio::sync::futures::OwnedNotified;

use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::shared::Shared;
use super::super::world::World;
use super::message::Message;
use super::params::Params;
use super::queue;

const SYSTEM_ATTRIBUTES: [&str; 9] = [
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "DeadLetterQueueSourceArn",
    "AWSTraceHeader",
    "MessageDeduplicationId",
    "MessageGroupId",
];

/// What a receive found.
enum Found {
    Messages(Vec<(Message, String)>),
    /// Look again at this time at the latest, and when the queue is notified.
    Nothing {
        next_timer: Option<Instant>,
        wait: Duration,
        touched: Pin<Box<OwnedNotified>>,
    },
}

/// Waits for a message as long as the request allows. Taking messages and answering are one step without an `await`
/// between them, so a client that disconnects while it waits has received nothing.
pub(super) async fn receive_message(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    let params = Params::new(&request.parameters);
    params.allow(&[
        "QueueUrl",
        "AttributeNames",
        "MessageSystemAttributeNames",
        "MessageAttributeNames",
        "MaxNumberOfMessages",
        "VisibilityTimeout",
        "WaitTimeSeconds",
    ])?;
    let wanted = Wanted::read(&params)?;
    let wait = params.number("WaitTimeSeconds", 0, 20)?.map(Duration::from_secs);
    let begin = Instant::now();
    loop {
        let found = shared.update(|world| take(world, request, &params, &wanted))?;
        let (next_timer, settled_wait, notified) = match found {
            Found::Messages(messages) => return Ok(render(&messages, request, &wanted)),
            Found::Nothing { next_timer, wait, touched } => (next_timer, wait, touched),
        };
        let deadline = begin + wait.unwrap_or(settled_wait);
        if Instant::now() >= deadline {
            return Ok("{}".to_owned());
        }
        let wake_at = next_timer.map_or(deadline, |timer| timer.min(deadline));
        tokio::select! {
            () = notified => {}
            () = tokio::time::sleep_until(wake_at.into()) => {}
        }
    }
}

/// What a receive asks for.
struct Wanted<'a> {
    max: usize,
    visibility: Option<Duration>,
    attributes: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    fn read(params: &Params<'a>) -> Result<Self, ApiError> {
        let max = params.number("MaxNumberOfMessages", 1, 10)?.unwrap_or(1);
        let visibility = params.number("VisibilityTimeout", 0, 43_200)?.map(Duration::from_secs);
        let mut attributes = params.texts("AttributeNames")?;
        attributes.extend(params.texts("MessageSystemAttributeNames")?);
        if let Some(unknown) = attributes.iter().find(|name| !SYSTEM_ATTRIBUTES.contains(name)) {
            return Err(ApiError::new(400, "InvalidAttributeName", format!("Unknown Attribute {unknown}.")));
        }
        Ok(Self { max: usize::try_from(max).unwrap_or(1), visibility, attributes })
    }
}

fn take(world: &mut World, request: &Request, params: &Params, wanted: &Wanted) -> Result<Found, ApiError> {
    let now = Instant::now();
    let source = queue(world, request, params)?;
    let visibility = wanted.visibility.unwrap_or(source.settings.visibility);
    let (received, dead) = source.receive(wanted.max, visibility, now);
    let found = if received.is_empty() {
        let mut touched = Box::pin(Arc::clone(&source.touched).notified_owned());
        // Enabled before the lock is released, so that a message that a test's thread sends right after is not missed.
        touched.as_mut().enable();
        Found::Nothing { next_timer: source.next_timer(now), wait: source.settings.wait, touched }
    } else {
        let with_receipt = |message| {
            let receipt = source.receipt(&message);
            (message, receipt)
        };
        Found::Messages(received.into_iter().map(with_receipt).collect())
    };
    let (arn, redrive) = (source.arn.clone(), source.settings.redrive.clone());
    if let Some(redrive) = redrive {
        let queues = &mut world.region(&request.account, &request.region).queues;
        if let Some(target) = queues.get_mut(&redrive.queue) {
            for mut message in dead {
                message.moved_from = Some(arn.clone());
                target.send(message, Duration::ZERO, now);
            }
        }
    }
    Ok(found)
}

/// The answer, as JSON. It is written by hand because the bodies, which are most of it, are JSON already.
fn render(messages: &[(Message, String)], request: &Request, wanted: &Wanted) -> String {
    let length: usize = messages.iter().map(|(message, _)| message.body.json().len() + 600).sum();
    let mut json = String::with_capacity(length);
    json.push_str("{\"Messages\":[");
    for (position, (message, receipt)) in messages.iter().enumerate() {
        if position > 0 {
            json.push(',');
        }
        let (id, md5) = (message.id(), &message.md5);
        json += &format!("{{\"MessageId\":\"{id}\",\"ReceiptHandle\":\"{receipt}\",\"MD5OfBody\":\"{md5}\",\"Body\":");
        json.push_str(message.body.json());
        let attributes = attributes(message, &request.account, &wanted.attributes);
        if !attributes.is_empty() {
            json += &format!(",\"Attributes\":{}", Value::Object(attributes));
        }
        json.push('}');
    }
    json.push_str("]}");
    json
}

fn attributes(message: &Message, account: &str, names: &[&str]) -> Map<String, Value> {
    let all = [
        ("SenderId", Some(account.to_owned())),
        ("SentTimestamp", Some(milliseconds(message.sent))),
        ("ApproximateReceiveCount", Some(message.receives.to_string())),
        ("ApproximateFirstReceiveTimestamp", message.first_received.map(milliseconds)),
        ("DeadLetterQueueSourceArn", message.moved_from.clone()),
    ];
    let asked = |name: &str| names.contains(&"All") || names.contains(&name);
    let chosen = all.into_iter().filter(|(name, _)| asked(name));
    chosen.filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))).collect()
}

fn milliseconds(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string()
}
