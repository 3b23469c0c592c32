//! Log lines on stderr: for people on a terminal, JSON otherwise.

use std::io::{IsTerminal, stderr};

use anyhow::Context;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Starts the log. `filter` is a level, or a filter as `tracing-subscriber` understands it.
///
/// # Errors
/// If the filter cannot be understood.
pub fn start(filter: &str) -> anyhow::Result<()> {
    // A bare word that is no level would be taken for the name of a module, and everything else fall silent.
    let is_word = filter.bytes().all(|byte| byte.is_ascii_alphanumeric());
    anyhow::ensure!(
        !is_word || filter.parse::<LevelFilter>().is_ok(),
        "`{filter}` is no log level: use error, warn, info, debug, trace, off, or a filter such as autotag_host=debug"
    );
    let filter = EnvFilter::try_new(filter).with_context(|| format!("`{filter}` is no log level and no filter"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() {
        log.with_ansi(std::env::var_os("NO_COLOR").is_none()).with_target(false).init();
    } else {
        log.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    }
    Ok(())
}
