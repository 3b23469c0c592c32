//! EventBridge's event patterns: which patterns are valid, and which events they match.
//!
//! The host has a matcher of its own, since it must decide as EventBridge does: an event that EventBridge delivers and
//! the host does not route is lost. It follows AWS's documentation and, where that is silent, event-ruler, AWS's
//! open-source engine (<https://github.com/aws/event-ruler>, 2.0.1).

mod address;
mod alternative;
mod event;
mod matching;
mod number;
mod or;
mod parse;
mod text;

pub use address::edges;
use alternative::Alternative;
pub(crate) use event::{EventFields, Paths};
pub use or::without_or;

/// Why an event pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It does not have the structure of an EventBridge pattern.
    #[error("{path}: {problem}")]
    Shape {
        /// Where: `detail.eventName`.
        path: String,
        /// What is wrong there.
        problem: String,
    },
}

/// An event that cannot be matched, since it is no JSON object, or is nested too deep.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the event cannot be matched against event patterns: {0}")]
pub struct UnreadableEvent(String);

/// An EventBridge event pattern that the host can match.
///
/// ```
/// use autotag_core::pattern::EventPattern;
///
/// let pattern = EventPattern::parse(r#"{"source": ["aws.ec2"], "detail": {"eventName": [{"prefix": "Create"}]}}"#)?;
/// assert!(pattern.matches(r#"{"source": "aws.ec2", "detail": {"eventName": "CreateVolume"}}"#)?);
/// assert!(!pattern.matches(r#"{"source": "aws.ec2", "detail": {"eventName": "RunInstances"}}"#)?);
/// assert!(EventPattern::parse(r#"{"source": "aws.ec2"}"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct EventPattern {
    text: String,
    /// In the order of their paths.
    conditions: Vec<Condition>,
}

/// What a pattern asks of one field: that its value meets one of the alternatives.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// The field's path, its names joined by dots, as EventBridge compares paths: `detail.eventName`.
    path: String,
    alternatives: Vec<Alternative>,
}

impl EventPattern {
    /// Parses a pattern, JSON text.
    ///
    /// ```
    /// use autotag_core::pattern::{EventPattern, PatternError};
    ///
    /// // EventBridge wants a list of values.
    /// let refused = EventPattern::parse(r#"{"detail": {"eventName": "CreateVolume"}}"#);
    /// assert!(matches!(refused, Err(PatternError::Shape { path, .. }) if path == "detail.eventName"));
    /// ```
    ///
    /// # Errors
    /// If EventBridge would not take it, or it uses `$or`, which [`without_or`] removes.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        Ok(Self { text: text.into(), conditions: parse::conditions(text)? })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches an event, JSON text. To match an event against many patterns, make a
    /// [`Router`](crate::router::Router) of them.
    ///
    /// ```
    /// use autotag_core::pattern::EventPattern;
    ///
    /// // API calls that succeeded.
    /// let pattern = EventPattern::parse(r#"{"detail": {"errorCode": [{"exists": false}]}}"#)?;
    /// assert!(pattern.matches(r#"{"detail": {"eventName": "CreateVolume"}}"#)?);
    /// let failed = r#"{"detail": {"eventName": "CreateVolume", "errorCode": "Client.VolumeLimitExceeded"}}"#;
    /// assert!(!pattern.matches(failed)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the event cannot be read.
    pub fn matches(&self, event: &str) -> Result<bool, UnreadableEvent> {
        let mut paths = Paths::default();
        let bound = self.bind(&mut paths);
        Ok(bound.matches(&EventFields::read(event, &paths)?))
    }

    /// The paths of the fields that it asks for, in their order: `detail.eventName`.
    ///
    /// ```
    /// use autotag_core::pattern::EventPattern;
    ///
    /// let pattern = EventPattern::parse(r#"{"source": ["aws.ec2"], "detail": {"eventName": ["CreateVolume"]}}"#)?;
    /// assert_eq!(pattern.paths().collect::<Vec<_>>(), ["detail.eventName", "source"]);
    /// # Ok::<(), autotag_core::pattern::PatternError>(())
    /// ```
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().map(|condition| condition.path.as_str())
    }

    /// The conditions, one for each field.
    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Binds the pattern to the indices of its fields.
    pub(crate) fn bind(&self, paths: &mut Paths) -> BoundPattern {
        let fields = self.conditions.iter().map(|condition| paths.add(&condition.path)).collect();
        BoundPattern { conditions: self.conditions.clone(), fields }
    }
}

impl PartialEq for EventPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for EventPattern {}

impl Condition {
    /// The field that it is about: `detail.eventName`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The texts that it lists, if it lists nothing else. An address is no such text: it can be written in many ways.
    pub(crate) fn plain_texts(&self) -> Option<Vec<&str>> {
        self.alternatives.iter().map(Alternative::plain_text).collect()
    }
}

/// A pattern, bound to the indices of its fields.
#[derive(Debug, Clone)]
pub(crate) struct BoundPattern {
    conditions: Vec<Condition>,
    /// The index of each condition's field among the fields of an event.
    fields: Vec<usize>,
}

impl BoundPattern {
    /// Whether it matches the event that has these fields.
    pub(crate) fn matches(&self, event: &EventFields<'_>) -> bool {
        matching::is_met(&self.conditions, &self.fields, event)
    }
}

#[cfg(test)]
mod tests;
