//! `host plugin test`: what a plugin answers for its events, in the real sandbox, beside what is expected.

mod cases;
mod expectation;
mod sources;

use std::path::PathBuf;

use autotag_core::text::sanitize;
use autotag_sandbox::Metering;
use cases::{Case, CaseResult};
use clap::Args;
use serde::Serialize;

use super::build;
use crate::commands::output::{Format, FormatArgs, Output, display_path};
use crate::commands::{BAD, GOOD};
use crate::config::Config;

/// What `host plugin test` is asked for.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The plugin's folder: with the .wasm file that `host plugin build` made, and events in events/*.json
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Write what the plugin answers as what is expected, into events/*.expected.json
    #[arg(long)]
    accept: bool,
    /// Build the plugin before, as `host plugin build` does
    #[arg(long)]
    build: bool,
    #[command(flatten)]
    format: FormatArgs,
}

/// What came of a case. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct CaseLine<'a> {
    /// The name of the file with the events.
    case: &'a str,
    is_met: bool,
    /// What came, or what is wrong.
    text: &'a str,
}

pub fn test(config: &Config, args: &TestArgs) -> anyhow::Result<u8> {
    if args.build && build::build_before(config, &args.folder)? != GOOD {
        return Ok(BAD);
    }
    let plugin = cases::only_plugin(&args.folder)?;
    let cases = cases::find(&args.folder)?;
    let pipeline = crate::commands::pipeline(config, Metering::Off)?;
    if let Some(source) = sources::newer_than(&plugin, &args.folder) {
        let (source, plugin) = (display_path(&source), display_path(&plugin));
        eprintln!("warning: {source} is newer than {plugin}, which is tested as it is; `--build` builds it anew");
    }
    let mut output = Output::new();
    let mut failed = 0;
    for case in &cases {
        let verdict = if args.accept { case.accept(&pipeline)? } else { case.check(&pipeline)? };
        failed += usize::from(!verdict.is_good());
        let text = text(case, &verdict);
        output.line(&match args.format.get() {
            Format::Json => {
                serde_json::to_string(&CaseLine { case: &case.name, is_met: verdict.is_good(), text: text.trim_end() })?
            }
            Format::Table => {
                let word = if verdict.is_good() { "ok  " } else { "FAIL" };
                format!("{word} {}: {}", sanitize(&case.name), text.trim_end())
            }
        })?;
    }
    let met = format!("{} of {} as expected", cases.len() - failed, cases.len());
    let met = match failed {
        0 => met,
        _ => format!("{met}; if what the plugin answers is right, run again with --accept"),
    };
    if args.format.get() == Format::Table {
        output.line(&met)?;
    }
    output.flush()?;
    Ok(if failed == 0 { GOOD } else { BAD })
}

/// What came, on one line, and behind it what is wrong.
fn text(case: &Case, verdict: &CaseResult) -> String {
    match verdict {
        CaseResult::Met(summary) => summary.clone(),
        CaseResult::Written(summary) => format!("{summary} (written to {})", display_path(&case.expectation)),
        CaseResult::Differs(diff) => format!("not as {} says\n{diff}", display_path(&case.expectation)),
        CaseResult::NothingExpected(answer) => {
            format!("{} is not there; --accept would write\n{answer}", display_path(&case.expectation))
        }
        CaseResult::Unreadable(why) => why.clone(),
        CaseResult::NoEvent => {
            format!("there is no {} for it: remove it, or bring that back", display_path(&case.event))
        }
    }
}
