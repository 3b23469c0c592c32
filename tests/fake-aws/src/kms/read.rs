//! The actions that read keys.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::sqs::params::Params;
use super::find::{arn, find, not_found};
use super::model::{Key, KeyManager};

/// The only policy name that KMS has.
const POLICY: &str = "default";

pub(super) fn describe_key(
    keys: &BTreeMap<String, Key>,
    request: &Request,
    params: &Params,
) -> Result<Value, ApiError> {
    params.allow(&["KeyId"])?;
    let key = find(keys, request, params.required_text("KeyId")?, true)?;
    let manager = match key.manager {
        KeyManager::Aws => "AWS",
        KeyManager::Customer => "CUSTOMER",
    };
    let metadata = json!({
        "AWSAccountId": request.account,
        "KeyId": key.id,
        "Arn": arn(&request.account, &request.region, &key.id),
        "KeyManager": manager,
        "Enabled": key.enabled,
        "KeyState": if key.enabled { "Enabled" } else { "Disabled" },
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Origin": "AWS_KMS",
        "MultiRegion": key.id.starts_with("mrk-"),
    });
    Ok(json!({ "KeyMetadata": metadata }))
}

/// Unlike DescribeKey, it accepts no aliases.
pub(super) fn get_key_policy(
    keys: &BTreeMap<String, Key>,
    request: &Request,
    params: &Params,
) -> Result<Value, ApiError> {
    params.allow(&["KeyId", "PolicyName"])?;
    let key = find(keys, request, params.required_text("KeyId")?, false)?;
    if params.text("PolicyName")?.is_some_and(|name| name != POLICY) {
        return Err(not_found("No such policy exists"));
    }
    Ok(json!({ "Policy": key.policy.to_string(), "PolicyName": POLICY }))
}
