//! The differences between required and deployed rules.

use serde::Serialize;

use crate::deployed::InputTransformation;
use crate::sample::EventKind;

/// What differs between the rules that the plugins need and those that are deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Events that plugins want and no enabled rule matches.
    pub missing: Vec<MissingEvents>,
    /// Events that plugins want, but that rules match only under conditions on fields that the plugins leave open.
    pub narrower: Vec<NarrowerRule>,
    /// Events that rules match and no plugin wants.
    pub surplus: Vec<SurplusEvents>,
    /// Rules that also match failed API calls, by [`DeployedRule::label`](crate::DeployedRule::label).
    pub with_failed_calls: Vec<String>,
    /// Rules that also match events replayed from an archive, by label.
    pub with_replays: Vec<String>,
    /// Rules that are disabled, by label.
    pub disabled: Vec<String>,
    /// Targets that do not get the event unchanged.
    pub altered: Vec<AlteredTarget>,
    /// Rules that do not send to the queue, by label.
    pub not_to_queue: Vec<String>,
    /// Rules whose event patterns cannot be evaluated here.
    pub unreadable: Vec<UnreadableRule>,
    /// Alternatives of patterns that were not compared, since no sample event could be generated for them.
    pub not_compared: Vec<String>,
}

impl Comparison {
    /// Whether nothing differs. What was not compared is no difference.
    ///
    /// ```
    /// use autotag_eventbridge_rules::Comparison;
    ///
    /// let mut comparison = Comparison::default();
    /// comparison.not_compared.push("the plugin s3: source = aws.ec2, which goes with no other source".into());
    /// assert!(comparison.is_same());
    /// comparison.disabled.push("S3Rule".into());
    /// assert!(!comparison.is_same());
    /// ```
    #[must_use]
    pub fn is_same(&self) -> bool {
        let Self {
            missing,
            narrower,
            surplus,
            with_failed_calls,
            with_replays,
            disabled,
            altered,
            not_to_queue,
            unreadable,
            not_compared: _,
        } = self;
        missing.is_empty()
            && narrower.is_empty()
            && surplus.is_empty()
            && with_failed_calls.is_empty()
            && with_replays.is_empty()
            && disabled.is_empty()
            && altered.is_empty()
            && not_to_queue.is_empty()
            && unreadable.is_empty()
    }
}

/// A kind of event that a plugin wants and no enabled rule matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingEvents {
    /// The name of the plugin that wants them.
    pub plugin: String,
    /// The source and the name of the events.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The rules that would match them if they were enabled, by label.
    #[serde(rename = "in_disabled")]
    pub disabled_rules: Vec<String>,
}

/// A rule that matches a kind of event that a plugin wants only under conditions on fields that the plugin leaves open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NarrowerRule {
    /// The name of the plugin that wants the events.
    pub plugin: String,
    /// The source and the name of the events.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The label of the rule that matches too few of them.
    pub rule: String,
    /// The fields that only the rule has conditions on: `detail.userIdentity.type`.
    pub fields: Vec<String>,
}

/// A kind of event that a rule matches and no plugin wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SurplusEvents {
    /// The label of the rule that matches them.
    pub rule: String,
    /// The source and the name of the events.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// A target that does not get the event unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlteredTarget {
    /// The label of the rule that the target belongs to.
    pub rule: String,
    /// The target's id in that rule.
    pub target: String,
    /// What transforms the event.
    pub by: InputTransformation,
}

/// A rule whose event pattern cannot be evaluated here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableRule {
    /// The label of the rule: its name, with the event bus unless that is the default one.
    pub rule: String,
    /// Why its pattern cannot be evaluated.
    #[serde(rename = "why")]
    pub reason: String,
}
