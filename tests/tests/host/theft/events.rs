//! The principals, and the events of what they do.

use std::time::{Duration, SystemTime};

use autotag_tests::events::iso_8601;
use serde_json::{Value, json};

/// The Region of the events, which is not the queue's.
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ACCOUNT: &str = "111122223333";

/// The creator of a resource.
pub(crate) const ALICE: &str = "alice";
/// The attacker.
pub(crate) const EVE: &str = "eve";

/// A principal's id; `None` for a service, which no principal can be.
pub(crate) fn principal_of(name: &str) -> Option<String> {
    (!name.contains('.')).then(|| format!("AIDA{}", name.to_uppercase()))
}

/// The time this long ago, in whole seconds, as records have it.
pub(crate) fn ago(seconds: u64) -> SystemTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    SystemTime::UNIX_EPOCH + Duration::from_secs(now - seconds)
}

/// A time as EC2 writes it in answers.
pub(crate) fn millis(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A principal's API call to a service, as EventBridge delivers it.
pub(crate) fn call(who: &str, service: &str, name: &str, at: SystemTime, request: Value, response: Value) -> Value {
    let time = iso_8601(at);
    json!({
        "version": "0",
        "id": "",
        "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"),
        "account": ACCOUNT,
        "time": time,
        "region": REGION,
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": principal_of(who),
                "arn": format!("arn:aws:iam::{ACCOUNT}:user/{who}"),
                "accountId": ACCOUNT,
                "userName": who,
            },
            "eventTime": time,
            "eventSource": format!("{service}.amazonaws.com"),
            "eventName": name,
            "awsRegion": REGION,
            "requestParameters": request,
            "responseElements": response,
            "eventID": "e",
            "eventType": "AwsApiCall",
            "recipientAccountId": ACCOUNT,
        },
    })
}

/// A principal's API call to EC2.
pub(crate) fn ec2(who: &str, name: &str, at: SystemTime, request: Value, response: Value) -> Value {
    call(who, "ec2", name, at, request, response)
}

/// The same API call, by a service on its own behalf.
pub(crate) fn by_service(mut event: Value, service: &str) -> Value {
    let name = service.split('.').next().unwrap();
    event["detail"]["userIdentity"] = json!({
        "type": "AssumedRole",
        "principalId": format!("AROASERVICE:{name}"),
        "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleFor{name}/{name}"),
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {
            "type": "Role",
            "arn": format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/AWSServiceRoleFor{name}"),
            "userName": format!("AWSServiceRoleFor{name}"),
        }},
        "invokedBy": service,
    });
    event
}

/// The answer of a launch of one instance with one interface, which is deleted with it.
pub(crate) fn launched(instance: &str, interface: &str, at: SystemTime) -> Value {
    json!({"reservationId": "r-1", "instancesSet": {"items": [{
        "instanceId": instance,
        "launchTime": millis(at),
        "instanceState": {"code": 0, "name": "pending"},
        "networkInterfaceSet": {"items": [{
            "networkInterfaceId": interface,
            "attachment": {"deviceIndex": 0, "attachTime": millis(at), "deleteOnTermination": true},
        }]},
    }]}})
}

/// The request of a launch with a client token.
pub(crate) fn with_token(token: &str) -> Value {
    json!({"instancesSet": {"items": [{"minCount": 1, "maxCount": 1}]}, "clientToken": token})
}

/// The request of a launch from a template, without a client token.
pub(crate) fn with_template() -> Value {
    json!({"launchTemplate": {"launchTemplateId": "lt-0123456789abcdef0", "version": "1"}})
}

/// An id that no other case has: each module has its own range of numbers.
pub(crate) fn id(prefix: &str, number: u32) -> String {
    format!("{prefix}-{number:017x}")
}
