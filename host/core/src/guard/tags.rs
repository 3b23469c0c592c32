//! What AWS and the operator require of tags' keys and values.

use std::collections::BTreeSet;

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

use super::{Guard, Refusal};
use crate::event::Record;

/// AWS's limit on a tag's key, in characters.
pub const MAX_KEY_CHARS: usize = 128;
/// AWS's limit on a tag's value, in characters.
pub const MAX_VALUE_CHARS: usize = 256;
/// AWS's limit on the tags of a resource.
pub const MAX_TAGS: usize = 50;

impl Guard {
    pub(super) fn check_key(&self, key: &str, declared: &BTreeSet<String>) -> Result<(), Refusal> {
        check_key_form(key)?;
        if !declared.contains(key) {
            return Err(Refusal::UndeclaredKey(key.into()));
        }
        if !self.tag_keys.contains(key) {
            return Err(Refusal::ForbiddenKey(key.into()));
        }
        Ok(())
    }

    pub(super) fn check_value(
        &self,
        key: &str,
        mut value: String,
        record: &Record<'_>,
        cut_keys: &mut BTreeSet<String>,
    ) -> Result<String, Refusal> {
        if self.access_keys.contains(key) && record.principal_id.as_deref() != Some(value.as_str()) {
            let actual = record.principal_id.as_deref().map(Into::into);
            return Err(Refusal::Identity { key: key.into(), given: value, actual });
        }
        if let Some((end, _)) = value.char_indices().nth(MAX_VALUE_CHARS) {
            // A part of a principal id is no principal's.
            if self.access_keys.contains(key) {
                let count = value.chars().count();
                return Err(Refusal::TooMany { what: "characters in a principal id", count, limit: MAX_VALUE_CHARS });
            }
            value.truncate(end);
            cut_keys.insert(key.into());
        }
        Ok(value)
    }

    /// Replaces the characters of a value that the tagging API does not take; returns whether there were any.
    pub(super) fn replace_characters(&self, key: &str, value: &mut String) -> Result<bool, Refusal> {
        if !key.chars().all(is_taken_by_the_tagging_api) {
            return Err(Refusal::KeyCharacters(key.into()));
        }
        if value.chars().all(is_taken_by_the_tagging_api) {
            return Ok(false);
        }
        // Another character makes another principal.
        if self.access_keys.contains(key) {
            return Err(Refusal::IdentityCharacters { key: key.into(), value: value.clone() });
        }
        *value = value.chars().map(|char| if is_taken_by_the_tagging_api(char) { char } else { '_' }).collect();
        Ok(true)
    }
}

/// Checks what AWS requires of every key.
///
/// ```
/// use autotag_core::guard::{Refusal, check_key_form};
///
/// assert_eq!(check_key_form("Owner"), Ok(()));
/// assert_eq!(check_key_form("aws:createdBy"), Err(Refusal::ReservedKey("aws:createdBy".into())));
/// assert_eq!(check_key_form(""), Err(Refusal::KeyLength(String::new())));
/// ```
///
/// # Errors
/// If it is reserved, empty or too long.
pub fn check_key_form(key: &str) -> Result<(), Refusal> {
    if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        return Err(Refusal::ReservedKey(key.into()));
    }
    if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
        return Err(Refusal::KeyLength(key.chars().take(MAX_KEY_CHARS).collect()));
    }
    Ok(())
}

/// Whether the Resource Groups Tagging API takes the character in a tag: its `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
fn is_taken_by_the_tagging_api(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphanumeric() || " _.:/=+-@".contains(char);
    }
    let taken = GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Number).union(GeneralCategoryGroup::Separator);
    taken.contains(CodePointMapData::<GeneralCategory>::new().get(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_from_1_to_128_characters() {
        for chars in [1, 2, MAX_KEY_CHARS - 1, MAX_KEY_CHARS] {
            assert!(check_key_form(&"ü".repeat(chars)).is_ok(), "{chars}");
        }
        for chars in [0, MAX_KEY_CHARS + 1, 2 * MAX_KEY_CHARS] {
            let refusal = check_key_form(&"ü".repeat(chars)).unwrap_err();
            assert!(matches!(refusal, Refusal::KeyLength(_)), "{chars}: {refusal}");
        }
    }
}
