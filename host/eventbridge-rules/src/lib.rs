//! Derives EventBridge rules from the event patterns of plugins, and compares deployed rules with them.
//!
//! The plugins' event patterns are the single source of truth. [`required_rules`] derives the rules, [`sample_events`]
//! generates events that a pattern matches, and [`compare()`] reports how deployed rules differ. No request goes to
//! AWS.
//!
//! ```
//! use autotag_eventbridge_rules::{AccountRegion, DeployedRule, PluginPatterns, Replays, compare, required_rules};
//!
//! let pattern = r#"{"source": ["aws.ec2"], "detail": {"eventName": ["CreateVolume", "RunInstances"]}}"#;
//! let declared = PluginPatterns { plugin: "ec2", patterns: vec![pattern], event_names: None };
//! let rules = required_rules([declared], Replays::Refused)?;
//! assert_eq!(rules[0].name, "Ec2Rule");
//!
//! let deployed = DeployedRule {
//!     name: "autotag-ec2".into(),
//!     arn: "arn:aws:events:eu-central-1:111122223333:rule/autotag-ec2".into(),
//!     event_bus: "default".into(),
//!     enabled: true,
//!     pattern: Some(rules[0].pattern.to_string().replace("RunInstances", "StopInstances")),
//!     targets: Vec::new(),
//! };
//! let here = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
//! let comparison = compare(&rules, &[deployed], &here, None)?;
//! assert_eq!(comparison.missing[0].kind.to_string(), "ec2.amazonaws.com RunInstances");
//! assert_eq!(comparison.surplus[0].kind.to_string(), "ec2.amazonaws.com StopInstances");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod compare;
mod comparison;
mod deployed;
mod envelope;
mod finding;
mod join;
mod name;
mod narrow;
mod rule;
mod sample;
mod split;

use std::collections::{BTreeMap, BTreeSet};

pub use autotag_core::AccountRegion;
pub use autotag_core::pattern::PatternError;
use autotag_core::text::one_line;
pub use compare::compare;
pub use comparison::{AlteredTarget, Comparison, MissingEvents, NarrowerRule, SurplusEvents, UnreadableRule};
pub use deployed::{DeployedRule, InputTransformation, Target};
pub use finding::{Difference, RuleFinding};
pub use rule::{DEFAULT_EVENT_BUS, Rule};
pub use sample::{EventKind, Sample, Samples, sample_events};
use serde_json::Value;
pub use split::MAX_PATTERN_CHARS;

/// Why no rules can be made of what a plugin declares.
///
/// ```
/// use autotag_eventbridge_rules::{PluginPatterns, Replays, RuleError, required_rules};
///
/// // The values of one operator are no alternatives, so they cannot be divided among rules.
/// let buckets: Vec<String> = (0..200).map(|number| format!("logs-of-{number}")).collect();
/// let others = serde_json::json!([{"anything-but": buckets}]);
/// let pattern = serde_json::json!({"detail": {"requestParameters": {"bucketName": others}}}).to_string();
/// let declared = PluginPatterns { plugin: "s3", patterns: vec![&pattern], event_names: None };
/// let error = required_rules([declared], Replays::Refused).unwrap_err();
/// let RuleError::TooLong { plugin, number, longest, .. } = error;
/// assert_eq!((plugin.as_str(), number), ("s3", 1));
/// assert!(longest.starts_with("detail.requestParameters.bucketName: "));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A pattern is too long for a rule, and cannot be divided further.
    #[error(
        "event pattern {number} of the plugin {plugin} does not fit into rules, since a part of it that cannot be \
         divided takes {chars} of the {MAX_PATTERN_CHARS} characters that EventBridge takes, most of them in \
         {longest}; let the plugin declare a shorter pattern"
    )]
    TooLong {
        /// The name of the plugin that declares the pattern.
        plugin: String,
        /// Which of its patterns, from 1.
        number: usize,
        /// The length of a part that cannot be divided, in characters.
        chars: usize,
        /// The field that takes the most room in that part, with its alternatives.
        longest: String,
    },
}

/// Whether rules deliver events that are replayed from an EventBridge archive.
///
/// ```
/// use autotag_eventbridge_rules::{PluginPatterns, Replays, required_rules};
///
/// let pattern = r#"{"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"]}}"#;
/// let declared = PluginPatterns { plugin: "s3", patterns: vec![pattern], event_names: None };
/// let refused = required_rules([declared.clone()], Replays::Refused)?;
/// assert_eq!(refused[0].pattern["replay-name"].to_string(), r#"[{"exists":false}]"#);
/// let allowed = required_rules([declared], Replays::Allowed)?;
/// assert_eq!(allowed[0].pattern.get("replay-name"), None);
/// # Ok::<(), autotag_eventbridge_rules::RuleError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replays {
    /// The host refuses them, so rules leave them out.
    Refused,
    /// The operator lets the host process them.
    Allowed,
}

/// The rules that plugins need, in the plugins' order: one for each declared pattern, or several where the pattern is
/// too long for one. A plugin's patterns that differ only in their event names are joined first. A pattern that is not
/// JSON is skipped.
///
/// Each rule is narrowed to the events that the operator lets the plugin have. It leaves out failed API calls, for
/// which the host never tags anything, and replays, unless they are allowed.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use autotag_eventbridge_rules::{PluginPatterns, Replays, required_rules};
///
/// let event_names = BTreeSet::from(["RunInstances".to_owned()]);
/// let declared = PluginPatterns {
///     plugin: "ec2",
///     patterns: vec![r#"{"source": ["aws.ec2"], "detail": {"eventName": ["CreateVolume", "RunInstances"]}}"#],
///     event_names: Some(&event_names),
/// };
/// let rules = required_rules([declared], Replays::Refused)?;
/// assert_eq!(rules.len(), 1);
/// assert_eq!((rules[0].name.as_str(), rules[0].plugin.as_str()), ("Ec2Rule", "ec2"));
/// assert_eq!(rules[0].pattern["detail"]["eventName"].to_string(), r#"["RunInstances"]"#);
/// assert_eq!(rules[0].pattern["detail"]["errorCode"].to_string(), r#"[{"exists":false}]"#);
/// assert_eq!(rules[0].pattern["replay-name"].to_string(), r#"[{"exists":false}]"#);
/// # Ok::<(), autotag_eventbridge_rules::RuleError>(())
/// ```
///
/// # Errors
/// If a pattern is too long for a rule, and cannot be divided further.
pub fn required_rules<'a>(
    plugins: impl IntoIterator<Item = PluginPatterns<'a>>,
    replays: Replays,
) -> Result<Vec<Rule>, RuleError> {
    rules_up_to(MAX_PATTERN_CHARS, plugins, replays)
}

/// The event patterns that a plugin declares, and which of their events it gets.
#[derive(Debug, Clone)]
pub struct PluginPatterns<'a> {
    /// The plugin's name: `ec2`.
    pub plugin: &'a str,
    /// The event patterns that it declares, as JSON text.
    pub patterns: Vec<&'a str>,
    /// The only API calls that it gets, by event name (`RunInstances`); `None`: all that its patterns match.
    pub event_names: Option<&'a BTreeSet<String>>,
}

/// A pattern that becomes one rule or several.
struct RulePattern {
    name: String,
    /// Which of the plugin's patterns it is, from 1.
    number: usize,
    pattern: Value,
}

/// The rules that plugins need, with patterns of at most this length.
fn rules_up_to<'a>(
    max_chars: usize,
    plugins: impl IntoIterator<Item = PluginPatterns<'a>>,
    replays: Replays,
) -> Result<Vec<Rule>, RuleError> {
    let mut rules = Vec::new();
    for declared in plugins {
        let plugin = declared.plugin;
        for RulePattern { name, number, pattern } in rule_patterns(declared, replays) {
            let parts = split::split(&pattern, max_chars).map_err(|split::TooLong { chars, longest }| {
                RuleError::TooLong { plugin: plugin.into(), number, chars, longest: one_line(&longest, 200) }
            })?;
            rules.extend(parts.into_iter().map(|pattern| Rule { name: name.clone(), plugin: plugin.into(), pattern }));
        }
    }
    Ok(numbered(rules))
}

/// A plugin's patterns, narrowed and joined. A plugin divides a list of event names that is too long for one pattern,
/// and the host's additions make the parts longer. So the parts are joined here, before they are divided to fit.
fn rule_patterns(
    PluginPatterns { plugin, patterns, event_names }: PluginPatterns<'_>,
    replays: Replays,
) -> Vec<RulePattern> {
    let mut wanted: Vec<RulePattern> = Vec::new();
    for (pattern, number) in patterns.into_iter().zip(1..) {
        // A pattern that is not JSON was refused with the manifest.
        let Ok(pattern) = serde_json::from_str::<Value>(pattern) else { continue };
        let name = name::of(plugin, &pattern);
        let Some(pattern) = narrow::to_events(pattern, event_names).map(narrow::to_successful_calls) else { continue };
        let pattern = if replays == Replays::Allowed { pattern } else { narrow::to_first_deliveries(pattern) };
        let mut of_name = wanted.iter_mut().filter(|one| one.name == name);
        match of_name.find_map(|one| Some((join::joined(&one.pattern, &pattern)?, one))) {
            Some((joined, one)) => one.pattern = joined,
            None => wanted.push(RulePattern { name, number, pattern }),
        }
    }
    wanted
}

/// Makes the rules' names unique: those that share a name are numbered.
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
