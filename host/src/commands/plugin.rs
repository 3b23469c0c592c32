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

use crate::config::{Config, DecisionArgs};

/// What to do with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Write a new plugin that builds, with its tests
    New(new::NewArgs),
    /// Build a plugin's sources into one .wasm file
    Build(build::BuildArgs),
    /// Show what a .wasm file declares, imports and takes, or why it is refused
    Inspect(inspect::InspectArgs),
    /// Show all plugins of a folder, with what would keep the service from loading them
    List(list::ListArgs),
    /// Compare what a plugin answers for its events with what is expected
    Test(test::TestArgs),
    /// Measure what a plugin takes to load and to answer, set up as in the service
    Bench(bench::BenchArgs),
}

/// Runs the command. `config` is the file that was given on the command line.
pub(super) fn run(command: PluginCommand, config: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        PluginCommand::New(args) => new::new(&args),
        PluginCommand::Build(args) => build::build(config, args),
        PluginCommand::Inspect(args) => inspect::inspect(config, args),
        PluginCommand::List(args) => list::list(config, args),
        PluginCommand::Test(args) => test::test(config, args),
        PluginCommand::Bench(args) => bench::bench(config, args),
    }
}

/// The configuration for one `.wasm` file: of what is said about plugins, only what is about this one.
fn config_for(file: Option<&Path>, wasm: &Path, decision: DecisionArgs) -> anyhow::Result<Config> {
    anyhow::ensure!(wasm.is_file(), "{} is not there or not a file", wasm.display());
    let folder = wasm.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(Config::for_author(file, folder, decision)?)
}
