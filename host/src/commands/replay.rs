//! `host replay`: what would be tagged for recorded events. No AWS client is built here.

mod expectation;
mod report;

use std::path::PathBuf;

use autotag_sandbox::Metering;
use autotag_sandbox::pipeline::Pipeline;
use clap::Args;
use report::{ReplayReport, Table};

use super::inputs::{self, Input};
use super::output::{self, Format, Output};
use super::{BAD, GOOD};
use crate::config::Config;

/// What `host replay` is asked for.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Files with events, folders that hold some, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print the result; as JSON, it is one object a line for each event and plugin
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Compare the result with the one in this file (JSON Lines, without costs)
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Write the result into the file that --expect names, instead of comparing
    #[arg(long, requires = "expect")]
    accept: bool,
    /// Ask the plugins this often about each event: times are medians, and an answer that changes is a failure
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

pub fn replay(config: &Config, args: &ReplayArgs) -> anyhow::Result<u8> {
    let inputs = inputs::find(&args.paths)?;
    if let Some(path) = args.expect.as_ref().filter(|_| !args.accept) {
        // Before the work, not after it.
        anyhow::ensure!(path.exists(), "{} does not exist; write it with --accept", path.display());
    }
    let pipeline = super::pipeline(config, Metering::Fuel)?;
    let reports = show(&pipeline, &inputs, args)?;
    let met = match &args.expect {
        Some(path) if args.accept => expectation::write(path, &reports).map(|()| true)?,
        Some(path) => expectation::compare(path, &reports)?,
        None => true,
    };
    Ok(if met && reports.iter().all(ReplayReport::is_good) { GOOD } else { BAD })
}

/// Works through the inputs and prints the results.
fn show(pipeline: &Pipeline, inputs: &[Input], args: &ReplayArgs) -> anyhow::Result<Vec<ReplayReport>> {
    let progress = output::progress(inputs.len(), "inputs");
    let mut stdout = Output::new();
    let mut reports = Vec::new();
    for input in inputs {
        for report in report::reports(pipeline, input, args.repeat) {
            if args.format == Format::Json {
                stdout.line(&serde_json::to_string(&report)?)?;
            }
            reports.push(report);
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if args.format == Format::Table {
        stdout.line(&Table { reports: &reports, coloured: output::is_coloured() }.to_string())?;
    }
    stdout.flush()?;
    Ok(reports)
}
