//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::health::HealthArgs;
use crate::commands::plugin::PluginCommand;
use crate::commands::replay::ReplayArgs;
use crate::config::{DecisionArgs, FolderArgs, ServiceArgs};

/// Gives every new cloud resource the name of whoever created it
#[derive(Debug, Parser)]
#[command(
    name = "host",
    version,
    after_help = "AWS credentials, Region and endpoints come from the AWS SDK's own chain."
)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Configuration file; flags win over the environment, which wins over the file
    #[arg(long, global = true, env = "AUTOTAG_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Which log lines go to stderr: error, warn, info, debug, or a filter such as `autotag_host=debug`
    /// [default: info for run, warn otherwise]
    #[arg(long, global = true, env = "AUTOTAG_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<String>,
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
        folder: FolderArgs,
        #[command(flatten)]
        decision: DecisionArgs,
        #[command(flatten)]
        replay: ReplayArgs,
    },
    /// Ask the service that runs on this machine whether it is ready: for health checks
    Health(HealthArgs),
    /// Write, build, test and look at plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
}
