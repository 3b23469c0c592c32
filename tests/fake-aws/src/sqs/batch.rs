//! What all batch actions share: the rules for entries, and an answer that reports each one.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::faults::FaultDecision;
use super::super::reply::ApiError;
use super::params::Params;
use super::sqs_error;

/// Runs `perform` for every entry that no fault picks. It returns what the answer has beside the entry's id.
///
/// # Errors
///
/// The whole request fails if it has no entries or more than ten, or if their ids are malformed or duplicate. An error
/// of `perform` fails only its own entry.
pub(super) fn each_entry(
    params: &Params,
    decision: &FaultDecision,
    mut perform: impl FnMut(&Params) -> Result<Value, ApiError>,
) -> Result<Value, ApiError> {
    let entries = params.objects("Entries")?;
    let ids = check_ids(&entries)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (position, (entry, id)) in entries.iter().zip(ids).enumerate() {
        let fault = decision.failing_entries.iter().find(|(failing, _)| *failing == position);
        let result = fault.map_or_else(|| perform(entry), |(_, error)| Err(error.clone()));
        match result {
            Ok(mut answer) => {
                answer["Id"] = json!(id);
                successful.push(answer);
            }
            Err(error) => failed.push(json!({
                "Id": id,
                "SenderFault": error.status < 500,
                "Code": error.code,
                "Message": error.message,
            })),
        }
    }
    // AWS omits an empty list.
    let mut answer = json!({});
    for (name, list) in [("Successful", successful), ("Failed", failed)] {
        if !list.is_empty() {
            answer[name] = Value::Array(list);
        }
    }
    Ok(answer)
}

fn check_ids<'a>(entries: &[Params<'a>]) -> Result<Vec<&'a str>, ApiError> {
    if entries.is_empty() {
        let message = "There should be at least one entry in the request.";
        return Err(sqs_error("EmptyBatchRequest", message));
    }
    if entries.len() > 10 {
        let message = format!("Maximum number of entries per request are 10. You have sent {}.", entries.len());
        return Err(sqs_error("TooManyEntriesInBatchRequest", message));
    }
    let ids = entries.iter().map(|entry| entry.required_text("Id")).collect::<Result<Vec<_>, _>>()?;
    let allowed = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    if ids.iter().any(|id| id.len() > 80 || !id.chars().all(allowed)) {
        let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                       It can be at most 80 letters long.";
        return Err(sqs_error("InvalidBatchEntryId", message));
    }
    let mut seen = HashSet::new();
    if let Some(id) = ids.iter().find(|id| !seen.insert(**id)) {
        return Err(sqs_error("BatchEntryIdsNotDistinct", format!("Id {id} repeated.")));
    }
    Ok(ids)
}
