//! Plugins that are no plugins, and plugins that are hostile: each is stopped, says why, and harms nobody else.
//!
//! Each is tried twice: by the real binary, and in this process, beside a healthy plugin that is asked all the while.

mod answers;
mod authority;
mod cache;
mod exchange;
mod files;
mod imports;
mod in_process;
mod limits;
mod manifests;
mod memory;
mod pins;
mod pool;
mod time;
mod traps;
mod type_sections;
mod verdict;
mod versions;
mod wasi;
mod words;
