//! Holds deployed rules against those that the plugins need.

use std::collections::{BTreeMap, BTreeSet};

use autotag_core::pattern::{EventPattern, PatternError, without_or};
use autotag_core::router::Router;
use serde::Serialize;
use serde_json::Value;

use super::envelope::{AccountRegion, REPLAY_NAME};
use super::sample::{Kind, Named, Sample, many_samples};
use super::{DEFAULT_BUS, Rule};

/// A rule as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedRule {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The event bus that it is on: `default`.
    pub event_bus: String,
    /// Whether it matches anything at all.
    pub enabled: bool,
    /// Its event pattern, JSON text; none if it has only a schedule.
    pub pattern: Option<String>,
    /// Where it sends what it matches.
    pub targets: Vec<Target>,
}

/// Where a rule sends what it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The target's id in the rule.
    pub id: String,
    /// What it is, for example a queue.
    pub arn: String,
    /// What makes something else of the event before it is sent; none: it is sent as it is.
    pub altered_by: Option<Alteration>,
    /// Where an event goes that could not be delivered; none: it is lost.
    pub dead_letter_arn: Option<String>,
}

/// What makes something else of an event before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Alteration {
    /// A fixed text is sent in its place.
    Input,
    /// A part of it is sent.
    InputPath,
    /// A text is made of parts of it.
    InputTransformer,
}

/// What differs between the rules that the plugins need and those that are deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// What plugins want and no enabled rule matches.
    pub missing: Vec<Missing>,
    /// What plugins want, and rules match only if fields are as they ask of which the plugins ask nothing.
    pub narrower: Vec<Narrower>,
    /// What rules match and no plugin wants.
    pub surplus: Vec<Surplus>,
    /// Rules that match failed calls too, by their names.
    pub with_failed_calls: Vec<String>,
    /// Rules that match events also when they are replayed from an archive, by their names.
    pub with_replays: Vec<String>,
    /// Rules that are disabled, by their names.
    pub disabled: Vec<String>,
    /// Targets that get something else than the event.
    pub altered: Vec<Altered>,
    /// Rules that do not send to the queue, by their names.
    pub not_to_queue: Vec<String>,
    /// Rules of which the host cannot say what they match.
    pub unreadable: Vec<Unreadable>,
    /// Alternatives of patterns that were not compared, since no event could be made up for them.
    pub not_compared: Vec<String>,
}

/// A kind of events that a plugin wants and no enabled rule matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// The plugin's name.
    pub plugin: String,
    /// The events.
    #[serde(flatten)]
    pub kind: Kind,
    /// The rules that would match them if they were enabled, by their names.
    pub in_disabled: Vec<String>,
}

/// A kind of events that a plugin wants, and that a rule matches only if fields are as it asks of which the plugin asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Narrower {
    /// The plugin's name.
    pub plugin: String,
    /// The events.
    #[serde(flatten)]
    pub kind: Kind,
    /// The rule's name.
    pub rule: String,
    /// The fields: `detail.userIdentity.type`.
    pub fields: Vec<String>,
}

/// A kind of events that a rule matches and no plugin wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Surplus {
    /// The rule's name.
    pub rule: String,
    /// The events.
    #[serde(flatten)]
    pub kind: Kind,
}

/// A target that gets something else than the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Altered {
    /// The rule's name.
    pub rule: String,
    /// The target's id.
    pub target: String,
    /// What does it.
    pub by: Alteration,
}

/// A rule of which the host cannot say what it matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The rule's name.
    pub rule: String,
    /// Why not.
    pub why: String,
}

impl DeployedRule {
    /// Its name, with the event bus before it unless that is the default one.
    #[must_use]
    pub fn label(&self) -> String {
        if self.event_bus == DEFAULT_BUS { self.name.clone() } else { format!("{}/{}", self.event_bus, self.name) }
    }

    /// The targets that are this queue.
    pub fn targets_at(&self, queue_arn: &str) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.arn == queue_arn)
    }
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_same(&self) -> bool {
        let Self {
            missing,
            narrower,
            surplus,
            with_failed_calls,
            with_replays,
            disabled,
            altered,
            not_to_queue,
            unreadable,
            not_compared: _,
        } = self;
        missing.is_empty()
            && narrower.is_empty()
            && surplus.is_empty()
            && with_failed_calls.is_empty()
            && with_replays.is_empty()
            && disabled.is_empty()
            && altered.is_empty()
            && not_to_queue.is_empty()
            && unreadable.is_empty()
    }
}

/// Compares what the plugins need with what is deployed, in this place, for a queue if one is named.
///
/// Made-up events decide: what the patterns expect is matched against those that are deployed, and the other way round.
/// Rules that are written otherwise and match the same are the same. No made-up event can be like all events that come, though:
/// so a deployed rule may only ask for fields that the expected one asks for, too.
///
/// # Errors
/// If an expected rule is none that the host can match.
pub fn compare(
    expected: &[Rule],
    deployed: &[DeployedRule],
    place: &AccountRegion,
    queue_arn: Option<&str>,
) -> Result<Comparison, PatternError> {
    let mut comparison = Comparison::default();
    let mut enabled: Vec<Enabled<'_>> = Vec::new();
    let mut disabled: Vec<(String, EventPattern)> = Vec::new();
    for rule in deployed {
        let sent: Vec<&Target> = match queue_arn {
            Some(queue) => rule.targets_at(queue).collect(),
            None => rule.targets.iter().collect(),
        };
        if queue_arn.is_some() && sent.is_empty() {
            comparison.not_to_queue.push(rule.label());
        }
        let altered = sent.iter().filter_map(|target| target.altered_by.map(|by| (target, by)));
        comparison.altered.extend(altered.map(|(target, by)| Altered {
            rule: rule.label(),
            target: target.id.clone(),
            by,
        }));
        if !rule.enabled {
            comparison.disabled.push(rule.label());
        }
        match patterns(rule) {
            Err(why) => comparison.unreadable.push(Unreadable { rule: rule.label(), why }),
            // What does not reach the queue is as good as missing.
            Ok(_) if queue_arn.is_some() && sent.is_empty() => {}
            Ok(patterns) if rule.enabled => {
                enabled.extend(patterns.into_iter().map(|(pattern, value)| Enabled { rule, pattern, value }));
            }
            Ok(patterns) => disabled.extend(patterns.into_iter().map(|(pattern, _)| (rule.label(), pattern))),
        }
    }
    let wanted: Vec<EventPattern> =
        expected.iter().map(|rule| EventPattern::parse(&rule.pattern.to_string())).collect::<Result<_, _>>()?;
    let named = Named::by(expected.iter().map(|rule| &rule.pattern).chain(enabled.iter().map(|one| &one.value)));
    let sides = Sides {
        enabled_router: Router::new(enabled.iter().map(|one| &one.pattern).enumerate()),
        disabled: Router::new(disabled.iter().map(|(rule, pattern)| (rule.as_str(), pattern))),
        wanted: Router::new(wanted.iter().map(|pattern| ((), pattern))),
        enabled,
        place,
        named,
    };
    let mut not_compared = BTreeSet::new();
    for (rule, pattern) in expected.iter().zip(&wanted) {
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
    /// The fields that it asks for beside these. Whether there is the name of a replay may always be asked: there are made-up
    /// events of either.
    fn also_asked(&self, asked: &BTreeSet<&str>) -> Vec<String> {
        let of_replays = self.value.get(REPLAY_NAME).and_then(Value::as_array);
        let is_simple = of_replays.is_some_and(|all| all.iter().all(|alternative| alternative.get("exists").is_some()));
        let fields = self.pattern.paths().filter(|path| !(asked.contains(path) || is_simple && *path == REPLAY_NAME));
        fields.map(ToOwned::to_owned).collect()
    }
}

/// What is wanted and what is deployed.
struct Sides<'a> {
    wanted: Router<()>,
    enabled: Vec<Enabled<'a>>,
    /// To the places in `enabled`.
    enabled_router: Router<usize>,
    disabled: Router<&'a str>,
    place: &'a AccountRegion,
    named: Named,
}

impl Sides<'_> {
    /// Finds what of an expected rule is not deployed; answers what could not be compared.
    fn find_missing(&self, rule: &Rule, pattern: &EventPattern, comparison: &mut Comparison) -> Vec<String> {
        let asked: BTreeSet<&str> = pattern.paths().collect();
        let samples = many_samples(&rule.pattern, self.place, &self.named);
        for Sample { kind, event } in samples.events {
            let replay = replayed(&event).filter(|replay| matches(&self.wanted, replay));
            let replay = replay.map(|replay| (Kind { with: Some(REPLAY_NAME.into()), ..kind.clone() }, replay));
            // Where all of a kind is missing, its replays need no word of their own.
            for (kind, event) in [Some((kind, event.to_string())), replay].into_iter().flatten() {
                let matching = self.enabled_router.route(&event).unwrap_or_default();
                let matching = matching.into_iter().filter_map(|place| self.enabled.get(place));
                let also_asked: BTreeMap<String, Vec<String>> =
                    matching.map(|one| (one.rule.label(), one.also_asked(&asked))).collect();
                if also_asked.values().any(Vec::is_empty) {
                    continue;
                }
                let plugin = rule.plugin.clone();
                if also_asked.is_empty() {
                    let in_disabled = self.disabled.route(&event).unwrap_or_default();
                    let in_disabled = in_disabled.into_iter().map(ToOwned::to_owned).collect();
                    comparison.missing.push(Missing { plugin, kind, in_disabled });
                } else {
                    let narrower =
                        |(rule, fields)| Narrower { plugin: plugin.clone(), kind: kind.clone(), rule, fields };
                    comparison.narrower.extend(also_asked.into_iter().map(narrower));
                }
                break;
            }
        }
        samples.left_out.into_iter().map(|left_out| format!("the plugin {}: {left_out}", rule.plugin)).collect()
    }

    /// Finds what of an enabled rule no plugin wants; answers what could not be compared.
    fn find_surplus(&self, Enabled { rule, pattern, value }: &Enabled<'_>, comparison: &mut Comparison) -> Vec<String> {
        let samples = many_samples(value, self.place, &self.named);
        let own = Router::new([((), pattern)]);
        for Sample { kind, event } in samples.events {
            if !matches(&self.wanted, &event.to_string()) {
                comparison.surplus.push(Surplus { rule: rule.label(), kind });
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
        samples.left_out.into_iter().map(|left_out| format!("the rule {}: {left_out}", rule.label())).collect()
    }
}

/// The patterns that together are a rule's, each also as JSON.
fn patterns(rule: &DeployedRule) -> Result<Vec<(EventPattern, Value)>, String> {
    let Some(text) = &rule.pattern else { return Err("it has no event pattern, but a schedule".into()) };
    let pattern = serde_json::from_str(text).map_err(|error| format!("its pattern is not JSON: {error}"))?;
    let patterns = without_or(pattern)?.into_iter().map(|pattern| {
        let read = EventPattern::parse(&pattern.to_string()).map_err(|error| error.to_string())?;
        Ok((read, pattern))
    });
    patterns.collect()
}

/// The event of the same call if it had failed; none if it is not of a call.
fn failed(event: &Value) -> Option<String> {
    with(event, "/detail", "errorCode", "Client.UnauthorizedOperation")
}

/// The event as it comes once more from an archive; none if it is one that does already.
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
