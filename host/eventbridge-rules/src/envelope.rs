//! Sample events, in the form in which EventBridge delivers API calls.

use autotag_core::AccountRegion;
use autotag_core::resource::partition_of;
use serde_json::{Map, Value, json};

/// The field of the envelope that only events replayed from an archive have.
pub(crate) const REPLAY_NAME: &str = "replay-name";

/// The values of a sample event's fields, by path. `None`: the field is absent.
pub(crate) type SampleFields<'a> = [(&'a [String], Option<Value>)];

/// The service, where no field names one.
const ANY_SERVICE: &str = "any-service";
/// The event name, where the pattern has none.
const ANY_CALL: &str = "AnyCall";
/// The detail type of the API calls that CloudTrail delivers to EventBridge.
const API_CALL: &str = "AWS API Call via CloudTrail";

/// An event with these fields, and with all others that the event of an API call has. If either its source or its
/// record's source is left open, both are of one service.
pub(crate) fn event(origin: &AccountRegion, fields: &SampleFields<'_>) -> Value {
    let said = |wanted: &[&str]| {
        let found = fields.iter().find(|(path, _)| path.iter().eq(wanted));
        found.and_then(|(_, value)| value.as_ref()?.as_str())
    };
    let service = match (said(&["source"]), said(&["detail", "eventSource"])) {
        (Some(source), _) => source.strip_prefix("aws.").unwrap_or(source),
        (None, Some(event_source)) => service_of(event_source),
        (None, None) => ANY_SERVICE,
    };
    let is_call = said(&["detail-type"]).is_none_or(|detail_type| detail_type.ends_with("via CloudTrail"));
    let mut event = json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": API_CALL,
        "source": format!("aws.{service}"),
        "account": origin.account,
        "time": "2026-01-01T00:00:00Z",
        "region": origin.region,
        "resources": [],
        "detail": if is_call { record(origin, service) } else { json!({}) },
    });
    for (path, value) in fields {
        set(&mut event, path, value.clone());
    }
    event
}

/// A service's name in sources: `ec2` for `ec2.amazonaws.com`.
pub(crate) fn service_of(event_source: &str) -> &str {
    event_source.split('.').next().unwrap_or(event_source)
}

/// What CloudTrail records of any API call that succeeded.
fn record(origin: &AccountRegion, service: &str) -> Value {
    let AccountRegion { account, region } = origin;
    let partition = partition_of(region);
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEEXAMPLE000",
            "arn": format!("arn:{partition}:iam::{account}:user/example"),
            "accountId": account,
            "userName": "example",
        },
        "eventTime": "2026-01-01T00:00:00Z",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": ANY_CALL,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "example",
        "requestParameters": {},
        "responseElements": {},
        "eventID": "00000000-0000-4000-8000-000000000000",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
    })
}

/// Sets a field, or removes it. Where the event has a list, the value becomes its only element.
fn set(event: &mut Value, path: &[String], value: Option<Value>) {
    let Some((last, above)) = path.split_last() else { return };
    let mut object = event;
    for key in above {
        if !object.is_object() {
            *object = json!({});
        }
        let Value::Object(fields) = object else { return };
        object = fields.entry(key.as_str()).or_insert_with(|| Value::Object(Map::new()));
    }
    if !object.is_object() {
        *object = json!({});
    }
    let Value::Object(fields) = object else { return };
    match value {
        None => drop(fields.remove(last)),
        Some(value) if fields.get(last).is_some_and(Value::is_array) => {
            fields.insert(last.clone(), json!([value]));
        }
        Some(value) => drop(fields.insert(last.clone(), value)),
    }
}
