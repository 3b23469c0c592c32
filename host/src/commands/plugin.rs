//! `host plugin`: write plugins, build them, test them, and see what they are.

mod api_call;
pub mod bench;
pub mod build;
pub mod inspect;
mod language;
pub mod list;
pub mod new;
pub mod record;
mod report;
pub mod test;

use std::path::Path;

use clap::Subcommand;

use crate::config::{DecisionArgs, FolderArgs};

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Write a new plugin that builds, with its tests
    New(new::NewArgs),
    /// Build a plugin's sources into one .wasm file
    Build {
        #[command(flatten)]
        build: build::BuildArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Write a real event to test a plugin with, with what is personal in it replaced
    Record(record::RecordArgs),
    /// Show what a .wasm file declares, imports and takes, or why it is refused
    Inspect {
        #[command(flatten)]
        inspect: inspect::InspectArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Show all plugins of a folder, with what would keep the service from loading them
    List {
        #[command(flatten)]
        list: list::ListArgs,
        #[command(flatten)]
        folder: FolderArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Compare what a plugin answers for its events with what is expected
    Test {
        #[command(flatten)]
        test: test::TestArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Measure what a plugin takes to load and to answer, set up as in the service
    Bench {
        #[command(flatten)]
        bench: bench::BenchArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
}

/// The folder that a plugin's file is in.
pub fn folder_of(wasm: &Path) -> anyhow::Result<&Path> {
    anyhow::ensure!(wasm.is_file(), "{} is not there or not a file", wasm.display());
    Ok(wasm.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}
