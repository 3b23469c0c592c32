//! Makes up events that a pattern matches.

mod meeting;

use std::collections::BTreeMap;
use std::fmt;

use autotag_core::pattern::EventPattern;
use autotag_core::router::Router;
use autotag_core::text::one_line;
use serde::Serialize;
use serde_json::Value;

use super::envelope::{AccountRegion, event, service_of};

const SOURCE: [&str; 1] = ["source"];
const EVENT_SOURCE: [&str; 2] = ["detail", "eventSource"];
const EVENT_NAME: [&str; 2] = ["detail", "eventName"];

/// The most combinations of services and calls that are made up.
const MAX_COMBINATIONS: usize = 10_000;
/// The most of all combinations.
const MAX_COMBINED: usize = 2_000;

/// Made-up events of a pattern.
#[derive(Debug, Default)]
pub struct Samples {
    /// The events. Each of the pattern's alternatives is in one of them, and each call that it names in one for each
    /// service.
    pub events: Vec<Sample>,
    /// What no event could be made up for, for people.
    pub left_out: Vec<String>,
}

/// A made-up event.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What it is an example of.
    pub kind: Kind,
    /// The event, complete, as EventBridge takes it for TestEventPattern.
    pub event: Value,
}

/// A kind of events, as a pattern has it: `ec2.amazonaws.com CreateVolume`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Kind {
    /// Where they come from: `ec2.amazonaws.com`.
    pub source: String,
    /// What they are called: `CreateVolume`; or the operator that their names meet, JSON text.
    pub name: String,
    /// What else makes them what they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.source, self.name)?;
        self.with.iter().try_for_each(|with| write!(formatter, " with {with}"))
    }
}

/// A field of a pattern.
struct Field {
    path: Vec<String>,
    choices: Vec<Choice>,
}

/// One alternative of a field, and a value that meets it.
#[derive(Clone)]
struct Choice {
    alternative: Value,
    /// None: the field has to be absent.
    value: Option<Value>,
}

/// What patterns name of each field: texts, numbers and the insides of operators, by the fields' paths.
#[derive(Debug, Default)]
pub(super) struct Named(BTreeMap<Vec<String>, Vec<Value>>);

impl Named {
    pub(super) fn by<'a>(patterns: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut named = Self::default();
        for pattern in patterns {
            named.add(pattern, &mut Vec::new());
        }
        named
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

    fn of(&self, path: &[String]) -> &[Value] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }
}

/// Makes up the events of a pattern, which come from this place unless the pattern says from where: an event for each of the
/// pattern's alternatives.
#[must_use]
pub fn samples(pattern: &Value, place: &AccountRegion) -> Samples {
    make(pattern, place, None)
}

/// The same, with all alternatives combined, and with more than one value for each operator: by what other patterns name,
/// those that tell the patterns apart.
pub(super) fn many_samples(pattern: &Value, place: &AccountRegion, named: &Named) -> Samples {
    make(pattern, place, Some(named))
}

fn make(pattern: &Value, place: &AccountRegion, named: Option<&Named>) -> Samples {
    let mut samples = Samples::default();
    let router = match EventPattern::parse(&pattern.to_string()) {
        Ok(pattern) => Router::new([((), &pattern)]),
        Err(error) => {
            samples.left_out.push(format!("the pattern, which the host cannot match: {error}"));
            return samples;
        }
    };
    let mut fields = Vec::new();
    find_fields(pattern, named, &mut Vec::new(), &mut fields, &mut samples.left_out);
    if fields.iter().any(|field| field.choices.is_empty()) {
        // Then no event at all can be made up, and it has been said why.
        return samples;
    }
    let mut combinations = combinations(&fields, &mut samples.left_out);
    if named.is_some() {
        combine_all(&mut combinations, &fields, &mut samples.left_out);
    }
    for combination in combinations {
        // Where the pattern only has an operator for the service, what the rest says of it may meet that.
        let made = [combination.event(&fields, place, true), combination.event(&fields, place, false)];
        let is_met = |event: &Value| router.route(&event.to_string()).is_ok_and(|matched| !matched.is_empty());
        let kept = if named.is_some() { made.len() } else { 1 };
        let met: Vec<Value> = made.into_iter().filter(is_met).take(kept).collect();
        if met.is_empty() {
            let event = combination.event(&fields, place, false);
            samples.left_out.push(combination.kind(&fields, &event).to_string());
        }
        samples.events.extend(met.into_iter().map(|event| Sample { kind: combination.kind(&fields, &event), event }));
    }
    samples
}

/// An alternative for each field, by their places, and the field that makes it another one than those before.
struct Combination {
    chosen: Vec<usize>,
    special: Option<usize>,
}

/// Each service with each call, and each other alternative once. Says which alternatives can be in no event.
fn combinations(fields: &[Field], left_out: &mut Vec<String>) -> Vec<Combination> {
    let (source, event_source) = (position(fields, &SOURCE), position(fields, &EVENT_SOURCE));
    let name = position(fields, &EVENT_NAME);
    let count = |field: Option<usize>| field.and_then(|field| fields.get(field)).map_or(1, |field| field.choices.len());
    let choice = |field: usize, index: usize| fields.get(field).and_then(|field| field.choices.get(index));
    // An alternative of one of the two fields that say the service that goes with one of the other's.
    let fitting = |field: Option<usize>, other: usize, index: usize| match field {
        None => Some(0),
        Some(field) => (0..count(Some(field))).find(|&place| {
            choice(field, place).zip(choice(other, index)).is_some_and(|(one, other)| one.is_of_same_service(other))
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
    // What says the service: the record, or where the pattern leaves that open, the event around it.
    let (service, other) = if event_source.is_some() { (event_source, source) } else { (source, None) };
    let is_too_much = count(service).saturating_mul(count(name)) > MAX_COMBINATIONS;
    let mut combinations = Vec::new();
    for index in 0..count(service) {
        let Some(other_index) = service.map_or(Some(0), |service| fitting(other, service, index)) else {
            left_out.extend(service.and_then(|service| fields.get(service)).map(|field| field.odd(index)));
            continue;
        };
        for name_index in 0..if is_too_much && index > 0 { 1 } else { count(name) } {
            combinations.push(with(&[(service, index), (other, other_index), (name, name_index)], None));
        }
    }
    for (place, field) in fields.iter().enumerate() {
        for index in 1..field.choices.len() {
            if Some(place) == service || Some(place) == name {
                continue;
            }
            let fits = if Some(place) == other { fitting(service, place, index) } else { Some(0) };
            match fits {
                None => left_out.push(field.odd(index)),
                // It is in one of those above.
                Some(fits)
                    if Some(place) == other
                        && service.and_then(|service| fitting(other, service, fits)) == Some(index) => {}
                Some(fits) => combinations.push(with(&[(service, fits), (Some(place), index)], Some(place))),
            }
        }
    }
    combinations
}

/// Takes the place of combinations by all that differ from one of them in what is no service and no call.
fn combine_all(combinations: &mut Vec<Combination>, fields: &[Field], left_out: &mut Vec<String>) {
    let services = [&SOURCE[..], &EVENT_SOURCE, &EVENT_NAME];
    let is_other = |field: &Field| services.iter().all(|path| field.path != *path);
    for (place, field) in fields.iter().enumerate().filter(|(_, field)| is_other(field) && field.choices.len() > 1) {
        let mut all = Vec::new();
        for combination in combinations.iter() {
            // Those with another alternative of this field are made here, of those with the first.
            if combination.chosen.get(place) != Some(&0) {
                continue;
            }
            for index in 0..field.choices.len() {
                let mut chosen = combination.chosen.clone();
                chosen.get_mut(place).into_iter().for_each(|slot| *slot = index);
                all.push(Combination { chosen, special: if index > 0 { Some(place) } else { combination.special } });
            }
        }
        if all.len() > MAX_COMBINED {
            left_out.push(format!("{}, with all that stands beside it", field.path.join(".")));
            return;
        }
        *combinations = all;
    }
}

impl Field {
    /// Says of an alternative that it is in no event.
    fn odd(&self, index: usize) -> String {
        let alternative = self.choices.get(index).map(|choice| shown(&choice.alternative)).unwrap_or_default();
        format!("{} = {alternative}, which goes with no other source in the pattern", self.path.join("."))
    }
}

impl Combination {
    fn of<'a>(&'a self, fields: &'a [Field]) -> impl Iterator<Item = (&'a Field, &'a Choice)> {
        fields.iter().zip(&self.chosen).filter_map(|(field, &index)| Some((field, field.choices.get(index)?)))
    }

    /// An event made of it. If `open`, operators on the service are left out, so that the rest says what it is.
    fn event(&self, fields: &[Field], place: &AccountRegion, open: bool) -> Value {
        let is_open = |field: &Field, choice: &Choice| {
            open && choice.alternative.is_object() && (field.path == SOURCE || field.path == EVENT_SOURCE)
        };
        let said = self.of(fields).filter(|(field, choice)| !is_open(field, choice));
        let said: Vec<_> = said.map(|(field, choice)| (&*field.path, choice.value.clone())).collect();
        event(place, &said)
    }

    /// What an event made of it is an example of.
    fn kind(&self, fields: &[Field], event: &Value) -> Kind {
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
        // Several values may meet one alternative.
        let is_special = |(field, choice): &(&Field, &Choice)| {
            field.choices.first().is_some_and(|first| first.alternative != choice.alternative)
        };
        let special = self.special.and_then(|special| self.of(fields).nth(special)).filter(is_special);
        Kind {
            source: source.unwrap_or_else(|| "any service's".into()),
            name: name.unwrap_or_else(|| "any call".into()),
            with: special.map(|(field, choice)| format!("{} = {}", field.path.join("."), choice.alternative)),
        }
    }
}

impl Choice {
    /// Whether a source and a record's source can be of one event. Operators may be met by either.
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

/// Finds the fields of a pattern, and says of which alternatives no event can be made up.
fn find_fields(
    pattern: &Value,
    named: Option<&Named>,
    path: &mut Vec<String>,
    fields: &mut Vec<Field>,
    left_out: &mut Vec<String>,
) {
    match pattern {
        Value::Object(object) => {
            for (key, value) in object {
                path.push(key.clone());
                find_fields(value, named, path, fields, left_out);
                path.pop();
            }
        }
        Value::Array(alternatives) => {
            let mut choices = Vec::new();
            for alternative in alternatives {
                let values = meeting::values(alternative, named.map_or(&[], |named| named.of(path)));
                if values.is_empty() {
                    left_out.push(format!("{} = {}", path.join("."), one_line(&alternative.to_string(), 200)));
                }
                let kept = if named.is_some() { values.len() } else { 1 };
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

/// A value, for people.
fn shown(value: &Value) -> String {
    one_line(&value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned), 200)
}

#[cfg(test)]
mod tests;
