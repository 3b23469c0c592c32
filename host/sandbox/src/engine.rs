//! The engine that compiles and runs plugins, and the clock that stops them.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

use wasmtime::{Config, Engine, InstanceAllocationStrategy};

use super::cache::{CacheError, CacheFolder};
use super::cache_eviction::CacheEviction;
use super::compile::Compiler;
use super::limits::Limits;
use super::metrics::PluginMetrics;
use super::pool;
use super::slots::{PerEngine, Slots};

/// How often the clock ticks by which calls are stopped.
const TICK: Duration = Duration::from_millis(5);
/// How many ticks at most follow upon each other at once, for those that the clock has missed while it waited for the processor.
const MAX_TICKS_AT_ONCE: u64 = 2;

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
pub enum EngineError {
    /// The compiler, or a thread that it needs, cannot be had.
    #[error("cannot set up the WebAssembly engine on this machine: {0}")]
    Setup(String),
    /// The folder for compiled plugins cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Whether calls count the work that they do.
    pub metering: Metering,
    /// How many instances there can be at once, of all plugins together.
    pub instances: NonZeroU32,
    /// How many engines they are spread over: one for each thread that calls plugins at the same time makes those threads
    /// independent of each other, and each holds a copy of every plugin's code.
    pub engines: NonZeroU32,
    /// The most memory that any plugin's bounds allow it, in bytes.
    pub memory_bytes: u64,
    /// Where compiled plugins are kept.
    pub cache: CacheFolder,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            metering: Metering::Off,
            instances: pool::default_instances(),
            engines: NonZeroU32::MIN,
            memory_bytes: Limits::default().memory_bytes,
            cache: CacheFolder::Off,
        }
    }
}

impl SandboxOptions {
    /// An engine's settings, with a pool and without a cache: for what is to be compared with a sandbox.
    #[must_use]
    pub fn pooling_config(&self) -> Config {
        let mut config = config(self.metering);
        let pool = pool::layout(self.instances.get().div_ceil(self.engines.get()), self.memory_bytes);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        config
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Sandbox").field("is_pooling", &self.is_pooling).finish_non_exhaustive()
    }
}

/// What all plugins run in: the compiler and its settings, and the room for their instances.
#[derive(Clone)]
pub struct Sandbox {
    pub(super) engines: Arc<PerEngine<Engine>>,
    pub(super) compiler: Compiler,
    /// Where compiled plugins are kept, if anywhere.
    pub(super) eviction: Option<Arc<CacheEviction>>,
    pub(super) slots: Slots,
    pub(super) metering: Metering,
    /// Counts what its plugins do.
    pub metrics: PluginMetrics,
    is_pooling: bool,
}

impl Sandbox {
    /// A sandbox. If this machine cannot reserve the addresses for a pool of instances, it does without one, and says so in
    /// the log.
    ///
    /// # Errors
    /// If the compiler cannot be set up on this machine, or the folder for compiled plugins is not safe.
    pub fn new(options: &SandboxOptions) -> Result<Self, EngineError> {
        let cache = options.cache.open()?;
        let eviction = cache.clone().map(|cache| Arc::new(CacheEviction::new(cache)));
        let mut pooling = options.pooling_config();
        pooling.cache(cache.clone());
        let (engines, is_pooling) = match PerEngine::make(options.engines, || Engine::new(&pooling)) {
            Ok(engines) => (engines, true),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(
                    error,
                    "no pool of instances can be reserved: each event takes about three times as long"
                );
                let mut config = config(options.metering);
                without_pool(&mut config, options.memory_bytes).cache(cache);
                (PerEngine::make(NonZeroU32::MIN, || Engine::new(&config)).map_err(setup)?, false)
            }
        };
        tick(&engines).map_err(setup)?;
        Ok(Self {
            engines: Arc::new(engines),
            compiler: Compiler::default(),
            eviction,
            slots: Slots::new(options.instances.get()),
            metering: options.metering,
            metrics: PluginMetrics::default(),
            is_pooling,
        })
    }

    /// Whether instances come from a pool; if not, each event pays for mapping its memory.
    #[must_use]
    pub fn is_pooling(&self) -> bool {
        self.is_pooling
    }

    /// How many ticks a call may last: its time, and those that may follow at once upon its beginning.
    pub(super) fn deadline_ticks(limits: Limits) -> u64 {
        let time = Duration::from_millis(limits.time_ms);
        u64::try_from(time.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX).saturating_add(MAX_TICKS_AT_ONCE)
    }
}

fn setup(error: impl std::fmt::Display) -> EngineError {
    EngineError::Setup(format!("{error:#}"))
}

/// What holds with a pool and without.
fn config(metering: Metering) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(metering == Metering::Fuel)
        .max_wasm_stack(MAX_WASM_STACK_BYTES)
        // The same answer on every machine: nothing that leaves room for the processor's own.
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true)
        // What no compiler needs for a plugin is less to get wrong.
        .wasm_memory64(false)
        // Calls are synchronous, on threads of their own: nothing of a plugin ever runs concurrently with itself.
        .concurrency_support(false);
    config
}

/// Without a pool, most likely since addresses are scarce (`ulimit -v`): memories get no more of them than they may use, and
/// pay for it with a check of bounds at each access.
fn without_pool(config: &mut Config, memory_bytes: u64) -> &mut Config {
    config.memory_reservation(memory_bytes).memory_reservation_for_growth(0).memory_guard_size(1 << 16)
}

/// Ticks until the engines are gone, on a thread of its own.
fn tick(engines: &PerEngine<Engine>) -> io::Result<()> {
    let engines: Vec<_> = engines.iter().map(Engine::weak).collect();
    let clock = move || {
        let mut clock = Clock { next: Instant::now() + TICK };
        loop {
            thread::sleep(clock.next.saturating_duration_since(Instant::now()));
            let due = clock.due(Instant::now());
            for engine in &engines {
                let Some(engine) = engine.upgrade() else { return };
                (0..due).for_each(|_| engine.increment_epoch());
            }
        }
    };
    thread::Builder::new().name("plugin-clock".into()).spawn(clock).map(drop)
}

/// When to tick.
struct Clock {
    next: Instant,
}

impl Clock {
    /// How many ticks are due. Each sleep is a little too long, which is made up for, or long times would become much longer. What is
    /// missed beyond that, as when the process is paused, is not: a call that begins meanwhile would pay for it.
    fn due(&mut self, now: Instant) -> u64 {
        let mut due = 0;
        while self.next <= now && due < MAX_TICKS_AT_ONCE {
            self.next += TICK;
            due += 1;
        }
        if self.next <= now {
            self.next = now + TICK;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_makes_up_for_long_sleeps_but_not_for_a_pause() {
        let begin = Instant::now();
        let mut clock = Clock { next: begin + TICK };
        assert_eq!(clock.due(begin), 0);
        // Each time half a tick too late: two ticks for three at some time, never fewer in the end.
        let ticks: u64 = (1..=100).map(|sleep| clock.due(begin + TICK * 3 / 2 * sleep)).sum();
        assert_eq!(ticks, 150);
        assert_eq!(clock.due(begin + Duration::from_secs(60)), MAX_TICKS_AT_ONCE);
        assert_eq!(clock.due(begin + Duration::from_secs(60)), 0);
        assert_eq!(clock.due(begin + Duration::from_secs(60) + TICK), 1);
    }

    #[test]
    fn a_call_has_all_of_its_time_even_if_missed_ticks_follow_upon_its_beginning() {
        for time_ms in [1, 5, 250] {
            let limits = Limits { time_ms, ..Limits::default() };
            let left = TICK * u32::try_from(Sandbox::deadline_ticks(limits) - MAX_TICKS_AT_ONCE).unwrap();
            assert!(left >= Duration::from_millis(time_ms));
        }
    }
}
