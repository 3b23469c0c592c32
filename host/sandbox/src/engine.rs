//! The engines that compile and run plugins, and the clock that interrupts them (epoch interruption).

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

use wasmtime::{Config, Engine, InstanceAllocationStrategy};

use crate::cache::{CacheError, CacheFolder};
use crate::cache_eviction::CacheEviction;
use crate::compile::Compiler;
use crate::limits::Limits;
use crate::metrics::PluginMetrics;
use crate::pool;
use crate::slots::{PerEngine, Slots};

/// How often the clock advances the epoch, by which invocations are interrupted.
const TICK: Duration = Duration::from_millis(5);
/// The most ticks made at once, to catch up with those that the clock missed while its thread was not scheduled.
const MAX_TICKS_AT_ONCE: u64 = 2;

/// The largest stack that a plugin's code may use, in bytes. A plugin in Rust also has a shadow stack in its own
/// memory, which its linker lays out.
const MAX_WASM_STACK_BYTES: usize = 512 * 1024;

/// Whether invocations are metered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metering {
    /// Not metered, for speed: in the service.
    Off,
    /// Metered in fuel, about one unit an instruction and deterministic: in reports.
    Fuel,
}

/// Why a sandbox cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The compiler or the clock's thread cannot be set up.
    #[error("cannot set up the WebAssembly engine on this machine: {0}")]
    Setup(String),
    /// The folder for compiled plugins cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Whether invocations are metered.
    pub metering: Metering,
    /// How many instances there can be at once, of all plugins together.
    pub instances: NonZeroU32,
    /// How many engines the instances are spread over. With one for each thread that invokes plugins concurrently, the
    /// threads do not contend. Each engine holds a copy of every plugin's code.
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
    /// An engine's settings, with a pool and without a cache: for benchmarks that are compared with a sandbox.
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

/// What all plugins run in: the engines, the compiler, and the slots for instances.
#[derive(Clone)]
pub struct Sandbox {
    pub(crate) engines: Arc<PerEngine<Engine>>,
    pub(crate) compiler: Compiler,
    /// Evicts unused code from the cache, if there is one.
    pub(crate) eviction: Option<Arc<CacheEviction>>,
    pub(crate) slots: Slots,
    pub(crate) metering: Metering,
    /// The metrics of its plugins.
    pub metrics: PluginMetrics,
    is_pooling: bool,
}

impl Sandbox {
    /// Sets up the engines and starts their clock. If this machine cannot reserve the address space for a pool of
    /// instances, the sandbox works without one, and logs a warning.
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

    /// The epoch deadline of an invocation: its time in ticks, and those that may be made at once right after it
    /// begins.
    pub(crate) fn deadline_ticks(limits: Limits) -> u64 {
        let time = Duration::from_millis(limits.time_ms);
        u64::try_from(time.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX).saturating_add(MAX_TICKS_AT_ONCE)
    }
}

fn setup(error: impl std::fmt::Display) -> EngineError {
    EngineError::Setup(format!("{error:#}"))
}

/// The settings that hold with a pool and without.
pub(crate) fn config(metering: Metering) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(metering == Metering::Fuel)
        .max_wasm_stack(MAX_WASM_STACK_BYTES)
        // The same answer on every machine: nothing whose result depends on the processor.
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true)
        // No compiler needs it for a plugin, and it would add attack surface.
        .wasm_memory64(false)
        // Invocations are synchronous, each on one thread: no code of an instance runs concurrently.
        .concurrency_support(false);
    config
}

/// The settings without a pool, most likely since address space is scarce (`ulimit -v`): memories reserve no more of it
/// than they may use, and pay for that with a bounds check at each access.
fn without_pool(config: &mut Config, memory_bytes: u64) -> &mut Config {
    config.memory_reservation(memory_bytes).memory_reservation_for_growth(0).memory_guard_size(1 << 16)
}

/// Advances the epoch until the engines are gone, on a thread of its own.
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

/// When the next tick is due.
struct Clock {
    next: Instant,
}

impl Clock {
    /// How many ticks are due. Each sleep is a little too long: the clock catches up with that, or the delays would add
    /// up. It does not catch up with more, as after a pause of the process: an invocation that begins meanwhile would
    /// lose that time.
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
        // Each sleep is half a tick too long, and the ticks still add up to the time.
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
