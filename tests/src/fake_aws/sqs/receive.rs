//! ReceiveMessage, with its long poll.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::super::call::Request;
use super::super::reply::ApiError;
use super::super::shared::Shared;
use super::super::world::World;
use super::params::Params;
use super::queue;
use super::queue::Message;

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

/// What a receive found: its answer, if there is one to give now, and otherwise when to look again.
enum Found {
    Answer(Value),
    Nothing { next_timer: Option<Instant> },
}

/// Waits for a message as long as the call allows. It takes messages and gives them in one step without an `await`
/// between, so a client that disconnects while it waits has received nothing.
pub(super) async fn receive_message(shared: &Shared, request: &Request) -> Result<Value, ApiError> {
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
    let wait = match wait {
        Some(wait) => wait,
        None => shared.update(|world| queue(world, request, &params).map(|queue| queue.settings.wait))?,
    };
    let deadline = Instant::now() + wait;
    loop {
        // Armed before the look, so that a message that a test's thread sends in between is not missed.
        let touched = shared.update(|world| queue(world, request, &params).map(|queue| Arc::clone(&queue.touched)))?;
        let notified = touched.notified();
        tokio::pin!(notified);
        notified.as_mut().enable();
        let next_timer = match shared.update(|world| take(world, request, &params, &wanted))? {
            Found::Answer(answer) => return Ok(answer),
            Found::Nothing { next_timer } => next_timer,
        };
        if Instant::now() >= deadline {
            return Ok(json!({}));
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
        Found::Nothing { next_timer: source.next_timer(now) }
    } else {
        let messages = received.iter().map(|message| {
            let attributes = attributes(message, &request.account, &wanted.attributes);
            let mut answer = json!({
                "MessageId": message.id(),
                "ReceiptHandle": source.receipt(message),
                "MD5OfBody": message.md5,
                "Body": &*message.body,
            });
            if !attributes.is_empty() {
                answer["Attributes"] = Value::Object(attributes);
            }
            answer
        });
        Found::Answer(json!({ "Messages": messages.collect::<Vec<_>>() }))
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
