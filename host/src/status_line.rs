//! One live line on the terminal that shows what the service does.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use autotag_aws::metrics::ServiceMetrics;
use indicatif::{ProgressBar, ProgressStyle};

/// How often it is written anew.
const EVERY: Duration = Duration::from_millis(500);

/// The line, if stderr is a terminal.
#[must_use]
pub fn line() -> Option<ProgressBar> {
    let line = stderr().is_terminal().then(ProgressBar::new_spinner)?;
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        line.set_style(style);
    }
    Some(line)
}

/// Keeps the line up to date, until it is dropped.
pub async fn keep(line: ProgressBar, metrics: ServiceMetrics) {
    let mut every = tokio::time::interval(EVERY);
    loop {
        every.tick().await;
        line.set_message(metrics.summary());
        line.tick();
    }
}
