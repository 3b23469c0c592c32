//! SQS: dispatches an action to its handler, and finds its queue.

mod acknowledge;
mod admin;
mod attributes;
mod batch;
pub(super) mod control;
mod delivery;
mod message;
pub(super) mod params;
pub(super) mod queue;
mod receipt;
mod receive;
mod send;

use super::faults::FaultDecision;
use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;
use super::world::World;
use params::Params;
use queue::Queue;

/// Performs one action. Returns its answer as JSON.
pub(super) async fn handle(shared: &Shared, request: &Request, decision: &FaultDecision) -> Result<String, ApiError> {
    if request.action == "ReceiveMessage" {
        return receive::receive_message(shared, request).await;
    }
    let params = Params::new(&request.parameters);
    let answer = shared.update(|world| match request.action.as_str() {
        "CreateQueue" => admin::create_queue(world, request, &params),
        "GetQueueUrl" => admin::get_queue_url(world, request, &params),
        "GetQueueAttributes" => admin::get_queue_attributes(world, request, &params),
        "PurgeQueue" => admin::purge_queue(world, request, &params),
        "SendMessage" => send::send_message(world, request, &params),
        "SendMessageBatch" => send::send_message_batch(world, request, &params, decision),
        "DeleteMessage" => acknowledge::delete_message(world, request, &params),
        "DeleteMessageBatch" => acknowledge::delete_message_batch(world, request, &params, decision),
        "ChangeMessageVisibility" => acknowledge::change_message_visibility(world, request, &params),
        "ChangeMessageVisibilityBatch" => {
            acknowledge::change_message_visibility_batch(world, request, &params, decision)
        }
        action => {
            Err(ApiError::new(400, "UnknownOperationException", format!("The fake AWS does not know SQS {action}")))
        }
    })?;
    Ok(answer.to_string())
}

/// An error whose code has the prefix of SQS's query protocol.
fn sqs_error(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(400, &format!("AWS.SimpleQueueService.{code}"), message)
}

/// The queue that `QueueUrl` names.
///
/// # Errors
///
/// `NonExistentQueue`, and `AccessDenied` for another account's queue: the fake stores a queue's policy, but no policy
/// grants access.
fn queue<'a>(world: &'a mut World, request: &Request, params: &Params) -> Result<&'a mut Queue, ApiError> {
    let nonexistent = || sqs_error("NonExistentQueue", "The specified queue does not exist.");
    let url = params.required_text("QueueUrl")?;
    let mut parts = url.rsplit('/');
    let (Some(name), Some(owner)) = (parts.next(), parts.next()) else {
        return Err(nonexistent());
    };
    if owner != request.account {
        return Err(ApiError::new(403, "AccessDenied", format!("Access to the resource {url} is denied.")));
    }
    let queue = world.region(&request.account, &request.region).queues.get_mut(name);
    queue.filter(|queue| !queue.hidden).ok_or_else(nonexistent)
}
