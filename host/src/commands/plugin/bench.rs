//! `host plugin bench`: what a plugin takes to load and to answer.

mod measure;
mod report;

use std::path::{Path, PathBuf};

use anyhow::Context;
use autotag_core::event::{Event, decode};
use autotag_core::router::Router;
use autotag_sandbox::{CacheFolder, Metering, Plugin};
use clap::Args;
use measure::EmptyCache;
use report::{BenchReport, EventReport};

use crate::commands::inputs::{self, Input};
use crate::commands::output::{self, FormatArgs, print};
use crate::commands::plugin::report::micros;
use crate::commands::{BAD, GOOD};
use crate::config::Config;

/// What `host plugin bench` is asked for.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The .wasm file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Files with events that the plugin wants, folders that hold some, or `-` for standard input
    #[arg(required = true, value_name = "EVENT")]
    events: Vec<PathBuf>,
    /// How often to ask the plugin about each event
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    repeat: u32,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn bench(config: &Config, args: &BenchArgs) -> anyhow::Result<u8> {
    let inputs = inputs::find(&args.events)?;
    let file = &args.file;
    let (plugin, cold) = measure::load(file, config, Metering::Off, CacheFolder::Off)?;
    // Before what takes long.
    let events = wanted(&inputs, &plugin)?;
    let warm = load_from_cache(file, config)?;
    let (metered, _) = measure::load(file, config, Metering::Fuel, CacheFolder::Off)?;
    let progress = output::progress(events.len(), "events");
    let mut measured = Vec::new();
    for (input, event) in &events {
        measured.push(EventReport::of(input, event, &plugin, &metered, args.repeat));
        progress.inc(1);
    }
    progress.finish_and_clear();
    let report = BenchReport {
        path: file.display().to_string(),
        plugin: plugin.manifest.id.to_string(),
        bytes: plugin.artifact.bytes,
        sha256: plugin.artifact.digest.to_string(),
        compile_micros: micros(plugin.artifact.compile_time),
        load_cold_micros: micros(cold),
        load_warm_micros: micros(warm),
        events: measured,
    };
    print(&report, args.format.get())?;
    Ok(if report.events.iter().all(EventReport::is_good) { GOOD } else { BAD })
}

/// How long it takes to load the plugin when it has been compiled before.
fn load_from_cache(file: &Path, config: &Config) -> anyhow::Result<std::time::Duration> {
    let cache = EmptyCache::new()?;
    measure::load(file, config, Metering::Off, cache.folder())?;
    Ok(measure::load(file, config, Metering::Off, cache.folder())?.1)
}

/// The events in the inputs. Fails if the service would not give the plugin each of them.
fn wanted(inputs: &[Input], plugin: &Plugin) -> anyhow::Result<Vec<(String, Event)>> {
    let router = Router::new(plugin.manifest.event_patterns.iter().map(|pattern| ((), pattern)));
    let mut events = Vec::new();
    for input in inputs {
        let bytes = input.read().with_context(|| format!("cannot read {}", input.name))?;
        for event in decode(&bytes) {
            let event = event.with_context(|| input.name.clone())?;
            let is_wanted = !router.route(event.text()).with_context(|| input.name.clone())?.is_empty();
            anyhow::ensure!(
                is_wanted,
                "{}: no event pattern of {} matches {}, so it would never be asked about it",
                input.name,
                plugin.manifest.id,
                event.name().unwrap_or_else(|| event.source.clone())
            );
            events.push((input.name.clone(), event));
        }
    }
    Ok(events)
}
