//! What a plugin may use.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// The bounds of everything that a plugin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long one call may last.
    pub time: Duration,
    /// The most that all memories and tables of one instance may hold together, in bytes.
    pub memory_bytes: usize,
    /// The most that one call may hand to the host, in bytes: its answer, and its lines in the log.
    pub answer_bytes: usize,
    /// How many lines one call may write into the log.
    pub log_lines: usize,
    /// How long a line in the log may be, in bytes; the rest is cut.
    pub log_line_bytes: usize,
    /// The size of the largest `.wasm` file that is loaded, in bytes.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_millis(250),
            memory_bytes: 64 * 1024 * 1024,
            // Four times the largest event that EventBridge delivers, and far from what would hurt.
            answer_bytes: 1024 * 1024,
            log_lines: 100,
            log_line_bytes: 4096,
            file_bytes: 32 * 1024 * 1024,
        }
    }
}

/// The plugin asked for more memory than it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} bytes of memory")]
pub(super) struct MemoryExceeded {
    pub(super) limit: usize,
}

/// Counts what one instance holds, all memories and tables together.
#[derive(Debug)]
pub(super) struct MemoryMeter {
    limit: usize,
    held: usize,
}

impl MemoryMeter {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, held: 0 }
    }

    /// What the instance holds now. Memories never shrink, so this is also the most that it ever held.
    pub(super) fn peak(&self) -> usize {
        self.held
    }

    fn grow(&mut self, by: usize) -> wasmtime::Result<bool> {
        let held = self.held.saturating_add(by);
        if held > self.limit {
            // An error rather than a failed growth: the guest would only panic, and the reason would be lost.
            return Err(MemoryExceeded { limit: self.limit }.into());
        }
        self.held = held;
        Ok(true)
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.grow(desired.saturating_sub(current).saturating_mul(size_of::<usize>()))
    }
}
