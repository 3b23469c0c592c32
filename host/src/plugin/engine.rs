//! The engine that compiles and runs plugins, and the clock that stops them.

use std::time::Duration;
use std::{io, thread};

use wasmtime::{Config, Engine};

use super::limits::Limits;

/// How often the clock ticks by which calls are stopped: a call ends at most this much after its time.
const TICK: Duration = Duration::from_millis(5);

/// The largest stack that a plugin's code may use, in bytes. Beside it, a plugin in Rust has the stack in its own memory
/// that its linker gave it.
const MAX_WASM_STACK_BYTES: usize = 512 * 1024;

/// Whether calls count the work that they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metering {
    /// No, for speed: the service.
    Off,
    /// In fuel, about one unit an instruction and exactly repeatable: reports.
    Fuel,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the WebAssembly engine on this machine: {0}")]
pub struct EngineError(String);

/// What all plugins run in: one compiler and its settings, and the bounds of every call.
#[derive(Clone)]
pub struct Sandbox {
    pub(super) engine: Engine,
    pub(super) limits: Limits,
    pub(super) metering: Metering,
}

impl Sandbox {
    /// A sandbox whose calls keep to `limits`.
    ///
    /// # Errors
    /// If the compiler cannot be set up on this machine.
    pub fn new(limits: Limits, metering: Metering) -> Result<Self, EngineError> {
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            .epoch_interruption(true)
            .consume_fuel(metering == Metering::Fuel)
            .max_wasm_stack(MAX_WASM_STACK_BYTES)
            // Calls are synchronous, on threads of their own: nothing of a plugin ever runs concurrently with itself.
            .concurrency_support(false);
        let engine = Engine::new(&config).map_err(|error| EngineError(format!("{error:#}")))?;
        tick(&engine).map_err(|error| EngineError(error.to_string()))?;
        Ok(Self { engine, limits, metering })
    }

    /// How many ticks a call may last.
    pub(super) fn deadline_ticks(&self) -> u64 {
        // The tick under way when the call begins may end at once, so there is one more.
        u64::try_from(self.limits.time.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// Ticks until the engine is gone, on a thread of its own.
fn tick(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    let clock = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("plugin-clock".into()).spawn(clock).map(drop)
}
