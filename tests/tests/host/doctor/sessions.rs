//! The session names of those who share a role.

use autotag_fake_aws::{Fault, On};
use serde_json::{Value, json};

use super::world::World;

const ROLE: &str = "arn:aws:iam::111122223333:role/dev";

fn assume_role(principal: &str, name: &str) -> Value {
    json!({
        "eventName": "AssumeRole",
        "userIdentity": {"type": "IAMUser", "principalId": principal},
        "requestParameters": {"roleArn": ROLE, "roleSessionName": name},
    })
}

/// A world with these records, the latest last.
fn with(records: &[Value]) -> World {
    let world = World::new();
    records.iter().for_each(|record| world.aws.put_record(record.clone()));
    world
}

#[test]
fn names_of_their_own_that_stay_are_as_they_should_be() {
    let diagnosis =
        with(&[assume_role("AIDAALICE", "alice"), assume_role("AIDABOB", "bob"), assume_role("AIDAALICE", "alice")])
            .examined();
    assert_eq!(diagnosis.troubles(), []);
    diagnosis.assert_says("session-names", "ok", "2 names, none of which two share or that change", "");
    with(&[]).examined().assert_says("session-names", "ok", "shows no assumed role", "");
}

#[test]
fn a_name_that_two_share_is_wrong() {
    let world = with(&[assume_role("AIDAALICE", "dev"), assume_role("AIDAEVE", "dev")]);
    world.examined().assert_only(
        "session-names",
        "wrong",
        "AIDAALICE and AIDAEVE call themselves dev in arn:aws:iam::111122223333:role/dev",
        "Shared roles",
    );
}

#[test]
fn a_name_that_sessions_of_roles_share_may_be_one_pipelines() {
    let world = with(&[assume_role("AROATASK:1a2b", "deploy"), assume_role("AROATASK:3c4d", "deploy")]);
    world.examined().assert_only("session-names", "cannot_tell", "AROATASK:1a2b and AROATASK:3c4d", "Shared roles");
}

#[test]
fn a_name_that_changes_is_said() {
    // An account's id is not a time.
    assert_eq!(with(&[assume_role("AIDAALICE", "deploy-111122223333")]).examined().troubles(), []);
    for name in ["botocore-session-1700000000", "aws-go-sdk-1700000000123456789"] {
        let world = with(&[assume_role("AIDAALICE", name)]);
        world.examined().assert_only("session-names", "cannot_tell", name, "role_session_name");
    }
}

#[test]
fn services_and_what_is_no_such_call_say_nothing() {
    let mut by_service = assume_role("ec2.amazonaws.com", "1700000000123456789");
    by_service["userIdentity"] = json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"});
    let refused =
        json!({"eventName": "AssumeRole", "errorCode": "AccessDenied", "userIdentity": {"principalId": "AIDAEVE"}});
    let denied = {
        let mut denied = assume_role("AIDAEVE", "alice");
        denied["errorCode"] = "AccessDenied".into();
        denied
    };
    let other = json!({"eventName": "GetFederationToken", "userIdentity": {"principalId": "AIDAEVE"}});
    let diagnosis = with(&[by_service, refused, denied, other]).examined();
    assert_eq!(diagnosis.troubles(), []);
    diagnosis.assert_says("session-names", "ok", "shows no assumed role", "");
}

#[test]
fn what_may_not_be_looked_up_is_not_called_wrong() {
    let world = World::new();
    world.aws.fault(On::action("LookupEvents"), Fault::error(400, "AccessDeniedException"));
    world.examined().assert_only("session-names", "cannot_tell", "LookupEvents", "cloudtrail:LookupEvents");
}
