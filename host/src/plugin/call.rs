//! One call of a plugin: a fresh instance, bounded, and thrown away.

use std::time::Instant;

use serde::Serialize;
use wasmtime::{Store, Trap};

use super::bindings::autotag::plugin::{log, types};
use super::bindings::exports::autotag::plugin::extractor::{Event as EventParam, Manifest as SaidManifest};
use super::bindings::{Plugin as Instance, PluginPre};
use super::engine::{Metering, Sandbox};
use super::error::CallError;
use super::limits::{Limits, MemoryExceeded, MemoryMeter};
use super::loader::Plugin;
use crate::event::Event;
use crate::text::one_line;

/// What a plugin answers about an event.
pub type Answer = Result<Vec<types::Tagging>, types::Failure>;

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Wall time, instantiation included, in microseconds.
    pub micros: u64,
    /// Work, about one unit an instruction; the same whenever the call is repeated. 0 if not measured.
    pub fuel: u64,
    /// The most memory that the instance held.
    pub peak_memory_bytes: usize,
}

/// What the host keeps for one instance.
pub(super) struct State {
    memory: MemoryMeter,
    limits: Limits,
    log_lines: usize,
    last_error: Option<String>,
    /// Whose lines these are, for the log.
    plugin: String,
    event_id: String,
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        self.log_lines += 1;
        if self.log_lines > self.limits.log_lines {
            return;
        }
        let line = one_line(&message, self.limits.log_line_bytes);
        let (plugin, event_id) = (&self.plugin, &self.event_id);
        match level {
            log::Level::Debug => tracing::debug!(plugin, event_id, "{line}"),
            log::Level::Info => tracing::info!(plugin, event_id, "{line}"),
            log::Level::Warn => tracing::warn!(plugin, event_id, "{line}"),
            log::Level::Error => {
                tracing::error!(plugin, event_id, "{line}");
                self.last_error = Some(line);
            }
        }
    }
}

impl Plugin {
    /// Asks the plugin what to tag for an event. Blocks the thread for as long as the plugin runs, at most for the time
    /// that the sandbox allows.
    pub fn extract(&self, event: &Event) -> (Result<Answer, CallError>, Cost) {
        let parameter = EventParam {
            id: &event.id,
            source: &event.source,
            detail_type: &event.detail_type,
            account: &event.account,
            region: &event.region,
            time: &event.time,
            detail: event.detail(),
        };
        let plugin = self.manifest.id.to_string();
        self.sandbox.call(&self.component, plugin, event.id.clone(), |store, instance| {
            instance.autotag_plugin_extractor().call_extract(store, parameter, &self.settings)
        })
    }
}

impl Sandbox {
    pub(super) fn describe(&self, component: &PluginPre<State>) -> Result<SaidManifest, CallError> {
        self.call(component, String::new(), String::new(), |store, instance| {
            instance.autotag_plugin_extractor().call_describe(store)
        })
        .0
    }

    pub(super) fn check_settings(
        &self,
        component: &PluginPre<State>,
        settings: &str,
    ) -> Result<Result<Vec<String>, String>, CallError> {
        self.call(component, String::new(), String::new(), |store, instance| {
            instance.autotag_plugin_extractor().call_check_settings(store, settings)
        })
        .0
    }

    /// Makes an instance, calls it, and throws it away.
    fn call<T>(
        &self,
        component: &PluginPre<State>,
        plugin: String,
        event_id: String,
        call: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<T>,
    ) -> (Result<T, CallError>, Cost) {
        let begin = Instant::now();
        let memory = MemoryMeter::new(self.limits.memory_bytes);
        let state = State { memory, limits: self.limits, log_lines: 0, last_error: None, plugin, event_id };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(self.deadline_ticks());
        store.set_hostcall_fuel(self.limits.answer_bytes);
        let full = u64::MAX;
        let metered = self.metering == Metering::Fuel && store.set_fuel(full).is_ok();
        // Instantiation runs the plugin's start functions, under the same bounds.
        let result = component.instantiate(&mut store).and_then(|instance| call(&mut store, &instance));
        let cost = Cost {
            micros: u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX),
            fuel: if metered { store.get_fuel().map_or(0, |left| full - left) } else { 0 },
            peak_memory_bytes: store.data().memory.peak(),
        };
        if store.data().log_lines > self.limits.log_lines {
            let State { log_lines, plugin, event_id, .. } = store.data();
            tracing::warn!(plugin, event_id, log_lines, "the plugin wrote too many lines; the rest was dropped");
        }
        (result.map_err(|error| self.why(&error, store.into_data().last_error)), cost)
    }

    fn why(&self, error: &wasmtime::Error, last_error: Option<String>) -> CallError {
        if let Some(&MemoryExceeded { limit }) = error.downcast_ref() {
            return CallError::Memory { limit };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => CallError::Time { limit: self.limits.time },
            Some(trap) => CallError::Trap { trap: trap.to_string(), last_error },
            // wasmtime has no type for this one.
            None if error.to_string().contains("fuel allocated for hostcalls has been exhausted") => {
                CallError::AnswerSize { limit: self.limits.answer_bytes }
            }
            None => CallError::Trap { trap: one_line(&format!("{error:#}"), self.limits.log_line_bytes), last_error },
        }
    }
}
