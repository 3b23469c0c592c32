//! The pool of instances: slots that are reserved once and keep their pages from one instance to the next.
//!
//! Only this makes a fresh instance for every event affordable. Without a pool, each instance maps and unmaps its
//! memory, and page faults take more time than the plugin itself.
//!
//! Each engine has a pool, and threads that take from the same pool contend for its free lists. So the service has
//! several engines; `slots` assigns each invocation to one.

use std::num::{NonZero, NonZeroU32};
use std::thread;

use wasmtime::{Enabled, PoolingAllocationConfig};

/// The most core instances that a plugin may consist of. wit-component makes three of a core module; a plugin in
/// Python, whose interpreter and libraries are linked when it is instantiated, has some thirty.
pub(crate) const CORE_INSTANCES: u32 = 100;
/// The most memories that a plugin may have. The languages that plugins are written in use one.
pub(crate) const MEMORIES: u32 = 4;
/// The most tables that a plugin may have. wit-component makes one, and compilers one.
pub(crate) const TABLES: u32 = 16;
/// How much of a slot's memory stays resident when an instance ends, if the kernel can tell which of its pages were
/// touched (by a pagemap scan): those are cleared, the others cost nothing. It is more than any of the example plugins
/// touches.
const KEPT_BYTES_BY_SCAN: usize = 16 << 20;
/// The same where the kernel cannot tell, so that all of it is cleared each time: four times what a plugin in Rust has
/// with its default stack, and still less work than the page faults would be.
const KEPT_BYTES: usize = 4 << 20;

/// How the pool is laid out.
pub(crate) fn layout(instances: u32, memory_bytes: u64) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let table_elements = usize::try_from(memory_bytes).unwrap_or(usize::MAX) / size_of::<usize>();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        // A slot is only address space until it is written to, so each has the most that a plugin may have.
        .total_memories(instances.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .max_memories_per_module(MEMORIES)
        .total_tables(instances.saturating_mul(TABLES))
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        // As many as the bound on memory lets a plugin have, so that a plugin exceeds that bound first.
        .table_elements(table_elements)
        .max_component_instance_size(16 << 20)
        .linear_memory_keep_resident(kept_bytes())
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// How much of an instance's memory stays resident when it ends, in bytes. A plugin whose memory is larger from the
/// start pays page faults for every event.
pub(crate) fn kept_bytes() -> usize {
    if PoolingAllocationConfig::is_pagemap_scan_available() { KEPT_BYTES_BY_SCAN } else { KEPT_BYTES }
}

/// The default number of concurrent instances: a few for each core, since more would only wait for a core.
#[must_use]
pub fn default_instances() -> NonZeroU32 {
    let cores = thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
    NonZeroU32::MIN.saturating_add(cores.saturating_mul(4).clamp(8, 256) - 1)
}

/// The most engines. More would hold more copies of each plugin's code, with diminishing returns.
const MAX_ENGINES: usize = 4;

/// One engine for each core, so that the cores do not contend for a pool; at most 4.
#[must_use]
pub fn engines_for_all_cores() -> NonZeroU32 {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_ENGINES);
    u32::try_from(cores).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
}
