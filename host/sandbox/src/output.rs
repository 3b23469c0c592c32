//! An instance's output: log lines, from the contract's `log` or from WASI's stdout and stderr, and its last words,
//! which the error quotes if it traps. Output beyond a bound is left out, with one warning for each bound.

use std::sync::Arc;

use autotag_core::text::{one_line, one_line_or_cut};

use crate::bindings::autotag::plugin::log::Level;
use crate::limits::clamp;
use crate::limits::{Bound, Exceeded, Limits};

/// The last error that an instance wrote.
enum LastWords {
    /// Lines of the log, as logged.
    Logged(String),
    /// The end of stderr, as written.
    Written(String),
}

/// The output of an instance so far.
pub(crate) struct PluginOutput {
    limits: Limits,
    /// The plugin, as the log names it.
    plugin: Arc<str>,
    event_id: String,
    lines: u64,
    /// Whether a line was too long.
    is_line_cut: bool,
    last_words: Option<LastWords>,
    /// Whether the line that was logged last is an error.
    is_error_last: bool,
    /// Whether the last words were too long.
    are_last_words_cut: bool,
    /// Line buffers of stdout and stderr: what no newline has ended yet.
    unfinished: [Vec<u8>; 2],
}

impl PluginOutput {
    pub(crate) fn new(limits: Limits, plugin: &Arc<str>, event_id: &str) -> Self {
        Self {
            limits,
            plugin: Arc::clone(plugin),
            event_id: event_id.into(),
            lines: 0,
            is_line_cut: false,
            last_words: None,
            is_error_last: false,
            are_last_words_cut: false,
            unfinished: [const { Vec::new() }; 2],
        }
    }

    /// Logs a line. Errors become the last words, too: all that follow upon one another, such as the lines of a trace,
    /// of which the first says the most.
    pub(crate) fn log(&mut self, level: Level, message: &str) {
        if level == Level::Error {
            let words = match self.last_words.take() {
                Some(LastWords::Logged(words)) if self.is_error_last => words + "\n" + message,
                _ => {
                    self.are_last_words_cut = false;
                    message.to_owned()
                }
            };
            let (words, is_cut) = one_line_or_cut(&words, clamp(self.limits.panic_bytes));
            self.are_last_words_cut |= is_cut;
            self.last_words = Some(LastWords::Logged(words));
        }
        self.is_error_last = level == Level::Error;
        self.line(level, message);
    }

    fn line(&mut self, level: Level, text: &str) {
        self.lines += 1;
        if self.lines > self.limits.log_lines {
            return;
        }
        let (line, is_cut) = one_line_or_cut(text, clamp(self.limits.log_line_bytes));
        self.is_line_cut |= is_cut;
        let (plugin, event_id) = (&*self.plugin, &*self.event_id);
        match level {
            Level::Debug => tracing::debug!(plugin, event_id, "{line}"),
            Level::Info => tracing::info!(plugin, event_id, "{line}"),
            Level::Warn => tracing::warn!(plugin, event_id, "{line}"),
            Level::Error => tracing::error!(plugin, event_id, "{line}"),
        }
    }

    /// Takes what the plugin writes to stdout or stderr. Each line is logged, and the end of stderr becomes the last
    /// words.
    pub(crate) fn write(&mut self, is_stderr: bool, bytes: &[u8]) {
        if is_stderr {
            self.remember(bytes);
        }
        // One byte more than is shown, so that the cut is noticed.
        let longest = clamp(self.limits.log_line_bytes).saturating_add(1);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, is_finished) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
            let line = self.unfinished(is_stderr);
            line.extend(text.iter().take(longest.saturating_sub(line.len())));
            if is_finished {
                self.finish(is_stderr);
            }
        }
    }

    /// Keeps the end of stderr as the last words.
    fn remember(&mut self, bytes: &[u8]) {
        let longest = clamp(self.limits.panic_bytes);
        let end = bytes.get(bytes.len().saturating_sub(longest)..).unwrap_or_default();
        let mut words = match self.last_words.take() {
            Some(LastWords::Written(words)) => words,
            _ => String::new(),
        };
        words.push_str(&String::from_utf8_lossy(end));
        let kept = end_of(&words, longest);
        self.are_last_words_cut |= kept.len() < words.len() || end.len() < bytes.len();
        self.last_words = Some(LastWords::Written(kept.into()));
    }

    fn unfinished(&mut self, is_stderr: bool) -> &mut Vec<u8> {
        let [stdout, stderr] = &mut self.unfinished;
        if is_stderr { stderr } else { stdout }
    }

    fn finish(&mut self, is_stderr: bool) {
        let line = std::mem::take(self.unfinished(is_stderr));
        self.line(if is_stderr { Level::Warn } else { Level::Info }, &String::from_utf8_lossy(&line));
    }

    /// Logs what no newline has ended, once the instance is gone. Returns its last words, if it had any. `is_trapped`:
    /// whether the error quotes them, so that a cut is worth a warning.
    pub(crate) fn end(mut self, is_trapped: bool) -> Option<String> {
        for is_stderr in [false, true] {
            if !self.unfinished(is_stderr).is_empty() {
                self.finish(is_stderr);
            }
        }
        self.report_cuts(is_trapped);
        let words = match self.last_words? {
            LastWords::Logged(line) => line,
            LastWords::Written(words) => {
                let line = one_line(words.trim_end(), usize::MAX);
                end_of(&line, clamp(self.limits.panic_bytes)).into()
            }
        };
        Some(words).filter(|words| !words.is_empty())
    }

    fn report_cuts(&self, is_trapped: bool) {
        let Limits { log_lines, log_line_bytes, panic_bytes, .. } = self.limits;
        let (plugin, event_id) = (&*self.plugin, &*self.event_id);
        for (is_exceeded, bound, limit) in [
            (self.lines > log_lines, Bound::LogLines, log_lines),
            (self.is_line_cut, Bound::LogLineBytes, log_line_bytes),
            (self.are_last_words_cut && is_trapped, Bound::PanicBytes, panic_bytes),
        ] {
            if is_exceeded {
                let exceeded = Exceeded { bound, limit };
                let bound = bound.key();
                tracing::warn!(plugin, event_id, bound, limit, "{exceeded}: the rest is left out");
            }
        }
    }
}

/// The end of a text, of at most so many bytes.
fn end_of(text: &str, max_bytes: usize) -> &str {
    let cut = text.len().saturating_sub(max_bytes);
    (cut..=text.len()).find_map(|cut| text.get(cut..)).unwrap_or_default()
}
