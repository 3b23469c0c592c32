//! One result, two renderings: JSON and a table.

use std::fmt;

use autotag_core::event::Event;
use autotag_sandbox::{Plugin, types};
use serde::Serialize;

use super::measure::Times;
use crate::commands::output::{size, time};
use crate::commands::table::{Cell, Table};

/// What a plugin takes. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
pub(super) struct BenchReport {
    pub(super) path: String,
    pub(super) plugin: String,
    pub(super) bytes: usize,
    pub(super) sha256: String,
    pub(super) compile_micros: u64,
    /// From the file to a plugin that can be invoked, compiling included.
    pub(super) load_cold_micros: u64,
    /// The same when it has been compiled before.
    pub(super) load_warm_micros: u64,
    pub(super) events: Vec<EventReport>,
}

/// The cost of an event, in a fresh instance each time.
#[derive(Debug, Serialize)]
pub(super) struct EventReport {
    input: String,
    event: Option<String>,
    /// `taggings`, `skip`, `cannot-tell`, `malformed` or `failed`.
    answer: &'static str,
    /// Why there is no tagging.
    reason: Option<String>,
    calls: u32,
    p50_micros: f64,
    p99_micros: f64,
    fuel: u64,
    peak_memory_bytes: u64,
}

impl EventReport {
    /// Measures times with `plugin`, as the service runs it, and fuel with `metered`, which counts it.
    pub(super) fn of(input: &str, event: &Event, plugin: &Plugin, metered: &Plugin, repeat: u32) -> Self {
        let (answer, cost) = metered.extract(event);
        let (answer, reason) = match answer {
            Ok(Ok(_)) => ("taggings", None),
            Ok(Err(types::Failure::Skip(reason))) => ("skip", Some(reason)),
            Ok(Err(types::Failure::CannotTell(reason))) => ("cannot-tell", Some(reason)),
            Ok(Err(types::Failure::Malformed(reason))) => ("malformed", Some(reason)),
            Err(error) => ("failed", Some(error.problem.to_string())),
        };
        let times = Times::of(plugin, event, repeat);
        Self {
            input: input.into(),
            event: event.name(),
            answer,
            reason,
            calls: repeat,
            p50_micros: times.percentile(50),
            p99_micros: times.percentile(99),
            fuel: cost.fuel,
            peak_memory_bytes: cost.peak_memory_bytes,
        }
    }

    /// Whether there was an answer to measure.
    pub(super) fn is_good(&self) -> bool {
        self.answer != "failed"
    }
}

impl fmt::Display for BenchReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}, {} ({})", self.plugin, self.path, size(self.bytes as u64))?;
        let [compile, cold, warm] = [self.compile_micros, self.load_cold_micros, self.load_warm_micros].map(time);
        writeln!(formatter, "compile {compile}, load {cold}, load from the cache {warm}")?;
        let mut table = Table::new(&["Event", "Answer", "p50", "p99", "Fuel", "Peak memory"]);
        for event in &self.events {
            table.add(vec![
                Cell::new(event.event.as_deref().unwrap_or(&event.input)),
                Cell::new(match &event.reason {
                    Some(reason) => format!("{}: {reason}", event.answer),
                    None => event.answer.into(),
                }),
                Cell::new(call_time(event.p50_micros)).number(),
                Cell::new(call_time(event.p99_micros)).number(),
                Cell::new(event.fuel.to_string()).number(),
                Cell::new(size(event.peak_memory_bytes)).number(),
            ]);
        }
        writeln!(formatter, "{table}")?;
        let calls = self.events.first().map_or(0, |event| event.calls);
        write!(formatter, "{calls} calls for each event, each in a fresh instance")
    }
}

/// The time of an invocation, which can be so short that the first decimal place counts.
fn call_time(micros: f64) -> String {
    if micros < 1000.0 { format!("{micros:.1} µs") } else { format!("{:.1} ms", micros / 1000.0) }
}
