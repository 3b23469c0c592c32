//! From the command line to a command: loads the configuration once, starts the log, and hands both over.

use std::path::Path;
use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};

use crate::cli::{Cli, Command, in_name_called};
use crate::commands::config::{self, AllArgs, ConfigCommand};
use crate::commands::plugin::{self, PluginCommand};
use crate::commands::{USAGE, completions, explain, health, man, replay, rule, run};
use crate::config::{Config, ServiceArgs, listen_address};
use crate::environment::leave_out_empty;
use crate::full::doctor;
use crate::log;

/// Runs the command that the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    match leave_out_empty().map_err(anyhow::Error::msg).and_then(|()| dispatch(&Cli::by_name_called().get_matches())) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {}", in_name_called(&format!("{error:#}")));
            ExitCode::from(USAGE)
        }
    }
}

fn dispatch(matches: &ArgMatches) -> anyhow::Result<u8> {
    let Cli { command, config: file, log: filter } =
        Cli::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
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
        Command::Explain { explain: args, folder, decision } => {
            explain::explain(&Config::load(file, folder, decision, ServiceArgs::default())?, &args)
        }
        Command::Rule { folder, decision, rule } => {
            rule::rule(&Config::load(file, folder, decision, ServiceArgs::default())?, &rule)
        }
        Command::Doctor { folder, decision, service, doctor: args } => {
            doctor(Config::load(file, folder, decision, *service), &args)
        }
        Command::Config(ConfigCommand::Check { format, all }) => {
            let AllArgs { folder, decision, service } = *all;
            config::check(&Config::load(file, folder, decision, service)?, format)
        }
        Command::Config(ConfigCommand::Show { format, .. }) => config::show(innermost(matches), file, format),
        Command::Config(ConfigCommand::Example) => config::print_example(),
        Command::Health(args) => health::health(listen_address(file, args.listen)?, args.format),
        Command::Plugin(command) => dispatch_plugin(command, file),
        Command::Completions(args) => completions::completions(&args, Cli::by_name_called()),
        Command::Man(args) => man::man(&args, Cli::by_name_called()),
    }
}

/// What was given to the subcommand of a subcommand.
fn innermost(mut matches: &ArgMatches) -> &ArgMatches {
    while let Some((_, inner)) = matches.subcommand() {
        matches = inner;
    }
    matches
}

/// The same for `host plugin`. Without a configuration file on the command line, `host.toml` beside the plugin counts.
fn dispatch_plugin(command: PluginCommand, file: Option<&Path>) -> anyhow::Result<u8> {
    match command {
        PluginCommand::New(args) => plugin::new::new(&args),
        PluginCommand::Build { build, decision } => {
            build.source()?;
            plugin::build::build(&Config::for_author(file, &build.folder, decision)?, &build)
        }
        PluginCommand::Record(args) => plugin::record::record(&args),
        PluginCommand::Inspect { inspect, decision } => {
            plugin::inspect::inspect(&Config::for_author(file, plugin::folder_of(&inspect.file)?, decision)?, &inspect)
        }
        PluginCommand::List { list, folder, decision } => {
            let config = match &list.folder {
                Some(folder) => Config::for_author(file, folder, decision)?,
                None => Config::load(file, folder, decision, ServiceArgs::default())?,
            };
            plugin::list::list(&config, &list)
        }
        PluginCommand::Test { test, decision } => {
            plugin::test::test(&Config::for_author(file, &test.folder, decision)?, &test)
        }
        PluginCommand::Bench { bench, decision } => {
            plugin::bench::bench(&Config::for_author(file, plugin::folder_of(&bench.file)?, decision)?, &bench)
        }
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
