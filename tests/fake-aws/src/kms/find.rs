//! Which key a request means.

use std::collections::BTreeMap;

use super::super::reply::ApiError;
use super::super::request::Request;
use super::model::{Key, is_alias, is_id};

pub(super) fn arn(account: &str, region: &str, id: &str) -> String {
    format!("{}key/{id}", arns(account, region))
}

/// The prefix of the ARNs of all keys and aliases of an account and Region.
fn arns(account: &str, region: &str) -> String {
    format!("arn:aws:kms:{region}:{account}:")
}

/// The key of this id or ARN, or of this alias or its ARN if `by_alias`.
///
/// # Errors
///
/// `NotFoundException`, with KMS's message for each case.
pub(super) fn find(
    keys: &BTreeMap<String, Key>,
    request: &Request,
    key: &str,
    by_alias: bool,
) -> Result<Key, ApiError> {
    let (account, region) = (&request.account, &request.region);
    let local = match key.strip_prefix(&arns(account, region)) {
        Some(resource) => resource.strip_prefix("key/").unwrap_or(resource),
        None if key.starts_with("arn:") => return Err(not_found(format!("Invalid arn {region}"))),
        None => key,
    };
    let sqs = Key::of_sqs(account, region);
    // The test's keys come first, since one of them may have the alias of SQS's key.
    let mut all = keys.values().chain([&sqs]);
    let (found, message) = if by_alias && is_alias(local) {
        let found = all.find(|key| key.aliases.iter().any(|alias| alias == local));
        (found, format!("Alias {}{local} is not found.", arns(account, region)))
    } else if is_id(local) {
        (all.find(|key| key.id == local), format!("Key '{}' does not exist", arn(account, region, local)))
    } else {
        (None, format!("Invalid keyId '{key}'"))
    };
    found.cloned().ok_or_else(|| not_found(message))
}

pub(super) fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "NotFoundException", message)
}
