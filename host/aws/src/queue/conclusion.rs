//! What one decision means for its message: what becomes of it, and what is logged.

use autotag_core::event::Event;
use autotag_core::ownership::rule::{Withheld, WithheldKind};
use autotag_core::text::sanitize;
use autotag_sandbox::plan::{Outcome, PlanFailure, SkipReason};

use crate::disposition::{Disposition, Extent};
use crate::tagger::Tagged;

/// The reason in the log for an event that no plugin wants.
const UNMATCHED: &str = "no plugin wants this event, though a rule has brought it: load the plugin and send the message back, or take the \
                        event out of the rule (`host rule --diff` names such rules)";

/// What came of one decision.
#[derive(Debug)]
pub(crate) struct Conclusion {
    /// What becomes of the message.
    pub(crate) disposition: Disposition,
    /// The reason for the log, beside the name of the outcome.
    pub(crate) reason: Option<String>,
    /// How many resources have their tags now; none if there was nothing to tag, or a tag may be missing.
    pub(crate) resources: Option<usize>,
    /// What nothing was put on, and why.
    pub(crate) withheld: Vec<(String, Withheld)>,
}

impl Conclusion {
    /// The conclusion where nothing was tagged for an event.
    pub(crate) fn of(outcome: &Outcome, event: &Event) -> Self {
        let kind = outcome.kind();
        let mut reason = outcome.reason();
        let disposition = match outcome {
            // A plugin that runs out of time may have had a slow machine, and the host's own exhaustion is not the
            // event's fault.
            Outcome::Failed(PlanFailure::Invocation(error)) if error.is_about_time() || error.is_about_host() => {
                Disposition::Retry(kind)
            }
            Outcome::Failed(_) => Disposition::Failed(kind),
            Outcome::Refused(_) => Disposition::Refused(kind),
            Outcome::Withheld { .. } => Disposition::Withheld(WithheldKind::Disproved),
            Outcome::Skip(SkipReason::NoPlugin) if event.may_have_created() => {
                reason = Some(UNMATCHED.into());
                Disposition::of_unmatched(event.time().map(|called| called.elapsed().unwrap_or_default()))
            }
            Outcome::Skip(_) | Outcome::Tag { .. } => Disposition::Skip(kind),
        };
        let disproved = outcome.taggings().iter().flat_map(|tagging| tagging.disproved());
        let withheld = disproved
            .map(|(resource, contradiction)| (resource.to_string(), Withheld::Disproved(contradiction.clone())))
            .collect();
        Self { disposition, reason, resources: None, withheld }
    }

    /// The conclusion where something was tagged, as `outcome` said.
    pub(crate) fn of_tagged(outcome: &Outcome, tagged: Tagged) -> Self {
        let Tagged { count, without_all, withheld, gone, problem } = tagged;
        let gravest = withheld.iter().max_by_key(|(_, withheld)| withheld.kind());
        let reason_of = |(resource, withheld): &(String, Withheld)| format!("{resource}: {withheld}");
        let (disposition, reason) = match (&problem, gravest) {
            (Err(error), _) => (error.kind.disposition(), Some(error.why.clone())),
            (Ok(()), Some(gravest)) if count == 0 => {
                (Disposition::Withheld(gravest.1.kind()), Some(reason_of(gravest)))
            }
            (Ok(()), Some(gravest)) if gravest.1.kind().needs_attention() => {
                (Disposition::Tagged(Extent::Contested), Some(reason_of(gravest)))
            }
            (Ok(()), _) if !without_all.is_empty() => {
                let reason = format!(
                    "{}: 50 tags are there, so that only the keys that decide access could be put on",
                    without_all.join(", ")
                );
                (Disposition::Tagged(Extent::OnlyAccessKeys), Some(reason))
            }
            (Ok(()), _) if gone.is_empty() => (Disposition::Tagged(Extent::All), outcome.reason()),
            (Ok(()), _) => {
                let disposition = if count == 0 { Disposition::Gone } else { Disposition::Tagged(Extent::All) };
                (disposition, Some(sanitize(&format!("not there any more: {}", gone.join(", ")))))
            }
        };
        Self { disposition, reason, resources: problem.is_ok().then_some(count), withheld }
    }
}

#[cfg(test)]
mod tests {
    use autotag_core::event::decode_message;
    use autotag_sandbox::exhaustion::{Exhaustion, REASON};
    use autotag_sandbox::{InvocationError, InvocationProblem};

    use super::*;

    #[test]
    fn an_event_that_meets_exhaustion_is_tried_again() {
        let event = r#"{"detail-type": "x", "id": "1", "source": "aws.ec2", "account": "1", "region": "r", "time": "", "detail": {}}"#;
        let event = decode_message(event).unwrap();
        for exhaustion in Exhaustion::ALL {
            let (plugin, event_id) = ("ec2@1.0.0".into(), "1".into());
            let error = InvocationError { plugin, event_id, problem: InvocationProblem::HostExhausted(exhaustion) };
            let conclusion = Conclusion::of(&Outcome::Failed(PlanFailure::Invocation(error)), &event);
            assert_eq!(conclusion.disposition, Disposition::Retry(REASON));
            assert!(conclusion.reason.unwrap().contains("the plugin could not run: the host itself has no "));
        }
    }
}
