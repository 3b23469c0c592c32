//! The result of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The result of a run in which all invariants held.
#[derive(Clone, Debug)]
pub struct Report {
    /// The seed that all choices followed from.
    pub seed: u64,
    /// How many messages were sent.
    pub events: usize,
    /// How many resources there were in the end, including those that must have no tags.
    pub resources: usize,
    /// How many messages ended in the dead-letter queue, as they had to.
    pub dead: usize,
    /// The receive count at which the dead-letter queue took them.
    pub max_receives: u32,
    /// How many hosts were killed by SIGKILL.
    pub killed: usize,
    /// How many hosts were ended by SIGTERM.
    pub terminated: usize,
    /// How often the queue vanished.
    pub vanished: usize,
    /// How long the run took.
    pub took: Duration,
    /// How often each kind of fault has struck.
    pub struck: BTreeMap<String, usize>,
    /// How many requests there were, by API action.
    pub requests: BTreeMap<String, usize>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, events, resources, dead, max_receives, killed, terminated, vanished, took, .. } = self;
        writeln!(f, "Seed {seed}: everything that must be true is, after {:.0} s.", took.as_secs_f64())?;
        writeln!(f, "{events:>9}  events")?;
        writeln!(f, "{resources:>9}  resources with the tags that they must have")?;
        writeln!(f, "{dead:>9}  messages in the dead-letter queue, after {max_receives} receives each")?;
        writeln!(f, "{killed:>9}  hosts killed by SIGKILL")?;
        writeln!(f, "{terminated:>9}  hosts ended by SIGTERM")?;
        writeln!(f, "{vanished:>9}  times the queue was away")?;
        self.struck.iter().try_for_each(|(name, count)| writeln!(f, "{count:>9}  {name}"))?;
        self.requests.iter().try_for_each(|(name, count)| writeln!(f, "{count:>9}  requests of {name}"))
    }
}
