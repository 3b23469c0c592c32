//! Plugins that are no plugins, and plugins that are hostile: each is stopped, says why, and harms nobody else.

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
#[path = "sandbox/versions.rs"]
mod versions;
#[path = "sandbox/wasi.rs"]
mod wasi;
