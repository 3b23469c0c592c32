//! `host plugin list`: what a folder of plugins holds.

use std::fmt;
use std::path::{Path, PathBuf};

use autotag_core::text::{one_line, sanitize};
use autotag_sandbox::{Metering, Sandbox, inspect_folder};
use clap::Args;
use comfy_table::{Attribute, Cell, Color};
use serde::Serialize;

use super::report::FileReport;
use crate::commands::output::{self, Format, print, size};
use crate::commands::{BAD, GOOD};
use crate::config::Config;

/// How much of a digest is shown to people.
const DIGEST_CHARS: usize = 12;

/// What `host plugin list` is asked for.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The folder [default: the one that is configured]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
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
    print(&report, args.format)?;
    let is_good = report.problems.is_empty() && report.files.iter().all(|file| file.refused.is_none());
    Ok(if is_good { GOOD } else { BAD })
}

impl fmt::Display for FolderReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = output::table(output::is_coloured());
        table.set_header(["File", "Plugin", "SHA-256", "Size", "Events, or why it is refused"]);
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        for file in &self.files {
            let name = Path::new(&file.path).file_name().unwrap_or_default().to_string_lossy();
            let plugin = file.name.as_ref().zip(file.version.as_ref());
            let digest = file.sha256.as_ref().and_then(|digest| digest.get(..DIGEST_CHARS));
            table.add_row([
                Cell::new(one_line(&name, 255)),
                Cell::new(or_dash(plugin.map(|(name, version)| format!("{name}@{version}")))),
                Cell::new(or_dash(digest.map(Into::into))),
                Cell::new(or_dash(file.bytes.map(|bytes| size(bytes as u64)))),
                match &file.refused {
                    Some(reason) => {
                        let reason = format!("refused: {}", one_line(reason, 1000));
                        Cell::new(reason).fg(Color::Red).add_attribute(Attribute::Bold)
                    }
                    None => Cell::new(one_line(&file.events.as_deref().unwrap_or_default().join(", "), 1000)),
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
