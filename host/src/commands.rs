//! The commands: each puts the parts together, and nothing else calls them.

mod aws;
pub mod completions;
mod diff;
pub mod doctor;
pub mod health;
mod inputs;
mod layout;
pub mod man;
mod output;
pub mod plugin;
pub mod replay;
pub mod rule;
mod run;

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::{Metering, Registry, Sandbox};

use crate::cli::{Cli, Command};
use crate::config::{Config, ServiceArgs, listen_address};
use crate::log;

/// Exit status: everything went as it should.
const GOOD: u8 = 0;
/// Exit status: something among the work went wrong.
const BAD: u8 = 1;
/// Exit status: wrong usage, or nothing to work on or with.
const USAGE: u8 = 2;

/// Runs the command that was asked for.
pub fn main(cli: Cli) -> ExitCode {
    match run_command(cli) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}

fn run_command(Cli { command, config: file, log: filter }: Cli) -> anyhow::Result<u8> {
    let (file, filter) = (file.as_deref(), filter.as_deref());
    if let Some(level) = log_level(&command) {
        log::start(filter.unwrap_or(level), None::<tracing_subscriber::layer::Identity>, None)?;
    }
    match command {
        Command::Run { folder, decision, service } => {
            run::run(&Config::load(file, folder, decision, *service)?, filter.unwrap_or("info"))
        }
        Command::Replay { folder, decision, replay } => {
            replay::replay(&Config::load(file, folder, decision, ServiceArgs::default())?, &replay)
        }
        Command::Rule { folder, decision, rule } => {
            rule::rule(&Config::load(file, folder, decision, ServiceArgs::default())?, &rule)
        }
        Command::Doctor { folder, decision, service, doctor } => {
            doctor::doctor(&Config::load(file, folder, decision, *service)?, &doctor)
        }
        Command::Health(args) => health::health(listen_address(file, args.listen)?),
        Command::Plugin(command) => plugin::run(command, file),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => man::man(&args),
    }
}

/// The level from which a command logs; none if it has no log, or starts its own.
fn log_level(command: &Command) -> Option<&'static str> {
    match command {
        Command::Run { .. } | Command::Completions(_) | Command::Man(_) => None,
        // What the SDK warns of is what the doctor looks for, and says better.
        Command::Doctor { .. } => Some("error"),
        _ => Some("warn"),
    }
}

/// Loads the plugins that the configuration names.
fn registry(config: &Config, metering: Metering) -> anyhow::Result<Registry> {
    let sandbox = Sandbox::new(&config.sandbox(metering))?;
    Ok(Registry::load(&config.plugins, &config.guard, &sandbox, None)?)
}

/// The middle, with the plugins that the configuration names.
fn pipeline(config: &Config, metering: Metering) -> anyhow::Result<Pipeline> {
    Ok(Pipeline { registry: Arc::new(registry(config, metering)?), guard: Arc::new(config.guard.clone()) })
}

/// Says what was done to which file, for errors.
fn with_path_context<T>(path: &Path, doing: &str, result: io::Result<T>) -> anyhow::Result<T> {
    result.with_context(|| format!("cannot {doing} {}", path.display()))
}
