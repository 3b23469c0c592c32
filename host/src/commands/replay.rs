//! `host replay`: what would be tagged for recorded events. No AWS client is built here.

mod expectation;
pub(super) mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use autotag_core::text::count;
use autotag_sandbox::Metering;
use clap::{Args, ValueEnum};
use report::ReplayReport;

use super::inputs;
use super::output::{self, FormatArgs, Formats, Output};
use super::table::{Table, line};
use super::{BAD, GOOD};
use crate::config::Config;

/// What `host replay` is asked for.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Files with events, folders that hold some, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    format: FormatArgs<ReplayFormat>,
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

/// How to print what a replay gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReplayFormat {
    /// For people
    Table,
    /// For programs: one object a line
    Json,
    /// For spreadsheets, with a header
    Csv,
}

impl Formats for ReplayFormat {
    const TABLE: Self = Self::Table;
    const JSON: Self = Self::Json;
}

pub fn replay(config: &Config, args: &ReplayArgs) -> anyhow::Result<u8> {
    let inputs = inputs::find(&args.paths)?;
    if let Some(path) = args.expect.as_ref().filter(|_| !args.accept) {
        // Before the work, not after it.
        anyhow::ensure!(path.exists(), "{} does not exist; write it with --accept", path.display());
    }
    let pipeline = super::pipeline(config, Metering::Fuel)?;
    let mut view = View::new(args.format.get())?;
    let progress = output::counter("events");
    let mut is_good = true;
    let mut is_elsewhere = false;
    let mut kept = Vec::new();
    for input in &inputs {
        report::each(&pipeline, input, args.repeat, |report| {
            is_good &= report.is_good();
            is_elsewhere |= report.account().is_some_and(|account| config.is_other_account(account));
            progress.inc(1);
            // On a terminal, the counter must not stand among the results.
            if output::is_terminal() {
                progress.suspend(|| view.add(&report))?;
            } else {
                view.add(&report)?;
            }
            // Only what is compared stays in memory.
            if args.expect.is_some() {
                kept.push(report);
            }
            Ok(())
        })?;
    }
    progress.finish_and_clear();
    view.end()?;
    if is_elsewhere {
        super::say_which_accounts(config);
    }
    let is_met = match &args.expect {
        Some(path) if args.accept => expectation::write(path, &kept).map(|()| true)?,
        Some(path) => expectation::compare(path, &kept)?,
        None => true,
    };
    Ok(if is_met && is_good { GOOD } else { BAD })
}

/// How many rows a table has at most: all of them have to be there before the first is shown, since they decide how
/// wide the columns are.
const TABLE_ROWS: usize = 200;
/// How long a line waits for others before it is written.
const LINGER: Duration = Duration::from_millis(100);

/// Prints reports as they come.
struct View {
    format: ReplayFormat,
    output: Output<'static>,
    /// The rows that wait for the others of their table.
    table: Table,
    counts: BTreeMap<String, usize>,
    flushed: Option<Instant>,
}

impl View {
    fn new(format: ReplayFormat) -> anyhow::Result<Self> {
        let mut output = Output::new();
        if format == ReplayFormat::Csv {
            output.line(&report::csv_header()?)?;
        }
        let table = Table::new(&report::HEADER);
        Ok(Self { format, output, table, counts: BTreeMap::new(), flushed: None })
    }

    fn add(&mut self, report: &ReplayReport) -> anyhow::Result<()> {
        *self.counts.entry(report.outcome().to_owned()).or_default() += 1;
        match self.format {
            ReplayFormat::Json => self.output.line(&serde_json::to_string(report)?)?,
            ReplayFormat::Csv => self.output.line(&report.csv()?)?,
            ReplayFormat::Table if output::is_terminal() => {
                self.table.add(report.row());
                if self.table.rows() >= TABLE_ROWS {
                    self.show_table()?;
                }
            }
            ReplayFormat::Table => self.output.line(&line(&report.row()))?,
        }
        if self.flushed.is_none_or(|flushed| flushed.elapsed() >= LINGER) {
            self.output.flush()?;
            self.flushed = Some(Instant::now());
        }
        Ok(())
    }

    fn show_table(&mut self) -> anyhow::Result<()> {
        let table = std::mem::replace(&mut self.table, Table::new(&report::HEADER));
        if table.rows() > 0 {
            self.output.line(&table.to_string())?;
        }
        Ok(())
    }

    fn end(mut self) -> anyhow::Result<()> {
        self.show_table()?;
        let all = self.counts.values().sum::<usize>() as u64;
        let counts: Vec<_> = self.counts.iter().map(|(outcome, number)| format!("{number} {outcome}")).collect();
        let summary = format!("{}: {}", count(all, "result"), counts.join(", "));
        if self.format == ReplayFormat::Table {
            if output::is_terminal() {
                self.output.line(&summary)?;
            } else {
                eprintln!("{summary}");
            }
        }
        Ok(self.output.flush()?)
    }
}
