//! The data of a store: what the host keeps for one instance.

use crate::bindings::autotag::plugin::log;
use crate::limits::{Limits, MemoryMeter};
use crate::output::PluginOutput;

pub(crate) struct State {
    pub(crate) memory: MemoryMeter,
    pub(crate) limits: Limits,
    /// The random numbers of the stub of WASI, once the plugin asks for any.
    pub(crate) random: Option<fastrand::Rng>,
    pub(crate) output: PluginOutput,
}

impl log::Host for State {
    fn log(&mut self, level: log::Level, message: String) {
        self.output.log(level, &message);
    }
}
