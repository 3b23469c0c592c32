//! What stands in for `full.rs` in a host without the feature `full`. Each part says that it is missing, and how to
//! build it.

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::bail;
use autotag_eventbridge_rules::Rule;
use clap::Args;
use tracing_subscriber::layer::Identity;

use crate::commands::output::Format;
use crate::config::{Config, ConfigError};
use crate::otel;

/// What is said of the build, beside the version.
pub const BUILD: &str = ", for the demo";

/// What a host says at its start that is built like this.
pub const WARNING: Option<&str> = Some(
    "this host was built for the demo: it has no TLS, so that it cannot reach AWS itself, and cannot look up anything in \
     RDS, S3 and Auto Scaling; `cargo build --bin host` builds one with everything",
);

/// Whatever `host doctor` is asked for.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _any: Vec<String>,
}

/// # Errors
/// Always, whatever the configuration.
pub fn doctor(_: Result<Config, ConfigError>, _: &DoctorArgs) -> anyhow::Result<u8> {
    not_built("`host doctor`")
}

/// # Errors
/// Always.
pub fn diff(_: &Config, _: &[Rule], _: &[String], _: Option<&str>, _: Format) -> anyhow::Result<u8> {
    not_built("`host rule --diff`")
}

/// # Errors
/// Always.
pub fn events_about(_: &str) -> anyhow::Result<Vec<String>> {
    not_built("asking CloudTrail")
}

/// Whether to go on with the next record.
pub type Taken = anyhow::Result<ControlFlow<()>>;

/// # Errors
/// Always.
pub fn latest_events_of(_: &str, _: impl FnMut(String) -> Taken) -> anyhow::Result<()> {
    not_built("asking CloudTrail")
}

/// Fails, since the part is missing.
fn not_built<T>(what: &str) -> anyhow::Result<T> {
    bail!(
        "{what} is not in this host, which was built for the demo: `cargo build --bin host` builds one with everything"
    )
}

/// Sends no spans.
#[derive(Debug)]
pub enum Traces {}

impl Traces {
    /// # Errors
    /// If the configuration or the environment names a collector.
    pub fn configured(endpoint: Option<&str>) -> anyhow::Result<Option<Self>> {
        if otel::is_wanted(endpoint) { not_built("the export of traces") } else { Ok(None) }
    }

    pub fn layer(&self) -> Identity {
        match *self {}
    }

    pub fn end(self, _: Duration) {
        match self {}
    }
}
