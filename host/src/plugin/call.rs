//! One call of a plugin: a fresh instance, bounded, and thrown away.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use wasmtime::{Store, Trap};

use super::bindings::autotag::plugin::{log, types};
use super::bindings::exports::autotag::plugin::extractor::{Event as EventParam, Manifest as SaidManifest};
use super::bindings::{Plugin as Instance, PluginPre};
use super::engine::{Metering, Sandbox};
use super::error::{CallError, CallProblem};
use super::limits::{Bound, Exceeded, Limits, MemoryMeter};
use super::loader::Plugin;
use super::wasi::Stub;
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
    pub peak_memory_bytes: u64,
}

/// What the host keeps for one instance.
pub(super) struct State {
    memory: MemoryMeter,
    pub(super) limits: Limits,
    /// What it has of WASI, once it has used any.
    pub(super) wasi: Option<Stub>,
    log_lines: u64,
    /// What it said last that was an error.
    last_words: Option<String>,
    /// What it has written to stdout and to stderr and not ended with a newline.
    unfinished: [Vec<u8>; 2],
    /// Whose lines these are, for the log.
    plugin: Arc<str>,
    event_id: String,
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        if level == log::Level::Error {
            self.last_words = Some(one_line(&message, clamp(self.limits.panic_bytes)));
        }
        self.log_lines += 1;
        if self.log_lines > self.limits.log_lines {
            return;
        }
        let line = one_line(&message, clamp(self.limits.log_line_bytes));
        let (plugin, event_id) = (&*self.plugin, &*self.event_id);
        match level {
            log::Level::Debug => tracing::debug!(plugin, event_id, "{line}"),
            log::Level::Info => tracing::info!(plugin, event_id, "{line}"),
            log::Level::Warn => tracing::warn!(plugin, event_id, "{line}"),
            log::Level::Error => tracing::error!(plugin, event_id, "{line}"),
        }
    }
}

impl State {
    /// Takes what the plugin writes to stdout or stderr: each line goes into the log as one of its own, and the end of stderr
    /// is what it said last.
    pub(super) fn written(&mut self, is_stderr: bool, bytes: &[u8]) {
        if is_stderr {
            let longest = clamp(self.limits.panic_bytes);
            let end = bytes.get(bytes.len().saturating_sub(longest)..).unwrap_or_default();
            let words = format!("{}{}", self.last_words.as_deref().unwrap_or_default(), String::from_utf8_lossy(end));
            let cut = words.len().saturating_sub(longest);
            let cut = (cut..=words.len()).find(|&cut| words.is_char_boundary(cut)).unwrap_or(words.len());
            self.last_words = words.get(cut..).map(Into::into);
        }
        let level = if is_stderr { log::Level::Warn } else { log::Level::Info };
        // One more than is shown, so that the cut is seen.
        let longest = clamp(self.limits.log_line_bytes).saturating_add(1);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, is_finished) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
            let [stdout, stderr] = &mut self.unfinished;
            let line = if is_stderr { stderr } else { stdout };
            line.extend(text.iter().take(longest.saturating_sub(line.len())));
            if is_finished {
                let line = std::mem::take(line);
                log::Host::log(self, level, String::from_utf8_lossy(&line).into_owned());
            }
        }
    }
}

/// A bound as a length.
fn clamp(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl Plugin {
    /// Asks the plugin what to tag for an event. Blocks the thread until there is room for an instance, and then for as long
    /// as the plugin runs, at most for the time that its bounds allow.
    pub fn extract(&self, event: &Event) -> (Result<Answer, CallError>, Cost) {
        let Event { id, source, detail_type, account, region, time, .. } = event;
        let detail = event.detail();
        let parameter = EventParam { id, source, detail_type, account, region, time, detail };
        let (result, cost) = self.sandbox.call(&self.component, self.limits, &self.label, id, |store, instance| {
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
        (result.map_err(|problem| CallError { plugin: plugin(), event_id: id.clone(), problem }), cost)
    }
}

/// The taggings of an answer, and their resources.
fn results(taggings: &[types::Tagging]) -> u64 {
    taggings.iter().map(|tagging| 1 + tagging.resources.len() as u64).sum()
}

impl Sandbox {
    pub(super) fn describe(
        &self,
        component: &PluginPre<State>,
        limits: Limits,
        plugin: &Arc<str>,
    ) -> (Result<SaidManifest, CallProblem>, Cost) {
        self.call(component, limits, plugin, "", |store, instance| {
            instance.autotag_plugin_extractor().call_describe(store)
        })
    }

    pub(super) fn check_settings(
        &self,
        component: &PluginPre<State>,
        limits: Limits,
        plugin: &Arc<str>,
        settings: &str,
    ) -> Result<Result<Vec<String>, String>, CallProblem> {
        self.call(component, limits, plugin, "", |store, instance| {
            instance.autotag_plugin_extractor().call_check_settings(store, settings)
        })
        .0
    }

    /// Makes an instance, calls it, and throws it away.
    fn call<T>(
        &self,
        component: &PluginPre<State>,
        limits: Limits,
        plugin: &Arc<str>,
        event_id: &str,
        call: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<T>,
    ) -> (Result<T, CallProblem>, Cost) {
        let slot = self.slots.take();
        // Whoever waits for a slot does not do so at the plugin's expense.
        let begin = Instant::now();
        let state = State {
            memory: MemoryMeter::new(limits.memory_bytes),
            limits,
            wasi: None,
            log_lines: 0,
            last_words: None,
            unfinished: [const { Vec::new() }; 2],
            plugin: Arc::clone(plugin),
            event_id: event_id.into(),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(Self::deadline_ticks(limits));
        store.set_hostcall_fuel(clamp(limits.answer_bytes));
        let full = u64::MAX;
        let metered = self.metering == Metering::Fuel && store.set_fuel(full).is_ok();
        // Instantiation runs the plugin's start functions, under the same bounds.
        let result = component.instantiate(&mut store).and_then(|instance| call(&mut store, &instance));
        let fuel = if metered { store.get_fuel().map_or(0, |left| full - left) } else { 0 };
        let State { memory, log_lines, last_words, .. } = store.into_data();
        let cost = Cost {
            micros: u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX),
            fuel,
            peak_memory_bytes: memory.peak(),
        };
        drop(slot);
        if log_lines > limits.log_lines {
            let limit = limits.log_lines;
            tracing::warn!(%plugin, event_id, log_lines, limit, "the plugin wrote too many lines; the rest was dropped");
        }
        (result.map_err(|error| problem(&error, limits, last_words)), cost)
    }
}

/// What an error of wasmtime's says about the plugin.
fn problem(error: &wasmtime::Error, limits: Limits, last_words: Option<String>) -> CallProblem {
    if let Some(&exceeded) = error.downcast_ref::<Exceeded>() {
        return exceeded.into();
    }
    let longest = clamp(limits.panic_bytes);
    let last_words = last_words.map(|words| one_line(words.trim_end(), longest)).filter(|words| !words.is_empty());
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Exceeded { bound: Bound::Time, limit: limits.time_ms }.into(),
        Some(trap) => CallProblem::Trap { trap: trap.to_string(), last_words },
        // wasmtime has no type for this one.
        None if error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted") => {
            Exceeded { bound: Bound::AnswerBytes, limit: limits.answer_bytes }.into()
        }
        None => CallProblem::Trap { trap: one_line(&error.root_cause().to_string(), longest.max(80)), last_words },
    }
}

impl From<Exceeded> for CallProblem {
    fn from(exceeded: Exceeded) -> Self {
        Self::Exceeded(exceeded)
    }
}
