//! The data of a store: what the host keeps for one instance.

use super::bindings::autotag::plugin::log;
use super::limits::{Limits, MemoryMeter};
use super::output::Output;
use super::wasi::Stub;

pub(super) struct State {
    pub(super) memory: MemoryMeter,
    pub(super) limits: Limits,
    /// The state of its WASI stub, once it is needed.
    pub(super) wasi: Option<Stub>,
    pub(super) output: Output,
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        self.output.log(level, &message);
    }
}
