//! Plugins: WebAssembly components that answer what to tag, in a sandbox that can do nothing else.
//!
//! [`Registry::load`] reads a folder of `.wasm` files; [`Plugin::extract`] asks one of them about one event, in a fresh
//! instance that is thrown away afterwards. [`LivePlugins`] is the set that is in force while the service runs.
//!
//! # From a file to an answer
//!
//! | step | module | what can go wrong |
//! |---|---|---|
//! | notice that the folder has changed | `watch` | |
//! | read the file, compare it with its pin | `file`, `digest`, `options` | not a file, too large, another digest |
//! | make a component of it, compile it or find it in the cache | `componentize`, `compile`, `cache` | damaged, takes too long |
//! | check what it exports and imports; link | `link`, `wasi` | another version, an import that it may not have |
//! | ask who it is and whether its settings are right | `loader`, `manifest` | whatever it does |
//! | make a set of all files' plugins | `registry` | a name twice, keys that are not allowed |
//! | put the set in force | `live` | |
//! | call: an instance from the pool, bounded, thrown away | `call`, `output`, `slots`, `pool`, `limits`, `engine` | [`InvocationError`] |
//!
//! `inspection` goes the same way and says how far it came; `metrics` counts.
//!
//! # Why nothing of a plugin's can harm
//!
//! - It has no authority: what it imports is checked against a list before anything of it runs.
//! - It has bounds, in `describe` and while it is instantiated too; each that it exceeds is an error of its own.
//! - It leaves nothing: an instance lives for one call.
//! - It keeps nobody waiting: whoever calls it is off the async executor's threads, compiling has threads of its own, and a plugin
//!   that does not load changes nothing about those that did.

mod answer;
mod artifact;
#[expect(missing_docs, reason = "generated; the documentation is the contract's")]
mod bindings;
mod cache;
mod cache_eviction;
mod compile;
mod componentize;
mod contract;
mod cost;
mod digest;
mod engine;
mod error;
pub mod exhaustion;
mod file;
mod inspection;
mod invocation;
mod limits;
mod link;
mod live;
mod loader;
mod manifest;
mod metrics;
mod options;
mod output;
pub mod pipeline;
pub mod plan;
mod pool;
mod registry;
mod slots;
mod state;
mod wasi;
mod watch;

pub use answer::Answer;
pub use artifact::Artifact;
pub use bindings::autotag::plugin::types;
pub use cache::{CacheError, CacheFolder};
pub use contract::{CONTRACT, contract_package};
pub use cost::Cost;
pub use digest::Digest;
pub use engine::{EngineError, Metering, Sandbox, SandboxOptions};
pub use error::{FileError, InvocationError, InvocationProblem, LoadError};
pub use inspection::{Findings, Inspection, inspect_folder};
pub use limits::{Bound, Exceeded, LimitError, LimitOptions, Limits};
pub use live::{LivePlugins, Refused, Reloads};
pub use loader::Plugin;
pub use manifest::{Manifest, ManifestError, PluginId};
pub use metrics::PluginMetrics;
pub use options::{LoadOptions, Pins, PluginOptions, Wasi};
pub use pool::{default_instances, engines_for_all_cores};
pub use registry::{Registry, wasm_files};
pub use watch::{FolderState, PluginWatch};
