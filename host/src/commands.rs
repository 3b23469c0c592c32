//! The commands: each puts the parts together, with the configuration that `dispatch` hands it.

mod aws;
pub mod completions;
pub mod config;
mod credentials_chain;
mod diff;
#[cfg(feature = "full")]
pub mod doctor;
#[cfg(feature = "full")]
pub mod event_history;
pub mod explain;
pub mod health;
mod inputs;
mod layout;
pub mod man;
pub mod output;
pub mod plugin;
mod queue_endpoint;
pub mod replay;
pub mod rule;
pub mod run;
mod table;

use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::{Metering, Registry, Sandbox};

use crate::config::{AccountsFrom, Config};

/// Exit status: everything went as it should.
pub const GOOD: u8 = 0;
/// Exit status: something among the work went wrong.
pub const BAD: u8 = 1;
/// Exit status: wrong usage, or nothing to work on or with.
pub const USAGE: u8 = 2;

/// Loads the plugins that the configuration names.
fn registry(config: &Config, metering: Metering) -> anyhow::Result<Registry> {
    let sandbox = Sandbox::new(&config.sandbox(metering))?;
    Ok(Registry::load(&config.plugins, &config.guard, &sandbox, None)?)
}

/// The middle, with the plugins that the configuration names.
fn pipeline(config: &Config, metering: Metering) -> anyhow::Result<Pipeline> {
    Ok(Pipeline { registry: Arc::new(registry(config, metering)?), guard: Arc::new(config.guard.clone()) })
}

/// Says where the list of accounts comes from, to users who see an event refused for its account.
fn say_which_accounts(config: &Config) {
    let accounts: Vec<_> = config.guard.accounts.iter().flatten().map(String::as_str).collect();
    let from = match config.accounts_from {
        AccountsFrom::Queue => {
            "the account in the queue's URL (--queue-url, AUTOTAG_QUEUE_URL or `queue_url`); --accounts names others"
        }
        AccountsFrom::Setting => "as --accounts, AUTOTAG_ACCOUNTS or `accounts` in the file says",
    };
    eprintln!("note: this host tags in {} alone: {from}", accounts.join(", "));
}

/// Says what was done to which file, for errors.
fn with_path_context<T>(path: &Path, doing: &str, result: io::Result<T>) -> anyhow::Result<T> {
    result.with_context(|| format!("cannot {doing} {}", path.display()))
}
