//! What the events at hand tell of a resource.

use autotag_core::event::Event;
use autotag_core::ownership::Claim;
use autotag_core::resource::Arn;
use autotag_sandbox::pipeline::Pipeline;
use serde_json::Value;

use crate::commands::inputs::Input;
use crate::commands::replay::report::{ReplayReport, each_event, of_decoded};

/// What is known of a resource from some inputs.
#[derive(Debug, Default)]
pub(super) struct Explanation {
    /// The events that the resource is claimed to come from, or that name it and come to nothing.
    pub(super) reports: Vec<ReplayReport>,
    /// How many events name it and created something else.
    pub(super) others: u64,
    /// What could not be read, and why.
    pub(super) unreadable: Vec<String>,
}

impl Explanation {
    /// Adds what the events of an input tell.
    pub(super) fn add(&mut self, pipeline: &Pipeline, input: &Input, resource: &str) -> anyhow::Result<()> {
        let read = each_event(input, |name, event| {
            match event {
                Ok(event) if !names(&event, resource) || !event.may_have_created() => {}
                Ok(event) => {
                    let reports = of_decoded(pipeline, &name, Ok(event), 1).into_iter();
                    let (of_it, others): (Vec<_>, Vec<_>) = reports.partition(|report| may_be_of(report, resource));
                    self.reports.extend(of_it);
                    self.others += others.len() as u64;
                }
                Err(error) if error.is_no_fault() => {}
                Err(error) => self.unreadable.push(format!("{name}: {error}")),
            }
            Ok(())
        })?;
        if let Err(error) = read {
            self.unreadable.push(format!("{}: {error}", input.name));
        }
        Ok(())
    }
}

/// Whether the record has the resource as a value, or at the end of an ARN; of an ARN, its last part is enough.
fn names(event: &Event, resource: &str) -> bool {
    let name = Arn::parse(resource).map_or(resource, |arn| arn.name());
    let quoted = Value::from(name).to_string();
    let end = quoted.get(1..).unwrap_or_default();
    ["\"", ":", "/"].iter().any(|before| event.detail().contains(&format!("{before}{end}")))
}

/// Whether the event may have created the resource: it is claimed to have, or nothing is claimed.
fn may_be_of(report: &ReplayReport, resource: &str) -> bool {
    let is_it = |claim: &Claim| {
        let claimed = claim.resource.as_str();
        match (Arn::parse(resource), Arn::parse(claimed)) {
            (Some(arn), None) => arn.name() == claimed,
            (None, Some(claimed)) => resource == claimed.name(),
            _ => resource == claimed,
        }
    };
    let mut claims = report.claims().peekable();
    claims.peek().is_none() || claims.any(is_it)
}
