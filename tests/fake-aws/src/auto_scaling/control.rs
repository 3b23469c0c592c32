//! What tests do with Auto Scaling groups.

use super::super::world::RegionHandle;

/// Auto Scaling groups, of which the fake has nothing but tags.
impl RegionHandle {
    /// Puts a group with these tags. It replaces a group of that name.
    pub fn put_auto_scaling_group(&self, name: &str, tags: &[(&str, &str)]) {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.update(|region| region.groups.insert(name.to_owned(), tags));
    }

    /// Removes a group and its tags.
    ///
    /// # Panics
    ///
    /// If there is no such group.
    #[track_caller]
    pub fn remove_auto_scaling_group(&self, name: &str) {
        let removed = self.update(|region| region.groups.remove(name));
        assert!(removed.is_some(), "the test has put no Auto Scaling group {name} here");
    }
}
