//! The cost of an invocation.

use serde::Serialize;

/// What an invocation of a plugin cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Wall time, instantiation included, in microseconds.
    pub micros: u64,
    /// Work in fuel, about one unit an instruction, and deterministic. 0 if it was not metered, and then not
    /// serialized.
    #[serde(skip_serializing_if = "is_not_measured")]
    pub fuel: u64,
    /// The most memory that the instance held, in bytes.
    pub peak_memory_bytes: u64,
}

fn is_not_measured(fuel: &u64) -> bool {
    *fuel == 0
}
