//! Compares deployed rules with those that the plugins need.

use std::collections::{BTreeMap, BTreeSet};

use autotag_core::AccountRegion;
use autotag_core::pattern::{EventPattern, PatternError, without_or};
use autotag_core::router::Router;
use serde::Serialize;
use serde_json::Value;

use crate::envelope::REPLAY_NAME;
use crate::rule::{DEFAULT_EVENT_BUS, Rule};
use crate::sample::{EventKind, KnownAlternatives, Sample, many_samples};

/// A rule as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedRule {
    /// Its name, without the event bus.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The event bus that it is on: `default`.
    pub event_bus: String,
    /// Whether it is enabled. A disabled rule matches nothing.
    pub enabled: bool,
    /// Its event pattern, as JSON text; `None` if it has only a schedule.
    pub pattern: Option<String>,
    /// Where it sends what it matches.
    pub targets: Vec<Target>,
}

/// Where a rule sends what it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The target's id in the rule.
    pub id: String,
    /// The ARN of what it is, for example a queue.
    pub arn: String,
    /// What transforms the event before it is sent; `None`: it is sent unchanged.
    pub input_transformation: Option<InputTransformation>,
    /// The dead-letter queue for events that cannot be delivered; `None`: they are lost.
    pub dead_letter_arn: Option<String>,
}

/// How a target transforms an event before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum InputTransformation {
    /// A fixed text is sent instead.
    Input,
    /// Only a part of the event is sent.
    InputPath,
    /// A text is made from parts of the event.
    InputTransformer,
}

/// What differs between the rules that the plugins need and those that are deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Events that plugins want and no enabled rule matches.
    pub missing: Vec<MissingEvents>,
    /// Events that plugins want, but that rules match only under conditions on fields that the plugins leave open.
    pub narrower: Vec<NarrowerRule>,
    /// Events that rules match and no plugin wants.
    pub surplus: Vec<SurplusEvents>,
    /// Rules that also match failed API calls, by [`DeployedRule::label`].
    pub with_failed_calls: Vec<String>,
    /// Rules that also match events replayed from an archive, by label.
    pub with_replays: Vec<String>,
    /// Rules that are disabled, by label.
    pub disabled: Vec<String>,
    /// Targets that do not get the event unchanged.
    pub altered: Vec<AlteredTarget>,
    /// Rules that do not send to the queue, by label.
    pub not_to_queue: Vec<String>,
    /// Rules whose event patterns cannot be evaluated here.
    pub unreadable: Vec<UnreadableRule>,
    /// Alternatives of patterns that were not compared, since no sample event could be generated for them.
    pub not_compared: Vec<String>,
}

/// A kind of event that a plugin wants and no enabled rule matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingEvents {
    /// The plugin's name.
    pub plugin: String,
    /// The events.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The rules that would match them if they were enabled, by label.
    #[serde(rename = "in_disabled")]
    pub disabled_rules: Vec<String>,
}

/// A rule that matches a kind of event that a plugin wants only under conditions on fields that the plugin leaves open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NarrowerRule {
    /// The plugin's name.
    pub plugin: String,
    /// The events.
    #[serde(flatten)]
    pub kind: EventKind,
    /// The rule's label.
    pub rule: String,
    /// The fields: `detail.userIdentity.type`.
    pub fields: Vec<String>,
}

/// A kind of event that a rule matches and no plugin wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SurplusEvents {
    /// The rule's label.
    pub rule: String,
    /// The events.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// A target that does not get the event unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlteredTarget {
    /// The rule's label.
    pub rule: String,
    /// The target's id.
    pub target: String,
    /// What transforms the event.
    pub by: InputTransformation,
}

/// A rule whose event pattern cannot be evaluated here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadableRule {
    /// The rule's label.
    pub rule: String,
    /// Why not.
    #[serde(rename = "why")]
    pub reason: String,
}

impl DeployedRule {
    /// Its name, with the event bus before it unless that is the default one: `central/Ec2Rule1`.
    ///
    /// ```
    /// use autotag_eventbridge_rules::{DEFAULT_EVENT_BUS, DeployedRule};
    ///
    /// let mut rule = DeployedRule {
    ///     name: "Ec2Rule1".into(),
    ///     arn: "arn:aws:events:eu-central-1:111122223333:rule/Ec2Rule1".into(),
    ///     event_bus: DEFAULT_EVENT_BUS.into(),
    ///     enabled: true,
    ///     pattern: None,
    ///     targets: Vec::new(),
    /// };
    /// assert_eq!(rule.label(), "Ec2Rule1");
    /// rule.event_bus = "central".into();
    /// assert_eq!(rule.label(), "central/Ec2Rule1");
    /// ```
    #[must_use]
    pub fn label(&self) -> String {
        if self.event_bus == DEFAULT_EVENT_BUS {
            self.name.clone()
        } else {
            format!("{}/{}", self.event_bus, self.name)
        }
    }

    /// The targets with this ARN.
    ///
    /// ```
    /// use autotag_eventbridge_rules::{DeployedRule, Target};
    ///
    /// # let rule = DeployedRule {
    /// #     name: "Ec2Rule1".into(),
    /// #     arn: "arn:aws:events:eu-central-1:111122223333:rule/Ec2Rule1".into(),
    /// #     event_bus: "default".into(),
    /// #     enabled: true,
    /// #     pattern: None,
    /// #     targets: Vec::new(),
    /// # };
    /// let target = |id: &str, arn: &str| Target {
    ///     id: id.into(),
    ///     arn: arn.into(),
    ///     input_transformation: None,
    ///     dead_letter_arn: None,
    /// };
    /// let queue = "arn:aws:sqs:eu-central-1:111122223333:autotag";
    /// let topic = "arn:aws:sns:eu-central-1:111122223333:audit";
    /// let rule = DeployedRule { targets: vec![target("queue", queue), target("audit", topic)], ..rule };
    /// let ids: Vec<&str> = rule.targets_with_arn(queue).map(|target| target.id.as_str()).collect();
    /// assert_eq!(ids, ["queue"]);
    /// ```
    pub fn targets_with_arn(&self, arn: &str) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.arn == arn)
    }
}

impl Comparison {
    /// Whether nothing differs. What was not compared is no difference.
    ///
    /// ```
    /// use autotag_eventbridge_rules::Comparison;
    ///
    /// let mut comparison = Comparison::default();
    /// comparison.not_compared.push("the plugin s3: source = aws.ec2, which goes with no other source".into());
    /// assert!(comparison.is_same());
    /// comparison.disabled.push("S3Rule".into());
    /// assert!(!comparison.is_same());
    /// ```
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
