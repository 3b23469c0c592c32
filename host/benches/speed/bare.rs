//! Bare wasmtime: what an invocation of a plugin costs without the host, with the same component and settings.

use std::path::Path;

use autotag_core::event::Event;
use autotag_sandbox::SandboxOptions;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Result, Store};

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
    /// Compiles the component in a file, with the settings of a sandbox.
    pub fn load(path: &Path, options: &SandboxOptions) -> Result<Self> {
        let engine = Engine::new(&options.pooling_config())?;
        let component = Component::from_file(&engine, path)?;
        let mut linker = Linker::new(&engine);
        log::add_to_linker::<Silent, HasSelf<Silent>>(&mut linker, |state| state)?;
        Ok(Self { component: PluginPre::new(linker.instantiate_pre(&component)?)?, engine })
    }

    /// Instantiates the component, invokes it, and drops the instance. Returns how many taggings there were.
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
