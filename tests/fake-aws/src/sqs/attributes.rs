//! The attributes of a queue: how they are set and read.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::super::reply::ApiError;
use super::queue::{Counts, Encryption, Queue, Redrive, Settings};

/// The attributes that may be asked for although a queue has none of them.
pub(super) const OPTIONAL: [&str; 5] =
    ["Policy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "RedrivePolicy", "RedriveAllowPolicy"];

/// Sets the named attributes and leaves the rest unchanged. An empty policy or key removes the current one.
///
/// # Errors
///
/// `InvalidAttributeName` and `InvalidAttributeValue`. A dead-letter queue must be one of `queues`, and only one kind
/// of encryption may be requested.
pub(super) fn set(
    settings: &mut Settings,
    attributes: &[(&str, &str)],
    queues: &BTreeMap<String, Queue>,
) -> Result<(), ApiError> {
    let asked = |name: &str| attributes.iter().find(|(asked, _)| *asked == name).map(|(_, value)| *value);
    if asked("SqsManagedSseEnabled") == Some("true") && asked("KmsMasterKeyId").is_some_and(|key| !key.is_empty()) {
        let message = "You can use one type of server-side encryption (SSE) at one time. \
                       You can either enable KMS SSE or SQS SSE.";
        return Err(ApiError::new(400, "InvalidAttributeValue", message));
    }
    attributes.iter().try_for_each(|(name, value)| set_one(settings, name, value, queues))
}

fn set_one(settings: &mut Settings, name: &str, value: &str, queues: &BTreeMap<String, Queue>) -> Result<(), ApiError> {
    let invalid = || ApiError::new(400, "InvalidAttributeValue", format!("Invalid value for the parameter {name}."));
    let number =
        |least: u64, most: u64| value.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(invalid);
    let object = || match serde_json::from_str(value) {
        _ if value.is_empty() => Ok(None),
        Ok(Value::Object(_)) => Ok(Some(value.to_owned())),
        _ => Err(invalid()),
    };
    match name {
        "VisibilityTimeout" => settings.visibility = Duration::from_secs(number(0, 43_200)?),
        "DelaySeconds" => settings.delay = Duration::from_secs(number(0, 900)?),
        "ReceiveMessageWaitTimeSeconds" => settings.wait = Duration::from_secs(number(0, 20)?),
        "MessageRetentionPeriod" => settings.retention = Duration::from_secs(number(60, 1_209_600)?),
        "MaximumMessageSize" => {
            settings.max_message = usize::try_from(number(1_024, 1_048_576)?).map_err(|_| invalid())?;
        }
        "RedrivePolicy" if value.is_empty() => settings.redrive = None,
        "RedrivePolicy" => settings.redrive = Some(read_redrive(value, queues).ok_or_else(invalid)?),
        "RedriveAllowPolicy" => settings.redrive_allow_policy = object()?,
        "Policy" => settings.policy = object()?,
        "KmsDataKeyReusePeriodSeconds" => settings.data_key_reuse = Duration::from_secs(number(60, 86_400)?),
        "KmsMasterKeyId" if !value.is_empty() => settings.encryption = Encryption::Kms(value.to_owned()),
        "KmsMasterKeyId" => {
            if let Encryption::Kms(_) = settings.encryption {
                settings.encryption = Encryption::None;
            }
        }
        "SqsManagedSseEnabled" => match value {
            "true" => settings.encryption = Encryption::Sqs,
            // This says nothing about a KMS key.
            "false" if settings.encryption == Encryption::Sqs => settings.encryption = Encryption::None,
            "false" => {}
            _ => return Err(invalid()),
        },
        name => return Err(ApiError::new(400, "InvalidAttributeName", format!("Unknown Attribute {name}."))),
    }
    Ok(())
}

/// `None` for a redrive policy that is malformed or names no queue of this account and Region.
fn read_redrive(policy: &str, queues: &BTreeMap<String, Queue>) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let target = policy.get("deadLetterTargetArn")?.as_str()?;
    let count = policy.get("maxReceiveCount")?;
    // Both forms are in use: a number, and a number in a string.
    let max_receives = match count {
        Value::String(text) => text.parse().ok()?,
        count => u32::try_from(count.as_u64()?).ok()?,
    };
    let dead = queues.values().find(|queue| queue.arn == target && !queue.hidden)?;
    let within = (1..=1_000).contains(&max_receives);
    within.then(|| Redrive { queue: dead.name.clone(), arn: target.to_owned(), max_receives })
}

/// All attributes that a queue has.
pub(super) fn describe(queue: &Queue) -> Map<String, Value> {
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
        ("SqsManagedSseEnabled", (settings.encryption == Encryption::Sqs).to_string()),
    ];
    if let Encryption::Kms(key) = &settings.encryption {
        attributes.push(("KmsMasterKeyId", key.clone()));
        attributes.push(("KmsDataKeyReusePeriodSeconds", seconds(settings.data_key_reuse)));
    }
    if let Some(redrive) = &settings.redrive {
        let policy = json!({ "deadLetterTargetArn": redrive.arn, "maxReceiveCount": redrive.max_receives });
        attributes.push(("RedrivePolicy", policy.to_string()));
    }
    let policies = [("Policy", &settings.policy), ("RedriveAllowPolicy", &settings.redrive_allow_policy)];
    attributes.extend(policies.into_iter().filter_map(|(name, policy)| Some((name, policy.clone()?))));
    attributes.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
}
