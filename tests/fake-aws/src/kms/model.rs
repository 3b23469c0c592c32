//! Keys: what a test puts, and the one that exists without it.

use serde_json::{Value, json};

/// The alias of the key that AWS manages for SQS.
pub(super) const SQS_ALIAS: &str = "alias/aws/sqs";
const SQS_KEY: &str = "00000000-0000-4000-8000-000000000595";

/// A key that a test puts.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its id, a UUID.
    pub id: String,
    /// Its aliases, such as `alias/queues`.
    pub aliases: Vec<String>,
    /// The key policy: who may use it for what.
    pub policy: Value,
    /// Who manages it.
    pub manager: KeyManager,
    /// Whether it can be used.
    pub enabled: bool,
}

/// Who manages a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyManager {
    /// AWS, which also writes its policy.
    Aws,
    /// The account that owns the key.
    Customer,
}

impl Key {
    /// An enabled customer-managed key without aliases, with this policy.
    pub fn new(id: &str, policy: Value) -> Self {
        Self { id: id.to_owned(), aliases: Vec::new(), policy, manager: KeyManager::Customer, enabled: true }
    }

    /// Adds an alias, such as `alias/queues`.
    pub fn alias(mut self, alias: &str) -> Self {
        self.aliases.push(alias.to_owned());
        self
    }

    /// The AWS-managed key for the queues of an account, which AWS creates at the first request for it. No principal
    /// can change its policy. It lets the account's own principals use the key through SQS, and no AWS service.
    pub(super) fn of_sqs(account: &str, region: &str) -> Self {
        let condition = json!({
            "StringEquals": { "kms:ViaService": format!("sqs.{region}.amazonaws.com"), "kms:CallerAccount": account },
        });
        let through_sqs = json!({
            "Sid": "Allow access through SQS for all principals in the account that are authorized to use SQS",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
                "kms:DescribeKey"],
            "Resource": "*",
            "Condition": condition,
        });
        let policy = json!({ "Version": "2012-10-17", "Id": "auto-sqs-1", "Statement": [through_sqs] });
        Self { manager: KeyManager::Aws, ..Self::new(SQS_KEY, policy).alias(SQS_ALIAS) }
    }

    /// # Errors
    ///
    /// Why KMS could not have such a key.
    pub(super) fn check(&self) -> Result<(), String> {
        if !is_id(&self.id) {
            return Err("an id is a UUID, such as 1234abcd-12ab-34cd-56ef-1234567890ab".to_owned());
        }
        if let Some(alias) = self.aliases.iter().find(|alias| !is_alias(alias)) {
            return Err(format!("'{alias}' is no alias: alias/ and letters, digits, '/', '_' and '-'"));
        }
        let of_aws = |alias: &String| alias.starts_with("alias/aws/");
        if self.manager == KeyManager::Customer && self.aliases.iter().any(of_aws) {
            return Err("only keys that AWS manages have aliases that begin with alias/aws/".to_owned());
        }
        if !self.policy.is_object() {
            return Err("its policy is no JSON object".to_owned());
        }
        Ok(())
    }
}

/// A UUID, or the form of multi-Region keys.
pub(super) fn is_id(id: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if let Some(rest) = id.strip_prefix("mrk-") {
        return rest.len() == 32 && hex(rest);
    }
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.split('-').all(hex)
}

pub(super) fn is_alias(alias: &str) -> bool {
    let fits = |char: char| char.is_ascii_alphanumeric() || "/_-".contains(char);
    alias.strip_prefix("alias/").is_some_and(|name| !name.is_empty() && name.chars().all(fits))
}
