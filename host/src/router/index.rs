//! Decides by an event's few plain fields which patterns want it, where that is all that it takes.
//!
//! Nearly every pattern lists names for the fields below, and nothing else. Those are decided here, exactly as the matcher
//! would. A pattern that asks for more is left to the matcher, but only for events that meet what it asks of these fields: a
//! pattern is met only if all its parts are.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::event::Event;

/// Patterns, by what they ask of a call's name and source.
#[derive(Clone)]
pub(super) struct Index<T> {
    rules: Vec<Rule<T>>,
    /// The rules that list names of calls, by each of them.
    by_call: HashMap<String, Vec<usize>>,
    /// The other rules that list sources, by each of them.
    by_source: HashMap<String, Vec<usize>>,
    /// The rules that list neither.
    others: Vec<usize>,
}

/// What a pattern asks of the fields that are known here.
#[derive(Clone)]
struct Rule<T> {
    target: T,
    names: Names,
    /// The pattern asks for nothing else.
    is_whole: bool,
}

/// The values that a pattern lists for each field; none if it does not list plain strings for it.
#[derive(Clone, Default)]
struct Names {
    source: Option<Vec<String>>,
    detail_type: Option<Vec<String>>,
    account: Option<Vec<String>>,
    region: Option<Vec<String>>,
    event_source: Option<Vec<String>>,
    event_name: Option<Vec<String>>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self { rules: Vec::new(), by_call: HashMap::new(), by_source: HashMap::new(), others: Vec::new() }
    }
}

impl<T: Clone> Index<T> {
    /// Adds a pattern, JSON text.
    pub(super) fn add(&mut self, target: T, pattern: &str) {
        let (names, is_whole) = Names::of(pattern);
        let rule = self.rules.len();
        let (map, keys) = match (&names.event_name, &names.source) {
            (Some(calls), _) => (&mut self.by_call, calls),
            (None, Some(sources)) => (&mut self.by_source, sources),
            (None, None) => {
                self.others.push(rule);
                return self.rules.push(Rule { target, names, is_whole });
            }
        };
        for key in keys {
            map.entry(key.clone()).or_default().push(rule);
        }
        self.rules.push(Rule { target, names, is_whole });
    }

    /// The targets that want the event, in any order and perhaps more than once; none if that is not decided by its plain
    /// fields.
    pub(super) fn decide(&self, event: &Event) -> Option<Vec<T>> {
        let (event_name, event_source) = event.plain_call()?;
        let candidates = [self.by_call.get(event_name), self.by_source.get(&event.source), Some(&self.others)];
        let mut targets = Vec::new();
        for rule in candidates.into_iter().flatten().flatten().filter_map(|&rule| self.rules.get(rule)) {
            if rule.names.has(event, event_name, event_source) {
                if !rule.is_whole {
                    return None;
                }
                targets.push(rule.target.clone());
            }
        }
        Some(targets)
    }
}

impl Names {
    /// Reads a pattern; answers also whether this is all that it says.
    fn of(pattern: &str) -> (Self, bool) {
        // Serde refuses a field that stands twice, of which it is not for this index to say what it means.
        let Ok(Pattern { source, detail_type, account, region, detail, others }) = serde_json::from_str(pattern) else {
            return (Self::default(), false);
        };
        let detail = detail.unwrap_or_default();
        let mut is_whole = others.is_empty() && detail.others.is_empty();
        let mut plain = |field: Option<Values>| match field? {
            Values::Plain(values) => Some(values),
            Values::Other(_) => {
                is_whole = false;
                None
            }
        };
        let names = Self {
            source: plain(source),
            detail_type: plain(detail_type),
            account: plain(account),
            region: plain(region),
            event_source: plain(detail.event_source),
            event_name: plain(detail.event_name),
        };
        (names, is_whole)
    }

    fn has(&self, event: &Event, event_name: &str, event_source: Option<&str>) -> bool {
        let lists = |values: &Option<Vec<String>>, given: Option<&str>| {
            values.as_ref().is_none_or(|values| given.is_some_and(|given| values.iter().any(|value| value == given)))
        };
        lists(&self.event_name, Some(event_name))
            && lists(&self.source, Some(&event.source))
            && lists(&self.event_source, event_source)
            && lists(&self.detail_type, Some(&event.detail_type))
            && lists(&self.account, Some(&event.account))
            && lists(&self.region, Some(&event.region))
    }
}

/// A pattern, as it is written. The flattened maps also keep serde from reading a list as a struct.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Pattern {
    source: Option<Values>,
    detail_type: Option<Values>,
    account: Option<Values>,
    region: Option<Values>,
    detail: Option<Detail>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_source: Option<Values>,
    event_name: Option<Values>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    Plain(Vec<String>),
    Other(IgnoredAny),
}

#[cfg(test)]
mod tests;
