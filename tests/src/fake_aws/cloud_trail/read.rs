//! The calls that tell of trails.

use serde_json::{Value, json};

use super::super::call::Request;
use super::super::reply::ApiError;
use super::super::sqs::params::Params;
use super::super::world::World;
use super::find::{Shown, find, shown};
use super::model::{EventSelector, Selectors};

/// Trails that are not shown here are not in the answer, even if they are asked for, which is no error.
pub(super) fn describe_trails(world: &World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["trailNameList", "includeShadowTrails"])?;
    let (asked, with_shadows) = (params.texts("trailNameList")?, params.flag("includeShadowTrails")?.unwrap_or(true));
    let chosen = shown(world, request).into_iter().filter(|shown| match asked.as_slice() {
        [] => with_shadows || shown.home == request.region,
        names => names.iter().any(|name| shown.is_called(name, request)),
    });
    Ok(json!({ "trailList": chosen.map(|shown| describe(&shown)).collect::<Vec<_>>() }))
}

pub(super) fn get_trail_status(world: &World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["Name"])?;
    let Shown { trail, .. } = find(world, request, params.required_text("Name")?)?;
    let mut status = json!({ "IsLogging": trail.is_logging });
    if let Some(error) = &trail.latest_delivery_error {
        status["LatestDeliveryError"] = json!(error);
    }
    Ok(status)
}

pub(super) fn get_event_selectors(world: &World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["TrailName"])?;
    let Shown { trail, arn, .. } = find(world, request, params.required_text("TrailName")?)?;
    Ok(match &trail.selectors {
        Selectors::Basic(selectors) => {
            let selectors: Vec<Value> = selectors.iter().map(|selector| selector.describe()).collect();
            json!({ "TrailARN": arn, "EventSelectors": selectors })
        }
        Selectors::Advanced(selectors) => json!({ "TrailARN": arn, "AdvancedEventSelectors": selectors }),
    })
}

fn describe(shown: &Shown) -> Value {
    let Shown { trail, home, arn } = shown;
    json!({
        "Name": trail.name,
        "TrailARN": arn,
        "HomeRegion": home,
        "IsMultiRegionTrail": trail.multi_region,
        "IsOrganizationTrail": trail.organization,
        "S3BucketName": format!("{}-logs", trail.name),
        "IncludeGlobalServiceEvents": trail.multi_region,
        "LogFileValidationEnabled": true,
        "HasCustomEventSelectors": trail.selectors != Selectors::Basic(vec![EventSelector::all()]),
        "HasInsightSelectors": false,
    })
}
