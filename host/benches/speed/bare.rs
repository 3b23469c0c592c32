//! Bare wasmtime: what a plugin's call costs with nothing of the host's around it but the same component and settings.

use std::path::Path;

use autotag_host::event::Event;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store};

wasmtime::component::bindgen!({
    path: "../wit/v1",
    world: "plugin",
    ownership: Borrowing { duplicate_if_necessary: false },
});

use autotag::plugin::log;
use exports::autotag::plugin::extractor::Event as EventParam;

/// A component that is ready to be instantiated.
pub struct Bare {
    engine: Engine,
    component: PluginPre<Silent>,
}

struct Silent;

impl log::Host for Silent {
    fn log(&mut self, _: log::Level, _: String) {}
}

impl Bare {
    /// Compiles the core module in a file.
    pub fn load(path: &Path) -> Result<Self> {
        let engine = Engine::new(&config())?;
        let component = wit_component::ComponentEncoder::default()
            .module(&std::fs::read(path)?)
            .and_then(|encoder| encoder.encode())
            .map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        let component = Component::from_binary(&engine, &component)?;
        let mut linker = Linker::new(&engine);
        log::add_to_linker::<Silent, HasSelf<Silent>>(&mut linker, |state| state)?;
        Ok(Self { component: PluginPre::new(linker.instantiate_pre(&component)?)?, engine })
    }

    /// Instantiates it, calls it, and throws the instance away. Answers how many taggings there were.
    pub fn extract(&self, event: &Event) -> Result<usize> {
        let Event { id, source, detail_type, account, region, time, .. } = event;
        let parameter = EventParam { id, source, detail_type, account, region, time, detail: event.detail() };
        let mut store = Store::new(&self.engine, Silent);
        store.set_epoch_deadline(51);
        let plugin = self.component.instantiate(&mut store)?;
        let answer = plugin.autotag_plugin_extractor().call_extract(&mut store, parameter, "{}")?;
        Ok(answer.map_or(0, |taggings| taggings.len()))
    }
}

/// What the sandbox sets.
fn config() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(2)
        .total_core_instances(200)
        .total_memories(8)
        .total_tables(32)
        .table_elements((64 << 20) / 8)
        .max_memories_per_module(4)
        .max_tables_per_module(16)
        .linear_memory_keep_resident(16 << 20)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .max_wasm_stack(512 * 1024)
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true)
        .wasm_memory64(false)
        .concurrency_support(false)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
