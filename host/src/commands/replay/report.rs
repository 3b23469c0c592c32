//! One result, three renderings: JSON, a row of a table, a line of a spreadsheet.

use std::io;
use std::ops::ControlFlow;

use autotag_core::event::{DecodeError, Event, decode_each};
use autotag_core::ownership::Claim;
use autotag_core::tagging::{Related, Tagging};
use autotag_core::text::sanitize;
use autotag_sandbox::Cost;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::{Plan, UNREADABLE};
use comfy_table::Color;
use serde::Serialize;

use crate::commands::inputs::Input;
use crate::commands::table::Cell;

/// The outcome of an input that is as it should be, and holds no event.
const SKIP: &str = "skip";

/// What the host would do about one event, by one plugin's answer. The JSON form is what users build on: its names are
/// fixed.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct ReplayReport {
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

    /// The account that the event is from.
    pub(in crate::commands) fn account(&self) -> Option<&str> {
        self.decision.event.as_ref().map(|event| &*event.account)
    }

    /// What the call is claimed to have created.
    pub(in crate::commands) fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.decision.taggings.iter().flat_map(|tagging| &tagging.claims)
    }

    /// Whether nothing in it needs the user's attention.
    pub(super) fn is_good(&self) -> bool {
        matches!(self.decision.outcome.as_str(), "tag" | "withheld" | "skip")
    }
}

/// Reports of all events in an input, in their order, each as soon as it is there.
pub(super) fn each(
    pipeline: &Pipeline,
    input: &Input,
    repeat: u32,
    mut show: impl FnMut(ReplayReport) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let read = each_event(input, |name, event| {
        of_decoded(pipeline, &name, event, repeat).into_iter().try_for_each(&mut show)
    })?;
    read.or_else(|error| show(unreadable(input.name.clone(), format!("cannot be read: {error}"))))
}

/// Hands over each event in an input, or why it is none, under the name of the input and the event's number in it.
/// Answers whether the input could be read to its end.
pub(in crate::commands) fn each_event(
    input: &Input,
    mut take: impl FnMut(String, Decoded) -> anyhow::Result<()>,
) -> anyhow::Result<io::Result<()>> {
    let mut taken = Ok(());
    let mut one = |event: Decoded, number: Option<u64>| {
        let name = number.map_or_else(|| input.name.clone(), |number| format!("{}#{number}", input.name));
        taken = take(name, event);
        if taken.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    // The first event has a number only if it is not the only one.
    let mut first = None;
    let mut number = 0;
    let read = input.open().and_then(|bytes| {
        decode_each(bytes, |event| {
            number += 1;
            if number == 1 {
                first = Some(event);
                return ControlFlow::Continue(());
            }
            if let Some(first) = first.take() {
                one(first, Some(1))?;
            }
            one(event, Some(number))
        })
    });
    if let Some(only) = first.take() {
        let _ = one(only, None);
    }
    taken.map(|()| read)
}

pub(in crate::commands) type Decoded = Result<Event, DecodeError>;

pub(in crate::commands) fn of_decoded(
    pipeline: &Pipeline,
    name: &str,
    event: Decoded,
    repeat: u32,
) -> Vec<ReplayReport> {
    match event {
        Ok(event) => {
            let first = of_plan(name, &event, &pipeline.plan(&event));
            repeated(pipeline, &event, first, repeat)
        }
        Err(error) if error.is_no_fault() => vec![without_event(name.into(), SKIP, error.to_string())],
        Err(error) => vec![unreadable(name.into(), error.to_string())],
    }
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
    without_event(input, UNREADABLE, reason)
}

fn without_event(input: String, outcome: &str, reason: String) -> ReplayReport {
    let decision = DecisionLine {
        input,
        event: None,
        plugin: None,
        outcome: outcome.into(),
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

/// What a table of reports shows.
pub(super) const HEADER: [&str; 5] = ["Input", "Event", "Outcome", "Resources", "Tags or reason"];

/// What a table shows that says which event it was.
pub(in crate::commands) const EXPLAINED_HEADER: [&str; 5] =
    ["Where", "Event", "Outcome", "Resources", "Tags or reason"];

/// The fields of a report in a spreadsheet.
const CSV_HEADER: [&str; 12] = [
    "input",
    "event_id",
    "source",
    "event_name",
    "account",
    "region",
    "time",
    "plugin",
    "outcome",
    "reason",
    "resources",
    "tags",
];

pub(super) fn csv_header() -> anyhow::Result<String> {
    csv(&CSV_HEADER.map(ToOwned::to_owned))
}

fn csv(fields: &[String]) -> anyhow::Result<String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    // Control characters would steer the terminal that shows it.
    writer.write_record(fields.iter().map(|field| sanitize(field)))?;
    let line = String::from_utf8(writer.into_inner()?)?;
    Ok(line.trim_end_matches('\n').to_owned())
}

impl ReplayReport {
    pub(super) fn outcome(&self) -> &str {
        &self.decision.outcome
    }

    /// As a row of a table that says which event it was: where and when it happened, and its id.
    pub(in crate::commands) fn explained_row(&self) -> Vec<Cell> {
        let mut row = self.row();
        if let (Some(cell), Some(event)) = (row.first_mut(), &self.decision.event) {
            let EventSummary { id, account, region, time, .. } = event;
            *cell = Cell::of_parts([&self.decision.input, time, account, region, id].map(Clone::clone));
        }
        row
    }

    /// As a row of a table.
    pub(super) fn row(&self) -> Vec<Cell> {
        let decision = &self.decision;
        // If all is withheld, the verdict of each resource says why.
        let reason = decision.reason.clone().filter(|_| !is_withheld(decision));
        let said = tags(&decision.taggings).into_iter().chain(reasons(&decision.taggings)).chain(reason);
        let name = decision.event.as_ref().map(|event| event.name.as_ref().unwrap_or(&event.source).clone());
        vec![
            Cell::new(&*decision.input),
            Cell::of_parts(name.or_else(|| Some("-".into())).into_iter().chain(decision.plugin.clone())),
            outcome(&decision.outcome),
            Cell::of_parts(resources(&decision.taggings)),
            Cell::of_parts(said),
        ]
    }

    /// As a line of a spreadsheet.
    pub(super) fn csv(&self) -> anyhow::Result<String> {
        let DecisionLine { input, event, plugin, outcome, reason, taggings } = &self.decision;
        let of = |field: fn(&EventSummary) -> &str| event.as_ref().map(field).unwrap_or_default().to_owned();
        let ids = taggings.iter().flat_map(|tagging| &tagging.claims).map(|claim| claim.resource.to_string());
        csv(&[
            input.clone(),
            of(|event| &event.id),
            of(|event| &event.source),
            of(|event| event.name.as_deref().unwrap_or_default()),
            of(|event| &event.account),
            of(|event| &event.region),
            of(|event| &event.time),
            plugin.clone().unwrap_or_default(),
            outcome.clone(),
            reason.clone().unwrap_or_default(),
            ids.collect::<Vec<_>>().join(" "),
            tags(taggings).join("; "),
        ])
    }
}

fn outcome(name: &str) -> Cell {
    let cell = Cell::new(name).bold();
    match name {
        "tag" => cell.colour(Color::Green),
        "withheld" => cell.colour(Color::Yellow),
        "skip" => cell.colour(Color::DarkGrey),
        _ => cell.colour(Color::Red),
    }
}

fn resources(taggings: &[Tagging]) -> Vec<String> {
    let mut resources = Vec::new();
    for tagging in taggings {
        let verdict = |claim: &Claim| format!("{} ({})", claim.resource, claim.verdict.name());
        resources.extend(tagging.claims.iter().map(verdict));
        for related in tagging.related.iter().filter(|related| **related != Related::Parent) {
            let name = serde_json::to_value(related).ok();
            resources.push(format!("+ {}", name.as_ref().and_then(|name| name.as_str()).unwrap_or_default()));
        }
    }
    resources
}

fn tags(taggings: &[Tagging]) -> Vec<String> {
    let of = |tagging: &Tagging| {
        let inherits = tagging.related.contains(&Related::Parent);
        let or_else = if inherits { ", or what the parent has" } else { "" };
        tagging.tags.iter().map(move |(key, value)| format!("{key} = {value}{or_else}")).collect::<Vec<_>>()
    };
    taggings.iter().flat_map(of).collect()
}

fn is_withheld(decision: &DecisionLine) -> bool {
    decision.taggings.iter().flat_map(|tagging| &tagging.claims).count() > 0
        && !decision.taggings.iter().any(Tagging::is_for_something)
}

/// The reasons of the verdicts, each once: in a launch with many instances they are mostly the same.
fn reasons(taggings: &[Tagging]) -> Vec<String> {
    let claims = taggings.iter().flat_map(|tagging| &tagging.claims);
    let mut reasons: Vec<String> = Vec::new();
    for Claim { verdict, .. } in claims {
        let reason = format!("{}: {verdict}", verdict.name());
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
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
