//! Plugins: WebAssembly components that answer what to tag, in a sandbox that can do nothing else.
//!
//! [`Registry::load`] reads a folder of `.wasm` files; [`Plugin::extract`] asks one of them about one event, in a fresh
//! instance that is thrown away afterwards.

#[expect(missing_docs, reason = "generated; the documentation is the contract's")]
mod bindings;
mod call;
mod engine;
mod error;
mod limits;
mod loader;
mod manifest;
mod registry;

pub use bindings::autotag::plugin::types;
pub use call::{Answer, Cost};
pub use engine::{EngineError, Metering, Sandbox};
pub use error::{CallError, FileError, LoadError};
pub use limits::Limits;
pub use loader::Plugin;
pub use manifest::{Manifest, ManifestError, PluginId};
pub use registry::{PluginOptions, Registry, Wanted};
