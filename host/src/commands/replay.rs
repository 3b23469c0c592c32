//! `host replay`: what would be tagged for recorded events. No AWS client is built here.

mod expectation;
mod inputs;
mod report;

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use inputs::Input;
use report::{Report, Table};

use super::{BAD, GOOD};
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::plugin::Metering;

/// What `host replay` is asked for.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Files with events, folders that hold some, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print the result
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One JSON object a line for each event
    Json,
}

pub(super) fn replay(config: &Config, args: &ReplayArgs) -> anyhow::Result<u8> {
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
    Ok(if met && reports.iter().all(Report::is_good) { GOOD } else { BAD })
}

/// Works through the inputs and prints the results. If nobody reads them any more (`host replay … | head`), the work goes on
/// all the same: the exit status still counts.
fn show(pipeline: &Pipeline, inputs: &[Input], args: &ReplayArgs) -> anyhow::Result<Vec<Report>> {
    let progress = progress(inputs.len());
    let mut stdout = Output { stdout: BufWriter::new(io::stdout().lock()), is_read: true };
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
        let coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        stdout.line(&Table { reports: &reports, coloured }.to_string())?;
    }
    stdout.flush()?;
    Ok(reports)
}

/// Standard output, for as long as somebody reads it.
struct Output<'a> {
    stdout: BufWriter<StdoutLock<'a>>,
    is_read: bool,
}

impl Output<'_> {
    fn line(&mut self, line: &str) -> io::Result<()> {
        if self.is_read {
            let written = writeln!(self.stdout, "{line}");
            return self.still_read(written);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.stdout.flush();
        self.still_read(flushed)
    }

    fn still_read(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_read = false;
                Ok(())
            }
            result => result,
        }
    }
}

/// A bar on stderr, if that is a terminal.
fn progress(inputs: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} inputs, {eta} left");
    ProgressBar::with_draw_target(Some(inputs as u64), ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Says what was done to which file, for errors.
fn at<T>(path: &std::path::Path, doing: &str, result: io::Result<T>) -> anyhow::Result<T> {
    result.with_context(|| format!("cannot {doing} {}", path.display()))
}
