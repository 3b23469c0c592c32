//! The functional core: from bytes to a [`Plan`]. No network, no clock, and the same plan every time.

use std::sync::Arc;

use autotag_core::event::{Event, Record, decode, decode_message};
use autotag_core::guard::{Checked, Conflict, Guard, PluginScope, Refusal, conflicts};
use autotag_core::tagging::Tagging;

use crate::answer::proposed;
use crate::plan::{Outcome, Plan, PlanFailure, Planned, PluginDecision, SkipReason};
use crate::{Plugin, Registry, types};

/// Everything that decides what becomes of an event.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The loaded plugins, which say what is to be tagged.
    pub registry: Arc<Registry>,
    /// The host's rules for their answers.
    pub guard: Arc<Guard>,
}

impl Pipeline {
    /// Plans what to do about each event in `input`, in any of the forms that [`decode`] knows. Of a large input,
    /// [`decode_each`](autotag_core::event::decode_each) reads one event after the other, and [`Self::plan`] plans it.
    ///
    /// Blocks while plugins run: call it off an async executor's threads.
    #[must_use]
    pub fn run(&self, input: &[u8]) -> Vec<Planned> {
        decode(input)
            .into_iter()
            .map(|event| {
                event.map(|event| {
                    let plan = self.plan(&event);
                    (event, plan)
                })
            })
            .collect()
    }

    /// Plans what to do about a message of the queue, which holds one event and nothing else.
    ///
    /// Blocks as [`Self::run`] does.
    ///
    /// # Errors
    /// If the message is no EventBridge envelope.
    pub fn run_message(&self, body: &str) -> Planned {
        let event = decode_message(body)?;
        let plan = self.plan(&event);
        Ok((event, plan))
    }

    /// Plans what to do about one event.
    #[must_use]
    pub fn plan(&self, event: &Event) -> Plan {
        let plugins = match self.registry.route(event) {
            Ok(plugins) => plugins,
            Err(error) => return Plan::single(Outcome::Failed(error.into())),
        };
        if plugins.is_empty() {
            // That no plugin wants it is no fault of the plugins at hand.
            let reason = event.other_record().map_or(SkipReason::NoPlugin, SkipReason::NoApiCall);
            return Plan::single(Outcome::Skip(reason));
        }
        let record = match event.record() {
            Ok(record) => record,
            Err(error) => return Plan::single(Outcome::Failed(PlanFailure::NoRecord(error))),
        };
        let mut decisions: Vec<_> = plugins.into_iter().map(|plugin| self.decide(event, &record, plugin)).collect();
        refuse_conflicts(&mut decisions);
        Plan { decisions }
    }

    fn decide(&self, event: &Event, record: &Record<'_>, plugin: &Plugin) -> PluginDecision {
        let decision = |outcome, cost| PluginDecision { plugin: Some(plugin.manifest.id.clone()), outcome, cost };
        if !plugin.may_have(&record.event_name) {
            return decision(Outcome::Skip(SkipReason::Narrowed), None);
        }
        if let Some(error_code) = record.error_code.as_ref().filter(|code| !code.is_empty()) {
            return decision(Outcome::Skip(SkipReason::CallFailed(error_code.to_string())), None);
        }
        if let Err(refusal) = self.guard.admit(event, record) {
            return decision(Outcome::Refused(refusal), None);
        }
        let (answer, cost) = plugin.extract(event);
        let outcome = match answer {
            Err(error) => Outcome::Failed(error.into()),
            Ok(Err(types::Failure::Malformed(reason))) if record.has_omissions() => {
                Outcome::Failed(PlanFailure::Omitted(reason))
            }
            // Other records than an API call's hold no response, and no plugin needs to know that.
            Ok(Err(types::Failure::Malformed(reason))) => match event.other_record() {
                Some(other) => Outcome::Skip(SkipReason::NoApiCall(other)),
                None => Outcome::Failed(PlanFailure::Malformed(reason)),
            },
            Ok(Err(types::Failure::Skip(reason))) => Outcome::Skip(SkipReason::ByPlugin(reason)),
            Ok(Err(types::Failure::CannotTell(reason))) => Outcome::Skip(SkipReason::CannotTell(reason)),
            Ok(Ok(answer)) => {
                let scope = PluginScope { tag_keys: &plugin.tag_keys, is_chosen: plugin.is_chosen(&record.event_name) };
                match self.guard.check(event, record, scope, proposed(answer)) {
                    Err(refusal) => {
                        plugin.count_refusal();
                        Outcome::Refused(refusal)
                    }
                    Ok(Checked { taggings, .. }) if taggings.is_empty() => Outcome::Skip(SkipReason::NothingToTag),
                    Ok(Checked { taggings, .. }) if !taggings.iter().any(Tagging::is_for_something) => {
                        Outcome::Withheld { taggings }
                    }
                    Ok(Checked { taggings, alterations }) => Outcome::Tag { taggings, altered: alterations },
                }
            }
        };
        decision(outcome, Some(cost))
    }
}

/// Two plugins that give one resource different values for one key cannot both be right: neither is applied.
fn refuse_conflicts(decisions: &mut [PluginDecision]) {
    let taggings = decisions.iter().enumerate();
    let taggings =
        taggings.flat_map(|(index, decision)| decision.outcome.taggings().iter().map(move |tagging| (index, tagging)));
    for (one, other, conflict) in conflicts(taggings) {
        let plugin = |index: usize| decisions.get(index)?.plugin.as_ref().map(ToString::to_string);
        let conflict = Conflict { one_plugin: plugin(one), other_plugin: plugin(other), ..conflict };
        for index in [one, other] {
            if let Some(decision) = decisions.get_mut(index) {
                decision.outcome = Outcome::Refused(Refusal::Conflict(Box::new(conflict.clone())));
            }
        }
    }
}
