//! Plugins: WebAssembly components that answer what to tag, in a sandbox that can do nothing else.
//!
//! [`Registry::load`] reads a folder of `.wasm` files; [`Plugin::extract`] asks one of them about one event, in a fresh
//! instance that is thrown away afterwards.

#[expect(missing_docs, reason = "generated; the documentation is the contract's")]
mod bindings;
mod cache;
mod call;
mod compile;
mod digest;
mod engine;
mod error;
mod inspection;
mod limits;
mod live;
mod loader;
mod manifest;
mod metrics;
mod options;
mod pool;
mod registry;
mod wasi;
mod watch;

pub use bindings::autotag::plugin::types;
pub use cache::{CacheError, CacheFolder};
pub use call::{Answer, Cost};
pub use digest::Digest;
pub use engine::{EngineError, Metering, Sandbox, SandboxOptions};
pub use error::{CallError, CallProblem, FileError, LoadError};
pub use inspection::{Findings, Inspection, inspect_folder};
pub use limits::{Bound, Exceeded, LimitError, LimitOptions, Limits};
pub use live::{LivePlugins, Refused, Reloads};
pub use loader::{Module, Plugin};
pub use manifest::{Manifest, ManifestError, PluginId};
pub use metrics::PluginMetrics;
pub use options::{LoadOptions, Pins, PluginOptions, Wasi};
pub use pool::default_instances;
pub use registry::{Registry, wasm_files};
pub use watch::{FolderState, PluginWatch};
