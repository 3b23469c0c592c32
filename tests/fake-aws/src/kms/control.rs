//! What tests do with keys.

use super::super::world::RegionHandle;
use super::find;
use super::model::Key;

/// KMS's keys. `alias/aws/sqs` exists in every account and Region, unless a test puts a key with that alias. Nothing is
/// encrypted, and no key policy is enforced.
impl RegionHandle {
    /// Puts a key, and returns its ARN. It replaces a key of that id.
    ///
    /// # Panics
    ///
    /// If KMS could not have such a key, or another key has one of its aliases.
    #[track_caller]
    pub fn put_key(&self, key: Key) -> String {
        if let Err(reason) = key.check() {
            panic!("key {}: {reason}", key.id);
        }
        let arn = find::arn(self.account(), self.region(), &key.id);
        let taken = self.update(|region| {
            let mut others = region.keys.values().filter(|other| other.id != key.id);
            let taken =
                others.find_map(|other| other.aliases.iter().find(|alias| key.aliases.contains(alias)).cloned());
            if taken.is_none() {
                region.keys.insert(key.id.clone(), key);
            }
            taken
        });
        if let Some(alias) = taken {
            panic!("another key has the alias {alias}");
        }
        arn
    }

    /// Changes a key, named by its id.
    ///
    /// # Panics
    ///
    /// If there is no such key, or KMS could not have the changed one.
    #[track_caller]
    pub fn update_key(&self, id: &str, change: impl FnOnce(&mut Key)) {
        let mut key = self.take_key(id);
        change(&mut key);
        self.put_key(key);
    }

    /// Removes a key and its aliases.
    ///
    /// # Panics
    ///
    /// If there is no such key.
    #[track_caller]
    pub fn delete_key(&self, id: &str) {
        self.take_key(id);
    }

    #[track_caller]
    fn take_key(&self, id: &str) -> Key {
        let taken = self.update(|region| region.keys.remove(id));
        taken.unwrap_or_else(|| panic!("the test has put no key {id} here"))
    }
}
