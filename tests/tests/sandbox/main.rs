//! Invalid and hostile plugins: each is stopped, reports why, and harms no other plugin.
//!
//! Each runs twice: in the real binary, and in this process, beside a healthy plugin that is invoked all the time.

mod answers;
mod authority;
mod cache;
mod error_messages;
mod exchange;
mod files;
mod imports;
mod in_process;
mod limits;
mod manifests;
mod memory;
mod pins;
mod pool;
mod preview1;
mod time;
mod traps;
mod type_sections;
mod verdict;
mod versions;
mod wasi;
