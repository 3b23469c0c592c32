//! Whose resources are, by what this host has proved and written.
//!
//! Two callers with one client token in one second prove the same with the same right. The first one keeps the resource. And an event that
//! comes a second time must not undo what was handed over meanwhile. It is a memory of this process alone: another host, or this one after
//! a restart, does not have it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::Event;
use crate::ownership::rule::Tags;
use crate::resource::ResourceId;

/// How many resources are remembered: those of an hour, at 50 a second.
const MOST: usize = 200_000;

/// The identity that was written on each of the latest resources.
#[derive(Debug, Default)]
pub(super) struct Proven(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    by_name: HashMap<Arc<str>, Tags>,
    order: VecDeque<Arc<str>>,
}

impl Proven {
    pub(super) fn of(&self, event: &Event, id: &ResourceId) -> Option<Tags> {
        self.memory().by_name.get(name(event, id).as_str()).cloned()
    }

    pub(super) fn remember(&self, event: &Event, id: &ResourceId, identity: Tags) {
        let name: Arc<str> = name(event, id).into();
        let mut memory = self.memory();
        if memory.by_name.insert(Arc::clone(&name), identity).is_none() {
            memory.order.push_back(name);
        }
        while memory.order.len() > MOST {
            if let Some(oldest) = memory.order.pop_front() {
                memory.by_name.remove(&oldest);
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A resource among those of all accounts and Regions.
fn name(Event { account, region, .. }: &Event, id: &ResourceId) -> String {
    format!("{account} {region} {id}")
}
