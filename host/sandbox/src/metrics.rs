//! The metrics of each plugin.

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::answer::Answer;
use crate::cost::Cost;
use crate::error::InvocationProblem;
use crate::exhaustion;
use crate::limits::Bound;
use crate::types::Failure;

/// Labels: a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByPlugin {
    plugin: String,
}

/// Labels: how an invocation of a plugin ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByInvocationOutcome {
    plugin: String,
    outcome: InvocationOutcome,
}

/// How an invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum InvocationOutcome {
    Answered,
    Skip,
    CannotTell,
    Malformed,
    Time,
    Memory,
    AnswerBytes,
    Results,
    Trap,
    HostExhausted,
}

const OUTCOMES: [InvocationOutcome; 10] = [
    InvocationOutcome::Answered,
    InvocationOutcome::Skip,
    InvocationOutcome::CannotTell,
    InvocationOutcome::Malformed,
    InvocationOutcome::Time,
    InvocationOutcome::Memory,
    InvocationOutcome::AnswerBytes,
    InvocationOutcome::Results,
    InvocationOutcome::Trap,
    InvocationOutcome::HostExhausted,
];

impl EncodeLabelValue for InvocationOutcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(match self {
            Self::Answered => "answered",
            Self::Skip => "skip",
            Self::CannotTell => "cannot_tell",
            Self::Malformed => "malformed",
            Self::Time => "time_exceeded",
            Self::Memory => "memory_exceeded",
            Self::AnswerBytes => "answer_bytes_exceeded",
            Self::Results => "results_exceeded",
            Self::Trap => "trap",
            Self::HostExhausted => exhaustion::REASON,
        })
    }
}

/// Labels: the result of a change of the plugin folder. `plugin` is empty if a refusal is not the fault of a plugin in
/// force.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReload {
    plugin: String,
    outcome: &'static str,
}

/// The results of a change of a plugin's file.
const LOADED: &str = "loaded";
const REFUSED: &str = "refused";

/// Counts what all plugins of a sandbox do.
#[derive(Debug, Clone)]
pub struct PluginMetrics {
    calls: Family<ByInvocationOutcome, Counter>,
    refusals: Family<ByPlugin, Counter>,
    seconds: Family<ByPlugin, Histogram, fn() -> Histogram>,
    peak_memory_bytes: Family<ByPlugin, Gauge>,
    bytes_in: Family<ByPlugin, Counter>,
    bytes_out: Family<ByPlugin, Counter>,
    reloads: Family<ByReload, Counter>,
    /// Every plugin that is counted.
    names: Arc<Mutex<BTreeSet<String>>>,
}

impl Default for PluginMetrics {
    fn default() -> Self {
        Self {
            calls: Family::default(),
            refusals: Family::default(),
            // From 8 µs, half of what a plugin in Rust takes, to half a second, twice the default bound.
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(8e-6, 2.0, 17))),
            peak_memory_bytes: Family::default(),
            bytes_in: Family::default(),
            bytes_out: Family::default(),
            reloads: no_reloads(),
            names: Arc::default(),
        }
    }
}

/// What was refused by the fault of no plugin in force: nothing so far. As with the plugins' own, zero stands there
/// from the beginning, since Prometheus does not see an increase in a counter that has just appeared.
fn no_reloads() -> Family<ByReload, Counter> {
    let family = Family::default();
    drop(family.get_or_create(&ByReload { plugin: String::new(), outcome: REFUSED }));
    family
}

impl PluginMetrics {
    /// Registers them among those that `/metrics` shows.
    pub fn register(&self, registry: &mut Registry) {
        let calls = "Calls of plugins for events, by how they ended";
        registry.register("plugin_calls", calls, self.calls.clone());
        let refusals = "Answers of plugins that the guard refused; events that it refused before a plugin saw them are not among them";
        registry.register("plugin_answers_refused", refusals, self.refusals.clone());
        let seconds = "Time of calls of plugins for events, the fresh instance included";
        registry.register_with_unit("plugin_call_duration", seconds, Unit::Seconds, self.seconds.clone());
        let peak = "The most memory that any instance of the plugin held";
        registry.register_with_unit("plugin_peak_memory", peak, Unit::Bytes, self.peak_memory_bytes.clone());
        let bytes_in = "What plugins were handed: events and settings";
        registry.register_with_unit("plugin_input", bytes_in, Unit::Bytes, self.bytes_in.clone());
        let bytes_out = "What plugins answered";
        registry.register_with_unit("plugin_output", bytes_out, Unit::Bytes, self.bytes_out.clone());
        let reloads = "Plugins that were loaded or refused while the service ran; what is refused counts by the plugin in force, or by none";
        registry.register("plugin_reloads", reloads, self.reloads.clone());
    }

    /// The metrics of the plugin of this name, which go on if another version of it is loaded.
    pub(crate) fn for_plugin(&self, plugin: &str) -> InvocationMetrics {
        self.names().insert(plugin.into());
        for outcome in [LOADED, REFUSED] {
            drop(self.reloads.get_or_create(&ByReload { plugin: plugin.into(), outcome }));
        }
        let by_plugin = ByPlugin { plugin: plugin.into() };
        let counter = |outcome| self.calls.get_or_create_owned(&ByInvocationOutcome { plugin: plugin.into(), outcome });
        InvocationMetrics {
            calls: OUTCOMES.map(counter),
            refusals: self.refusals.get_or_create_owned(&by_plugin),
            seconds: self.seconds.get_or_create_owned(&by_plugin),
            peak_memory_bytes: self.peak_memory_bytes.get_or_create_owned(&by_plugin),
            bytes_in: self.bytes_in.get_or_create_owned(&by_plugin),
            bytes_out: self.bytes_out.get_or_create_owned(&by_plugin),
        }
    }

    /// Counts that a changed file was loaded.
    pub(crate) fn count_reload(&self, plugin: &str) {
        // Another version has another peak.
        self.peak_memory_bytes.get_or_create(&ByPlugin { plugin: plugin.into() }).set(0);
        self.reload(plugin, LOADED);
    }

    /// Counts that a changed file was refused; `plugin` is empty if it is not the fault of a single one.
    pub(crate) fn count_refused_reload(&self, plugin: &str) {
        self.reload(plugin, REFUSED);
    }

    fn reload(&self, plugin: &str, outcome: &'static str) {
        self.names().insert(plugin.into());
        self.reloads.get_or_create(&ByReload { plugin: plugin.into(), outcome }).inc();
    }

    /// Forgets all other plugins, so that the label cardinality stays bounded.
    pub(crate) fn retain(&self, loaded: &BTreeSet<String>) {
        self.names().retain(|plugin| {
            let is_kept = plugin.is_empty() || loaded.contains(plugin);
            if !is_kept {
                self.forget(plugin);
            }
            is_kept
        });
    }

    fn forget(&self, plugin: &str) {
        let by_plugin = ByPlugin { plugin: plugin.into() };
        for outcome in OUTCOMES {
            self.calls.remove(&ByInvocationOutcome { plugin: plugin.into(), outcome });
        }
        for outcome in [LOADED, REFUSED] {
            self.reloads.remove(&ByReload { plugin: plugin.into(), outcome });
        }
        self.refusals.remove(&by_plugin);
        self.seconds.remove(&by_plugin);
        self.peak_memory_bytes.remove(&by_plugin);
        self.bytes_in.remove(&by_plugin);
        self.bytes_out.remove(&by_plugin);
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts what one plugin does.
#[derive(Debug, Clone)]
pub(crate) struct InvocationMetrics {
    /// In the order of [`OUTCOMES`].
    calls: [Counter; OUTCOMES.len()],
    refusals: Counter,
    seconds: Histogram,
    peak_memory_bytes: Gauge,
    bytes_in: Counter,
    bytes_out: Counter,
}

impl InvocationMetrics {
    /// Counts an invocation that was handed `bytes_in`.
    pub(crate) fn count(&self, result: Result<&Answer, &InvocationProblem>, cost: &Cost, bytes_in: usize) {
        let outcome = outcome(result);
        if let Some(calls) = OUTCOMES.iter().position(|one| *one == outcome).and_then(|index| self.calls.get(index)) {
            calls.inc();
        }
        self.seconds.observe(Duration::from_micros(cost.micros).as_secs_f64());
        let peak = i64::try_from(cost.peak_memory_bytes).unwrap_or(i64::MAX);
        if peak > self.peak_memory_bytes.get() {
            self.peak_memory_bytes.set(peak);
        }
        self.bytes_in.inc_by(bytes_in as u64);
        self.bytes_out.inc_by(result.map_or(0, bytes_of) as u64);
    }

    pub(crate) fn count_refusal(&self) {
        self.refusals.inc();
    }
}

fn outcome(result: Result<&Answer, &InvocationProblem>) -> InvocationOutcome {
    match result {
        Ok(Ok(_)) => InvocationOutcome::Answered,
        Ok(Err(Failure::Skip(_))) => InvocationOutcome::Skip,
        Ok(Err(Failure::CannotTell(_))) => InvocationOutcome::CannotTell,
        Ok(Err(Failure::Malformed(_))) => InvocationOutcome::Malformed,
        Err(InvocationProblem::Trap { .. }) => InvocationOutcome::Trap,
        Err(InvocationProblem::HostExhausted(_)) => InvocationOutcome::HostExhausted,
        Err(InvocationProblem::Exceeded(exceeded)) => match exceeded.bound {
            Bound::Time => InvocationOutcome::Time,
            Bound::Memory => InvocationOutcome::Memory,
            Bound::AnswerBytes => InvocationOutcome::AnswerBytes,
            Bound::Results => InvocationOutcome::Results,
            // These cut an invocation's output, or keep a file from being loaded; none of them stops an invocation.
            Bound::LogLines | Bound::LogLineBytes | Bound::PanicBytes | Bound::FileBytes | Bound::Compile => {
                InvocationOutcome::Trap
            }
        },
    }
}

/// The size of the text in an answer, in bytes.
fn bytes_of(answer: &Answer) -> usize {
    match answer {
        Ok(taggings) => taggings
            .iter()
            .map(|tagging| {
                let resources: usize = tagging.resources.iter().map(String::len).sum();
                let tags: usize = tagging.tags.iter().map(|tag| tag.key.len() + tag.value.len()).sum();
                resources + tags
            })
            .sum(),
        Err(Failure::Skip(text) | Failure::CannotTell(text) | Failure::Malformed(text)) => text.len(),
    }
}
