//! What is expected of a plugin: the form of `events/*.expected.json`.

use std::collections::BTreeMap;

use autotag_core::tagging::Tagging;
use autotag_core::text::{one_line, sanitize};
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::{Outcome, PlanFailure, UNREADABLE};
use serde::{Deserialize, Serialize};

/// The result of one event, without its cost and the plugin's version, so that the next version can meet it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// The API call's name; null if the event has none.
    event: Option<String>,
    /// `tag`, `withheld`, `skip`, `refused`, `failed` or `unreadable`.
    outcome: String,
    reason: Option<String>,
    taggings: Vec<ExpectedTagging>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedTagging {
    resources: Vec<String>,
    related: Vec<String>,
    tags: BTreeMap<String, String>,
}

/// The result of each event in a file.
pub(super) fn of(pipeline: &Pipeline, events: &[u8]) -> serde_json::Result<Vec<Expected>> {
    let mut all = Vec::new();
    for planned in pipeline.run(events) {
        match planned {
            Ok((event, plan)) => {
                for decision in &plan.decisions {
                    all.push(Expected {
                        event: event.name(),
                        outcome: decision.outcome.name().into(),
                        reason: reason(&decision.outcome),
                        taggings: taggings(&decision.outcome)?,
                    });
                }
            }
            Err(error) => all.push(Expected {
                event: None,
                outcome: UNREADABLE.into(),
                reason: Some(sanitize(&error.to_string())),
                taggings: Vec::new(),
            }),
        }
    }
    Ok(all)
}

/// The reason, without the plugin's version.
fn reason(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Failed(PlanFailure::Invocation(error)) => Some(sanitize(&error.problem.to_string())),
        outcome => outcome.reason(),
    }
}

/// The taggings in the form that reports have, without verdicts: those are the host's, and not part of the plugin's
/// answer.
fn taggings(outcome: &Outcome) -> serde_json::Result<Vec<ExpectedTagging>> {
    let tagging = |tagging: &Tagging| {
        Ok(ExpectedTagging {
            resources: tagging.claims.iter().map(|claim| claim.resource.to_string()).collect(),
            related: serde_json::from_value(serde_json::to_value(&tagging.related)?)?,
            tags: tagging.tags.clone(),
        })
    };
    outcome.taggings().iter().map(tagging).collect()
}

/// The results in short.
pub(super) fn summary(all: &[Expected]) -> String {
    let words = |expected: &Expected| match &expected.event {
        Some(event) => format!("{}: {}", one_line(event, 128), expected.outcome),
        None => expected.outcome.clone(),
    };
    if all.is_empty() { "no event".into() } else { all.iter().map(words).collect::<Vec<_>>().join(", ") }
}
