//! The log on stderr: lines for people on a terminal, JSON otherwise.

use std::io::{self, IsTerminal, Write, stderr};

use anyhow::Context;
use autotag_aws::queue::span::TARGET;
use indicatif::ProgressBar;
use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// The SDK's crate that looks for credentials.
const SDK_CONFIG: &str = "aws_config";

/// Starts the log. `filter` is a level, or a filter as `tracing-subscriber` understands it; `traces` makes traces of
/// spans, and `status` is a line on the terminal that the log must not run into.
///
/// # Errors
/// If the filter cannot be understood.
pub fn start<L>(filter: &str, traces: Option<L>, status: Option<ProgressBar>) -> anyhow::Result<()>
where
    L: Layer<tracing_subscriber::Registry> + Send + Sync + 'static,
{
    // A bare word that is no level would be taken for the name of a module, and would silence everything else.
    let is_word = filter.bytes().all(|byte| byte.is_ascii_alphanumeric());
    anyhow::ensure!(
        !is_word || filter.parse::<LevelFilter>().is_ok(),
        "`{filter}` is no log level: use error, warn, info, debug, trace, off, or a filter such as autotag=debug"
    );
    let all = of_all_crates(filter);
    let mut filter = EnvFilter::try_new(&all).with_context(|| format!("`{filter}` is no log level and no filter"))?;
    if matches!(all.parse(), Ok(LevelFilter::INFO | LevelFilter::WARN)) {
        // It warns of each attempt to get credentials, and what they are needed for fails with the same words.
        filter = filter.add_directive(format!("{SDK_CONFIG}=error").parse()?);
    }
    // Spans are for traces alone.
    let filter = filter.add_directive(format!("{}=off", TARGET).parse()?);
    tracing_subscriber::registry().with(traces).with(log(status).with_filter(filter)).init();
    Ok(())
}

/// The filter with `autotag`, the beginning of all the host's crates, for `autotag_host`, which was once the only one.
fn of_all_crates(filter: &str) -> String {
    let directives = filter.split(',').map(|directive| match directive.trim().strip_prefix("autotag_host") {
        Some(rest) if rest.is_empty() || rest.starts_with('=') => format!("autotag{rest}"),
        _ => directive.to_owned(),
    });
    directives.collect::<Vec<_>>().join(",")
}

/// The log, without spans: each line says everything by itself.
fn log<S>(status: Option<ProgressBar>) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let log = tracing_subscriber::fmt::layer().with_writer(move || Log(status.clone()));
    if stderr().is_terminal() {
        log.with_ansi(std::env::var_os("NO_COLOR").is_none()).with_target(false).boxed()
    } else {
        log.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
    }
}

/// Writes log lines above the status line, if there is one.
struct Log(Option<ProgressBar>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.0 {
            Some(status) => status.suspend(|| stderr().write_all(bytes))?,
            None => stderr().write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_for_the_host_is_one_for_all_of_its_crates() {
        for (filter, all) in [
            ("autotag_host=debug", "autotag=debug"),
            ("warn,autotag_host", "warn,autotag"),
            ("autotag_host::admin=trace,info", "autotag_host::admin=trace,info"),
            ("debug", "debug"),
        ] {
            assert_eq!(of_all_crates(filter), all);
        }
    }
}
