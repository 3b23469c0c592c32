//! What one decision means for its message: what becomes of it, and what is logged.

use autotag_core::event::Event;
use autotag_core::ownership::rule::{Withheld, WithheldKind};
use autotag_core::text::sanitize;
use autotag_sandbox::plan::{Outcome, PlanFailure, SkipReason};

use crate::disposition::{Disposition, Extent};
use crate::tagger::{Tagged, TaggedResources};

/// The reason in the log for an event that no plugin wants.
const UNMATCHED: &str = "no plugin wants this event, though a rule has brought it: load the plugin and send the message back, or take the \
                        event out of the rule (`rule --diff` names such rules)";

/// What came of one decision.
#[derive(Debug)]
pub(crate) struct Conclusion {
    /// What becomes of the message.
    pub(crate) disposition: Disposition,
    /// The reason for the log, beside the name of the outcome.
    pub(crate) reason: Option<String>,
    /// The resources that have their tags now.
    pub(crate) tagged: TaggedResources,
    /// Whether something was tagged, and no tag is missing.
    pub(crate) is_complete: bool,
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
        Self { disposition, reason, tagged: TaggedResources::default(), is_complete: false, withheld }
    }

    /// The conclusion where something was tagged, as `outcome` said.
    pub(crate) fn of_tagged(outcome: &Outcome, tagged: Tagged) -> Self {
        let Tagged { resources, without_all, withheld, gone, problem } = tagged;
        let count = resources.count();
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
        Self { disposition, reason, tagged: resources, is_complete: problem.is_ok(), withheld }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::SystemTime;

    use autotag_core::event::{decode_message, time};
    use autotag_sandbox::exhaustion::{Exhaustion, REASON};
    use autotag_sandbox::{Bound, Exceeded, InvocationError, InvocationProblem};

    use super::*;

    /// An event of this moment.
    fn event(detail: &str) -> Event {
        let now = time::format(SystemTime::now());
        let envelope = format!(
            r#"{{"detail-type": "x", "id": "1", "source": "aws.ec2", "account": "1", "region": "r", "time": "{now}""#
        );
        decode_message(&format!(r#"{envelope}, "detail": {detail}}}"#)).unwrap()
    }

    #[test]
    fn an_event_that_meets_exhaustion_is_tried_again() {
        for exhaustion in Exhaustion::ALL {
            let (plugin, event_id) = ("ec2@1.0.0".into(), "1".into());
            let error = InvocationError { plugin, event_id, problem: InvocationProblem::HostExhausted(exhaustion) };
            let conclusion = Conclusion::of(&Outcome::Failed(PlanFailure::Invocation(error)), &event("{}"));
            assert_eq!(conclusion.disposition, Disposition::Retry(REASON));
            assert!(conclusion.reason.unwrap().contains("the plugin could not run: the host itself has no "));
        }
    }

    #[test]
    fn what_a_plugin_fails_at_is_final_and_what_takes_too_long_is_tried_again() {
        let of = |problem| {
            let error = InvocationError { plugin: "ec2@1.0.0".into(), event_id: "1".into(), problem };
            Conclusion::of(&Outcome::Failed(PlanFailure::Invocation(error)), &event("{}")).disposition
        };
        let exceeded = |bound| InvocationProblem::Exceeded(Exceeded { bound, limit: 1 });
        assert!(matches!(of(exceeded(Bound::Time)), Disposition::Retry(_)));
        assert!(matches!(of(exceeded(Bound::Memory)), Disposition::Failed(_)));
        assert!(matches!(
            of(InvocationProblem::Trap { trap: "unreachable".into(), last_words: None }),
            Disposition::Failed(_)
        ));
    }

    #[test]
    fn an_event_without_a_plugin_is_kept_for_one_if_its_api_call_may_have_created_something() {
        let of = |detail: &str| Conclusion::of(&Outcome::Skip(SkipReason::NoPlugin), &event(detail));
        let created = of(r#"{"eventName": "CreateVolume"}"#);
        assert_eq!((created.disposition, created.reason.as_deref()), (Disposition::Unmatched, Some(UNMATCHED)));
        let failed = of(r#"{"eventName": "CreateVolume", "errorCode": "Denied"}"#);
        assert!(matches!(failed.disposition, Disposition::Skip(_)), "{failed:?}");
    }

    #[test]
    fn of_what_was_tagged_withheld_and_gone_the_most_serious_is_said() {
        let held = || ("vol-1".to_owned(), Withheld::Held { key: "PrincipalId".into(), holder: "AIDAEVE".into() });
        let contested = || ("vol-2".to_owned(), Withheld::Contested { holder: "AIDAEVE".into() });
        let of = |count, withheld, gone: &[&str], without_all: &[&str]| {
            let owned = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
            let (gone, without_all) = (owned(gone), owned(without_all));
            let mut resources = TaggedResources::default();
            (0..count).for_each(|number| resources.add(format!("i-{number}"), &Arc::default()));
            let tagged = Tagged { resources, withheld, gone, without_all, problem: Ok(()) };
            let Conclusion { disposition, reason, tagged, is_complete, .. } =
                Conclusion::of_tagged(&Outcome::Skip(SkipReason::NoPlugin), tagged);
            assert_eq!((tagged.count(), is_complete), (count, true));
            (disposition, reason.unwrap_or_default())
        };
        let all = Disposition::Tagged(Extent::All);
        let (everything, reason) = of(2, vec![], &[], &[]);
        assert_eq!(everything, all);
        assert!(!reason.contains("not there any more"), "{reason}");
        // What is held back is only in the log's own lines, unless nothing else is said of the message.
        assert_eq!(of(1, vec![held()], &[], &[]).0, all);
        let (nothing, reason) = of(0, vec![held()], &[], &[]);
        assert_eq!(nothing, Disposition::Withheld(WithheldKind::Held));
        assert!(reason.starts_with("vol-1: its PrincipalId is AIDAEVE already"), "{reason}");
        let (contest, reason) = of(1, vec![held(), contested()], &[], &[]);
        assert_eq!(contest, Disposition::Tagged(Extent::Contested));
        assert!(reason.starts_with("vol-2: AIDAEVE created it"), "{reason}");
        let (no_room, reason) = of(1, vec![], &[], &["vol-3"]);
        assert_eq!(no_room, Disposition::Tagged(Extent::OnlyAccessKeys));
        assert!(reason.starts_with("vol-3: 50 tags are there"), "{reason}");
        assert_eq!(of(0, vec![], &["vol-4"], &[]), (Disposition::Gone, "not there any more: vol-4".into()));
        assert_eq!(of(1, vec![], &["vol-4"], &[]), (all, "not there any more: vol-4".into()));
    }
}
