//! What stands in for the parts that only a host with the feature `full` has. Each says that it is missing, and how to
//! build it.

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use tracing_subscriber::layer::Identity;

use crate::otel;

/// What a host says at its start that is built like this.
pub const WARNING: &str = "this host was built for the demo: it has no TLS, so that it cannot reach AWS itself, and cannot look up anything \
                           in RDS, S3 and Auto Scaling; `cargo build --bin host` builds one with everything";

/// All that follows the name of a command that is not there.
#[derive(Debug, Args)]
pub struct AnyArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _any: Vec<String>,
}

/// Fails, since the part is missing.
pub fn not_built<T>(what: &str) -> anyhow::Result<T> {
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
