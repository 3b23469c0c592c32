//! What a plugin may use: its bounds, and the meter of its memory.

use std::fmt;
use std::ops::RangeInclusive;

use clap::Args;
use serde::Deserialize;
use wasmtime::ResourceLimiter;

use crate::exhaustion::Exhaustion;
use crate::pool;

/// Defines the bounds in one place: the values, what the operator can set, and the names in errors.
macro_rules! bounds {
    ($( $(#[doc = $doc:literal])+ $field:ident $bound:ident $flag:literal $env:literal: $range:expr, $default:literal; )+) => {
        /// The bounds of everything that a plugin does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Limits {
            $( $(#[doc = $doc])+ pub $field: u64, )+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        /// The bounds that the operator sets, for all plugins or for one.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Args, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct LimitOptions {
            $(
                $(#[doc = $doc])+
                #[arg(
                    long = $flag,
                    env = $env,
                    value_name = "N",
                    hide_short_help = true,
                    help_heading = "Bounds of every plugin",
                    help = concat!($($doc,)+ " [default: ", $default, "]").trim_start()
                )]
                pub $field: Option<u64>,
            )+
        }

        impl LimitOptions {
            /// Every key, as it stands in `[limits]`.
            pub const KEYS: &[&str] = &[$( stringify!($field) ),+];

            /// These bounds where they are set, the others from `base`.
            #[must_use]
            pub fn over(&self, base: Limits) -> Limits {
                Limits { $( $field: self.$field.unwrap_or(base.$field), )+ }
            }

            /// These bounds where they are set, the others from `other`.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self { $( $field: self.$field.or(other.$field), )+ }
            }

            /// Checks that each bound is one that the host can keep.
            ///
            /// # Errors
            /// Names the first that is not, with what it may be.
            pub fn check(&self) -> Result<(), LimitError> {
                $( check(stringify!($field), self.$field, $range)?; )+
                Ok(())
            }
        }

        /// A bound of [`Limits`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Bound {
            $( $(#[doc = $doc])+ $bound, )+
        }

        impl Bound {
            /// Its key in `[limits]` and `[plugin.NAME.limits]`.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $( Self::$bound => stringify!($field), )+
                }
            }
        }
    };
}

bounds! {
    /// How long one invocation of a plugin may last, in milliseconds
    time_ms Time "limit-time-ms" "AUTOTAG_LIMIT_TIME_MS": 1..=60_000, 250;
    /// The most that all memories and tables of an instance may hold together, in bytes
    memory_bytes Memory "limit-memory-bytes" "AUTOTAG_LIMIT_MEMORY_BYTES": 65_536..=MAX_MEMORY_BYTES, 67_108_864;
    /// The most that a plugin may hand over at once, in bytes: an answer, or a line for the log
    answer_bytes AnswerBytes "limit-answer-bytes" "AUTOTAG_LIMIT_ANSWER_BYTES": 1_024..=64 << 20, 1_048_576;
    /// The most taggings and resources together that one answer may hold
    results Results "limit-results" "AUTOTAG_LIMIT_RESULTS": 1..=1_000_000, 2_000;
    /// How many lines one invocation may write into the log; the rest is dropped
    log_lines LogLines "limit-log-lines" "AUTOTAG_LIMIT_LOG_LINES": 0..=100_000, 100;
    /// How long a line in the log may be, in bytes; the rest is cut
    log_line_bytes LogLineBytes "limit-log-line-bytes" "AUTOTAG_LIMIT_LOG_LINE_BYTES": 80..=1 << 20, 4_096;
    /// How much of a plugin's last words stands in the error when it traps, in bytes; the rest is cut
    panic_bytes PanicBytes "limit-panic-bytes" "AUTOTAG_LIMIT_PANIC_BYTES": 0..=65_536, 1_024;
    /// The size of the largest .wasm file that is loaded, in bytes
    file_bytes FileBytes "limit-file-bytes" "AUTOTAG_LIMIT_FILE_BYTES": 8..=1 << 30, 33_554_432;
    /// How long a plugin may take to compile, in milliseconds
    compile_ms Compile "limit-compile-ms" "AUTOTAG_LIMIT_COMPILE_MS": 1..=3_600_000, 60_000;
}

/// What a WebAssembly memory can hold, and thus the most that a slot in the pool is made for.
const MAX_MEMORY_BYTES: u64 = 4 << 30;

/// A bound as a `usize`.
pub(crate) fn clamp(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// A bound outside of the range that the host can keep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bound `{key}`, {value}, must be from {} to {}", .range.start(), .range.end())]
pub struct LimitError {
    key: &'static str,
    value: u64,
    range: RangeInclusive<u64>,
}

fn check(key: &'static str, value: Option<u64>, range: RangeInclusive<u64>) -> Result<(), LimitError> {
    match value {
        Some(value) if !range.contains(&value) => Err(LimitError { key, value, range }),
        _ => Ok(()),
    }
}

/// A bound that was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub struct Exceeded {
    /// The bound.
    pub bound: Bound,
    /// Its value, in the unit that its key names.
    pub limit: u64,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bound, limit } = self;
        match bound {
            Bound::Time => write!(formatter, "it ran longer than {limit} ms"),
            Bound::Memory => write!(formatter, "it asked for more than {limit} bytes of memory"),
            Bound::AnswerBytes => write!(formatter, "it handed over more than {limit} bytes"),
            Bound::Results => write!(formatter, "it answered more than {limit} taggings and resources"),
            Bound::FileBytes => write!(formatter, "the file is larger than {limit} bytes"),
            Bound::Compile => write!(formatter, "it took longer than {limit} ms to compile"),
            Bound::LogLines => write!(formatter, "it wrote more than {limit} lines"),
            Bound::LogLineBytes => write!(formatter, "it wrote a line of more than {limit} bytes"),
            Bound::PanicBytes => write!(formatter, "its last words were longer than {limit} bytes"),
        }?;
        write!(formatter, " (limits.{})", bound.key())
    }
}

/// Counts the bytes that one instance holds, in all memories and tables together.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    limit: u64,
    held: u64,
}

impl MemoryMeter {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, held: 0 }
    }

    /// What the instance holds now. Memories never shrink, so this is also the most that it ever held.
    pub(crate) fn peak(&self) -> u64 {
        self.held
    }

    /// Counts a growth, in elements of `size` bytes, if it will take place.
    fn grow(&mut self, current: usize, desired: usize, maximum: Option<usize>, size: usize) -> wasmtime::Result<bool> {
        let by = desired.saturating_sub(current).saturating_mul(size);
        let held = self.held.saturating_add(by as u64);
        if held > self.limit {
            // An error rather than a failed growth: the guest would only panic, and the reason would be lost.
            return Err(Exceeded { bound: Bound::Memory, limit: self.limit }.into());
        }
        // wasmtime asks before it applies the plugin's own maximum. A growth beyond that will fail, so it is not
        // counted.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.held = held;
        Ok(true)
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(current, desired, maximum, 1)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(current, desired, maximum, size_of::<usize>())
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        unless_exhausted(error)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        unless_exhausted(error)
    }

    // The pool's limits, also without a pool: a plugin that loads on one machine must load on all.

    fn instances(&self) -> usize {
        pool::CORE_INSTANCES as usize
    }

    fn memories(&self) -> usize {
        pool::MEMORIES as usize
    }

    fn tables(&self) -> usize {
        pool::TABLES as usize
    }
}

/// A growth that fails by the host's own exhaustion ends the invocation: the plugin would only panic, as if by its own
/// fault.
fn unless_exhausted(error: wasmtime::Error) -> wasmtime::Result<()> {
    if Exhaustion::of_wasmtime(&error).is_some() { Err(error) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_for_a_plugin_wins_over_what_is_set_for_all_and_that_over_the_defaults() {
        let all = LimitOptions { time_ms: Some(100), results: Some(5), ..LimitOptions::default() };
        let one = LimitOptions { time_ms: Some(1_000), ..LimitOptions::default() };
        let limits = one.over(all.over(Limits::default()));
        assert_eq!((limits.time_ms, limits.results, limits.log_lines), (1_000, 5, 100));
    }

    #[test]
    fn a_bound_that_cannot_be_kept_is_named_with_what_it_may_be() {
        let error = LimitOptions { time_ms: Some(0), ..LimitOptions::default() }.check().unwrap_err();
        assert_eq!(error.to_string(), "the bound `time_ms`, 0, must be from 1 to 60000");
        let defaults = Limits::default();
        let all = LimitOptions { memory_bytes: Some(defaults.memory_bytes), ..LimitOptions::default() };
        assert_eq!(all.check(), Ok(()));
    }

    #[test]
    fn memories_and_tables_count_together() {
        let mut meter = MemoryMeter::new(100);
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(meter.table_growing(0, 5, None).unwrap());
        let error = meter.memory_growing(60, 61, None).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Exceeded { bound: Bound::Memory, limit: 100 }));
        assert_eq!(meter.peak(), 100);
    }

    #[test]
    fn a_growth_that_the_plugins_own_maximum_forbids_is_refused_and_not_counted() {
        let mut meter = MemoryMeter::new(100);
        assert!(!meter.memory_growing(10, 60, Some(59)).unwrap());
        assert!(!meter.table_growing(1, 5, Some(4)).unwrap());
        assert_eq!(meter.peak(), 0);
        meter.memory_grow_failed(wasmtime::Error::msg("memory maximum size exceeded")).unwrap();
        let no_memory = std::io::Error::from_raw_os_error(12);
        meter.memory_grow_failed(no_memory.into()).unwrap_err();
        assert!(meter.memory_growing(10, 60, Some(60)).unwrap());
        assert_eq!(meter.peak(), 50);
    }
}
