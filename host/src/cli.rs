//! The command line.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use autotag_sandbox::contract_package;
use clap::builder::StyledStr;
use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::completions::CompletionsArgs;
use crate::commands::config::ConfigCommand;
use crate::commands::explain::ExplainArgs;
use crate::commands::health::HealthArgs;
use crate::commands::man::ManArgs;
use crate::commands::plugin::PluginCommand;
use crate::commands::replay::ReplayArgs;
use crate::commands::rule::RuleArgs;
use crate::config::{DecisionArgs, FolderArgs, ServiceArgs};
use crate::full::{BUILD, DoctorArgs};

/// The host's version, with that of the contract that its plugins are made for: it shows the operator whether a plugin
/// fits the host.
static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{}{BUILD} (plugins: {})", env!("CARGO_PKG_VERSION"), contract_package()));

/// Gives every new cloud resource the name of its creator
#[derive(Debug, Parser)]
#[command(
    name = "host",
    version = VERSION.as_str(),
    after_help = "AWS credentials, Region and endpoints come from the AWS SDK's own chain."
)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Configuration file; flags win over the environment, which wins over the file
    #[arg(long, global = true, env = "AUTOTAG_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Which log lines go to stderr: error, warn, info, debug, or a filter such as `autotag=debug`
    /// [default: info for run, error for doctor, warn otherwise]
    #[arg(long, global = true, env = "AUTOTAG_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<String>,
}

/// The other name of the program: a DNS tool is called `host`, too.
const ALIAS: &str = "autotag";

impl Cli {
    /// The command line, by the name that the program was called by: help, manual pages and completions say it.
    #[must_use]
    pub fn by_name_called() -> clap::Command {
        if is_alias() { in_alias(Self::command()).name(ALIAS) } else { Self::command() }
    }
}

/// The name that the program was called by.
#[must_use]
pub(crate) fn name_called() -> &'static str {
    if is_alias() { ALIAS } else { "host" }
}

fn is_alias() -> bool {
    let program = std::env::args_os().next().map(PathBuf::from);
    program.as_deref().and_then(Path::file_stem).is_some_and(|name| name == ALIAS)
}

/// A text for people, in which the program's own commands, such as `host run`, have the name that it was called by.
#[must_use]
pub(crate) fn in_name_called(text: &str) -> String {
    if !is_alias() {
        return text.into();
    }
    text.replace("`host ", &format!("`{ALIAS} ")).replace("  host ", &format!("  {ALIAS} "))
}

/// A command whose help, and that of the commands below it, says the alias.
fn in_alias(mut command: clap::Command) -> clap::Command {
    let rename = |text: Option<&StyledStr>| {
        // The files that completions are written to have the program's name, too.
        let text = in_name_called(&text?.to_string());
        Some(text.replace("completions/host", &format!("completions/{ALIAS}")).replace("_host", &format!("_{ALIAS}")))
    };
    if let Some(about) = rename(command.get_about()) {
        command = command.about(about);
    }
    if let Some(about) = rename(command.get_long_about()) {
        command = command.long_about(about);
    }
    if let Some(help) = rename(command.get_after_help()) {
        command = command.after_help(help);
    }
    command.mut_subcommands(in_alias).mut_args(|mut argument| {
        if let Some(help) = rename(argument.get_help()) {
            argument = argument.help(help);
        }
        if let Some(help) = rename(argument.get_long_help()) {
            argument = argument.long_help(help);
        }
        argument
    })
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tag what the events in an SQS queue created, until stopped
    Run {
        #[command(flatten)]
        folder: FolderArgs,
        #[command(flatten)]
        decision: DecisionArgs,
        #[command(flatten)]
        service: Box<ServiceArgs>,
    },
    /// Show what would be tagged for recorded events, without touching AWS
    Replay {
        #[command(flatten)]
        replay: ReplayArgs,
        #[command(flatten)]
        folder: FolderArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Tell which event created a resource, and what the plugins make of it
    Explain {
        #[command(flatten)]
        explain: ExplainArgs,
        #[command(flatten)]
        folder: FolderArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Show the EventBridge rules that the plugins need, or what differs from those that are deployed
    Rule {
        #[command(flatten)]
        rule: RuleArgs,
        #[command(flatten)]
        folder: FolderArgs,
        #[command(flatten)]
        decision: DecisionArgs,
    },
    /// Find out why nothing is tagged: walk the way of an event through AWS, and say of each step whether it is as it
    /// should be
    Doctor {
        #[command(flatten)]
        doctor: DoctorArgs,
        #[command(flatten)]
        folder: FolderArgs,
        #[command(flatten)]
        decision: DecisionArgs,
        #[command(flatten)]
        service: Box<ServiceArgs>,
    },
    /// Show, check and explain the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Ask the service that runs on this machine whether it is ready: for health checks
    Health(HealthArgs),
    /// Write, build, test and look at plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Print the script that lets a shell complete the host's command line
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(ManArgs),
}
