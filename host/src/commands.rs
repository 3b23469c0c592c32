//! The commands: each puts the parts together, and nothing else calls them.

pub mod replay;
mod run;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::config::{Config, ServiceArgs};
use crate::pipeline::Pipeline;
use crate::plugin::{Limits, Metering, Registry, Sandbox};
use crate::telemetry;

/// Exit status: everything went as it should.
const GOOD: u8 = 0;
/// Exit status: something among the work went wrong.
const BAD: u8 = 1;
/// Exit status: wrong usage, or nothing to work on or with.
const USAGE: u8 = 2;

/// Runs the command that was asked for.
pub fn main(cli: Cli) -> ExitCode {
    let default_level = if matches!(cli.command, Command::Run { .. }) { "info" } else { "warn" };
    let status = telemetry::start(cli.log.as_deref().unwrap_or(default_level)).and_then(|()| match cli.command {
        Command::Run { decision, service } => {
            let config = Config::load(cli.config.as_deref(), decision, service)?;
            run::run(&config)
        }
        Command::Replay { decision, replay } => {
            let config = Config::load(cli.config.as_deref(), decision, ServiceArgs::default())?;
            replay::replay(&config, &replay)
        }
    });
    match status {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(USAGE)
        }
    }
}

/// Loads the plugins that the configuration names.
fn pipeline(config: &Config, metering: Metering) -> anyhow::Result<Pipeline> {
    let sandbox = Sandbox::new(Limits::default(), metering)?;
    let registry = Registry::load(&config.plugins, &sandbox, &config.plugin_options)?;
    for plugin in registry.plugins() {
        let id = &plugin.manifest.id;
        if let Some(key) = plugin.tag_keys.difference(&config.guard.tag_keys).next() {
            let keys = plugin.tag_keys.iter().cloned().collect::<Vec<_>>().join(",");
            anyhow::bail!(
                "the plugin {id} writes the tag key `{key}`, which is not allowed: pass --tag-keys {keys} (or set tag_keys), \
                 and name those that carry the principal id with --access-keys (or access_keys)"
            );
        }
        if plugin.tag_keys.is_disjoint(&config.guard.access_keys) {
            tracing::warn!(plugin = %id, "the plugin writes no key that decides access: none of its values is checked");
        }
    }
    Ok(Pipeline { registry, guard: config.guard.clone() })
}
