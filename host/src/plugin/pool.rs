//! Where instances live: a pool of slots that are reserved once and keep their pages from one instance to the next.
//!
//! A fresh instance for every event is affordable only because of this. Without a pool each one maps and unmaps its memory,
//! and page faults take more time than the plugin itself.

use std::num::NonZeroU32;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
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

/// As many permits as the pool has room for instances: whoever finds none waits, instead of failing.
#[derive(Debug, Clone)]
pub(super) struct Slots(Arc<(Mutex<Count>, Condvar)>);

#[derive(Debug)]
struct Count {
    free: u32,
    /// How many threads wait. To wake nobody would cost a system call, for each event.
    waiting: u32,
}

impl Slots {
    pub(super) fn new(instances: u32) -> Self {
        Self(Arc::new((Mutex::new(Count { free: instances, waiting: 0 }), Condvar::new())))
    }

    /// Waits for a slot, which is free again when the answer is dropped.
    pub(super) fn take(&self) -> Slot<'_> {
        let (count, freed) = &*self.0;
        let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
        while count.free == 0 {
            count.waiting += 1;
            count = freed.wait(count).unwrap_or_else(PoisonError::into_inner);
            count.waiting -= 1;
        }
        count.free -= 1;
        Slot(self)
    }
}

/// Room for one instance.
pub(super) struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let (count, freed) = &*self.0.0;
        let mut count = count.lock().unwrap_or_else(PoisonError::into_inner);
        count.free += 1;
        if count.waiting > 0 {
            freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn there_are_never_more_at_once_than_there_are_slots_and_everybody_gets_a_turn() {
        let (slots, inside, most, done) = (Slots::new(3), AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let slot = slots.take();
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(slot);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 3);
        assert_eq!(done.load(Ordering::SeqCst), 16 * 50);
    }
}
