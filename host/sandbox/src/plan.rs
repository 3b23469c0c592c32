//! What the host will do about an event: the result of the pure middle, which `run` carries out and `replay` shows.

use autotag_core::event::{DecodeError, Event};
use autotag_core::guard::Refusal;
use autotag_core::pattern::UnreadableEvent;
use autotag_core::tagging::{Alterations, Launch, Tagging};
use autotag_core::text::sanitize;

use crate::{Cost, InvocationError, PluginId};

/// What is to be done about one event.
#[derive(Debug)]
pub struct Plan {
    /// One decision for each plugin that wants the event; a single one without a plugin if none does. Never empty.
    pub decisions: Vec<PluginDecision>,
}

/// What is to be done about one event on one plugin's word.
#[derive(Debug)]
pub struct PluginDecision {
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
        altered: Option<Alterations>,
    },
    /// The call succeeded and created nothing of what it returned.
    Withheld {
        /// What would get which tags. Never empty, and all claims are disproved.
        taggings: Vec<Tagging>,
    },
    /// There is nothing to do.
    Skip(SkipReason),
    /// The guard does not let the answer pass.
    Refused(Refusal),
    /// There is no answer.
    Failed(PlanFailure),
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
    /// A VPC endpoint tells of a call that has a record of its own.
    #[error("a network activity event of a VPC endpoint: the call has a record of its own")]
    NetworkActivity,
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
pub enum PlanFailure {
    /// The event's `detail` is no CloudTrail record, though a plugin wants it.
    #[error("the event's detail is no CloudTrail record: {0}")]
    NoRecord(serde_json::Error),
    /// It cannot be said whether a plugin wants the event.
    #[error(transparent)]
    Route(#[from] UnreadableEvent),
    /// The plugin does not know the event's shape.
    #[error("malformed event: {0}")]
    Malformed(String),
    /// The plugin needs what CloudTrail has left out.
    #[error("{0}")]
    Omitted(String),
    /// The plugin was stopped, or stopped itself.
    #[error(transparent)]
    Call(#[from] InvocationError),
}

impl SkipReason {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoPlugin => "no_plugin",
            Self::Narrowed => "narrowed",
            Self::CallFailed(_) => "call_failed",
            Self::NetworkActivity => "network_activity",
            Self::NothingToTag => "nothing_to_tag",
            Self::SaidByPlugin(_) => "skip",
            Self::CannotTell(_) => "cannot_tell",
        }
    }
}

impl PlanFailure {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoRecord(_) => "no_record",
            Self::Route(_) => "route",
            Self::Malformed(_) => "malformed",
            Self::Omitted(_) => "omitted",
            Self::Call(error) if error.is_about_time() => "time_exceeded",
            Self::Call(error) if error.is_about_host() => crate::exhaustion::REASON,
            Self::Call(_) => "plugin_stopped",
        }
    }
}

impl Outcome {
    /// How reports call it: `tag`, `withheld`, `skip`, `refused` or `failed`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tag { .. } => "tag",
            Self::Withheld { .. } => "withheld",
            Self::Skip(_) => "skip",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it is so, where there is something to say: one line, though a plugin may have written it.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let reason = match self {
            Self::Tag { taggings, altered } => {
                let launch = taggings.iter().find_map(|tagging| tagging.launch.as_ref());
                let launch = launch.map(|Launch { client_token, omitted, .. }| {
                    format!(
                        "CloudTrail has omitted what the call answered ({}), so its instances are looked up by its client token, {client_token}",
                        omitted.words()
                    )
                });
                let said: Vec<_> = launch.into_iter().chain(altered.as_ref().map(ToString::to_string)).collect();
                (!said.is_empty()).then(|| said.join("; "))?
            }
            Self::Withheld { taggings } => {
                let (resource, contradiction) = taggings.iter().find_map(|tagging| tagging.disproved().next())?;
                format!("{resource}: {contradiction}")
            }
            Self::Skip(reason) => reason.to_string(),
            Self::Refused(refusal) => refusal.to_string(),
            Self::Failed(failure) => failure.to_string(),
        };
        Some(sanitize(&reason))
    }

    /// Which of its reasons it is, in one of a few words, for metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tag { .. } => "",
            Self::Withheld { .. } => "disproved",
            Self::Skip(reason) => reason.kind(),
            Self::Refused(refusal) => refusal.kind(),
            Self::Failed(failure) => failure.kind(),
        }
    }

    /// What gets which tags.
    #[must_use]
    pub fn taggings(&self) -> &[Tagging] {
        match self {
            Self::Tag { taggings, .. } | Self::Withheld { taggings } => taggings,
            _ => &[],
        }
    }
}

impl Plan {
    pub(crate) fn single(outcome: Outcome) -> Self {
        Self { decisions: vec![PluginDecision { plugin: None, outcome, cost: None }] }
    }

    /// The first thing in the plan that must not be passed over: an answer refused, or none given.
    #[must_use]
    pub fn problem(&self) -> Option<&PluginDecision> {
        self.decisions.iter().find(|decision| matches!(decision.outcome, Outcome::Refused(_) | Outcome::Failed(_)))
    }
}

/// An input that held no event, as reports call it.
pub const UNREADABLE: &str = "unreadable";

/// What comes of one event of an input.
pub type Planned = Result<(Event, Plan), DecodeError>;
