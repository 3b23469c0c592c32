//! `host plugin inspect`: what one file is.

use std::fmt;
use std::path::PathBuf;

use autotag_core::text::sanitize;
use autotag_sandbox::{CacheFolder, Inspection, Metering, Sandbox, SandboxOptions};

use super::report::FileReport;
use crate::commands::layout::laid_out;
use crate::commands::output::{FormatArgs, print, size, time};
use crate::commands::{BAD, GOOD};
use crate::config::Config;
use clap::Args;

/// What `host plugin inspect` is asked for.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The .wasm file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    format: FormatArgs,
}

pub fn inspect(config: &Config, args: &InspectArgs) -> anyhow::Result<u8> {
    // Compiled as for the service, but without the cache, so that the compile time is no cache hit's.
    let sandbox = SandboxOptions { cache: CacheFolder::Off, ..config.sandbox(Metering::Off) };
    let inspection = Inspection::of(&args.file, &config.plugins, &Sandbox::new(&sandbox)?);
    let report = FileReport::of(&inspection);
    print(&report, args.format.get())?;
    Ok(if report.refused.is_none() { GOOD } else { BAD })
}

impl fmt::Display for FileReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(name), Some(version)) = (&self.name, &self.version) {
            writeln!(formatter, "{name} {version}")?;
        }
        let mut row = |name: &str, values: Vec<&str>| {
            let mut names = std::iter::once(name).chain(std::iter::repeat(""));
            values.iter().try_for_each(|value| {
                writeln!(formatter, "  {:<15} {}", names.next().unwrap_or_default(), sanitize(value))
            })
        };
        row("file", vec![&self.path])?;
        if let (Some(bytes), Some(sha256)) = (self.bytes, &self.sha256) {
            row("size", vec![&format!("{} ({bytes} bytes)", size(bytes as u64))])?;
            row("sha256", vec![sha256])?;
        }
        row("contract", self.contract.as_deref().into_iter().collect())?;
        if let Some(imports) = &self.imports {
            let imports: Vec<_> = imports.iter().map(String::as_str).collect();
            row("imports", if imports.is_empty() { vec!["none"] } else { imports })?;
        }
        if let Some(keys) = &self.tag_keys {
            row("tag keys", keys.iter().map(String::as_str).collect())?;
        }
        if let (Some(memory), Some(micros)) = (self.initial_memory_bytes, self.compile_micros) {
            row("initial memory", vec![&size(memory)])?;
            row("compile time", vec![&time(micros)])?;
        }
        if let Some(cost) = self.describe {
            let peak = size(cost.peak_memory_bytes);
            row("describe", vec![&format!("{}, {peak} of memory", time(cost.micros))])?;
        }
        for (pattern, number) in self.event_patterns.iter().flatten().zip(1..) {
            write!(formatter, "\nEvent pattern {number}\n{}\n", laid_out(pattern))?;
        }
        match &self.refused {
            Some(reason) => write!(formatter, "\nRefused: {}", sanitize(reason)),
            None => write!(formatter, "\nThis host would load it."),
        }
    }
}
