//! A plugin's manifest: what it says of itself, checked.

use std::collections::BTreeSet;
use std::fmt;

use autotag_core::guard::check_key_form;
use autotag_core::pattern::{EventPattern, PatternError};
use autotag_core::text::{is_steering, one_line, sanitize};
use serde_json::Value;

use crate::bindings::exports::autotag::plugin::extractor;

/// A plugin's name and version, as reports show them: `ec2@1.0.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PluginId {
    /// `ec2`: 1 to 64 lower-case letters, digits and hyphens.
    pub name: String,
    /// `1.0.0`: 1 to 64 letters, digits, dots, hyphens and plus signs.
    pub version: String,
}

impl fmt::Display for PluginId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.version)
    }
}

/// What a plugin says of itself, checked.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Its name and version.
    pub id: PluginId,
    /// The events that it wants.
    pub event_patterns: Vec<EventPattern>,
}

/// What is wrong in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The name cannot be used in configuration and reports.
    #[error("its name `{0}` is not 1 to 64 lower-case letters, digits and hyphens")]
    Name(String),
    /// The version cannot be used in reports.
    #[error("its version `{0}` is not 1 to 64 letters, digits, dots, hyphens and plus signs")]
    Version(String),
    /// It would never get an event.
    #[error("it declares no event pattern")]
    NoPatterns,
    /// Its patterns would cost every event too much.
    #[error("it declares {found} {what}; the limit is {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// An event pattern cannot be matched.
    #[error("its event pattern {number} is refused: {}", sanitize(&.error.to_string()))]
    Pattern {
        /// Which of the declared patterns it is, from 1.
        number: usize,
        /// Why it cannot be matched.
        error: PatternError,
    },
    /// It could never write a tag.
    #[error("it declares no tag key")]
    NoTagKeys,
    /// A tag key that AWS would not take.
    #[error("{0}")]
    TagKey(String),
    /// Two of its tags would overwrite each other.
    #[error("it declares the tag key `{0}` twice")]
    SameTagKey(String),
}

/// The most patterns of one plugin: a third of the rules that an event bus may have.
const MAX_PATTERNS: usize = 100;
/// The most text of all patterns of one plugin: thirty of the largest that EventBridge takes.
const MAX_PATTERN_BYTES: usize = 64 * 1024;
/// The most wildcards in all patterns of one plugin. Other alternatives are found in the time that it takes to scan the
/// event; wildcards are searched for, in every event that the plugin could want.
const MAX_WILDCARDS: usize = 20;

/// The most tag keys that a plugin may write: twice as many as a resource can have tags.
const MAX_TAG_KEYS: usize = 100;

/// Checks that matching them costs little: every event pays for the patterns of every plugin, outside any plugin's
/// bounds.
fn check_cost(patterns: &[String]) -> Result<(), ManifestError> {
    let bytes = patterns.iter().map(String::len).sum();
    // A pattern that is not JSON is refused by `EventPattern::parse`, with a better message.
    let read = |pattern: &String| serde_json::from_str(pattern).ok();
    let wildcards = if bytes <= MAX_PATTERN_BYTES { patterns.iter().filter_map(read).map(wildcards).sum() } else { 0 };
    let all = [
        ("event patterns", patterns.len(), MAX_PATTERNS),
        ("bytes of event patterns", bytes, MAX_PATTERN_BYTES),
        ("wildcards in event patterns", wildcards, MAX_WILDCARDS),
    ];
    match all.into_iter().find(|(_, found, limit)| found > limit) {
        Some((what, found, limit)) => Err(ManifestError::TooMuch { what, found, limit }),
        None => Ok(()),
    }
}

/// How many `*` a pattern's wildcards have.
fn wildcards(pattern: Value) -> usize {
    match pattern {
        Value::Array(alternatives) => alternatives.into_iter().map(wildcards).sum(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| match &value {
                _ if key == "wildcard" => stars(&value),
                _ => wildcards(value),
            })
            .sum(),
        _ => 0,
    }
}

/// How many `*` a text or a list of texts has.
fn stars(value: &Value) -> usize {
    match value {
        Value::String(text) => text.matches('*').count(),
        Value::Array(values) => values.iter().map(stars).sum(),
        _ => 0,
    }
}

impl Manifest {
    pub(crate) fn check(said: extractor::Manifest) -> Result<Self, ManifestError> {
        Self::new(said.name, said.version, &said.event_patterns)
    }

    /// Checks what a plugin says of itself.
    ///
    /// # Errors
    /// If the name or the version has a wrong form, or if its patterns cannot be matched or would cost every event too
    /// much.
    pub fn new(name: String, version: String, event_patterns: &[String]) -> Result<Self, ManifestError> {
        let is_word = |text: &str, allowed: fn(u8) -> bool| (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        if !is_word(&name, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
            return Err(ManifestError::Name(one_line(&name, 64)));
        }
        if !is_word(&version, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+')) {
            return Err(ManifestError::Version(one_line(&version, 64)));
        }
        if event_patterns.is_empty() {
            return Err(ManifestError::NoPatterns);
        }
        check_cost(event_patterns)?;
        let event_patterns = event_patterns
            .iter()
            .zip(1..)
            .map(|(text, number)| EventPattern::parse(text).map_err(|error| ManifestError::Pattern { number, error }))
            .collect::<Result<_, _>>()?;
        Ok(Self { id: PluginId { name, version }, event_patterns })
    }
}

/// Checks the tag keys that a plugin says it will write.
pub(crate) fn check_tag_keys(keys: Vec<String>) -> Result<BTreeSet<String>, ManifestError> {
    if keys.is_empty() {
        return Err(ManifestError::NoTagKeys);
    }
    if keys.len() > MAX_TAG_KEYS {
        return Err(ManifestError::TooMuch { what: "tag keys", found: keys.len(), limit: MAX_TAG_KEYS });
    }
    let mut checked = BTreeSet::new();
    for key in keys {
        check_key_form(&key).map_err(|refusal| ManifestError::TagKey(sanitize(&refusal.to_string())))?;
        if key.contains(is_steering) {
            let key = sanitize(&key);
            return Err(ManifestError::TagKey(format!("the tag key `{key}` has a control character")));
        }
        if !checked.insert(key.clone()) {
            return Err(ManifestError::SameTagKey(key));
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_would_cost_every_event_too_much_are_refused() {
        let refused = |patterns: Vec<String>| check_cost(&patterns).unwrap_err().to_string();
        let pattern = r#"{"source": ["aws.ec2"]}"#;
        assert_eq!(refused(vec![pattern.into(); 101]), "it declares 101 event patterns; the limit is 100");
        let long = format!(r#"{{"source": ["{}"]}}"#, "x".repeat(64 * 1024));
        assert_eq!(refused(vec![long]), "it declares 65552 bytes of event patterns; the limit is 65536");
        let stars = format!(r#"{{"source": [{{"wildc\u0061rd": "{}"}}]}}"#, r"a\u002a".repeat(21));
        assert_eq!(refused(vec![stars]), "it declares 21 wildcards in event patterns; the limit is 20");
        assert_eq!(check_cost(&vec![pattern.into(); 100]), Ok(()));
    }
}
