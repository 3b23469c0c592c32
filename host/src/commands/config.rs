//! `host config`: what is set, what can be set, and whether the service would start with it.

use std::fmt;
use std::path::Path;

use autotag_sandbox::Metering;
use clap::{ArgMatches, Args, Subcommand};
use serde::Serialize;

use super::output::{FormatArgs, Output, print};
use super::table::{Cell, Table};
use super::{GOOD, registry};
use crate::config::{Config, DecisionArgs, FolderArgs, ServiceArgs, Setting, example, in_force};

/// What `host config` is asked for.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say whether the service would start: load the configuration and the plugins, as `host run` does, and send
    /// nothing
    Check {
        #[command(flatten)]
        format: FormatArgs,
        #[command(flatten)]
        all: Box<AllArgs>,
    },
    /// Show each setting, its value, and where it comes from
    Show {
        #[command(flatten)]
        format: FormatArgs,
        #[command(flatten)]
        all: Box<AllArgs>,
    },
    /// Print a configuration file in which every key stands, with what it does
    Example,
}

/// All settings of the service.
#[derive(Debug, Args)]
pub struct AllArgs {
    #[command(flatten)]
    pub(crate) folder: FolderArgs,
    #[command(flatten)]
    pub(crate) decision: DecisionArgs,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

/// Loads all that the service needs before it asks AWS.
pub fn check(config: &Config, format: FormatArgs) -> anyhow::Result<u8> {
    let service = config.service()?;
    let registry = registry(config, Metering::Off)?;
    let plugins: Vec<_> = registry.plugins().map(|plugin| plugin.manifest.id.to_string()).collect();
    print(&StartReport { queue_url: service.queue_url.as_str(), plugins }, format.get())?;
    Ok(GOOD)
}

/// What the service would start with. The JSON form is what users build on: its names are fixed.
#[derive(Debug, Serialize)]
struct StartReport<'a> {
    queue_url: &'a str,
    plugins: Vec<String>,
}

impl fmt::Display for StartReport<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`host run` would receive from {} with {}", self.queue_url, self.plugins.join(", "))
    }
}

/// The settings in force.
#[derive(Debug, Serialize)]
struct SettingsReport {
    settings: Vec<Setting>,
}

impl fmt::Display for SettingsReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["Setting", "Value", "From"]);
        for Setting { key, value, source } in &self.settings {
            let value = value.as_deref().unwrap_or("not set");
            table.add(vec![Cell::new(&**key), Cell::new(value), Cell::new(&**source)]);
        }
        write!(formatter, "{table}")
    }
}

/// Shows what is in force, by the command line and the file.
pub fn show(matches: &ArgMatches, file: Option<&Path>, format: FormatArgs) -> anyhow::Result<u8> {
    print(&SettingsReport { settings: in_force(matches, file)? }, format.get())?;
    Ok(GOOD)
}

/// Prints the commented file.
pub fn print_example() -> anyhow::Result<u8> {
    let mut output = Output::new();
    output.line(example().trim_end())?;
    output.flush()?;
    Ok(GOOD)
}
