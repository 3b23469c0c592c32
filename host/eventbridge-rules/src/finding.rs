//! The findings of a comparison, as text for the operator.

use std::collections::BTreeMap;
use std::fmt;

use autotag_core::text::sanitize;

use crate::comparison::{AlteredTarget, Comparison, UnreadableRule};
use crate::deployed::InputTransformation;
use crate::sample::EventKind;

/// The most event names that one finding shows.
const SHOWN: usize = 12;

/// How deployed rules differ from those that the plugins need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// A plugin wants events that no rule matches.
    Missing,
    /// A rule matches only some of the events that a plugin wants.
    Narrower,
    /// A rule matches events that no plugin wants.
    Surplus,
    /// A rule matches failed API calls, too.
    FailedCalls,
    /// A rule matches replays, too.
    Replays,
    /// A rule does not send to the queue.
    NotToQueue,
    /// A rule is disabled.
    Disabled,
    /// A target does not get the event unchanged.
    Altered,
    /// A rule's event pattern cannot be evaluated here.
    Unreadable,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "missing",
            Self::Narrower => "narrower",
            Self::Surplus | Self::FailedCalls | Self::Replays => "surplus",
            Self::NotToQueue => "not to the queue",
            Self::Disabled => "disabled",
            Self::Altered => "altered",
            Self::Unreadable => "unreadable",
        })
    }
}

/// A problem with the deployed rules, and its fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFinding {
    /// The kind of problem.
    pub difference: Difference,
    /// What is wrong with which rule or plugin, for the operator.
    pub problem: String,
    /// What to do about it.
    pub fix: String,
}

impl Comparison {
    /// All differences, as text for the operator. Events with the same cause are one finding.
    ///
    /// ```
    /// use autotag_eventbridge_rules::{Comparison, Difference};
    ///
    /// let comparison = Comparison { disabled: vec!["central/Ec2Rule1".into()], ..Comparison::default() };
    /// let findings = comparison.findings();
    /// assert_eq!(findings.len(), 1);
    /// assert_eq!(findings[0].difference, Difference::Disabled);
    /// assert_eq!(findings[0].problem, "central/Ec2Rule1 is disabled, so that it matches nothing");
    /// assert_eq!(findings[0].fix, "aws events enable-rule --name Ec2Rule1 --event-bus-name central");
    /// ```
    #[must_use]
    pub fn findings(&self) -> Vec<RuleFinding> {
        let mut findings = self.of_rules();
        let mut missing: BTreeMap<(&str, &str, &[String]), Vec<&EventKind>> = BTreeMap::new();
        for one in &self.missing {
            missing.entry((&one.plugin, &one.kind.source, &one.disabled_rules)).or_default().push(&one.kind);
        }
        findings.extend(missing.into_iter().map(|((plugin, source, disabled_rules), kinds)| {
            let (events, disabled) = (names(source, &kinds), disabled_rules.join(", "));
            let (but, fix) = if disabled_rules.is_empty() {
                (String::new(), "deploy what `host rule --format cloudformation` prints".into())
            } else {
                (format!(" but the disabled {disabled}"), format!("enable {disabled}"))
            };
            RuleFinding {
                difference: Difference::Missing,
                problem: format!("no rule{but} matches {events}, which the plugin {plugin} wants"),
                fix,
            }
        }));
        let mut narrower: BTreeMap<(&str, &str, &[String], &str), Vec<&EventKind>> = BTreeMap::new();
        for one in &self.narrower {
            let cause = (one.rule.as_str(), one.plugin.as_str(), one.fields.as_slice(), one.kind.source.as_str());
            narrower.entry(cause).or_default().push(&one.kind);
        }
        findings.extend(narrower.into_iter().map(|((rule, plugin, fields, source), kinds)| {
            let fields = fields.join(", ");
            RuleFinding {
                difference: Difference::Narrower,
                problem: format!(
                    "{rule} matches {} only where it likes {fields}, which the plugin {plugin} wants whatever that is: the others \
                     stay untagged",
                    names(source, &kinds)
                ),
                fix: format!("take {fields} out of the pattern of {rule}, as `host rule` prints it"),
            }
        }));
        let mut surplus: BTreeMap<(&str, &str), Vec<&EventKind>> = BTreeMap::new();
        for one in &self.surplus {
            surplus.entry((&one.rule, &one.kind.source)).or_default().push(&one.kind);
        }
        findings.extend(surplus.into_iter().map(|((rule, source), kinds)| RuleFinding {
            difference: Difference::Surplus,
            problem: format!(
                "{rule} matches {}, which no plugin wants: it is delivered, paid for, kept for a plugin that may come, and ends \
                 in the dead-letter queue",
                names(source, &kinds)
            ),
            fix: "give the rule the pattern that `host rule` prints, or the host the plugin that wants this".into(),
        }));
        findings
    }

    /// The problems of whole rules and their targets.
    fn of_rules(&self) -> Vec<RuleFinding> {
        let mut findings = Vec::new();
        findings.extend(self.not_to_queue.iter().map(|rule| RuleFinding {
            difference: Difference::NotToQueue,
            problem: format!("{rule} does not send to the queue"),
            fix: "add the queue to its targets, or leave the rule out of the comparison".into(),
        }));
        findings.extend(self.disabled.iter().map(|rule| RuleFinding {
            difference: Difference::Disabled,
            problem: format!("{rule} is disabled, so that it matches nothing"),
            fix: enable(rule),
        }));
        findings.extend(self.altered.iter().map(|AlteredTarget { rule, target, by }| {
            let by = match by {
                InputTransformation::Input => "Input",
                InputTransformation::InputPath => "InputPath",
                InputTransformation::InputTransformer => "InputTransformer",
            };
            RuleFinding {
                difference: Difference::Altered,
                problem: format!("the target {target} of {rule} sends something else than the event, by its {by}"),
                fix: format!("put the target again without {by}: the host reads events as EventBridge makes them"),
            }
        }));
        findings.extend(self.unreadable.iter().map(|UnreadableRule { rule, reason }| RuleFinding {
            difference: Difference::Unreadable,
            problem: format!("what {rule} matches, the host cannot say: {}", sanitize(reason)),
            fix: "give the rule a pattern as `host rule` prints them".into(),
        }));
        findings.extend(self.with_failed_calls.iter().map(|rule| RuleFinding {
            difference: Difference::FailedCalls,
            problem: format!("{rule} matches calls that failed, too: they are delivered, paid for and skipped"),
            fix: r#"add "errorCode": [{"exists": false}] to `detail` in its pattern"#.into(),
        }));
        findings.extend(self.with_replays.iter().map(|rule| RuleFinding {
            difference: Difference::Replays,
            problem: format!(
                "{rule} matches events that are replayed from an archive, too: the host refuses them, and they end among the dead letters"
            ),
            fix: r#"add "replay-name": [{"exists": false}] to its pattern, beside `detail`"#.into(),
        }));
        findings
    }
}

/// How to enable a rule, by its label.
fn enable(rule: &str) -> String {
    match rule.rsplit_once('/') {
        Some((bus, name)) => format!("aws events enable-rule --name {name} --event-bus-name {bus}"),
        None => format!("aws events enable-rule --name {rule}"),
    }
}

/// The events of one source, which is named once.
fn names(source: &str, kinds: &[&EventKind]) -> String {
    let mut names: Vec<String> = kinds.iter().take(SHOWN).map(|kind| name(kind)).collect();
    if kinds.len() > SHOWN {
        names.push(format!("and {} more", kinds.len() - SHOWN));
    }
    sanitize(&format!("{source} {}", names.join(", ")))
}

/// What messages call events of this kind, beside their source.
fn name(kind: &EventKind) -> String {
    match &kind.qualifier {
        Some(qualifier) => format!("{} with {qualifier}", kind.name),
        None => kind.name.clone(),
    }
}
