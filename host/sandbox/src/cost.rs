//! What a call took.

use serde::Serialize;

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Wall time, instantiation included, in microseconds.
    pub micros: u64,
    /// Work, about one unit an instruction; the same whenever the call is repeated. 0 if not measured, and then not shown.
    #[serde(skip_serializing_if = "is_not_measured")]
    pub fuel: u64,
    /// The most memory that the instance held.
    pub peak_memory_bytes: u64,
}

fn is_not_measured(fuel: &u64) -> bool {
    *fuel == 0
}
