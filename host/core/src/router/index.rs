//! An index of patterns, which decides by an event's few plain fields, where that is all that a pattern asks for.
//!
//! Nearly every pattern lists names for the fields below, and nothing else. Those are decided here, exactly as the
//! matcher would. A pattern that asks for more is left to the matcher, but only for events that meet what it asks of
//! these fields: a pattern is met only if all its conditions are.

use std::collections::HashMap;

use crate::event::Event;
use crate::pattern::EventPattern;

/// Patterns, by what they ask of the API call's name and the event's source.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// In the order in which they were added.
    rules: Vec<IndexedPattern>,
    /// The rules that list names of API calls, by each name.
    by_call: HashMap<String, Vec<usize>>,
    /// The other rules that list sources, by each source.
    by_source: HashMap<String, Vec<usize>>,
    /// The rules that list neither.
    others: Vec<usize>,
}

/// The patterns that an event meets by its plain fields, as indices in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Those that ask for nothing else.
    pub(super) whole: Vec<usize>,
    /// Those that ask for more, which the matcher has to check.
    pub(super) so_far: Vec<usize>,
}

/// What a pattern asks of the fields that are known here.
#[derive(Debug, Clone)]
struct IndexedPattern {
    names: Names,
    /// The pattern asks for nothing else.
    is_whole: bool,
}

/// The values that a pattern lists for each field; none if it does not list plain texts for it.
#[derive(Debug, Clone, Default)]
struct Names {
    source: Option<Vec<String>>,
    detail_type: Option<Vec<String>>,
    account: Option<Vec<String>>,
    region: Option<Vec<String>>,
    event_source: Option<Vec<String>>,
    event_name: Option<Vec<String>>,
}

impl Index {
    pub(super) fn add(&mut self, pattern: &EventPattern) {
        let (names, is_whole) = Names::of(pattern);
        let rule = self.rules.len();
        let (map, keys) = match (&names.event_name, &names.source) {
            (Some(calls), _) => (&mut self.by_call, calls),
            (None, Some(sources)) => (&mut self.by_source, sources),
            (None, None) => {
                self.others.push(rule);
                return self.rules.push(IndexedPattern { names, is_whole });
            }
        };
        for key in keys {
            let rules = map.entry(key.clone()).or_default();
            // A pattern may list a name twice.
            if rules.last() != Some(&rule) {
                rules.push(rule);
            }
        }
        self.rules.push(IndexedPattern { names, is_whole });
    }

    /// The patterns that the event meets as far as can be told from its plain fields; none if it is not plain.
    pub(super) fn met(&self, event: &Event) -> Option<Met> {
        let (event_name, event_source) = event.plain_call()?;
        let candidates = [self.by_call.get(event_name), self.by_source.get(&event.source), Some(&self.others)];
        let mut met = Met::default();
        for &number in candidates.into_iter().flatten().flatten() {
            let Some(rule) = self.rules.get(number) else { continue };
            if rule.names.has(event, event_name, event_source) {
                if rule.is_whole { met.whole.push(number) } else { met.so_far.push(number) }
            }
        }
        Some(met)
    }
}

impl Names {
    /// Reads a pattern; also returns whether it asks for nothing else.
    fn of(pattern: &EventPattern) -> (Self, bool) {
        let mut names = Self::default();
        let mut is_whole = true;
        for condition in pattern.conditions() {
            let field = match condition.path() {
                "source" => &mut names.source,
                "detail-type" => &mut names.detail_type,
                "account" => &mut names.account,
                "region" => &mut names.region,
                "detail.eventSource" => &mut names.event_source,
                "detail.eventName" => &mut names.event_name,
                _ => {
                    is_whole = false;
                    continue;
                }
            };
            *field = condition.plain_texts().map(|texts| texts.into_iter().map(ToOwned::to_owned).collect());
            is_whole &= field.is_some();
        }
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

#[cfg(test)]
mod tests;
