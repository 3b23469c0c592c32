//! Compares deployed rules with those that the plugins need, by sample events.

use std::collections::{BTreeMap, BTreeSet};

use autotag_core::AccountRegion;
use autotag_core::pattern::{EventPattern, PatternError, without_or};
use autotag_core::router::Router;
use serde_json::Value;

use crate::comparison::{AlteredTarget, Comparison, MissingEvents, NarrowerRule, SurplusEvents, UnreadableRule};
use crate::deployed::{DeployedRule, Target};
use crate::envelope::REPLAY_NAME;
use crate::rule::Rule;
use crate::sample::{EventKind, KnownAlternatives, Sample, many_samples};

/// Compares the rules that the plugins need with those that are deployed in an account and Region. If a queue is named,
/// rules without a target at it bring nothing.
///
/// Sample events decide: those of each required pattern are matched against the deployed ones, and the other way round.
/// So rules that are written differently but match the same events are the same. Samples cannot cover all events,
/// though. So a deployed rule may only have conditions on fields that the required one has conditions on, too.
///
/// ```
/// use autotag_eventbridge_rules::{
///     AccountRegion, Comparison, DeployedRule, InputTransformation, Rule, Target, compare,
/// };
///
/// let pattern = r#"{"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"]}}"#;
/// let required = Rule { name: "S3Rule".into(), plugin: "s3".into(), pattern: pattern.parse()? };
/// let queue = "arn:aws:sqs:eu-central-1:111122223333:autotag";
/// let target = Target {
///     id: "queue".into(),
///     arn: queue.into(),
///     input_transformation: Some(InputTransformation::Input),
///     dead_letter_arn: None,
/// };
/// let mut deployed = DeployedRule {
///     name: "buckets".into(),
///     arn: "arn:aws:events:eu-central-1:111122223333:rule/buckets".into(),
///     event_bus: "default".into(),
///     enabled: true,
///     pattern: Some(pattern.into()),
///     targets: vec![target],
/// };
/// let here = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
/// let comparison = compare(&[required.clone()], &[deployed.clone()], &here, Some(queue))?;
/// assert_eq!(comparison.altered[0].rule, "buckets");
/// assert_eq!(comparison.findings().len(), 1);
///
/// deployed.targets[0].input_transformation = None;
/// assert_eq!(compare(&[required], &[deployed], &here, Some(queue))?, Comparison::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the pattern of a required rule cannot be evaluated here.
pub fn compare(
    required: &[Rule],
    deployed: &[DeployedRule],
    origin: &AccountRegion,
    queue_arn: Option<&str>,
) -> Result<Comparison, PatternError> {
    let mut comparison = Comparison::default();
    let mut enabled: Vec<Enabled<'_>> = Vec::new();
    let mut disabled: Vec<(String, EventPattern)> = Vec::new();
    for rule in deployed {
        let sent: Vec<&Target> = match queue_arn {
            Some(queue) => rule.targets_with_arn(queue).collect(),
            None => rule.targets.iter().collect(),
        };
        if queue_arn.is_some() && sent.is_empty() {
            comparison.not_to_queue.push(rule.label());
        }
        let altered = sent.iter().filter_map(|target| target.input_transformation.map(|by| (target, by)));
        comparison.altered.extend(altered.map(|(target, by)| AlteredTarget {
            rule: rule.label(),
            target: target.id.clone(),
            by,
        }));
        if !rule.enabled {
            comparison.disabled.push(rule.label());
        }
        match patterns(rule) {
            Err(reason) => comparison.unreadable.push(UnreadableRule { rule: rule.label(), reason }),
            // A rule that does not send to the queue is as good as missing.
            Ok(_) if queue_arn.is_some() && sent.is_empty() => {}
            Ok(patterns) if rule.enabled => {
                enabled.extend(patterns.into_iter().map(|(pattern, value)| Enabled { rule, pattern, value }));
            }
            Ok(patterns) => disabled.extend(patterns.into_iter().map(|(pattern, _)| (rule.label(), pattern))),
        }
    }
    let wanted: Vec<EventPattern> =
        required.iter().map(|rule| EventPattern::parse(&rule.pattern.to_string())).collect::<Result<_, _>>()?;
    let known =
        KnownAlternatives::of(required.iter().map(|rule| &rule.pattern).chain(enabled.iter().map(|one| &one.value)));
    let sides = Sides {
        enabled_router: Router::new(enabled.iter().map(|one| &one.pattern).enumerate()),
        disabled: Router::new(disabled.iter().map(|(rule, pattern)| (rule.as_str(), pattern))),
        wanted: Router::new(wanted.iter().map(|pattern| ((), pattern))),
        enabled,
        origin,
        known,
    };
    let mut not_compared = BTreeSet::new();
    for (rule, pattern) in required.iter().zip(&wanted) {
        not_compared.extend(sides.find_missing(rule, pattern, &mut comparison));
    }
    for one in &sides.enabled {
        not_compared.extend(sides.find_surplus(one, &mut comparison));
    }
    comparison.narrower.sort();
    comparison.narrower.dedup();
    comparison.missing.sort();
    comparison.missing.dedup();
    comparison.surplus.sort();
    comparison.surplus.dedup();
    comparison.with_failed_calls.dedup();
    comparison.with_replays.dedup();
    comparison.not_compared = not_compared.into_iter().collect();
    Ok(comparison)
}

/// One of the patterns of a rule that is enabled.
struct Enabled<'a> {
    rule: &'a DeployedRule,
    pattern: EventPattern,
    value: Value,
}

impl Enabled<'_> {
    /// The fields that it has conditions on beside `asked`. A condition on the mere presence of the replay name does
    /// not count: there are sample events with and without one.
    fn also_asked(&self, asked: &BTreeSet<&str>) -> Vec<String> {
        let of_replays = self.value.get(REPLAY_NAME).and_then(Value::as_array);
        let is_simple = of_replays.is_some_and(|all| all.iter().all(|alternative| alternative.get("exists").is_some()));
        let fields = self.pattern.paths().filter(|path| !(asked.contains(path) || is_simple && *path == REPLAY_NAME));
        fields.map(ToOwned::to_owned).collect()
    }
}

/// The required and the deployed rules, ready to be matched.
struct Sides<'a> {
    wanted: Router<()>,
    enabled: Vec<Enabled<'a>>,
    /// To indices into `enabled`.
    enabled_router: Router<usize>,
    disabled: Router<&'a str>,
    origin: &'a AccountRegion,
    known: KnownAlternatives,
}

impl Sides<'_> {
    /// Finds the events of a required rule that are not deployed; returns what could not be compared.
    fn find_missing(&self, rule: &Rule, pattern: &EventPattern, comparison: &mut Comparison) -> Vec<String> {
        let asked: BTreeSet<&str> = pattern.paths().collect();
        let samples = many_samples(&rule.pattern, self.origin, &self.known);
        for Sample { kind, event } in samples.events {
            let replay = replayed(&event).filter(|replay| matches(&self.wanted, replay));
            let replay =
                replay.map(|replay| (EventKind { qualifier: Some(REPLAY_NAME.into()), ..kind.clone() }, replay));
            // Where a kind is missing as a whole, its replays are not reported separately.
            for (kind, event) in [Some((kind, event.to_string())), replay].into_iter().flatten() {
                let matching = self.enabled_router.route(&event).unwrap_or_default();
                let matching = matching.into_iter().filter_map(|index| self.enabled.get(index));
                let also_asked: BTreeMap<String, Vec<String>> =
                    matching.map(|one| (one.rule.label(), one.also_asked(&asked))).collect();
                if also_asked.values().any(Vec::is_empty) {
                    continue;
                }
                let plugin = rule.plugin.clone();
                if also_asked.is_empty() {
                    let disabled_rules = self.disabled.route(&event).unwrap_or_default();
                    let disabled_rules = disabled_rules.into_iter().map(ToOwned::to_owned).collect();
                    comparison.missing.push(MissingEvents { plugin, kind, disabled_rules });
                } else {
                    let narrower =
                        |(rule, fields)| NarrowerRule { plugin: plugin.clone(), kind: kind.clone(), rule, fields };
                    comparison.narrower.extend(also_asked.into_iter().map(narrower));
                }
                break;
            }
        }
        samples.uncovered.into_iter().map(|uncovered| format!("the plugin {}: {uncovered}", rule.plugin)).collect()
    }

    /// Finds the events of an enabled rule that no plugin wants; returns what could not be compared.
    fn find_surplus(&self, Enabled { rule, pattern, value }: &Enabled<'_>, comparison: &mut Comparison) -> Vec<String> {
        let samples = many_samples(value, self.origin, &self.known);
        let own = Router::new([((), pattern)]);
        for Sample { kind, event } in samples.events {
            if !matches(&self.wanted, &event.to_string()) {
                comparison.surplus.push(SurplusEvents { rule: rule.label(), kind });
                continue;
            }
            let is_surplus = |event: String| matches(&own, &event) && !matches(&self.wanted, &event);
            if failed(&event).is_some_and(is_surplus) {
                comparison.with_failed_calls.push(rule.label());
            }
            if replayed(&event).is_some_and(is_surplus) {
                comparison.with_replays.push(rule.label());
            }
        }
        samples.uncovered.into_iter().map(|uncovered| format!("the rule {}: {uncovered}", rule.label())).collect()
    }
}

/// The patterns without `$or` that together match what a rule matches, each also as JSON.
fn patterns(rule: &DeployedRule) -> Result<Vec<(EventPattern, Value)>, String> {
    let Some(text) = &rule.pattern else { return Err("it has no event pattern, but a schedule".into()) };
    let pattern = serde_json::from_str(text).map_err(|error| format!("its pattern is not JSON: {error}"))?;
    let patterns = without_or(pattern)?.into_iter().map(|pattern| {
        let read = EventPattern::parse(&pattern.to_string()).map_err(|error| error.to_string())?;
        Ok((read, pattern))
    });
    patterns.collect()
}

/// The event of the same API call, had it failed; `None` if it has no record.
fn failed(event: &Value) -> Option<String> {
    with(event, "/detail", "errorCode", "Client.UnauthorizedOperation")
}

/// The event as a replay from an archive; `None` if it is one already.
fn replayed(event: &Value) -> Option<String> {
    let is_live = event.get(REPLAY_NAME).is_none();
    is_live.then(|| with(event, "", REPLAY_NAME, "example")).flatten()
}

/// An event with one field more, or with another value for it.
fn with(event: &Value, object: &str, field: &str, value: &str) -> Option<String> {
    let mut event = event.clone();
    event.pointer_mut(object)?.as_object_mut()?.insert(field.into(), value.into());
    Some(event.to_string())
}

fn matches<T: Clone + Ord>(router: &Router<T>, event: &str) -> bool {
    router.route(event).is_ok_and(|targets| !targets.is_empty())
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
