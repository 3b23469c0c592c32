//! DeleteMessage, ChangeMessageVisibility and their batches.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::faults::FaultDecision;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::world::World;
use super::batch::each_entry;
use super::params::{Params, missing};
use super::queue;

pub(super) fn delete_message(world: &mut World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl", "ReceiptHandle"])?;
    delete(world, request, params, params)
}

pub(super) fn delete_message_batch(
    world: &mut World,
    request: &Request,
    params: &Params,
    decision: &FaultDecision,
) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl", "Entries"])?;
    queue(world, request, params)?;
    each_entry(params, decision, |entry| {
        entry.allow(&["Id", "ReceiptHandle"])?;
        delete(world, request, params, entry)
    })
}

pub(super) fn change_message_visibility(
    world: &mut World,
    request: &Request,
    params: &Params,
) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl", "ReceiptHandle", "VisibilityTimeout"])?;
    change(world, request, params, params)
}

pub(super) fn change_message_visibility_batch(
    world: &mut World,
    request: &Request,
    params: &Params,
    decision: &FaultDecision,
) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl", "Entries"])?;
    queue(world, request, params)?;
    each_entry(params, decision, |entry| {
        entry.allow(&["Id", "ReceiptHandle", "VisibilityTimeout"])?;
        change(world, request, params, entry)
    })
}

fn delete(world: &mut World, request: &Request, params: &Params, entry: &Params) -> Result<Value, ApiError> {
    let handle = entry.required_text("ReceiptHandle")?;
    queue(world, request, params)?.delete(handle)?;
    Ok(json!({}))
}

fn change(world: &mut World, request: &Request, params: &Params, entry: &Params) -> Result<Value, ApiError> {
    let handle = entry.required_text("ReceiptHandle")?;
    let seconds = entry.number("VisibilityTimeout", 0, 43_200)?.ok_or_else(|| missing("VisibilityTimeout"))?;
    queue(world, request, params)?.change_visibility(handle, Duration::from_secs(seconds), Instant::now())?;
    Ok(json!({}))
}
