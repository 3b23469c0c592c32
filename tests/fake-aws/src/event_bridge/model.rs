//! Buses, rules and their targets: what a test puts, and what the fake stores of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::pattern;

/// The bus that every account has in every Region.
pub(in super::super) const DEFAULT_BUS: &str = "default";

/// In Unicode characters, unless AWS has raised the quota.
const MAX_PATTERN: usize = 2_048;
const MAX_TARGETS: usize = 5;
const STATES: [&str; 3] = ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"];

/// A rule that a test puts.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Unique on its bus.
    pub name: String,
    /// The name of its bus. AWS's own events arrive at `default`.
    pub event_bus: String,
    /// Which events it matches.
    pub pattern: Value,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub state: String,
    /// Where the events are sent: five at most.
    pub targets: Vec<Target>,
}

impl Rule {
    /// An enabled rule of the default bus, without targets.
    pub fn new(name: &str, pattern: Value) -> Self {
        Self {
            name: name.to_owned(),
            event_bus: DEFAULT_BUS.to_owned(),
            pattern,
            state: "ENABLED".to_owned(),
            targets: Vec::new(),
        }
    }

    /// Adds a target, to which the rule sends what it matches.
    pub fn target(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    /// # Errors
    ///
    /// Why AWS would refuse it.
    pub(super) fn check(&self) -> Result<(), String> {
        let name_fits = |char: char| char.is_ascii_alphanumeric() || ".-_".contains(char);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(name_fits) {
            return Err(format!("'{}' is no name of a rule: 1 to 64 letters, digits, '.', '-' and '_'", self.name));
        }
        if !STATES.contains(&self.state.as_str()) {
            return Err(format!("'{}' is no state of a rule; there are {STATES:?}", self.state));
        }
        pattern::check(&self.pattern)?;
        let length = self.pattern.to_string().chars().count();
        if length > MAX_PATTERN {
            return Err(format!("the pattern has {length} characters, and may have {MAX_PATTERN}"));
        }
        if self.targets.len() > MAX_TARGETS {
            return Err(format!("there are {} targets, and may be {MAX_TARGETS}", self.targets.len()));
        }
        let mut ids = BTreeSet::new();
        if let Some(target) = self.targets.iter().find(|target| !ids.insert(&target.id)) {
            return Err(format!("there are two targets of the id {}", target.id));
        }
        self.targets.iter().try_for_each(Target::check)
    }
}

/// Where a rule sends events, and in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Unique within the rule.
    pub id: String,
    /// The ARN that the events are sent to.
    pub arn: String,
    /// JSON that is sent instead of the event.
    pub input: Option<String>,
    /// The part of the event that is sent.
    pub input_path: Option<String>,
    /// Whether a template transforms the event. A target may have only one of these three.
    pub input_transformer: bool,
    /// The ARN of the dead-letter queue for events that cannot be delivered.
    pub dead_letter_arn: Option<String>,
    /// How long delivery is retried; AWS's default if `None`.
    pub retry: Option<RetryPolicy>,
}

/// How long EventBridge retries the delivery of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// From 60 to 86,400.
    pub maximum_event_age_in_seconds: u32,
    /// Up to 185.
    pub maximum_retry_attempts: u32,
}

impl Target {
    /// A target that gets whole events, without a dead-letter queue.
    pub fn new(id: &str, arn: &str) -> Self {
        Self {
            id: id.to_owned(),
            arn: arn.to_owned(),
            input: None,
            input_path: None,
            input_transformer: false,
            dead_letter_arn: None,
            retry: None,
        }
    }

    fn check(&self) -> Result<(), String> {
        let fail = |reason: &str| Err(format!("target {}: {reason}", self.id));
        let inputs = [self.input.is_some(), self.input_path.is_some(), self.input_transformer];
        if self.id.is_empty() || self.id.len() > 64 {
            return fail("an id has 1 to 64 characters");
        }
        if !self.arn.starts_with("arn:") {
            return fail("its ARN is none");
        }
        if inputs.into_iter().filter(|has| *has).count() > 1 {
            return fail("only one of input, input path and input transformer can be given");
        }
        if self.input.as_ref().is_some_and(|input| serde_json::from_str::<Value>(input).is_err()) {
            return fail("its input is no JSON");
        }
        if self.dead_letter_arn.as_ref().is_some_and(|arn| !arn.starts_with("arn:aws:sqs:")) {
            return fail("dead letters can go to an SQS queue only");
        }
        let fits = |retry: RetryPolicy| {
            (60..=86_400).contains(&retry.maximum_event_age_in_seconds) && retry.maximum_retry_attempts <= 185
        };
        if self.retry.is_some_and(|retry| !fits(retry)) {
            return fail("an event is tried for 60 to 86400 seconds and at most 185 times");
        }
        Ok(())
    }
}

/// The buses of an account and Region, by name.
pub(in super::super) struct Buses {
    pub by_name: BTreeMap<String, Bus>,
}

/// An event bus and what belongs to it.
#[derive(Default)]
pub(in super::super) struct Bus {
    /// JSON, as given; stored, but not enforced.
    pub policy: Option<String>,
    /// By name.
    pub rules: BTreeMap<String, Rule>,
}

impl Default for Buses {
    fn default() -> Self {
        Self { by_name: BTreeMap::from([(DEFAULT_BUS.to_owned(), Bus::default())]) }
    }
}
