//! The actions that read trails.

use serde_json::{Value, json};

use super::super::page::cut;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::sqs::params::Params;
use super::super::world::World;
use super::find::{Shown, find, shown};
use super::model::{EventSelector, Selectors};

/// A trail that is not shown here is not in the answer, even if the request names it. That is no error.
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

/// The latest record comes first.
pub(super) fn lookup_events(world: &World, request: &Request, params: &Params) -> Result<Value, ApiError> {
    params.allow(&["LookupAttributes", "MaxResults", "NextToken"])?;
    let most = params.number("MaxResults", 1, 50)?.unwrap_or(50);
    let attributes = params.objects("LookupAttributes")?;
    let attributes = attributes
        .iter()
        .map(|attribute| Ok((attribute.required_text("AttributeKey")?, attribute.required_text("AttributeValue")?)))
        .collect::<Result<Vec<_>, ApiError>>()?;
    if attributes.iter().any(|(key, _)| !["EventName", "ResourceName"].contains(key)) || attributes.len() > 1 {
        let message = "The fake AWS looks events up by one EventName or one ResourceName alone";
        return Err(ApiError::new(400, "InvalidLookupAttributesException", message.to_owned()));
    }
    let is_asked = |event: &Value| {
        attributes.iter().all(|(key, value)| match *key {
            "EventName" => event["eventName"] == *value,
            // CloudTrail lists what the response names.
            _ => event["responseElements"].to_string().contains(&Value::from(*value).to_string()),
        })
    };
    let here = world.regions_of(&request.account).find(|(name, _)| *name == request.region);
    let events = here.map(|(_, region)| region.history.as_slice()).unwrap_or_default();
    // By this sort key, a page stays the same when further records come.
    let keyed = events.iter().enumerate().map(|(index, event)| (format!("{:020}", usize::MAX - index), event));
    let asked = keyed.rev().filter(|(_, event)| is_asked(event)).collect();
    let page = cut(asked, params.text("NextToken")?, usize::try_from(most).ok())
        .map_err(|error| ApiError { code: "InvalidNextTokenException".to_owned(), ..error })?;
    let shown =
        |(_, event): (_, &Value)| json!({ "EventName": event["eventName"], "CloudTrailEvent": event.to_string() });
    let events: Vec<_> = page.items.into_iter().map(shown).collect();
    Ok(json!({ "Events": events, "NextToken": page.next_token }))
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
