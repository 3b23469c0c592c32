//! A counting semaphore with thread affinity: as many slots as the pools have room for instances, each of them in one
//! of the engines.

use std::cell::Cell;
use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// One value for each engine, of which there is at least one.
pub(crate) struct PerEngine<T> {
    first: T,
    others: Vec<T>,
}

impl<T> PerEngine<T> {
    /// Makes a value for each of `count` engines, and stops at the first error.
    pub(crate) fn make<E>(count: NonZeroU32, mut make: impl FnMut() -> Result<T, E>) -> Result<Self, E> {
        Ok(Self { first: make()?, others: (1..count.get()).map(|_| make()).collect::<Result<_, _>>()? })
    }

    /// Maps each value, and stops at the first error.
    pub(crate) fn try_map<U, E>(&self, mut map: impl FnMut(&T) -> Result<U, E>) -> Result<PerEngine<U>, E> {
        Ok(PerEngine { first: map(&self.first)?, others: self.others.iter().map(map).collect::<Result<_, _>>()? })
    }

    /// The first engine's value, where it makes no difference which engine it is.
    pub(crate) fn first(&self) -> &T {
        &self.first
    }

    /// The value of the engine that a slot belongs to. Slots are spread evenly over the engines.
    pub(crate) fn of(&self, slot: &Slot<'_>) -> &T {
        let engine = slot.number as usize % (1 + self.others.len());
        engine.checked_sub(1).and_then(|other| self.others.get(other)).unwrap_or(&self.first)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// As many slots as the pools have room for instances: a thread that finds none free waits, instead of failing.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    free: Arc<(Mutex<Free>, Condvar)>,
    instances: u32,
}

#[derive(Debug)]
struct Free {
    /// The slot that was freed first is in front.
    numbers: VecDeque<u32>,
    /// How many threads wait. A wake-up while none waits would cost a system call for each event.
    waiting: u32,
}

thread_local! {
    /// The slot that this thread had last, which it gets again if it is free: the slot's memory and its engine are most
    /// likely in the caches of this thread's core.
    static LAST: Cell<u32> = const { Cell::new(u32::MAX) };
}

impl Slots {
    pub(crate) fn new(instances: u32) -> Self {
        let free = Free { numbers: (0..instances).collect(), waiting: 0 };
        Self { free: Arc::new((Mutex::new(free), Condvar::new())), instances }
    }

    /// How many slots there are, and how many of them are taken.
    pub(crate) fn usage(&self) -> (u32, u32) {
        let free = self.free.0.lock().unwrap_or_else(PoisonError::into_inner).numbers.len();
        (self.instances, self.instances.saturating_sub(u32::try_from(free).unwrap_or(u32::MAX)))
    }

    /// Waits for a slot, which is freed on drop.
    pub(crate) fn take(&self) -> Slot<'_> {
        let (free, freed) = &*self.free;
        let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(number) = free.take(LAST.get()) {
                LAST.set(number);
                return Slot { slots: self, number };
            }
            free.waiting += 1;
            free = freed.wait(free).unwrap_or_else(PoisonError::into_inner);
            free.waiting -= 1;
        }
    }
}

impl Free {
    /// This slot, or else the one that has been free for longest: its last thread is the least likely to want it back.
    fn take(&mut self, wanted: u32) -> Option<u32> {
        match self.numbers.iter().position(|number| *number == wanted) {
            Some(index) => self.numbers.remove(index),
            None => self.numbers.pop_front(),
        }
    }
}

/// Room for one instance.
pub(crate) struct Slot<'a> {
    slots: &'a Slots,
    number: u32,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let (free, freed) = &*self.slots.free;
        let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
        free.numbers.push_back(self.number);
        if free.waiting > 0 {
            freed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn there_are_never_more_at_once_than_there_are_slots_and_each_thread_gets_a_turn() {
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

    #[test]
    fn as_many_calls_as_there_are_engines_run_in_different_ones_and_none_has_more_than_its_share() {
        let (slots, mut number) = (Slots::new(7), 0);
        let engines = PerEngine::make(const { NonZeroU32::new(3).unwrap() }, || {
            number += 1;
            Ok::<_, ()>(number)
        });
        let engines = engines.unwrap();
        let taken: Vec<_> = (0..7).map(|_| slots.take()).collect();
        let of: Vec<_> = taken.iter().map(|slot| *engines.of(slot)).collect();
        assert_eq!(of, [1, 2, 3, 1, 2, 3, 1]);
    }

    #[test]
    fn a_thread_gets_the_slot_again_that_it_had_last_unless_another_has_it() {
        let slots = Slots::new(3);
        let number = |slot: &Slot<'_>| slot.number;
        let first = number(&slots.take());
        let others = thread::scope(|scope| scope.spawn(|| number(&slots.take())).join().unwrap());
        assert_ne!(others, first, "it has been free for longer");
        let again = slots.take();
        assert_eq!(number(&again), first);
        assert_ne!(number(&slots.take()), first);
    }
}
