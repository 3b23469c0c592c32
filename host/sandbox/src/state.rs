//! The data of a store: what the host keeps for one instance.

use super::bindings::autotag::plugin::log;
use super::limits::{Limits, MemoryMeter};
use super::output::Output;

pub(super) struct State {
    pub(super) memory: MemoryMeter,
    pub(super) limits: Limits,
    /// The random numbers of the stub of WASI, once the plugin asks for any.
    pub(super) random: Option<fastrand::Rng>,
    pub(super) output: Output,
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        self.output.log(level, &message);
    }
}
