//! What the commands print, and how.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::Path;

use autotag_core::text::sanitize;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::cli::in_name_called;

/// How to print a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// The formats of a command.
pub trait Formats: ValueEnum + Copy + Send + Sync + 'static {
    /// The one for people.
    const TABLE: Self;
    /// The one for programs.
    const JSON: Self;
}

impl Formats for Format {
    const TABLE: Self = Self::Table;
    const JSON: Self = Self::Json;
}

/// The flags that say how to print a result.
#[derive(Debug, Clone, Copy, Args)]
pub struct FormatArgs<F: Formats = Format> {
    /// How to print the result; a table that does not go to a terminal is one line a row, with tabs
    #[arg(long, short = 'o', value_enum, default_value_t = F::TABLE)]
    format: F,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl<F: Formats> Default for FormatArgs<F> {
    fn default() -> Self {
        Self { format: F::TABLE, json: false }
    }
}

impl<F: Formats> FormatArgs<F> {
    /// The format that was asked for.
    pub(super) fn get(self) -> F {
        if self.json { F::JSON } else { self.format }
    }
}

/// Standard output, for as long as it has a reader. When the reader has gone (`host replay … | head`), the work goes on
/// all the same: the exit status still counts.
pub(super) struct Output<'a> {
    stdout: BufWriter<StdoutLock<'a>>,
    is_read: bool,
}

impl Output<'_> {
    pub(super) fn new() -> Self {
        Self { stdout: BufWriter::new(io::stdout().lock()), is_read: true }
    }

    pub(super) fn line(&mut self, line: &str) -> io::Result<()> {
        if self.is_read {
            let written = writeln!(self.stdout, "{line}");
            return self.still_read(written);
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        let flushed = self.stdout.flush();
        self.still_read(flushed)
    }

    fn still_read(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_read = false;
                Ok(())
            }
            result => result,
        }
    }
}

/// Prints a single result: by its `Display` for people, or as JSON.
pub(super) fn print(result: &(impl fmt::Display + Serialize), format: Format) -> anyhow::Result<()> {
    let mut output = Output::new();
    match format {
        Format::Table => output.line(&in_name_called(&result.to_string()))?,
        Format::Json => output.line(&serde_json::to_string(result)?)?,
    }
    Ok(output.flush()?)
}

/// Whether stdout is read by a person.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether what goes to stdout may be coloured.
pub(super) fn is_coloured() -> bool {
    is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// A bar on stderr, if that is a terminal.
pub(super) fn progress(count: usize, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {what}, {{eta}} left"));
    ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How many there were so far, on stderr, if that is a terminal.
pub(super) fn counter(what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {what}, {{elapsed}}"));
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// A path as a user types it.
pub(super) fn display_path(path: &Path) -> String {
    let below = path.strip_prefix(".").ok().filter(|below| !below.as_os_str().is_empty());
    sanitize(&below.unwrap_or(path).display().to_string())
}

/// A number of bytes, as people read it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// A time, as people read it.
pub(super) fn time(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", micros as f64 / 1e3),
        _ => format!("{:.1} s", micros as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_in_the_unit_that_people_read_them_in() {
        assert_eq!([size(8), size(93_184), size(20 << 20)], ["8 bytes", "91.0 KiB", "20.0 MiB"]);
        assert_eq!([time(31), time(84_321), time(12_340_000)], ["31 µs", "84.3 ms", "12.3 s"]);
    }
}
