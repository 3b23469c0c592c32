//! The EventBridge rules that the plugins need: what they must be, and what is deployed in their place.
//!
//! The plugins' event patterns are the single source of truth. [`expected`] makes rules of them, [`samples`] makes up
//! the events that a pattern matches, and [`compare()`] holds deployed rules against them. Nothing here asks AWS.

mod compare;
mod envelope;
mod finding;
mod join;
mod name;
mod narrow;
mod sample;
mod split;

use std::collections::{BTreeMap, BTreeSet};

use autotag_core::text::one_line;
pub use compare::{
    Alteration, Altered, Comparison, DeployedRule, Missing, Narrower, Surplus, Target, Unreadable, compare,
};
pub use envelope::AccountRegion;
pub use finding::{Difference, Finding};
pub use sample::{Kind, Sample, Samples, samples};
use serde::Serialize;
use serde_json::Value;
pub use split::MAX_PATTERN_CHARS;

/// The event bus that AWS's services send to.
pub const DEFAULT_BUS: &str = "default";

/// A rule that a plugin needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// What it is called, fit for a logical name in CloudFormation: `Ec2Rule1`.
    pub name: String,
    /// The plugin that it is for: `ec2`.
    pub plugin: String,
    /// Which events it matches.
    pub pattern: Value,
}

/// Why no rules can be made of what a plugin declares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A pattern does not fit into a rule.
    #[error(
        "event pattern {number} of the plugin {plugin} does not fit into rules, since a part of it that cannot be \
         divided takes {chars} of the {MAX_PATTERN_CHARS} characters that EventBridge takes, most of them in \
         {longest}; let the plugin declare a shorter pattern"
    )]
    TooLong {
        /// The plugin's name.
        plugin: String,
        /// Which of its patterns, from 1.
        number: usize,
        /// How long a part of it is that cannot be divided.
        chars: usize,
        /// What takes the most room in it.
        longest: String,
    },
}

/// Whether events come that an archive of EventBridge has kept, and that somebody replays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replays {
    /// The host refuses them, so that they are not even to be delivered.
    Refused,
    /// The operator lets the host work on them.
    Allowed,
}

/// The rules that plugins need, in their order: one for each pattern that they declare, or several where EventBridge
/// does not take it as one. Patterns that differ in the names of calls alone count as one.
///
/// Each is narrowed to the events that the operator lets the plugin have, and leaves out failed calls, of which the
/// host never tags anything, and replays, unless they are allowed.
///
/// # Errors
/// If a pattern does not fit.
pub fn expected<'a>(plugins: impl IntoIterator<Item = Declared<'a>>, replays: Replays) -> Result<Vec<Rule>, RuleError> {
    of_declared(plugins, replays, MAX_PATTERN_CHARS)
}

/// What a plugin asks for, and the only events that it gets of that.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    /// The plugin's name: `ec2`.
    pub plugin: &'a str,
    /// The event patterns that it declares, JSON text.
    pub patterns: Vec<&'a str>,
    /// The only calls, by name (`RunInstances`), that it gets; none: all that its patterns match.
    pub events: Option<&'a BTreeSet<String>>,
}

/// A pattern that becomes one rule or several.
struct Wanted {
    name: String,
    /// Which of the plugin's patterns it is, from 1.
    number: usize,
    pattern: Value,
}

fn of_declared<'a>(
    declared: impl IntoIterator<Item = Declared<'a>>,
    replays: Replays,
    max_chars: usize,
) -> Result<Vec<Rule>, RuleError> {
    let mut rules = Vec::new();
    for declared in declared {
        let plugin = declared.plugin;
        for Wanted { name, number, pattern } in wanted(declared, replays) {
            let parts = split::split(&pattern, max_chars).map_err(|split::TooLong { chars, longest }| {
                RuleError::TooLong { plugin: plugin.into(), number, chars, longest: one_line(&longest, 200) }
            })?;
            rules.extend(parts.into_iter().map(|pattern| Rule { name: name.clone(), plugin: plugin.into(), pattern }));
        }
    }
    Ok(numbered(rules))
}

/// What is left of a plugin's patterns. A plugin divides a list of calls that is too long for it, and what the host
/// adds makes the parts longer: so they are put together again, before they are divided to fit.
fn wanted(Declared { plugin, patterns, events }: Declared<'_>, replays: Replays) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for (pattern, number) in patterns.into_iter().zip(1..) {
        // What is no JSON was refused with the manifest.
        let Ok(pattern) = serde_json::from_str::<Value>(pattern) else { continue };
        let name = name::of(plugin, &pattern);
        let Some(pattern) = narrow::to_events(pattern, events).map(narrow::to_successful_calls) else { continue };
        let pattern = if replays == Replays::Allowed { pattern } else { narrow::to_first_deliveries(pattern) };
        let mut of_name = wanted.iter_mut().filter(|one| one.name == name);
        match of_name.find_map(|one| Some((join::joined(&one.pattern, &pattern)?, one))) {
            Some((joined, one)) => one.pattern = joined,
            None => wanted.push(Wanted { name, number, pattern }),
        }
    }
    wanted
}

/// The rules with names of their own: those that share one are numbered.
fn numbered(mut rules: Vec<Rule>) -> Vec<Rule> {
    let mut sharing: BTreeMap<String, usize> = BTreeMap::new();
    for rule in &rules {
        *sharing.entry(rule.name.clone()).or_default() += 1;
    }
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for rule in &mut rules {
        if sharing.get(&rule.name).is_some_and(|&sharing| sharing > 1) {
            let number = numbers.entry(rule.name.clone()).or_default();
            *number += 1;
            rule.name = format!("{}{number}", rule.name);
        }
    }
    rules
}

#[cfg(test)]
mod tests;
