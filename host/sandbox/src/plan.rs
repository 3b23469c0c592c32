//! What the host will do about an event: the result of the pipeline, which `run` carries out and `replay` shows.

use autotag_core::event::{DecodeError, Event, OtherRecord};
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

/// What is to be done about one event by one plugin's answer.
#[derive(Debug)]
pub struct PluginDecision {
    /// The plugin; `None` if the decision is about no single plugin.
    pub plugin: Option<PluginId>,
    /// What follows from its answer.
    pub outcome: Outcome,
    /// What the plugin's invocation cost, if there was one.
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
    /// The API call succeeded, but created none of the resources that it returned.
    Withheld {
        /// What would get which tags. Never empty, and all claims are disproved.
        taggings: Vec<Tagging>,
    },
    /// There is nothing to do.
    Skip(SkipReason),
    /// The guard refuses it.
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
    /// An API call that failed has created nothing.
    #[error("the call failed: {0}")]
    CallFailed(String),
    /// The record is not an API call's.
    #[error("{}", match .0 {
        OtherRecord::NetworkActivity => "a network activity event of a VPC endpoint: the call has a record of its own",
        OtherRecord::Insight => "a CloudTrail Insights event, which is about many calls",
    })]
    NoApiCall(OtherRecord),
    /// The plugin sees nothing to tag.
    #[error("nothing to tag")]
    NothingToTag,
    /// The plugin says why there is nothing to tag.
    #[error("{0}")]
    ByPlugin(String),
    /// The event lacks what the plugin needs to know.
    #[error("{0}")]
    CannotTell(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PlanFailure {
    /// The event's `detail` is no CloudTrail record, though a plugin wants it.
    #[error("the event's detail is no CloudTrail record: {0}")]
    NoRecord(serde_json::Error),
    /// The event cannot be matched against the plugins' patterns.
    #[error(transparent)]
    Route(#[from] UnreadableEvent),
    /// The plugin does not know the event's shape.
    #[error("malformed event: {0}")]
    Malformed(String),
    /// The plugin needs what CloudTrail has left out.
    #[error("{0}")]
    Omitted(String),
    /// The invocation gave no answer.
    #[error(transparent)]
    Invocation(#[from] InvocationError),
}

impl SkipReason {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoPlugin => "no_plugin",
            Self::Narrowed => "narrowed",
            Self::CallFailed(_) => "call_failed",
            Self::NoApiCall(OtherRecord::NetworkActivity) => "network_activity",
            Self::NoApiCall(OtherRecord::Insight) => "insight",
            Self::NothingToTag => "nothing_to_tag",
            Self::ByPlugin(_) => "skip",
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
            Self::Invocation(error) if error.is_about_time() => "time_exceeded",
            Self::Invocation(error) if error.is_about_host() => crate::exhaustion::REASON,
            Self::Invocation(_) => "plugin_stopped",
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

    /// The reason, if there is one to tell: one line, sanitized, since a plugin may have written it.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let reason = match self {
            Self::Tag { taggings, altered } => {
                let launch = taggings.iter().find_map(|tagging| tagging.launch.as_ref());
                let launch = launch.map(|Launch { client_token, omitted, .. }| {
                    format!(
                        "CloudTrail has omitted what the call answered ({}), so its instances are looked up by its client token, {client_token}",
                        omitted
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

    /// The kind of reason, as a label for metrics with few values. Empty for `tag`.
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

    /// The first decision that must not be passed over: it is refused or failed.
    #[must_use]
    pub fn problem(&self) -> Option<&PluginDecision> {
        self.decisions.iter().find(|decision| matches!(decision.outcome, Outcome::Refused(_) | Outcome::Failed(_)))
    }
}

/// What reports call an input that holds no event.
pub const UNREADABLE: &str = "unreadable";

/// The plan for one event of an input, or why the input holds no event.
pub type Planned = Result<(Event, Plan), DecodeError>;
