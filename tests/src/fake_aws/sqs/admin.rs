//! CreateQueue, GetQueueUrl, GetQueueAttributes, PurgeQueue.

use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::super::call::Request;
use super::super::reply::ApiError;
use super::super::world::World;
use super::params::Params;
use super::queue::{Counts, Queue, Redrive, Settings};
use super::{queue, sqs_error};

/// Attributes that change nothing that the fake does.
const ACCEPTED_UNUSED: [&str; 4] = ["Policy", "SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"];

pub(super) fn create_queue(world: &mut World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["QueueName", "Attributes", "tags"])?;
    let name = params.required_text("QueueName")?;
    let allowed = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if name.len() > 80 || !name.chars().all(allowed) {
        let message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
        return Err(ApiError::invalid_value(message));
    }
    let settings = read_settings(world, request, &params.map("Attributes")?)?;
    let queues = &mut world.region(&request.account, &request.region).queues;
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
    let all = describe(queue(world, request, params)?);
    // `RedrivePolicy` may be asked for where there is none.
    let known = |name: &str| {
        ["All", "RedrivePolicy"].contains(&name) || ACCEPTED_UNUSED.contains(&name) || all.contains_key(name)
    };
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

fn read_settings(world: &mut World, request: &Request, attributes: &[(&str, &str)]) -> Result<Settings, ApiError> {
    let mut settings = Settings::default();
    for (name, value) in attributes {
        let invalid = || {
            let message = format!("Invalid value for the parameter {name}.");
            ApiError::new(400, "InvalidAttributeValue", message)
        };
        let number = |least: u64, most: u64| {
            value.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(invalid)
        };
        match *name {
            "VisibilityTimeout" => settings.visibility = Duration::from_secs(number(0, 43_200)?),
            "DelaySeconds" => settings.delay = Duration::from_secs(number(0, 900)?),
            "ReceiveMessageWaitTimeSeconds" => settings.wait = Duration::from_secs(number(0, 20)?),
            "MessageRetentionPeriod" => settings.retention = Duration::from_secs(number(60, 1_209_600)?),
            "MaximumMessageSize" => {
                settings.max_message = usize::try_from(number(1_024, 1_048_576)?).map_err(|_| invalid())?;
            }
            "RedrivePolicy" => settings.redrive = Some(read_redrive(world, request, value).ok_or_else(invalid)?),
            name if ACCEPTED_UNUSED.contains(&name) => {}
            name => return Err(ApiError::new(400, "InvalidAttributeName", format!("Unknown Attribute {name}."))),
        }
    }
    Ok(settings)
}

/// `None` for a policy that is malformed or names no queue of this account and Region.
fn read_redrive(world: &mut World, request: &Request, policy: &str) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let target = policy.get("deadLetterTargetArn")?.as_str()?;
    let count = policy.get("maxReceiveCount")?;
    // Both forms are in use: a number, and a number in a string.
    let max_receives = match count {
        Value::String(text) => text.parse().ok()?,
        count => u32::try_from(count.as_u64()?).ok()?,
    };
    let mut queues = world.region(&request.account, &request.region).queues.values();
    let dead = queues.find(|queue| queue.arn == target && !queue.hidden)?;
    let within = (1..=1_000).contains(&max_receives);
    within.then(|| Redrive { queue: dead.name.clone(), arn: target.to_owned(), max_receives })
}

fn describe(queue: &Queue) -> Map<String, Value> {
    let Counts { visible, in_flight, delayed } = queue.counts(Instant::now());
    let settings = &queue.settings;
    let created = queue.created.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().to_string();
    let seconds = |duration: Duration| duration.as_secs().to_string();
    let mut attributes = vec![
        ("QueueArn", queue.arn.clone()),
        ("ApproximateNumberOfMessages", visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", delayed.to_string()),
        ("CreatedTimestamp", created.clone()),
        ("LastModifiedTimestamp", created),
        ("VisibilityTimeout", seconds(settings.visibility)),
        ("DelaySeconds", seconds(settings.delay)),
        ("ReceiveMessageWaitTimeSeconds", seconds(settings.wait)),
        ("MessageRetentionPeriod", seconds(settings.retention)),
        ("MaximumMessageSize", settings.max_message.to_string()),
        ("SqsManagedSseEnabled", "true".to_owned()),
    ];
    if let Some(redrive) = &settings.redrive {
        let policy = json!({ "deadLetterTargetArn": redrive.arn, "maxReceiveCount": redrive.max_receives });
        attributes.push(("RedrivePolicy", policy.to_string()));
    }
    attributes.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}
