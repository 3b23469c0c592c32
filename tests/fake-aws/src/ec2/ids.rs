//! Resource ids: the resource type of each, and the error with which EC2 refuses it.

use super::super::reply::ApiError;
use super::resource_types::RESOURCE_TYPES;

/// One resource type, and EC2's names for it.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct ResourceType {
    /// The prefix of its ids, without the hyphen.
    pub prefix: &'static str,
    /// Its name in `DescribeTags`.
    pub name: &'static str,
    /// Its name in error messages.
    pub(super) noun: &'static str,
    /// The error code for an id that does not exist.
    pub(super) not_found: &'static str,
    /// The error code for a malformed id of this type.
    pub(super) malformed: &'static str,
}

impl ResourceType {
    /// The resource type of a well-formed id.
    ///
    /// # Errors
    ///
    /// `InvalidID` for an unknown prefix, else the resource type's own code if 8 or 17 lower-case hexadecimal digits do
    /// not follow it. Fleets and spot fleet requests have a UUID instead. Spot requests and import and export tasks may
    /// also have 8 lower-case letters and digits.
    pub fn of(id: &str) -> Result<&'static Self, ApiError> {
        let begins = |resource_type: &&ResourceType| {
            id.strip_prefix(resource_type.prefix).is_some_and(|rest| rest.starts_with('-'))
        };
        let invalid = || ApiError::new(400, "InvalidID", format!("The ID '{id}' is not valid"));
        // The longest prefix wins: `tgw-attach-…` is no `tgw-…`.
        let longest = RESOURCE_TYPES.iter().filter(begins).max_by_key(|resource_type| resource_type.prefix.len());
        let resource_type = longest.ok_or_else(invalid)?;
        let rest = id.get(resource_type.prefix.len() + 1..).unwrap_or_default();
        let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let own_form = match resource_type.prefix {
            "fleet" | "sfr" => is_uuid(rest),
            "sir" => is_short_word(rest),
            prefix if prefix.starts_with("import-") || prefix.starts_with("export-") => is_short_word(rest),
            _ => false,
        };
        if own_form || matches!(rest.len(), 8 | 17) && hex(rest) {
            return Ok(resource_type);
        }
        if rest.split_once('-').is_some_and(|(word, _)| !word.is_empty() && !hex(word)) {
            // The longer prefix of something else, as in `eni-attach-…`.
            return Err(invalid());
        }
        Err(resource_type.malformed_error(id))
    }

    pub fn malformed_error(&self, id: &str) -> ApiError {
        let message = format!("Invalid id: \"{id}\" (expecting \"{}-...\")", self.prefix);
        ApiError::new(400, self.malformed, message)
    }

    /// The error for unknown ids of this type. It names them all.
    pub fn not_found_error(&self, ids: &[&str]) -> ApiError {
        let quoted = if self.prefix == "ami" { format!("[{}]", ids.join(", ")) } else { ids.join(", ") };
        let (plural, does) = if ids.len() == 1 { ("", "does") } else { ("s", "do") };
        let message = format!("The {}{plural} '{quoted}' {does} not exist", self.noun);
        ApiError::new(400, self.not_found, message)
    }
}

fn is_short_word(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let fits =
        |(part, length): (&&str, usize)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.len() == lengths.len() && parts.iter().zip(lengths).all(fits)
}
