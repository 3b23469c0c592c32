//! `host explain`: which event created a resource, and what the plugins make of it. The host keeps no store: it asks
//! CloudTrail, or looks into the files that it is given.

mod search;

use std::path::PathBuf;

use autotag_sandbox::Metering;
use clap::Args;
use search::Explanation;

use super::inputs::{self, Input};
use super::output::{Format, FormatArgs, Output};
use super::replay::report::{self, ReplayReport};
use super::table::Table;
use super::{BAD, GOOD};
use crate::config::Config;
use crate::full::events_about;

/// What `host explain` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 if an event tells of the resource, 1 if none does, 2 for wrong usage.

What belongs to an instance or an image, such as its volumes, is tagged with it, and mostly no event names it: explain
the instance.")]
pub struct ExplainArgs {
    /// The resource's id, name or ARN, as its event names it
    #[arg(value_name = "RESOURCE", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    resource: String,
    /// Files with events, folders that hold some, or `-` for standard input [default: what CloudTrail knows, of the
    /// last 90 days and of the Region that AWS_REGION or the profile names]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    format: FormatArgs,
}

/// Shows what would become of each event that names the resource.
pub fn explain(config: &Config, args: &ExplainArgs) -> anyhow::Result<u8> {
    let pipeline = super::pipeline(config, Metering::Fuel)?;
    let (inputs, place) = if args.paths.is_empty() {
        let events = events_about(&args.resource)?;
        (
            events.into_iter().map(|event| Input::of_text("CloudTrail", event)).collect(),
            "CloudTrail's history of the last 90 days",
        )
    } else {
        (inputs::find(&args.paths)?, "what was given")
    };
    let mut explanation = Explanation::default();
    for input in &inputs {
        explanation.add(&pipeline, input, &args.resource)?;
    }
    let Explanation { reports, others, unreadable } = explanation;
    for problem in &unreadable {
        eprintln!("warning: {problem}");
    }
    if reports.is_empty() {
        let others = match others {
            0 => String::new(),
            1 => "; one event names it, and created something else".into(),
            _ => format!("; {others} events name it, and created something else"),
        };
        let unread = if unreadable.is_empty() { "" } else { "in what could not be read, " };
        eprintln!(
            "no event in {place} tells that {} was created{others}: it may be {unread}older, of another account or Region, or \
             tagged along with what it belongs to",
            args.resource
        );
        return Ok(BAD);
    }
    let mut accounts = reports.iter().filter_map(ReplayReport::account);
    if accounts.any(|account| config.is_other_account(account)) {
        super::say_which_accounts(config);
    }
    let mut table = Table::new(&report::EXPLAINED_HEADER);
    let mut output = Output::new();
    for report in &reports {
        match args.format.get() {
            Format::Json => output.line(&serde_json::to_string(report)?)?,
            Format::Table => table.add(report.explained_row()),
        }
    }
    if table.rows() > 0 {
        output.line(&table.to_string())?;
    }
    output.flush()?;
    Ok(GOOD)
}
