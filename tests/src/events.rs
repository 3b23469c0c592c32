//! Test events, in the shapes that AWS documents.

use std::time::SystemTime;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

/// A time in UTC, rounded to the millisecond: `2026-01-31T12:00:00Z`, with a fraction only if there is one:
/// `2026-01-31T12:00:00.123Z`.
#[must_use]
pub fn iso_8601(at: SystemTime) -> String {
    Timestamp::try_from(at).and_then(|at| at.round(Unit::Millisecond)).unwrap().to_string()
}

/// The second in which a time lies, as CloudTrail writes the time of an API call.
#[must_use]
pub fn event_time(at: SystemTime) -> String {
    let down = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor);
    Timestamp::try_from(at).and_then(|at| at.round(down)).unwrap().to_string()
}

/// Bob's API call to another service than EC2, as EventBridge delivers it.
#[must_use]
pub fn event_of(service: &str, name: &str, time: &str, request: Value, response: Value) -> Value {
    let mut record = call(name, time, response);
    record["eventSource"] = format!("{service}.amazonaws.com").into();
    record["requestParameters"] = request;
    let mut event = envelope(&record);
    event["source"] = format!("aws.{service}").into();
    event
}

/// Bob's launch of one instance with one interface, as a CloudTrail record.
#[must_use]
pub fn run_instances() -> Value {
    run_instances_of("i-0123456789abcdef0", "eni-0123456789abcdef0", "2026-01-31T12:00:00Z")
}

/// Bob's launch of this instance with this interface, at this time, as a CloudTrail record.
#[must_use]
pub fn run_instances_of(instance: &str, interface: &str, time: &str) -> Value {
    json!({
        "eventVersion": "1.08",
        "userIdentity": bob(),
        "eventTime": time,
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": {
            "instancesSet": {"items": [{"imageId": "ami-0aaaaaaaaaaaaaaaa", "minCount": 1, "maxCount": 1}]},
            "subnetId": "subnet-0bbbbbbbbbbbbbbbb",
        },
        "responseElements": {
            "requestId": "7a6f0e3c-0000-4000-8000-000000000001",
            "reservationId": "r-0cccccccccccccccc",
            "ownerId": "111122223333",
            "groupSet": {},
            "instancesSet": {"items": [{
                "instanceId": instance,
                "imageId": "ami-0aaaaaaaaaaaaaaaa",
                "instanceState": {"code": 0, "name": "pending"},
                "subnetId": "subnet-0bbbbbbbbbbbbbbbb",
                "vpcId": "vpc-0dddddddddddddddd",
                "blockDeviceMapping": {},
                "networkInterfaceSet": {"items": [{
                    "networkInterfaceId": interface,
                    "attachment": {"attachmentId": "eni-attach-0eeeeeeeeeeeeeeee", "deviceIndex": 0},
                }]},
            }]},
        },
        "requestID": "7a6f0e3c-0000-4000-8000-000000000001",
        "eventID": format!("event-of-{instance}"),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    })
}

/// Bob's API call with this answer, as a CloudTrail record.
#[must_use]
pub fn call(name: &str, time: &str, response: Value) -> Value {
    json!({
        "userIdentity": bob(),
        "eventTime": time,
        "eventSource": "ec2.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-central-1",
        "requestParameters": {},
        "responseElements": response,
        "eventID": format!("event-of-{name}"),
        "eventType": "AwsApiCall",
        "recipientAccountId": "111122223333",
    })
}

fn bob() -> Value {
    json!({
        "type": "IAMUser",
        "principalId": "AIDABOBBOBBOBBOBBOBBO",
        "arn": "arn:aws:iam::111122223333:user/bob",
        "accountId": "111122223333",
        "accessKeyId": "AKIAEXAMPLE",
        "userName": "bob",
    })
}

/// The same event in another account and Region, in the envelope and the record.
#[must_use]
pub fn moved(mut event: Value, account: &str, region: &str) -> Value {
    event["account"] = account.into();
    event["region"] = region.into();
    event["detail"]["recipientAccountId"] = account.into();
    event["detail"]["awsRegion"] = region.into();
    event
}

/// The envelope that EventBridge puts around a record.
#[must_use]
pub fn envelope(record: &Value) -> Value {
    json!({
        "version": "0",
        "id": "0d079340-135a-c8c6-95c2-41fb8f496c53",
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.ec2",
        "account": "111122223333",
        "time": record["eventTime"],
        "region": "eu-central-1",
        "resources": [],
        "detail": record,
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_time_is_cut_to_its_second_and_one_on_the_second_stays_as_it_is() {
        for millis in [5_000, 5_001, 5_999] {
            assert_eq!(event_time(UNIX_EPOCH + Duration::from_millis(millis)), "1970-01-01T00:00:05Z", "{millis}");
        }
    }
}
