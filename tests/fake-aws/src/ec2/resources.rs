//! The resources of one account and Region, indexed by id, by type, and by the instance that they belong to: a Describe
//! request must not scan tens of thousands of resources that it is not about.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{Detail, Resource, Tags};

/// Resources by id.
#[derive(Default)]
pub(in super::super) struct Resources {
    by_id: BTreeMap<String, Resource>,
    /// Volumes and network interfaces by the instance that they are attached to.
    attached: HashMap<String, BTreeSet<String>>,
}

impl Resources {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn get(&self, id: &str) -> Option<&Resource> {
        self.by_id.get(id)
    }

    /// A resource's tags, mutable.
    pub fn tags_mut(&mut self, id: &str) -> Option<&mut Tags> {
        self.by_id.get_mut(id).map(|resource| &mut resource.tags)
    }

    pub fn insert(&mut self, id: &str, resource: Resource) {
        self.remove(id);
        for instance in instances(&resource.detail) {
            self.attached.entry(instance).or_default().insert(id.to_owned());
        }
        self.by_id.insert(id.to_owned(), resource);
    }

    pub fn remove(&mut self, id: &str) -> Option<Resource> {
        let removed = self.by_id.remove(id)?;
        for instance in instances(&removed.detail) {
            if let Entry::Occupied(mut attached) = self.attached.entry(instance) {
                attached.get_mut().remove(id);
                if attached.get().is_empty() {
                    attached.remove();
                }
            }
        }
        Some(removed)
    }

    /// Changes a resource; `None` if it does not exist.
    pub fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut Resource) -> T) -> Option<T> {
        let mut resource = self.remove(id)?;
        let result = change(&mut resource);
        self.insert(id, resource);
        Some(result)
    }

    /// All resources, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Resource)> {
        self.by_id.iter()
    }

    /// The resources whose ids have this prefix, in the order of their ids.
    pub fn beginning<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (&'a String, &'a Resource)> + use<'a> {
        let prefix = prefix.to_owned();
        self.by_id.range(prefix.clone()..).take_while(move |(id, _)| id.starts_with(&prefix))
    }

    /// The existing ones of these ids, each once, in the order of their ids.
    pub fn these(&self, ids: &[String]) -> Vec<(&String, &Resource)> {
        let ids: BTreeSet<&String> = ids.iter().collect();
        ids.into_iter().filter_map(|id| self.by_id.get_key_value(id)).collect()
    }

    /// What is attached to an instance, in the order of the ids.
    pub fn attached_to<'a>(&'a self, instance: &str) -> impl Iterator<Item = (&'a String, &'a Resource)> + use<'a> {
        self.attached.get(instance).into_iter().flatten().filter_map(|id| self.by_id.get_key_value(id))
    }
}

/// The instances that a resource is attached to.
fn instances(detail: &Detail) -> Vec<String> {
    match detail {
        Detail::Volume(volume) => volume.attachments.iter().map(|at| at.instance.clone()).collect(),
        Detail::NetworkInterface(interface) => interface.attachment.iter().map(|at| at.instance.clone()).collect(),
        _ => Vec::new(),
    }
}
