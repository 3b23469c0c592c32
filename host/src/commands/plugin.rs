//! `host plugin`: write plugins, build them, test them, and see what they are.

mod bench;
mod build;
mod inspect;
mod language;
mod list;
mod new;
mod report;
mod test;

use std::path::Path;

use clap::Subcommand;

use crate::config::{Config, DecisionArgs, FolderArgs, ServiceArgs};

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

/// Runs the command. `file` is the configuration file that was given on the command line; without one, `host.toml`
/// beside the plugin counts.
pub fn run(command: PluginCommand, file: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        PluginCommand::New(args) => new::new(&args),
        PluginCommand::Build { build, decision } => {
            build.language()?;
            build::build(&Config::for_author(file, &build.folder, decision)?, &build)
        }
        PluginCommand::Inspect { inspect, decision } => {
            inspect::inspect(&Config::for_author(file, folder_of(&inspect.file)?, decision)?, &inspect)
        }
        PluginCommand::List { list, folder, decision } => {
            let config = match &list.folder {
                Some(folder) => Config::for_author(file, folder, decision)?,
                None => Config::load(file, folder, decision, ServiceArgs::default())?,
            };
            list::list(&config, &list)
        }
        PluginCommand::Test { test, decision } => test::test(&Config::for_author(file, &test.folder, decision)?, &test),
        PluginCommand::Bench { bench, decision } => {
            bench::bench(&Config::for_author(file, folder_of(&bench.file)?, decision)?, &bench)
        }
    }
}

/// The folder that a plugin's file is in.
fn folder_of(wasm: &Path) -> anyhow::Result<&Path> {
    anyhow::ensure!(wasm.is_file(), "{} is not there or not a file", wasm.display());
    Ok(wasm.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}
