//! What the host will do about an event: the result of the pure middle, which `run` carries out and `replay` shows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::event::DecodeError;
use crate::guard::Refusal;
use crate::plugin::{CallError, Cost, PluginId};
use crate::resource::Resource;
use crate::router::RouteError;
use crate::text::words;

/// What is to be done about one event.
#[derive(Debug)]
pub struct Plan {
    /// One decision for each plugin that wants the event; a single one without a plugin if none does. Never empty.
    pub decisions: Vec<Decision>,
}

/// What is to be done about one event on one plugin's word.
#[derive(Debug)]
pub struct Decision {
    /// Whose word it is.
    pub plugin: Option<PluginId>,
    /// What follows from it.
    pub outcome: Outcome,
    /// What the plugin's call took, if there was one.
    pub cost: Option<Cost>,
}

/// What follows from a plugin's answer.
#[derive(Debug)]
pub enum Outcome {
    /// These tags are to be put on.
    Tag {
        /// What gets which tags. Never empty.
        taggings: Vec<Tagging>,
        /// What the host changed in the answer, if anything.
        altered: Option<Altered>,
    },
    /// There is nothing to do.
    Skip(SkipReason),
    /// The guard does not let the answer pass.
    Refused(Refusal),
    /// There is no answer.
    Failed(Failure),
}

/// Resources, and the tags that all of them get. Proved by the guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tagging {
    /// What the event names.
    pub resources: Vec<Resource>,
    /// What to look up from them: to tag along, and whose they are.
    pub related: Vec<Related>,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
}

/// What an event does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Related {
    /// The volumes attached to the tagging's instances.
    Volumes,
    /// The network interfaces attached to the tagging's instances.
    NetworkInterfaces,
    /// The snapshots behind the tagging's images.
    Snapshots,
    /// What the tagging's instances were launched for. It is not tagged; the tagging's keys take their values from it.
    Parent,
}

/// What the host changed in values, for AWS to take them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Altered {
    /// The keys of values that were too long: only the beginning remains.
    pub cut: BTreeSet<String>,
    /// The keys of values with characters that the Resource Groups Tagging API does not take: an underscore stands for each.
    pub replaced: BTreeSet<String>,
}

impl fmt::Display for Altered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let and = |keys: &BTreeSet<String>| keys.iter().map(String::as_str).collect::<Vec<_>>().join(" and ");
        if !self.cut.is_empty() {
            write!(formatter, "the value of {} was cut to 256 characters", and(&self.cut))?;
        }
        if !self.replaced.is_empty() {
            let separator = if self.cut.is_empty() { "" } else { "; " };
            let keys = and(&self.replaced);
            write!(
                formatter,
                "{separator}characters that the Resource Groups Tagging API does not take were replaced in the value of {keys}"
            )?;
        }
        Ok(())
    }
}

/// Why there is nothing to do.
#[derive(Debug, thiserror::Error)]
pub enum SkipReason {
    /// No plugin's patterns match.
    #[error("no plugin")]
    NoPlugin,
    /// The operator keeps the event from the plugin.
    #[error("`events` in the configuration keeps this event from the plugin")]
    Narrowed,
    /// A call that failed has created nothing.
    #[error("the call failed: {0}")]
    CallFailed(String),
    /// The plugin sees nothing to tag.
    #[error("nothing to tag")]
    NothingToTag,
    /// The plugin says why there is nothing to tag.
    #[error("{0}")]
    SaidByPlugin(String),
    /// The event does not say what it takes.
    #[error("{0}")]
    CannotTell(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The event's `detail` is no CloudTrail record, though a plugin wants it.
    #[error("the event's detail is no CloudTrail record: {0}")]
    NoRecord(serde_json::Error),
    /// It cannot be said whether a plugin wants the event.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The plugin does not know the event's shape.
    #[error("malformed event: {0}")]
    Malformed(String),
    /// The plugin was stopped, or stopped itself.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl SkipReason {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoPlugin => "no_plugin",
            Self::Narrowed => "narrowed",
            Self::CallFailed(_) => "call_failed",
            Self::NothingToTag => "nothing_to_tag",
            Self::SaidByPlugin(_) => "skip",
            Self::CannotTell(_) => "cannot_tell",
        }
    }
}

impl Failure {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoRecord(_) => "no_record",
            Self::Route(_) => "route",
            Self::Malformed(_) => "malformed",
            Self::Call(error) if error.is_about_time() => "time_exceeded",
            Self::Call(_) => "plugin_stopped",
        }
    }
}

impl Outcome {
    /// How reports call it: `tag`, `skip`, `refused` or `failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tag { .. } => "tag",
            Self::Skip(_) => "skip",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it is so, where there is something to say: one line, though a plugin may have written it.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let reason = match self {
            Self::Tag { altered, .. } => altered.as_ref()?.to_string(),
            Self::Skip(reason) => reason.to_string(),
            Self::Refused(refusal) => refusal.to_string(),
            Self::Failed(failure) => failure.to_string(),
        };
        Some(words(&reason))
    }

    /// Which of its reasons it is, in one of a few words, for metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tag { .. } => "",
            Self::Skip(reason) => reason.kind(),
            Self::Refused(refusal) => refusal.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }

    /// What gets which tags.
    #[must_use]
    pub fn taggings(&self) -> &[Tagging] {
        match self {
            Self::Tag { taggings, .. } => taggings,
            _ => &[],
        }
    }
}

impl Plan {
    pub(crate) fn single(outcome: Outcome) -> Self {
        Self { decisions: vec![Decision { plugin: None, outcome, cost: None }] }
    }

    /// The first thing in the plan that must not be passed over: an answer refused, or none given.
    #[must_use]
    pub fn problem(&self) -> Option<&Decision> {
        self.decisions.iter().find(|decision| matches!(decision.outcome, Outcome::Refused(_) | Outcome::Failed(_)))
    }
}

/// An input that held no event, as reports call it.
pub const UNREADABLE: &str = "unreadable";

/// What comes of one event of an input.
pub type Planned = Result<(crate::event::Event, Plan), DecodeError>;
