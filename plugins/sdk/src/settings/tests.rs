use super::*;
use crate::testing::api_call;

const RECORD: &str = r#"{"eventName": "RunInstances", "eventTime": "2026-01-31T12:00:00Z", "awsRegion": "eu-central-1",
    "recipientAccountId": "111122223333", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.17",
    "userIdentity": {"type": "AssumedRole", "principalId": "AROAROLE:bob", "invokedBy": "cloudformation.amazonaws.com",
        "arn": "arn:aws:sts::111122223333:assumed-role/Admin/bob",
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "Admin"}}}}"#;

fn settings(json: &str) -> Result<Settings, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// The tags that bob's launch gets.
fn tags(json: &str, record: &str) -> Result<Vec<(String, String)>, Failure> {
    let settings = settings(json).unwrap();
    let event = api_call("aws.ec2", record);
    let record = CloudTrailRecord::parse(&event.detail)?;
    let creator = settings.creator(&event, &record)?;
    Ok(settings.tags(&event, &record, &creator).into_iter().map(|tag| (tag.key, tag.value)).collect())
}

#[track_caller]
fn assert_tags(json: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    assert_eq!(tags(json, RECORD).unwrap(), expected);
}

#[track_caller]
fn assert_refused(json: &str, words: &str) {
    let error = settings(json).unwrap_err();
    assert!(error.contains(words), "{error}");
}

#[test]
fn without_settings_the_creator_is_named() {
    assert_tags("{}", &[("Owner", "bob"), ("PrincipalId", "AROAROLE:bob")]);
}

#[test]
fn both_keys_can_be_renamed() {
    let renamed = r#"{"owner_key": "CreatedBy", "principal_id_key": "CreatorId"}"#;
    assert_tags(renamed, &[("CreatedBy", "bob"), ("CreatorId", "AROAROLE:bob")]);
    assert_eq!(settings(renamed).unwrap().tag_keys(), ["CreatedBy", "CreatorId"]);
}

#[test]
fn a_creator_without_principal_id_gets_no_such_tag() {
    let record = r#"{"eventName": "X", "userIdentity": {"invokedBy": "ec2fleet.amazonaws.com"}}"#;
    assert_eq!(tags("{}", record).unwrap(), [("Owner".into(), "ec2fleet.amazonaws.com".into())]);
}

#[test]
fn a_service_that_acts_for_itself_gets_no_principal_id_but_where_it_inherits_one() {
    for (session, invoked_by) in
        [("AutoScaling", "autoscaling.amazonaws.com"), ("AWSCloudFormation", "cloudformation.amazonaws.com")]
    {
        let record = format!(
            r#"{{"eventName": "X", "userIdentity": {{"type": "AssumedRole", "principalId": "AROAROLE:{session}",
                "invokedBy": "{invoked_by}"}}}}"#
        );
        assert_eq!(tags("{}", &record).unwrap(), [("Owner".into(), invoked_by.into())]);
        let renamed = r#"{"owner_key": "By", "principal_id_key": "Id", "tags": {"Call": "{event_name}"}}"#;
        let expected = [("By".to_owned(), invoked_by.to_owned()), ("Call".into(), "X".into())];
        assert_eq!(tags(renamed, &record).unwrap(), expected);

        let event = api_call("aws.ec2", &record);
        let record = CloudTrailRecord::parse(&event.detail).unwrap();
        let settings = settings(renamed).unwrap();
        let creator = settings.creator(&event, &record).unwrap();
        let keys: Vec<_> = settings.inheritable_tags(&creator).into_iter().map(|tag| tag.key).collect();
        assert_eq!(keys, ["By", "Id"]);
        assert_eq!(settings.creator_tags(&creator).len(), 1);
    }
}

#[test]
fn further_tags_take_their_values_from_every_fact() {
    assert_tags(
        r#"{"tags": {
            "At": "{event_time}", "By": "{event_name} by {invoked_by}", "From": "{source_ip} with {user_agent}",
            "Role": "{role_name}", "Where": "{account}/{region}", "Team": "platform", "Braces": "{{{region}}}", "Empty": ""}}"#,
        &[
            ("Owner", "bob"),
            ("PrincipalId", "AROAROLE:bob"),
            ("At", "2026-01-31T12:00:00Z"),
            ("Braces", "{eu-central-1}"),
            ("By", "RunInstances by cloudformation.amazonaws.com"),
            ("Empty", ""),
            ("From", "203.0.113.7 with aws-cli/2.17"),
            ("Role", "Admin"),
            ("Team", "platform"),
            ("Where", "111122223333/eu-central-1"),
        ],
    );
}

#[test]
fn a_tag_that_takes_what_the_event_does_not_say_is_left_out() {
    let record = r#"{"eventName": "X", "userAgent": null, "sourceIPAddress": 7, "userIdentity": {"userName": "bob"}}"#;
    let json =
        r#"{"tags": {"A": "with {user_agent}", "B": "from {source_ip}", "C": "{role_name}", "D": "{event_name}"}}"#;
    assert_eq!(tags(json, record).unwrap(), [("Owner".into(), "bob".into()), ("D".into(), "X".into())]);
}

#[test]
fn wrong_templates_and_keys_are_refused_when_the_settings_are_read() {
    assert_refused(
        r#"{"tags": {"A": "{event_tim}"}}"#,
        "there is no {event_tim}; there are {event_time}, {event_name}",
    );
    for alone in ["{event_time", "a } b", "{"] {
        assert_refused(&format!(r#"{{"tags": {{"A": "{alone}"}}}}"#), "a brace that stands alone");
    }
    assert_refused(r#"{"tags": {"Owner": "x"}}"#, "`tags.Owner` is the key that `owner_key` names");
    assert_refused(r#"{"owner_key": "A", "principal_id_key": "A"}"#, "both `A`");
    assert_refused(r#"{"tags": {"A": 7}}"#, "invalid type: integer `7`, expected a string");
    assert_refused(r#"{"ownerkey": "x"}"#, "unknown field `ownerkey`, expected one of `owner_key`");
}

#[test]
fn skip_leaves_out_users_roles_and_services_by_exact_name_or_glob() {
    for (skip, words) in [
        (r#"{"users": ["eve", "b?b"]}"#, "the settings leave out the user bob (`skip`)"),
        (r#"{"roles": ["Adm*"]}"#, "the settings leave out the role Admin (`skip`)"),
        (
            r#"{"services": ["*.amazonaws.com"]}"#,
            "the settings leave out the service cloudformation.amazonaws.com (`skip`)",
        ),
    ] {
        assert_eq!(tags(&format!(r#"{{"skip": {skip}}}"#), RECORD), Err(Failure::Skip(words.into())));
    }
    assert!(tags(r#"{"skip": {"users": ["bo"], "roles": ["bob"], "services": ["Admin"]}}"#, RECORD).is_ok());
}

#[test]
fn only_takes_no_other() {
    assert!(tags(r#"{"only": {"users": ["bob"]}}"#, RECORD).is_ok());
    assert!(tags(r#"{"only": {"users": ["eve"], "roles": ["Admin"]}}"#, RECORD).is_ok());
    let words =
        "`only` in the settings does not name the user bob, the role Admin, the service cloudformation.amazonaws.com";
    assert_eq!(tags(r#"{"only": {"users": ["eve"]}}"#, RECORD), Err(Failure::Skip(words.into())));
    // `only` brings back no creator that `skip` leaves out.
    assert!(tags(r#"{"only": {"users": ["bob"]}, "skip": {"roles": ["*"]}}"#, RECORD).is_err());
}

#[test]
fn a_service_that_acts_for_itself_is_no_user() {
    let record =
        r#"{"eventName": "X", "userIdentity": {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}}"#;
    assert!(tags(r#"{"skip": {"users": ["*"], "roles": ["*"]}}"#, record).is_ok());
    let words = "the settings leave out the service autoscaling.amazonaws.com (`skip`)";
    let skipped = tags(r#"{"skip": {"services": ["autoscaling.*"]}}"#, record);
    assert_eq!(skipped, Err(Failure::Skip(words.into())));
}

#[test]
fn filters_that_name_no_principal_are_refused() {
    assert_refused(r#"{"only": {}}"#, "`only` names no principal");
    assert_refused(r#"{"skip": {"users": [""]}}"#, "an empty name names no principal");
    assert_refused(
        r#"{"skip": {"user": ["bob"]}}"#,
        "unknown field `user`, expected one of `users`, `roles`, `services`",
    );
}
