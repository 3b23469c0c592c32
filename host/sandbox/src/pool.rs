//! Where instances live: a pool of slots that are reserved once and keep their pages from one instance to the next.
//!
//! A fresh instance for every event is affordable only because of this. Without a pool each one maps and unmaps its memory,
//! and page faults take more time than the plugin itself.
//!
//! Each engine has a pool, and threads that take from the same one wait for each other's cores to let go of its lists. So the
//! service has several engines; `slots` says which one a call is in.

use std::num::{NonZero, NonZeroU32};
use std::thread;

use wasmtime::{Enabled, PoolingAllocationConfig};

/// The most core instances that a plugin may consist of. wit-component makes three of a core module; a plugin in Python, whose
/// interpreter and libraries are linked when it is instantiated, has some thirty.
pub(super) const CORE_INSTANCES: u32 = 100;
/// The most memories that a plugin may have. The languages that plugins are written in use one.
pub(super) const MEMORIES: u32 = 4;
/// The most tables that a plugin may have. wit-component makes one, and compilers one.
pub(super) const TABLES: u32 = 16;
/// How much of a slot's memory stays where it is when an instance ends, if the kernel can say which of its pages were
/// touched: those are cleared, the others cost nothing. More than any of the example plugins touches.
const KEPT_BYTES_BY_SCAN: usize = 16 << 20;
/// The same where the kernel cannot say that, so that all of it is cleared each time: four times what a plugin in Rust has
/// with its default stack, and still less work than the page faults would be.
const KEPT_BYTES: usize = 4 << 20;

/// How the pool is laid out.
pub(super) fn layout(instances: u32, memory_bytes: u64) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let table_elements = usize::try_from(memory_bytes).unwrap_or(usize::MAX) / size_of::<usize>();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        // A slot is only addresses until something is written there, so each may have all that the law allows.
        .total_memories(instances.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .max_memories_per_module(MEMORIES)
        .total_tables(instances.saturating_mul(TABLES))
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        // As many as the bound on memory lets a plugin have, so that it is that bound which speaks.
        .table_elements(table_elements)
        .max_component_instance_size(16 << 20)
        .linear_memory_keep_resident(kept_bytes())
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// How much of an instance's memory stays resident when it ends, in bytes. A plugin whose memory is larger from the start pays
/// page faults for every event.
pub(super) fn kept_bytes() -> usize {
    if PoolingAllocationConfig::is_pagemap_scan_available() { KEPT_BYTES_BY_SCAN } else { KEPT_BYTES }
}

/// How many instances there are at once unless the operator says: a few for each core, since one that waits for its turn on
/// a core does nobody any good.
#[must_use]
pub fn default_instances() -> NonZeroU32 {
    let cores = thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX));
    NonZeroU32::MIN.saturating_add(cores.saturating_mul(4).clamp(8, 256) - 1)
}

/// How many engines there are at most. More would hold more copies of each plugin's code, for less and less.
const MAX_ENGINES: usize = 4;

/// How many engines it takes so that the machine's cores do not keep each other waiting.
#[must_use]
pub fn engines_for_all_cores() -> NonZeroU32 {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_ENGINES);
    u32::try_from(cores).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
}
