//! Log lines on stderr: for people on a terminal, JSON otherwise.

use std::io::{IsTerminal, stderr};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Starts the log. `filter` is a level, or a filter as `tracing-subscriber` understands it.
///
/// # Errors
/// If the filter cannot be understood.
pub fn start(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("`{filter}` is no log level and no filter"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() {
        log.with_ansi(std::env::var_os("NO_COLOR").is_none()).with_target(false).init();
    } else {
        log.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    }
    Ok(())
}
