//! Whether a trail of CloudTrail logs the calls of this Region: EventBridge gets API calls from nowhere else.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector, ReadWriteType, Trail};

use super::finding::{Check, Findings};
use super::patient::Patient;
use crate::tagger::Failure;

/// What of a trail keeps calls from EventBridge.
enum Problem {
    /// It does, as far as it can be seen.
    Logs(String, &'static str),
    /// It cannot be seen.
    Unseen(Failure, &'static str),
}

/// Looks for one trail that logs what is to be tagged.
pub(super) async fn examine(patient: &Patient<'_>, findings: &mut Findings) {
    let region = &patient.region;
    let client = Client::new(&patient.sdk);
    let trails = match client.describe_trails().include_shadow_trails(true).send().await {
        Ok(answer) => answer.trail_list.unwrap_or_default(),
        Err(error) => {
            return findings.unseen(Check::Trail, &Failure::of("DescribeTrails", error), "cloudtrail:DescribeTrails");
        }
    };
    if trails.is_empty() {
        let says = format!("no trail logs in {region}, so that EventBridge gets no API calls");
        let fix = "Make a trail for management events, best for all Regions: aws cloudtrail create-trail --is-multi-region-trail, then \
                   aws cloudtrail start-logging.";
        return findings.wrong(Check::Trail, says, fix);
    }
    let mut problems = Vec::new();
    for trail in &trails {
        match problem_of(&client, trail).await {
            None => {
                let says = format!("the trail {} logs management events in {region}", name(trail));
                return findings.ok(Check::Trail, says);
            }
            Some(problem) => problems.push(problem),
        }
    }
    let unseen = problems.iter().find_map(|problem| match problem {
        Problem::Unseen(failure, action) => Some((failure, action)),
        Problem::Logs(..) => None,
    });
    if let Some((failure, action)) = unseen {
        return findings.unseen(Check::Trail, failure, action);
    }
    let logs = problems.iter().filter_map(|problem| match problem {
        Problem::Logs(says, fix) => Some((says.as_str(), *fix)),
        Problem::Unseen(..) => None,
    });
    let (says, fixes): (Vec<&str>, Vec<&str>) = logs.unzip();
    let fix = fixes.first().copied().unwrap_or_default();
    findings.wrong(Check::Trail, format!("{}: EventBridge gets no API calls", says.join("; ")), fix);
}

async fn problem_of(client: &Client, trail: &Trail) -> Option<Problem> {
    // Only by its ARN is a trail of another home Region found.
    let arn = trail.trail_arn().unwrap_or_default();
    match client.get_trail_status().name(arn).send().await {
        Err(error) => {
            return Some(Problem::Unseen(Failure::of("GetTrailStatus", error), "cloudtrail:GetTrailStatus"));
        }
        Ok(status) if status.is_logging() != Some(true) => {
            let says = format!("the trail {} does not log", name(trail));
            return Some(Problem::Logs(
                says,
                "Start it: aws cloudtrail start-logging --name TRAIL, in its home Region.",
            ));
        }
        Ok(_) => {}
    }
    match client.get_event_selectors().trail_name(arn).send().await {
        Err(error) => Some(Problem::Unseen(Failure::of("GetEventSelectors", error), "cloudtrail:GetEventSelectors")),
        Ok(selectors) if !selects_calls(&selectors) => {
            let says = format!("the trail {} leaves out management events that write", name(trail));
            let fix = "Let it log them: aws cloudtrail put-event-selectors, with ReadWriteType All or WriteOnly and \
                       IncludeManagementEvents true.";
            Some(Problem::Logs(says, fix))
        }
        Ok(_) => None,
    }
}

fn name(trail: &Trail) -> &str {
    trail.name().unwrap_or_default()
}

/// Whether calls that create something are among what a trail logs.
fn selects_calls(selectors: &GetEventSelectorsOutput) -> bool {
    selectors.event_selectors().iter().any(basic_selects)
        || selectors.advanced_event_selectors().iter().any(advanced_selects)
}

fn basic_selects(selector: &EventSelector) -> bool {
    // What is left unsaid is CloudTrail's default: all management events.
    let writes = selector.read_write_type().is_none_or(|kind| *kind != ReadWriteType::ReadOnly);
    writes && selector.include_management_events() != Some(false)
}

fn advanced_selects(selector: &AdvancedEventSelector) -> bool {
    let fields = selector.field_selectors();
    let of = |name: &str| fields.iter().find(|field| field.field() == name);
    let is_management =
        of("eventCategory").is_some_and(|field| field.equals().iter().any(|value| value == "Management"));
    let is_read_only = of("readOnly").is_some_and(|field| field.equals().iter().any(|value| value == "true"));
    is_management && !is_read_only
}
