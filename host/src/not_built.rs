//! What stands in for the parts that only a host with the feature `full` has. Each fails, and says how to build it.

use std::time::Duration;

use anyhow::bail;
use autotag_eventbridge_rules::Rule;
use clap::Args;
use tracing_subscriber::layer::Identity;

use crate::commands::output::Format;
use crate::config::Config;

/// What a host says at its start that is built like this.
pub const WARNING: &str = "this host was built for the demo, without the feature `full`: it has no TLS, so that it cannot reach AWS, and \
                           it looks nothing up in RDS, S3 and Auto Scaling";

/// Whatever follows the name of a command that is not there.
#[derive(Debug, Args)]
pub struct AnyArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _any: Vec<String>,
}

pub fn doctor() -> anyhow::Result<u8> {
    not_built("`host doctor`")
}

pub fn diff(_: &Config, _: &[Rule], _: &[String], _: Option<&str>, _: Format) -> anyhow::Result<u8> {
    not_built("`host rule --diff`")
}

/// Sends no spans.
#[derive(Debug)]
pub enum Traces {}

impl Traces {
    /// # Errors
    /// If the configuration names a collector.
    pub fn configured(endpoint: Option<&str>) -> anyhow::Result<Option<Self>> {
        if endpoint.is_some() { not_built("`otlp_endpoint`") } else { Ok(None) }
    }

    pub fn layer(&self) -> Identity {
        match *self {}
    }

    pub fn end(self, _: Duration) {
        match self {}
    }
}

fn not_built<T>(what: &str) -> anyhow::Result<T> {
    bail!(
        "{what} is not in this host, which was built for the demo: `cargo build --bin host` builds one with everything"
    )
}
