//! Values that are checked when they are read, from a flag, the environment or the file.

use serde::Deserialize;

/// An AWS account's number: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct AccountId(pub(super) String);

impl std::str::FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(format!("`{text}` is no account id, which has 12 digits"))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The name of a role, with its path if it has one: `autotag`, `service/autotag`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct RoleName(pub(super) String);

impl std::str::FromStr for RoleName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim_start_matches('/');
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
        if !name.is_empty() && name.len() <= 512 && name.bytes().all(is_allowed) {
            Ok(Self(name.into()))
        } else {
            Err(format!("`{text}` is no role's name; it is the same in every account, so an ARN is not one either"))
        }
    }
}

impl TryFrom<String> for RoleName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
