//! What only a host with the feature `full` has. Without it, `not_built.rs` stands in for all of this.

use crate::commands;
pub use crate::commands::doctor::DoctorArgs;
pub use crate::commands::event_history::{events_about, latest_events_of};
pub use crate::commands::rule::diff::diff;
use crate::config::{Config, ConfigError};
pub use crate::traces::Traces;

/// What is said of the build, beside the version.
pub const BUILD: &str = "";

/// What a host says at its start that is built like this.
pub const WARNING: Option<&str> = None;

/// Runs `host doctor`, if its configuration could be loaded.
///
/// # Errors
/// If the configuration is missing or wrong.
pub fn doctor(config: Result<Config, ConfigError>, args: &DoctorArgs) -> anyhow::Result<u8> {
    commands::doctor::doctor(&config?, args)
}
