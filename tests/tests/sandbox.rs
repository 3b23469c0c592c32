//! Plugins that are no plugins, and plugins that are hostile: each is stopped, says why, and harms nobody else.
//!
//! Each is tried twice: by the real binary, and in this process, beside a healthy plugin that is asked all the while.

#[path = "sandbox/answers.rs"]
mod answers;
#[path = "sandbox/authority.rs"]
mod authority;
#[path = "sandbox/cache.rs"]
mod cache;
#[path = "sandbox/files.rs"]
mod files;
#[path = "sandbox/imports.rs"]
mod imports;
#[path = "sandbox/in_process.rs"]
mod in_process;
#[path = "sandbox/limits.rs"]
mod limits;
#[path = "sandbox/manifests.rs"]
mod manifests;
#[path = "sandbox/memory.rs"]
mod memory;
#[path = "sandbox/pins.rs"]
mod pins;
#[path = "sandbox/pool.rs"]
mod pool;
#[path = "sandbox/time.rs"]
mod time;
#[path = "sandbox/traps.rs"]
mod traps;
#[path = "sandbox/type_sections.rs"]
mod type_sections;
#[path = "sandbox/verdict.rs"]
mod verdict;
#[path = "sandbox/versions.rs"]
mod versions;
#[path = "sandbox/wasi.rs"]
mod wasi;
#[path = "sandbox/words.rs"]
mod words;
