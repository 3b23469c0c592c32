//! Generates sample events that a pattern matches.

mod meeting;

use std::collections::BTreeMap;
use std::fmt;

use autotag_core::AccountRegion;
use autotag_core::pattern::EventPattern;
use autotag_core::router::Router;
use autotag_core::text::one_line;
use serde::Serialize;
use serde_json::Value;

use crate::envelope::{event, service_of};

const SOURCE: [&str; 1] = ["source"];
const EVENT_SOURCE: [&str; 2] = ["detail", "eventSource"];
const EVENT_NAME: [&str; 2] = ["detail", "eventName"];

/// The most combinations of services and event names.
const MAX_COMBINATIONS: usize = 10_000;
/// The most combinations of all fields' alternatives.
const MAX_COMBINED: usize = 2_000;

/// Sample events of a pattern.
///
/// ```
/// use autotag_eventbridge_rules::{AccountRegion, sample_events};
///
/// let here = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
/// let pattern = serde_json::json!({
///     "source": ["aws.ec2", "aws.s3"],
///     "detail": {"eventSource": ["ec2.amazonaws.com"], "eventName": ["RunInstances"]},
/// });
/// let samples = sample_events(&pattern, &here);
/// assert_eq!(samples.events.len(), 1);
/// assert_eq!(samples.events[0].kind.to_string(), "ec2.amazonaws.com RunInstances");
/// assert_eq!(samples.uncovered, ["source = aws.s3, which goes with no other source in the pattern"]);
/// ```
#[derive(Debug, Default)]
pub struct Samples {
    /// The events. Each alternative of the pattern is in one of them, and each event name is in one for each service.
    pub events: Vec<Sample>,
    /// The alternatives that no event could be generated for, as messages for the user.
    pub uncovered: Vec<String>,
}

/// An event that a pattern matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What it is an example of.
    pub kind: EventKind,
    /// The complete event, as EventBridge takes it for TestEventPattern.
    pub event: Value,
}

/// A kind of event that a pattern matches: `ec2.amazonaws.com CreateVolume`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EventKind {
    /// The service that they come from: `ec2.amazonaws.com`.
    pub source: String,
    /// Their event name, `CreateVolume`, or the operator on it, as JSON text. For other events than API calls, the
    /// detail type.
    pub name: String,
    /// What sets them apart from other events of this name: `account = "2"`.
    #[serde(rename = "with", skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
}

impl fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.source, self.name)?;
        self.qualifier.iter().try_for_each(|qualifier| write!(formatter, " with {qualifier}"))
    }
}

/// A field of a pattern.
struct Field {
    path: Vec<String>,
    choices: Vec<Choice>,
}

/// One alternative of a field, and a value that it matches.
#[derive(Clone)]
struct Choice {
    alternative: Value,
    /// `None`: the field has to be absent.
    value: Option<Value>,
}

/// The alternatives that patterns have for each field, by the field's path.
#[derive(Debug, Default)]
pub(crate) struct KnownAlternatives(BTreeMap<Vec<String>, Vec<Value>>);

impl KnownAlternatives {
    pub(crate) fn of<'a>(patterns: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut known = Self::default();
        for pattern in patterns {
            known.add(pattern, &mut Vec::new());
        }
        known
    }

    fn add(&mut self, pattern: &Value, path: &mut Vec<String>) {
        match pattern {
            Value::Object(object) => {
                for (key, value) in object {
                    path.push(key.clone());
                    self.add(value, path);
                    path.pop();
                }
            }
            Value::Array(alternatives) => {
                self.0.entry(path.clone()).or_default().extend(alternatives.iter().cloned());
            }
            _ => {}
        }
    }

    fn at(&self, path: &[String]) -> &[Value] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }
}

/// Generates an event for each alternative of a pattern. The events come from this account and Region unless the
/// pattern names others.
///
/// ```
/// use autotag_eventbridge_rules::{AccountRegion, sample_events};
///
/// let here = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
/// let pattern = r#"{"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket", {"prefix": "Put"}]}}"#;
/// let samples = sample_events(&pattern.parse()?, &here);
/// let kinds: Vec<String> = samples.events.iter().map(|sample| sample.kind.to_string()).collect();
/// assert_eq!(kinds, ["s3.amazonaws.com CreateBucket", r#"s3.amazonaws.com {"prefix":"Put"}"#]);
/// assert_eq!(samples.events[1].event["detail"]["eventName"], "Put");
/// assert_eq!(samples.events[0].event["account"], "111122223333");
/// assert!(samples.uncovered.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn sample_events(pattern: &Value, origin: &AccountRegion) -> Samples {
    generate(pattern, origin, None)
}

/// The same for the Cartesian product of the alternatives, and with several values for each operator: those that tell
/// the pattern apart from the others, whose alternatives are `known`.
pub(crate) fn many_samples(pattern: &Value, origin: &AccountRegion, known: &KnownAlternatives) -> Samples {
    generate(pattern, origin, Some(known))
}

fn generate(pattern: &Value, origin: &AccountRegion, known: Option<&KnownAlternatives>) -> Samples {
    let mut samples = Samples::default();
    let router = match EventPattern::parse(&pattern.to_string()) {
        Ok(pattern) => Router::new([((), &pattern)]),
        Err(error) => {
            samples.uncovered.push(format!("the pattern, which the host cannot match: {error}"));
            return samples;
        }
    };
    let mut fields = Vec::new();
    find_fields(pattern, known, &mut Vec::new(), &mut fields, &mut samples.uncovered);
    if fields.iter().any(|field| field.choices.is_empty()) {
        // No event can match, and `uncovered` says why.
        return samples;
    }
    let mut combinations = combinations(&fields, &mut samples.uncovered);
    if known.is_some() {
        combine_all(&mut combinations, &fields, &mut samples.uncovered);
    }
    for combination in combinations {
        // Where the pattern has only an operator for the service, that may match the service which the other fields
        // name.
        let made = [combination.event(&fields, origin, true), combination.event(&fields, origin, false)];
        let is_met = |event: &Value| router.route(&event.to_string()).is_ok_and(|matched| !matched.is_empty());
        let kept = if known.is_some() { made.len() } else { 1 };
        let met: Vec<Value> = made.into_iter().filter(is_met).take(kept).collect();
        if met.is_empty() {
            let event = combination.event(&fields, origin, false);
            samples.uncovered.push(combination.kind(&fields, &event).to_string());
        }
        samples.events.extend(met.into_iter().map(|event| Sample { kind: combination.kind(&fields, &event), event }));
    }
    samples
}

/// The index of an alternative for each field, and the field that sets it apart from the combinations before.
struct Combination {
    chosen: Vec<usize>,
    special: Option<usize>,
}

/// Each service with each event name, and each other alternative once. Adds to `uncovered` the alternatives that can be
/// in no event.
fn combinations(fields: &[Field], uncovered: &mut Vec<String>) -> Vec<Combination> {
    let (source, event_source) = (position(fields, &SOURCE), position(fields, &EVENT_SOURCE));
    let name = position(fields, &EVENT_NAME);
    let count = |field: Option<usize>| field.and_then(|field| fields.get(field)).map_or(1, |field| field.choices.len());
    let choice = |field: usize, index: usize| fields.get(field).and_then(|field| field.choices.get(index));
    // Two fields name the service: the index of an alternative of `field` that goes with an alternative of `other`.
    let fitting = |field: Option<usize>, other: usize, index: usize| match field {
        None => Some(0),
        Some(field) => (0..count(Some(field))).find(|&own| {
            choice(field, own).zip(choice(other, index)).is_some_and(|(one, other)| one.is_of_same_service(other))
        }),
    };
    let with = |changes: &[(Option<usize>, usize)], special| {
        let mut chosen = vec![0; fields.len()];
        for &(field, index) in changes {
            if let Some(slot) = field.and_then(|field| chosen.get_mut(field)) {
                *slot = index;
            }
        }
        Combination { chosen, special }
    };
    // The field that decides the service: the record's, or, where the pattern leaves that open, the envelope's.
    let (service, other) = if event_source.is_some() { (event_source, source) } else { (source, None) };
    let is_too_much = count(service).saturating_mul(count(name)) > MAX_COMBINATIONS;
    let mut combinations = Vec::new();
    for index in 0..count(service) {
        let Some(other_index) = service.map_or(Some(0), |service| fitting(other, service, index)) else {
            uncovered.extend(service.and_then(|service| fields.get(service)).map(|field| field.odd(index)));
            continue;
        };
        for name_index in 0..if is_too_much && index > 0 { 1 } else { count(name) } {
            combinations.push(with(&[(service, index), (other, other_index), (name, name_index)], None));
        }
    }
    for (position, field) in fields.iter().enumerate() {
        for index in 1..field.choices.len() {
            if Some(position) == service || Some(position) == name {
                continue;
            }
            let fits = if Some(position) == other { fitting(service, position, index) } else { Some(0) };
            match fits {
                None => uncovered.push(field.odd(index)),
                // It is in one of the combinations above.
                Some(fits)
                    if Some(position) == other
                        && service.and_then(|service| fitting(other, service, fits)) == Some(index) => {}
                Some(fits) => combinations.push(with(&[(service, fits), (Some(position), index)], Some(position))),
            }
        }
    }
    combinations
}

/// Replaces the combinations by their Cartesian product with the alternatives of all other fields than service and
/// event name.
fn combine_all(combinations: &mut Vec<Combination>, fields: &[Field], uncovered: &mut Vec<String>) {
    let services = [&SOURCE[..], &EVENT_SOURCE, &EVENT_NAME];
    let is_other = |field: &Field| services.iter().all(|path| field.path != *path);
    for (position, field) in fields.iter().enumerate().filter(|(_, field)| is_other(field) && field.choices.len() > 1) {
        let mut all = Vec::new();
        for combination in combinations.iter() {
            // Combinations with another alternative of this field are made here from those with the first.
            if combination.chosen.get(position) != Some(&0) {
                continue;
            }
            for index in 0..field.choices.len() {
                let mut chosen = combination.chosen.clone();
                chosen.get_mut(position).into_iter().for_each(|slot| *slot = index);
                all.push(Combination { chosen, special: if index > 0 { Some(position) } else { combination.special } });
            }
        }
        if all.len() > MAX_COMBINED {
            uncovered.push(format!("{}, with all that stands beside it", field.path.join(".")));
            return;
        }
        *combinations = all;
    }
}

impl Field {
    /// The message that an alternative is in no event.
    fn odd(&self, index: usize) -> String {
        let alternative = self.choices.get(index).map(|choice| shown(&choice.alternative)).unwrap_or_default();
        format!("{} = {alternative}, which goes with no other source in the pattern", self.path.join("."))
    }
}

impl Combination {
    fn of<'a>(&'a self, fields: &'a [Field]) -> impl Iterator<Item = (&'a Field, &'a Choice)> {
        fields.iter().zip(&self.chosen).filter_map(|(field, &index)| Some((field, field.choices.get(index)?)))
    }

    /// The event of this combination. If `open`, operators on the service are left out, so that the other fields decide
    /// the service.
    fn event(&self, fields: &[Field], origin: &AccountRegion, open: bool) -> Value {
        let is_open = |field: &Field, choice: &Choice| {
            open && choice.alternative.is_object() && (field.path == SOURCE || field.path == EVENT_SOURCE)
        };
        let said = self.of(fields).filter(|(field, choice)| !is_open(field, choice));
        let said: Vec<_> = said.map(|(field, choice)| (&*field.path, choice.value.clone())).collect();
        event(origin, &said)
    }

    /// The kind of the combination's event.
    fn kind(&self, fields: &[Field], event: &Value) -> EventKind {
        let alternative = |path: &[&str]| {
            self.of(fields).find(|(field, _)| field.path == path).map(|(_, choice)| &choice.alternative)
        };
        let in_event = |pointer: &str| event.pointer(pointer).map(shown);
        let source = match (alternative(&EVENT_SOURCE), alternative(&SOURCE)) {
            (Some(event_source), _) => Some(shown(event_source)),
            (None, Some(Value::String(source))) => {
                in_event("/detail/eventSource").or_else(|| Some(shown(&source.as_str().into())))
            }
            (None, source) => source.map(shown),
        };
        let is_call = event.pointer("/detail/eventName").is_some();
        let name =
            alternative(&EVENT_NAME).map(shown).or_else(|| if is_call { None } else { in_event("/detail-type") });
        // One alternative may match several values.
        let is_special = |(field, choice): &(&Field, &Choice)| {
            field.choices.first().is_some_and(|first| first.alternative != choice.alternative)
        };
        let special = self.special.and_then(|special| self.of(fields).nth(special)).filter(is_special);
        EventKind {
            source: source.unwrap_or_else(|| "any service's".into()),
            name: name.unwrap_or_else(|| "any call".into()),
            qualifier: special.map(|(field, choice)| format!("{} = {}", field.path.join("."), choice.alternative)),
        }
    }
}

impl Choice {
    /// Whether `source` and `detail.eventSource` can have these alternatives in one event. An operator may match any
    /// service.
    fn is_of_same_service(&self, other: &Self) -> bool {
        match (self.service(), other.service()) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    fn service(&self) -> Option<&str> {
        let text = self.alternative.as_str()?;
        Some(service_of(text.strip_prefix("aws.").unwrap_or(text)))
    }
}

/// Finds the fields of a pattern. Adds to `uncovered` the alternatives that no value is found for.
fn find_fields(
    pattern: &Value,
    known: Option<&KnownAlternatives>,
    path: &mut Vec<String>,
    fields: &mut Vec<Field>,
    uncovered: &mut Vec<String>,
) {
    match pattern {
        Value::Object(object) => {
            for (key, value) in object {
                path.push(key.clone());
                find_fields(value, known, path, fields, uncovered);
                path.pop();
            }
        }
        Value::Array(alternatives) => {
            let mut choices = Vec::new();
            for alternative in alternatives {
                let values = meeting::values(alternative, known.map_or(&[], |known| known.at(path)));
                if values.is_empty() {
                    uncovered.push(format!("{} = {}", path.join("."), one_line(&alternative.to_string(), 200)));
                }
                let kept = if known.is_some() { values.len() } else { 1 };
                let values = values.into_iter().take(kept);
                choices.extend(values.map(|value| Choice { alternative: alternative.clone(), value }));
            }
            fields.push(Field { path: path.clone(), choices });
        }
        _ => {}
    }
}

fn position(fields: &[Field], path: &[&str]) -> Option<usize> {
    fields.iter().position(|field| field.path == path)
}

/// A value, as messages show it.
fn shown(value: &Value) -> String {
    one_line(&value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned), 200)
}

#[cfg(test)]
mod tests;
