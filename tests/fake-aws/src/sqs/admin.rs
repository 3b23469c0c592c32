//! CreateQueue, GetQueueUrl, GetQueueAttributes, PurgeQueue.

use serde_json::{Map, Value, json};

use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::world::World;
use super::params::Params;
use super::queue::{Queue, Settings};
use super::{attributes, queue, sqs_error};

pub(super) fn create_queue(world: &mut World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["QueueName", "Attributes", "tags"])?;
    let name = params.required_text("QueueName")?;
    let allowed = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if name.len() > 80 || !name.chars().all(allowed) {
        let message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
        return Err(ApiError::invalid_value(message));
    }
    let queues = &mut world.region(&request.account, &request.region).queues;
    let mut settings = Settings::default();
    attributes::set(&mut settings, &params.map("Attributes")?, queues)?;
    if queues.get(name).is_some_and(|queue| queue.hidden) {
        let message =
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
        return Err(sqs_error("QueueDeletedRecently", message));
    }
    let queue = queues
        .entry(name.to_owned())
        .or_insert_with(|| Queue::new(name, arn(&request.account, &request.region, name), settings.clone()));
    if queue.settings != settings {
        let message = format!("A queue named {name} already exists with a different value for an attribute.");
        return Err(ApiError::new(400, "QueueAlreadyExists", message));
    }
    Ok(json!({ "QueueUrl": url(request, name) }))
}

pub(super) fn get_queue_url(world: &mut World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["QueueName", "QueueOwnerAWSAccountId"])?;
    let name = params.required_text("QueueName")?;
    let owner = params.text("QueueOwnerAWSAccountId")?.unwrap_or(&request.account);
    let found = world.region(owner, &request.region).queues.get(name).is_some_and(|queue| !queue.hidden);
    if owner != request.account || !found {
        return Err(sqs_error("NonExistentQueue", "The specified queue does not exist."));
    }
    Ok(json!({ "QueueUrl": url(request, name) }))
}

pub(super) fn get_queue_attributes(world: &mut World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl", "AttributeNames"])?;
    let names = params.texts("AttributeNames")?;
    let all = attributes::describe(queue(world, request, params)?);
    let known = |name: &str| name == "All" || attributes::OPTIONAL.contains(&name) || all.contains_key(name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(ApiError::new(400, "InvalidAttributeName", format!("Unknown Attribute {unknown}.")));
    }
    let asked = |name: &str| names.contains(&"All") || names.contains(&name);
    let chosen: Map<String, Value> = all.into_iter().filter(|(name, _)| asked(name)).collect();
    Ok(if chosen.is_empty() { json!({}) } else { json!({ "Attributes": chosen }) })
}

pub(super) fn purge_queue(world: &mut World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["QueueUrl"])?;
    queue(world, request, params)?.purge();
    Ok(json!({}))
}

pub(super) fn arn(account: &str, region: &str, name: &str) -> String {
    format!("arn:aws:sqs:{region}:{account}:{name}")
}

fn url(request: &Request, name: &str) -> String {
    format!("http://{}/{}/{name}", request.host, request.account)
}
