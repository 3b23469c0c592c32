//! SendMessage and SendMessageBatch.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::faults::FaultDecision;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::world::World;
use super::batch::each_entry;
use super::message::Message;
use super::params::{Params, missing};
use super::{queue, sqs_error};

pub(super) fn send_message(world: &mut World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl", "MessageBody", "DelaySeconds"])?;
    send(world, request, params, params)
}

pub(super) fn send_message_batch(
    world: &mut World,
    request: &Request,
    params: &Params,
    decision: &FaultDecision,
) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl", "Entries"])?;
    let limit = queue(world, request, params)?.settings.max_message;
    let entries = params.objects("Entries")?;
    let bodies = entries.iter().map(|entry| entry.text("MessageBody")).collect::<Result<Vec<_>, _>>()?;
    let size: usize = bodies.into_iter().flatten().map(str::len).sum();
    if size > limit {
        let message = format!("Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.");
        return Err(sqs_error("BatchRequestTooLong", message));
    }
    each_entry(params, decision, |entry| {
        entry.allow(&["Id", "MessageBody", "DelaySeconds"])?;
        send(world, request, params, entry)
    })
}

fn send(world: &mut World, request: &Request, params: &Params, message: &Params) -> Result<Value, ApiError> {
    let body = message.text("MessageBody")?.filter(|body| !body.is_empty()).ok_or_else(|| missing("MessageBody"))?;
    let delay = message.number("DelaySeconds", 0, 900)?.map(Duration::from_secs);
    let serial = world.next_serial();
    let queue = queue(world, request, params)?;
    if body.len() > queue.settings.max_message {
        let limit = queue.settings.max_message;
        let reason = format!("Reason: Message must be shorter than {limit} bytes.");
        return Err(ApiError::invalid_value(format!("One or more parameters are invalid. {reason}")));
    }
    // The characters of XML 1.0, which are all that SQS allows.
    let allowed =
        |char: char| matches!(char, '\t' | '\n' | '\r') || (char >= ' ' && !matches!(char, '\u{fffe}' | '\u{ffff}'));
    if !body.chars().all(allowed) {
        let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | \
                       [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF].";
        return Err(ApiError::new(400, "InvalidMessageContents", message));
    }
    let message = Message::new(serial, body);
    let answer = json!({ "MessageId": message.id(), "MD5OfMessageBody": *message.md5 });
    queue.send(message, delay.unwrap_or(queue.settings.delay), Instant::now());
    Ok(answer)
}
