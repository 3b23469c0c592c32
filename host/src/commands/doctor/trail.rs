//! Whether a trail of CloudTrail logs the API calls of this Region: EventBridge gets them from nowhere else.

use autotag_aws::tagger::AwsError;
use autotag_core::resource::Arn;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector, ReadWriteType, Trail};

use super::credentials::CallerIdentity;
use super::deployment::Deployment;
use super::finding::{Check, Findings};

/// Whether a trail logs the API calls that the host needs.
enum TrailState {
    Logging,
    /// Why it does not, and what to do.
    NotLogging {
        says: String,
        fix: String,
    },
    /// It is the organization's, and only this account can see whether it logs.
    OfAccount(String),
    /// It is not known: why a request failed, and the permission that it needs.
    Unknown(AwsError, &'static str),
}

/// Looks for one trail that logs the API calls that the host needs.
pub(super) async fn examine(deployment: &Deployment<'_>, identity: &CallerIdentity, findings: &mut Findings) {
    let region = &deployment.region;
    let client = Client::new(&deployment.sdk);
    let trails = match client.describe_trails().include_shadow_trails(true).send().await {
        Ok(answer) => answer.trail_list.unwrap_or_default(),
        Err(error) => {
            return findings.unseen(Check::Trail, &AwsError::of("DescribeTrails", error), "cloudtrail:DescribeTrails");
        }
    };
    if trails.is_empty() {
        let says = format!("no trail logs in {region}, so that EventBridge gets no API calls");
        let fix = "Make a trail for management events, best for all Regions: aws cloudtrail create-trail --name all-calls \
                   --s3-bucket-name BUCKET --is-multi-region-trail && aws cloudtrail start-logging --name all-calls";
        return findings.wrong(Check::Trail, says, fix);
    }
    let mut not_logging = Vec::new();
    let mut unknown = None;
    let mut of_organization = None;
    for trail in &trails {
        match state_of(&client, trail, &identity.account).await {
            TrailState::Logging => {
                let says = format!("the trail {} logs management events in {region}", name(trail));
                return findings.ok(Check::Trail, says);
            }
            TrailState::NotLogging { says, fix } => not_logging.push((says, fix)),
            TrailState::OfAccount(account) => of_organization = Some((trail, account)),
            TrailState::Unknown(failure, action) => unknown = Some((failure, action)),
        }
    }
    if let Some((trail, account)) = of_organization {
        let arn = trail.trail_arn().unwrap_or_default();
        let says = format!("the trail {arn} is the organization's: whether it logs, only {account} can see");
        let fix = format!(
            "Ask with credentials of {account}: aws cloudtrail get-trail-status --name {arn} --region {}",
            trail.home_region().unwrap_or_default()
        );
        return findings.cannot_tell(Check::Trail, says, fix);
    }
    if let Some((failure, action)) = unknown {
        return findings.unseen(Check::Trail, &failure, action);
    }
    let (says, fixes): (Vec<String>, Vec<String>) = not_logging.into_iter().unzip();
    let says = format!("{}: EventBridge gets no API calls", says.join("; "));
    findings.wrong(Check::Trail, says, fixes.into_iter().next().unwrap_or_default());
}

async fn state_of(client: &Client, trail: &Trail, own: &str) -> TrailState {
    // A trail of another home Region is found only by its ARN.
    let arn = trail.trail_arn().unwrap_or_default();
    let (name, home) = (name(trail), trail.home_region().unwrap_or_default());
    let unknown = |failure: AwsError, action| match Arn::parse(arn) {
        // AWS says of it that it does not exist.
        Some(Arn { account, .. }) if trail.is_organization_trail() == Some(true) && account != own => {
            TrailState::OfAccount(account.to_owned())
        }
        _ => TrailState::Unknown(failure, action),
    };
    match client.get_trail_status().name(arn).send().await {
        Err(error) => {
            return unknown(AwsError::of("GetTrailStatus", error), "cloudtrail:GetTrailStatus");
        }
        Ok(status) if status.is_logging() != Some(true) => {
            let fix = format!("Start it: aws cloudtrail start-logging --name {name} --region {home}");
            return TrailState::NotLogging { says: format!("the trail {name} does not log"), fix };
        }
        Ok(_) => {}
    }
    match client.get_event_selectors().trail_name(arn).send().await {
        Err(error) => unknown(AwsError::of("GetEventSelectors", error), "cloudtrail:GetEventSelectors"),
        Ok(selectors) if !selects_calls(&selectors) => {
            let fix = format!(
                "Let it log them; this replaces its selectors: aws cloudtrail put-event-selectors --trail-name {name} \
                 --region {home} --event-selectors ReadWriteType=All,IncludeManagementEvents=true"
            );
            TrailState::NotLogging { says: format!("the trail {name} leaves out management events that write"), fix }
        }
        Ok(_) => TrailState::Logging,
    }
}

fn name(trail: &Trail) -> &str {
    trail.name().unwrap_or_default()
}

/// Whether a trail logs API calls that create something.
fn selects_calls(selectors: &GetEventSelectorsOutput) -> bool {
    selectors.event_selectors().iter().any(basic_selects)
        || selectors.advanced_event_selectors().iter().any(advanced_selects)
}

fn basic_selects(selector: &EventSelector) -> bool {
    // An unset field is CloudTrail's default: all management events.
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
