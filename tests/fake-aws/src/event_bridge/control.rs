//! What tests do with rules.

use super::super::world::RegionHandle;
use super::arn;
use super::model::{Bus, DEFAULT_BUS, Rule};

/// EventBridge's rules. A rule is named `NAME`, or `BUS/NAME` if it is not of the default bus. No rule delivers
/// anything: tests send to the queues themselves.
impl RegionHandle {
    /// Puts a bus beside `default`, with or without a policy (JSON). It replaces a bus of that name, whose rules are
    /// lost.
    ///
    /// # Panics
    ///
    /// If it is the default bus.
    #[track_caller]
    pub fn put_event_bus(&self, name: &str, policy: Option<&str>) {
        assert!(name != DEFAULT_BUS, "the default bus is always there");
        let bus = Bus { policy: policy.map(str::to_owned), ..Bus::default() };
        self.update(|region| region.buses.by_name.insert(name.to_owned(), bus));
    }

    /// Puts a rule, and returns its ARN. It replaces a rule of that name on that bus.
    ///
    /// # Panics
    ///
    /// If AWS would refuse it, or there is no such bus.
    #[track_caller]
    pub fn put_rule(&self, rule: Rule) -> String {
        if let Err(reason) = rule.check() {
            panic!("rule {}: {reason}", rule.name);
        }
        let (bus, name) = (rule.event_bus.clone(), rule.name.clone());
        let put = self.update(|region| {
            region.buses.by_name.get_mut(&bus).map(|found| drop(found.rules.insert(rule.name.clone(), rule)))
        });
        assert!(put.is_some(), "the test has put no event bus {bus} here");
        arn::rule(self.account(), self.region(), &bus, &name)
    }

    /// Changes a rule.
    ///
    /// # Panics
    ///
    /// If there is no such rule, or AWS would refuse the changed one.
    #[track_caller]
    pub fn update_rule(&self, name: &str, change: impl FnOnce(&mut Rule)) {
        let mut rule = self.take_rule(name);
        change(&mut rule);
        self.put_rule(rule);
    }

    /// Removes a rule.
    ///
    /// # Panics
    ///
    /// If there is no such rule.
    #[track_caller]
    pub fn delete_rule(&self, name: &str) {
        self.take_rule(name);
    }

    #[track_caller]
    fn take_rule(&self, name: &str) -> Rule {
        let (bus, rule) = name.rsplit_once('/').unwrap_or((DEFAULT_BUS, name));
        let taken = self.update(|region| region.buses.by_name.get_mut(bus)?.rules.remove(rule));
        taken.unwrap_or_else(|| panic!("the test has put no rule {name} here"))
    }
}
