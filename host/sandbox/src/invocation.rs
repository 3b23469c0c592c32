//! One invocation of a plugin: in a fresh instance, bounded, and discarded.

use std::sync::Arc;
use std::time::Instant;

use autotag_core::event::Event;
use autotag_core::text::sanitize;
use wasmtime::{Store, Trap};

use crate::answer::{Answer, results};
use crate::bindings::exports::autotag::plugin::extractor::{Event as EventParam, Manifest as WitManifest};
use crate::bindings::{Plugin as Instance, PluginPre};
use crate::cost::Cost;
use crate::engine::{Metering, Sandbox};
use crate::error::{InvocationError, InvocationProblem};
use crate::exhaustion::Exhaustion;
use crate::limits::{Bound, Exceeded, Limits, MemoryMeter, clamp};
use crate::loader::Plugin;
use crate::output::PluginOutput;
use crate::slots::PerEngine;
use crate::state::State;

impl Plugin {
    /// Invokes the plugin for an event. Blocks the thread until a slot is free, and then while the plugin runs, at most
    /// for the time that its bounds allow.
    pub fn extract(&self, event: &Event) -> (Result<Answer, InvocationError>, Cost) {
        let Event { id, source, detail_type, account, region, time, .. } = event;
        let detail = event.detail();
        let parameter = EventParam { id, source, detail_type, account, region, time, detail };
        let (result, cost) = self.sandbox.invoke(&self.linked, self.limits, &self.label, id, |store, instance| {
            instance.autotag_plugin_extractor().call_extract(store, parameter, &self.settings)
        });
        let result = result.and_then(|answer| match &answer {
            Ok(taggings) if results(taggings) > self.limits.results => {
                Err(Exceeded { bound: Bound::Results, limit: self.limits.results }.into())
            }
            _ => Ok(answer),
        });
        let given = [id, source, detail_type, account, region, time, detail, &self.settings];
        self.metrics.count(result.as_ref(), &cost, given.iter().map(|text| text.len()).sum());
        let plugin = || self.label.to_string();
        (result.map_err(|problem| InvocationError { plugin: plugin(), event_id: id.clone(), problem }), cost)
    }
}

impl Sandbox {
    pub(crate) fn describe(
        &self,
        linked: &PerEngine<PluginPre<State>>,
        limits: Limits,
        plugin: &Arc<str>,
    ) -> (Result<WitManifest, InvocationProblem>, Cost) {
        self.invoke(linked, limits, plugin, "", |store, instance| {
            instance.autotag_plugin_extractor().call_describe(store)
        })
    }

    pub(crate) fn check_settings(
        &self,
        linked: &PerEngine<PluginPre<State>>,
        limits: Limits,
        plugin: &Arc<str>,
        settings: &str,
    ) -> Result<Result<Vec<String>, String>, InvocationProblem> {
        self.invoke(linked, limits, plugin, "", |store, instance| {
            instance.autotag_plugin_extractor().call_check_settings(store, settings)
        })
        .0
    }

    /// Makes an instance, calls a function of it, and discards it.
    fn invoke<T>(
        &self,
        linked: &PerEngine<PluginPre<State>>,
        limits: Limits,
        plugin: &Arc<str>,
        event_id: &str,
        export: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<T>,
    ) -> (Result<T, InvocationProblem>, Cost) {
        let slot = self.slots.take();
        // The wait for a slot does not count as the plugin's time.
        let begin = Instant::now();
        let state = State {
            memory: MemoryMeter::new(limits.memory_bytes),
            limits,
            random: None,
            output: PluginOutput::new(limits, plugin, event_id),
        };
        let component = linked.of(&slot);
        let mut store = Store::new(component.engine(), state);
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(Self::deadline_ticks(limits));
        store.set_hostcall_fuel(clamp(limits.answer_bytes));
        let full = u64::MAX;
        let metered = self.metering == Metering::Fuel && store.set_fuel(full).is_ok();
        // Instantiation runs the plugin's start functions, under the same bounds.
        let result = component.instantiate(&mut store).and_then(|instance| export(&mut store, &instance));
        let fuel = if metered { store.get_fuel().map_or(0, |left| full - left) } else { 0 };
        let State { memory, output, .. } = store.into_data();
        let cost = Cost {
            micros: u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX),
            fuel,
            peak_memory_bytes: memory.peak(),
        };
        drop(slot);
        let last_words = output.end(result.is_err());
        (result.map_err(|error| problem(&error, limits, last_words)), cost)
    }
}

/// Classifies an error of wasmtime's.
fn problem(error: &wasmtime::Error, limits: Limits, last_words: Option<String>) -> InvocationProblem {
    if let Some(&exceeded) = error.downcast_ref::<Exceeded>() {
        return exceeded.into();
    }
    if let Some(exhaustion) = Exhaustion::of_wasmtime(error) {
        exhaustion.note("a plugin could not run");
        return InvocationProblem::HostExhausted(exhaustion);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Exceeded { bound: Bound::Time, limit: limits.time_ms }.into(),
        Some(trap) => InvocationProblem::Trap { trap: trap.to_string(), last_words },
        // wasmtime has no type for this one.
        None if error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted") => {
            Exceeded { bound: Bound::AnswerBytes, limit: limits.answer_bytes }.into()
        }
        None => InvocationProblem::Trap { trap: sanitize(&error.root_cause().to_string()), last_words },
    }
}

impl From<Exceeded> for InvocationProblem {
    fn from(exceeded: Exceeded) -> Self {
        Self::Exceeded(exceeded)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_the_host_lacks_is_no_trap_of_the_plugins() {
        for (errno, exhaustion) in
            [(24, Exhaustion::Descriptors), (23, Exhaustion::Descriptors), (12, Exhaustion::Memory)]
        {
            let error = wasmtime::Error::from(io::Error::from_raw_os_error(errno)).context("cannot create a memfd");
            let problem = problem(&error, Limits::default(), Some("words".into()));
            assert_eq!(problem, InvocationProblem::HostExhausted(exhaustion));
            let error = InvocationError { plugin: "ec2@1.0.0".into(), event_id: "1".into(), problem };
            assert!(error.is_about_host() && !error.is_about_time());
        }
        let error = wasmtime::Error::from(Trap::UnreachableCodeReached);
        assert!(matches!(problem(&error, Limits::default(), None), InvocationProblem::Trap { .. }));
    }
}
