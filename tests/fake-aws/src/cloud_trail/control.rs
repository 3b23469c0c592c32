//! What tests do with trails.

use serde_json::Value;

use super::super::world::RegionHandle;
use super::find;
use super::model::Trail;

/// CloudTrail's trails. None of them logs: tests send the events themselves.
impl RegionHandle {
    /// Puts a trail whose home is this Region, and returns its ARN. It replaces a trail of that name.
    ///
    /// # Panics
    ///
    /// If CloudTrail would refuse it.
    #[track_caller]
    pub fn put_trail(&self, trail: Trail) -> String {
        if let Err(reason) = trail.check() {
            panic!("trail {}: {reason}", trail.name);
        }
        let arn = find::arn(self.account(), self.region(), &trail.name);
        self.update(|region| region.trails.insert(trail.name.clone(), trail));
        arn
    }

    /// Puts a record into the history of the last 90 days, which LookupEvents shows.
    pub fn put_record(&self, record: Value) {
        self.update(|region| region.history.push(record));
    }

    /// Changes a trail whose home is this Region.
    ///
    /// # Panics
    ///
    /// If there is no such trail, or CloudTrail would refuse the changed one.
    #[track_caller]
    pub fn update_trail(&self, name: &str, change: impl FnOnce(&mut Trail)) {
        let mut trail = self.take_trail(name);
        change(&mut trail);
        self.put_trail(trail);
    }

    /// Removes a trail whose home is this Region.
    ///
    /// # Panics
    ///
    /// If there is no such trail.
    #[track_caller]
    pub fn delete_trail(&self, name: &str) {
        self.take_trail(name);
    }

    #[track_caller]
    fn take_trail(&self, name: &str) -> Trail {
        let taken = self.update(|region| region.trails.remove(name));
        taken.unwrap_or_else(|| panic!("the test has put no trail {name} here"))
    }
}
