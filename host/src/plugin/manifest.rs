//! What a plugin says of itself, checked.

use std::fmt;

use super::bindings::exports::autotag::plugin::extractor;
use super::loader::LONGEST_WORDS;
use crate::router::{EventPattern, PatternError};
use crate::text::one_line;

/// A plugin's name and version, as reports show them: `ec2@1.0.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PluginId {
    /// `ec2`
    pub name: String,
    /// `1.0.0`
    pub version: String,
}

impl fmt::Display for PluginId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.version)
    }
}

/// What a plugin says of itself.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Who it is.
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
    /// The version is none.
    #[error("its version `{0}` is not 1 to 64 letters, digits, dots, hyphens and plus signs")]
    Version(String),
    /// It would never get an event.
    #[error("it declares no event pattern")]
    NoPatterns,
    /// An event pattern cannot be matched.
    #[error("its event pattern {number} is refused: {}", one_line(&.error.to_string(), LONGEST_WORDS))]
    Pattern {
        /// Which one, from 1.
        number: usize,
        /// What is wrong.
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

impl Manifest {
    pub(super) fn check(said: extractor::Manifest) -> Result<Self, ManifestError> {
        let word = |text: &str, allowed: fn(u8) -> bool| (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        if !word(&said.name, |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
            return Err(ManifestError::Name(one_line(&said.name, 64)));
        }
        if !word(&said.version, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+')) {
            return Err(ManifestError::Version(one_line(&said.version, 64)));
        }
        if said.event_patterns.is_empty() {
            return Err(ManifestError::NoPatterns);
        }
        let event_patterns = said
            .event_patterns
            .iter()
            .zip(1..)
            .map(|(text, number)| EventPattern::parse(text).map_err(|error| ManifestError::Pattern { number, error }))
            .collect::<Result<_, _>>()?;
        Ok(Self { id: PluginId { name: said.name, version: said.version }, event_patterns })
    }
}
