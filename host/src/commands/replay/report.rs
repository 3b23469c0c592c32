//! One result, two renderings: JSON and a table.

use std::collections::BTreeMap;
use std::fmt;

use autotag_core::event::Event;
use autotag_core::ownership::Claim;
use autotag_core::tagging::{Related, Tagging};
use autotag_core::text::one_line;
use autotag_sandbox::Cost;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::{Plan, Planned, UNREADABLE};
use comfy_table::{Attribute, Cell, Color};
use serde::Serialize;

use crate::commands::inputs::Input;
use crate::commands::output;

/// What the host would do about one event, by one plugin's answer. The JSON form is what users build on: its names are
/// fixed.
#[derive(Debug, Serialize)]
pub(super) struct ReplayReport {
    #[serde(flatten)]
    pub(super) decision: DecisionLine,
    /// Not part of expectations, since times differ between runs and fuel between compilers.
    cost: Option<Cost>,
}

/// The part of a report that is the same whenever it is repeated.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct DecisionLine {
    pub(super) input: String,
    event: Option<EventSummary>,
    plugin: Option<String>,
    outcome: String,
    reason: Option<String>,
    taggings: Vec<Tagging>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct EventSummary {
    id: String,
    source: String,
    name: Option<String>,
    account: String,
    region: String,
    time: String,
}

impl ReplayReport {
    /// Takes over what is worse about another report of the same event. The plugin must be deterministic: another
    /// answer is a failure. If an invocation failed, for example by a timeout, that failure is kept instead.
    fn hold_against(&mut self, other: Self) {
        if !self.is_good() || self.decision == other.decision {
            return;
        }
        if other.is_good() {
            self.decision.outcome = "failed".into();
            self.decision.reason = Some("the plugin gives different answers to the same event".into());
            self.decision.taggings.clear();
        } else {
            self.decision = other.decision;
        }
    }

    /// Whether nothing in it needs the user's attention.
    pub(super) fn is_good(&self) -> bool {
        matches!(self.decision.outcome.as_str(), "tag" | "withheld" | "skip")
    }
}

/// The reports of all events in an input, in their order.
pub(super) fn reports(pipeline: &Pipeline, input: &Input, repeat: u32) -> Vec<ReplayReport> {
    let bytes = match input.read() {
        Ok(bytes) => bytes,
        Err(error) => return vec![unreadable(input.name.clone(), format!("cannot be read: {error}"))],
    };
    let planned = pipeline.run(&bytes);
    let several = planned.len() > 1;
    let named = |number: usize| if several { format!("{}#{number}", input.name) } else { input.name.clone() };
    let mut reports = Vec::new();
    for (planned, number) in planned.into_iter().zip(1..) {
        match planned {
            Planned::Ok((event, plan)) => {
                let first = of_plan(&named(number), &event, &plan);
                reports.extend(repeated(pipeline, &event, first, repeat));
            }
            Planned::Err(error) => reports.push(unreadable(named(number), error.to_string())),
        }
    }
    reports
}

fn of_plan(input: &str, event: &Event, plan: &Plan) -> Vec<ReplayReport> {
    let report = |decision: &autotag_sandbox::plan::PluginDecision| ReplayReport {
        decision: DecisionLine {
            input: input.into(),
            event: Some(EventSummary {
                id: event.id.clone(),
                source: event.source.clone(),
                name: event.name(),
                account: event.account.clone(),
                region: event.region.clone(),
                time: event.time.clone(),
            }),
            plugin: decision.plugin.as_ref().map(ToString::to_string),
            outcome: decision.outcome.name().into(),
            reason: decision.outcome.reason(),
            taggings: decision.outcome.taggings().to_vec(),
        },
        cost: decision.cost,
    };
    plan.decisions.iter().map(report).collect()
}

fn unreadable(input: String, reason: String) -> ReplayReport {
    let decision = DecisionLine {
        input,
        event: None,
        plugin: None,
        outcome: UNREADABLE.into(),
        reason: Some(reason),
        taggings: Vec::new(),
    };
    ReplayReport { decision, cost: None }
}

/// Plans the same event again and again: the median time counts, and every answer must equal the first.
fn repeated(pipeline: &Pipeline, event: &Event, mut first: Vec<ReplayReport>, repeat: u32) -> Vec<ReplayReport> {
    let input = first.first().map(|report| report.decision.input.clone()).unwrap_or_default();
    let mut micros: Vec<Vec<u64>> =
        first.iter().map(|report| report.cost.map(|cost| cost.micros).into_iter().collect()).collect();
    for _ in 1..repeat {
        let again = of_plan(&input, event, &pipeline.plan(event));
        for ((one, other), micros) in first.iter_mut().zip(again).zip(&mut micros) {
            micros.extend(other.cost.map(|cost| cost.micros));
            one.hold_against(other);
        }
    }
    for (report, mut micros) in first.iter_mut().zip(micros) {
        micros.sort_unstable();
        if let (Some(cost), Some(median)) = (&mut report.cost, micros.get(micros.len() / 2)) {
            cost.micros = *median;
        }
    }
    first
}

/// Reports for people.
pub(super) struct Table<'a> {
    pub(super) reports: &'a [ReplayReport],
    pub(super) coloured: bool,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = output::table(self.coloured);
        table.set_header(["Input", "Event", "Outcome", "Resources", "Tags or reason"]);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for ReplayReport { decision, .. } in self.reports {
            *counts.entry(&decision.outcome).or_default() += 1;
            let (resources, tags) = resources_and_tags(&decision.taggings);
            // If all is withheld, the verdict of each resource says why.
            let reason =
                decision.reason.as_deref().filter(|_| !is_withheld(decision)).map(printable).unwrap_or_default();
            table.add_row([
                Cell::new(printable(&decision.input)),
                Cell::new(event(decision)),
                outcome(&decision.outcome),
                Cell::new(resources),
                Cell::new([tags, reasons(&decision.taggings), reason].join("\n").trim()),
            ]);
        }
        writeln!(formatter, "{table}")?;
        let counts: Vec<_> = counts.into_iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        write!(formatter, "{} results: {}", self.reports.len(), counts.join(", "))
    }
}

fn event(decision: &DecisionLine) -> String {
    let Some(event) = &decision.event else { return "-".into() };
    let name = event.name.as_deref().unwrap_or(&event.source);
    match &decision.plugin {
        Some(plugin) => format!("{}\n{plugin}", printable(name)),
        None => printable(name),
    }
}

fn outcome(name: &str) -> Cell {
    let cell = Cell::new(name).add_attribute(Attribute::Bold);
    match name {
        "tag" => cell.fg(Color::Green),
        "withheld" => cell.fg(Color::Yellow),
        "skip" => cell.fg(Color::DarkGrey),
        _ => cell.fg(Color::Red),
    }
}

fn resources_and_tags(taggings: &[Tagging]) -> (String, String) {
    let mut resources = Vec::new();
    let mut tags = Vec::new();
    for tagging in taggings {
        let verdict = |claim: &Claim| format!("{} ({})", claim.resource, claim.verdict.name());
        resources.extend(tagging.claims.iter().map(verdict));
        for related in tagging.related.iter().filter(|related| **related != Related::Parent) {
            let name = serde_json::to_value(related).ok();
            resources.push(format!("+ {}", name.as_ref().and_then(|name| name.as_str()).unwrap_or_default()));
        }
        let inherits = tagging.related.contains(&Related::Parent);
        let or_else = if inherits { ", or what the parent has" } else { "" };
        tags.extend(tagging.tags.iter().map(|(key, value)| printable(&format!("{key} = {value}{or_else}"))));
    }
    (resources.join("\n"), tags.join("\n"))
}

fn is_withheld(decision: &DecisionLine) -> bool {
    decision.taggings.iter().flat_map(|tagging| &tagging.claims).count() > 0
        && !decision.taggings.iter().any(Tagging::is_for_something)
}

/// The reasons of the verdicts, each once: in a launch with many instances they are mostly the same.
fn reasons(taggings: &[Tagging]) -> String {
    let claims = taggings.iter().flat_map(|tagging| &tagging.claims);
    let mut reasons: Vec<String> = Vec::new();
    for Claim { verdict, .. } in claims {
        let reason = printable(&format!("{}: {verdict}", verdict.name()));
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.join("\n")
}

/// Longer texts are for `--format json`.
fn printable(text: &str) -> String {
    one_line(text, 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(outcome: &str, reason: &str) -> ReplayReport {
        let decision = unreadable("x".into(), reason.into()).decision;
        ReplayReport { decision: DecisionLine { outcome: outcome.into(), ..decision }, cost: None }
    }

    #[track_caller]
    fn assert_held(first: ReplayReport, other: ReplayReport, outcome: &str, reason: &str) {
        let mut held = first;
        held.hold_against(other);
        assert_eq!((held.decision.outcome.as_str(), held.decision.reason.as_deref()), (outcome, Some(reason)));
    }

    #[test]
    fn a_repetition_that_says_something_else_is_a_failure_with_its_reason() {
        assert_held(report("tag", "a"), report("tag", "a"), "tag", "a");
        let accused = "the plugin gives different answers to the same event";
        assert_held(report("tag", "a"), report("tag", "b"), "failed", accused);
        assert_held(report("tag", "a"), report("failed", "too slow"), "failed", "too slow");
        assert_held(report("failed", "too slow"), report("tag", "a"), "failed", "too slow");
    }
}
