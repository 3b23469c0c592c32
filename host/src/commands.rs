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
use crate::config::{Config, ServiceArgs};
use crate::log;

/// Exit status: everything went as it should.
const GOOD: u8 = 0;
/// Exit status: something among the work went wrong.
const BAD: u8 = 1;
/// Exit status: wrong usage, or nothing to work on or with.
const USAGE: u8 = 2;

/// Runs the command that was asked for.
pub fn main(cli: Cli) -> ExitCode {
    let filter = cli.log.as_deref();
    let log_from = |level| log::start(level, None::<tracing_subscriber::layer::Identity>, None);
    let quiet = || log_from(filter.unwrap_or("warn"));
    let status = match cli.command {
        Command::Run { folder, decision, service } => {
            let config = Config::load(cli.config.as_deref(), folder, decision, *service);
            config.map_err(Into::into).and_then(|config| run::run(&config, filter.unwrap_or("info")))
        }
        Command::Replay { folder, decision, replay } => quiet().and_then(|()| {
            let config = Config::load(cli.config.as_deref(), folder, decision, ServiceArgs::default())?;
            replay::replay(&config, &replay)
        }),
        Command::Rule { folder, decision, rule } => quiet().and_then(|()| {
            let config = Config::load(cli.config.as_deref(), folder, decision, ServiceArgs::default())?;
            rule::rule(&config, &rule)
        }),
        // What the SDK warns of is what the doctor looks for, and says better.
        Command::Doctor { folder, decision, service, doctor } => log_from(filter.unwrap_or("error")).and_then(|()| {
            let config = Config::load(cli.config.as_deref(), folder, decision, *service)?;
            doctor::doctor(&config, &doctor)
        }),
        Command::Health(args) => quiet().and_then(|()| health::health(cli.config.as_deref(), &args)),
        Command::Plugin(command) => quiet().and_then(|()| plugin::run(command, cli.config.as_deref())),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => man::man(&args),
    };
    match status {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(USAGE)
        }
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
