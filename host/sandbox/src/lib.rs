//! Runs plugins in a sandbox: WebAssembly components that answer what to tag, and that can do nothing else.
//!
//! [`Registry::load`] reads a folder of `.wasm` files; [`Plugin::extract`] invokes one of them for one event, in a
//! fresh instance that is discarded afterwards. [`LivePlugins`] is the set that is in force while the service runs.
//!
//! # From a file to an answer
//!
//! | step | module | what can go wrong |
//! |---|---|---|
//! | notice that the folder has changed | `watch` | |
//! | read the file, compare it with its pin | `file`, `digest`, `options` | not a file, too large, another digest |
//! | make a component of a core module | `componentize`, `adapter` | not what its type section says |
//! | compile it, or find it in the cache | `compile`, `features`, `cache` | damaged, too slow |
//! | check its exports and imports; link | `link`, `wasi` | another version, an import that is not allowed |
//! | invoke `describe` and `check-settings` | `loader`, `manifest` | whatever a plugin can do wrong |
//! | make a set of all plugins | `registry` | a duplicate name, tag keys that are not allowed |
//! | put the set in force | `live` | |
//! | invoke `extract`, in an instance from the pool | `invocation`, `output`, `slots`, `pool` | [`InvocationError`] |
//!
//! `limits` are the bounds of an invocation, which `engine` enforces. `inspection` takes the same steps and reports how
//! far a file got; `metrics` counts.
//!
//! # Why a plugin can do no harm
//!
//! - It has no authority: its imports are checked against an allowlist before any of its code runs.
//! - It has bounds, also in `describe` and during instantiation; to exceed one is an error that names it.
//! - It keeps no state: an instance lives for one invocation.
//! - It blocks nothing else: it is invoked off the async executor's threads, compiling has its own threads, and a
//!   plugin that does not load changes nothing about those that did.

mod adapter;
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
mod embed;
mod engine;
mod error;
pub mod exhaustion;
mod features;
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
mod plugin_folder;
mod pool;
mod private;
mod registry;
mod settings_error;
mod slots;
mod state;
mod wasi;
mod watch;

pub use answer::Answer;
pub use artifact::Artifact;
pub use bindings::autotag::plugin::types;
pub use cache::{CacheError, CacheFolder};
pub use componentize::componentize;
pub use contract::{CONTRACT, contract_package};
pub use cost::Cost;
pub use digest::Digest;
pub use embed::embed_contract;
pub use engine::{EngineError, Metering, Sandbox, SandboxOptions};
pub use error::{FileError, InvocationError, InvocationProblem, LoadError};
pub use inspection::{FileFindings, Inspection, inspect_folder};
pub use limits::{Bound, Exceeded, LimitError, LimitOptions, Limits};
pub use live::{LivePlugins, Refused, Reloads};
pub use loader::Plugin;
pub use manifest::{Manifest, ManifestError, PluginId};
pub use metrics::PluginMetrics;
pub use options::{LoadOptions, Pins, PluginOptions, Wasi};
pub use plugin_folder::{OpenPlace, open_place};
pub use pool::{default_instances, engines_for_all_cores};
pub use registry::{Registry, wasm_files};
pub use watch::{FolderState, PluginWatch};
pub use wit_component::StringEncoding;
