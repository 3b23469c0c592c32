//! `host plugin list`: what a folder of plugins holds.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use autotag_core::text::{count, sanitize};
use autotag_sandbox::{Metering, Sandbox, inspect_folder};
use clap::Args;
use comfy_table::Color;
use serde::Serialize;

use super::report::FileReport;
use crate::commands::output::{self, FormatArgs, print, size};
use crate::commands::table::{Cell, Table};
use crate::commands::{BAD, GOOD};
use crate::config::Config;

/// How much of a digest a terminal shows.
const DIGEST_CHARS: usize = 12;

/// How many events are named; of more, their number is shown, and `host plugin inspect` names them.
const MAX_NAMED: usize = 5;

/// What `host plugin list` is asked for.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The folder [default: the one that is configured]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArgs,
}

/// The files in a folder, and what is wrong with them.
#[derive(Debug, Serialize)]
struct FolderReport {
    folder: String,
    files: Vec<FileReport>,
    /// What is wrong with the plugins that load, as a set.
    problems: Vec<String>,
}

pub fn list(config: &Config, args: &ListArgs) -> anyhow::Result<u8> {
    let sandbox = Sandbox::new(&config.sandbox(Metering::Off))?;
    let (inspections, problems) = inspect_folder(&config.plugins, &config.guard, &sandbox)?;
    anyhow::ensure!(!inspections.is_empty(), "no .wasm file in {}", config.plugins.folder.display());
    let report = FolderReport {
        folder: config.plugins.folder.display().to_string(),
        files: inspections.iter().map(FileReport::of).collect(),
        problems: problems.iter().map(ToString::to_string).collect(),
    };
    print(&report, args.format.get())?;
    let is_good = report.problems.is_empty() && report.files.iter().all(|file| file.refused.is_none());
    Ok(if is_good { GOOD } else { BAD })
}

impl fmt::Display for FolderReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["File", "Plugin", "SHA-256", "Size", "Events, or why it is refused"]);
        for file in &self.files {
            let name = Path::new(&file.path).file_name().unwrap_or_default().to_string_lossy();
            let plugin = file.name.as_ref().zip(file.version.as_ref());
            let shown = if output::is_terminal() { DIGEST_CHARS } else { usize::MAX };
            let digest = file.sha256.as_ref().map(|digest| digest.get(..shown).unwrap_or(digest).to_owned());
            table.add(vec![
                Cell::new(name),
                Cell::new(plugin.map_or_else(|| "-".into(), |(name, version)| format!("{name}@{version}"))),
                Cell::new(digest.unwrap_or_else(|| "-".into())),
                Cell::new(file.bytes.map_or_else(|| "-".into(), |bytes| size(bytes as u64))).number(),
                match &file.refused {
                    Some(reason) => Cell::new(format!("refused: {reason}")).colour(Color::Red).bold(),
                    None => Cell::new(events(file.events.as_deref().unwrap_or_default())),
                },
            ]);
        }
        write!(formatter, "{table}")?;
        for problem in &self.problems {
            write!(formatter, "\nproblem: {}", sanitize(problem))?;
        }
        Ok(())
    }
}

/// The events, or how many there are.
fn events(events: &[String]) -> String {
    // Several patterns may name the same.
    let events: Vec<&str> = events.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect();
    if events.len() > MAX_NAMED { count(events.len() as u64, "call") } else { events.join(", ") }
}
