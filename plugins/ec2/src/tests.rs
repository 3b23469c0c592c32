use autotag_api_calls::ec2::CALLS;
use autotag_plugin_sdk::testing::api_call;
use autotag_plugin_sdk::{Failure, Plugin, Related, Settings, Tagging};

use crate::{Ec2, Ec2Settings};

const BOB: &str = r#"{"type": "IAMUser", "principalId": "AIDABOB", "userName": "bob"}"#;

const AUTO_SCALING: &str = r#"{"type": "AssumedRole", "principalId": "AROAROLE:AutoScaling",
    "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
    "invokedBy": "autoscaling.amazonaws.com"}"#;

const LAUNCH: &str = r#"{"instancesSet": {"items": [{"instanceId": "i-1"}]}}"#;

fn taggings(
    name: &str,
    identity: &str,
    request: &str,
    response: &str,
    settings: &str,
) -> Result<Vec<Tagging>, Failure> {
    let detail = format!(
        r#"{{"eventSource": "ec2.amazonaws.com", "eventName": "{name}", "userIdentity": {identity},
            "requestParameters": {request}, "responseElements": {response}}}"#
    );
    Ec2::extract(&api_call("aws.ec2", &detail), &serde_json::from_str(settings).unwrap())
}

fn extract(name: &str, request: &str, response: &str) -> Result<Tagging, Failure> {
    let mut taggings = taggings(name, BOB, request, response, "{}")?;
    assert_eq!(taggings.len(), 1);
    Ok(taggings.remove(0))
}

fn tags(tagging: &Tagging) -> Vec<(&str, &str)> {
    tagging.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect()
}

#[track_caller]
fn assert_malformed(name: &str, response: &str, reason: &str) {
    match extract(name, "null", response) {
        Err(Failure::Malformed(text)) => assert!(text.contains(reason), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn run_instances_names_all_instances_then_their_interfaces_and_asks_for_volumes() {
    let response = r#"{"instancesSet": {"items": [
        {"instanceId": "i-1", "networkInterfaceSet": {"items": [{"networkInterfaceId": "eni-1"}, {"networkInterfaceId": "eni-2"}]}},
        {"instanceId": "i-2", "networkInterfaceSet": {}},
        {"instanceId": "i-3", "blockDeviceMapping": {}}]}}"#;
    let tagging = extract("RunInstances", "null", response).unwrap();
    assert_eq!(tagging.resources, ["i-1", "i-2", "i-3", "eni-1", "eni-2"]);
    assert_eq!(tagging.related, Related::VOLUMES);
    assert_eq!(tags(&tagging), [("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
}

#[test]
fn an_interface_that_the_request_brings_along_stays_its_makers() {
    let request = r#"{"networkInterfaceSet": {"items": [{"deviceIndex": 0, "networkInterfaceId": "eni-old"}, {"deviceIndex": 1}]}}"#;
    let response = r#"{"instancesSet": {"items": [{"instanceId": "i-1", "networkInterfaceSet": {"items": [
        {"networkInterfaceId": "eni-old"}, {"networkInterfaceId": "eni-new"}]}}]}}"#;
    assert_eq!(extract("RunInstances", request, response).unwrap().resources, ["i-1", "eni-new"]);
    let request = r#"{"launchTemplate": {"launchTemplateId": "lt-1"}, "description": "eni-old"}"#;
    assert_eq!(extract("RunInstances", request, response).unwrap().resources, ["i-1", "eni-new"]);
}

#[test]
fn a_spot_request_is_made_with_a_persons_launch_and_before_a_services() {
    let response = r#"{"instancesSet": {"items": [{"instanceId": "i-1", "spotInstanceRequestId": "sir-abcd1efg"}]}}"#;
    assert_eq!(extract("RunInstances", "null", response).unwrap().resources, ["i-1", "sir-abcd1efg"]);
    let by_service = taggings("RunInstances", AUTO_SCALING, "null", response, "{}").unwrap();
    assert_eq!(by_service[0].resources, ["i-1"]);
}

#[test]
fn what_the_request_names_existed_before_and_is_left_to_its_maker() {
    let restored =
        extract("RestoreSnapshotFromRecycleBin", r#"{"snapshotId": "snap-1"}"#, r#"{"snapshotId": "snap-1"}"#);
    let words = "snap-1 stands in the request, so it existed before the call";
    assert_eq!(restored, Err(Failure::Skip(words.into())));
}

#[test]
fn a_call_that_succeeds_and_names_nothing_for_a_reason_is_no_failure() {
    let response = r#"{"CreateFlowLogsResponse": {"flowLogIdSet": "", "unsuccessful": {"item":
        {"error": {"code": 400, "message": "There is already one"}, "resourceId": "vpc-1"}}}}"#;
    let words = "CreateFlowLogs: nothing was created: There is already one";
    assert_eq!(extract("CreateFlowLogs", "null", response), Err(Failure::Skip(words.into())));
    let words = "AuthorizeSecurityGroupIngress: the answer does not name what was created";
    let answer = extract("AuthorizeSecurityGroupIngress", r#"{"groupId": "sg-1"}"#, r#"{"_return": true}"#);
    assert_eq!(answer, Err(Failure::Skip(words.into())));
    assert_malformed("AuthorizeSecurityGroupIngress", r#"{"_return": false}"#, "has no securityGroupRuleSet");
}

#[test]
fn a_response_that_names_nothing_is_malformed_and_says_where() {
    assert_malformed("RunInstances", "null", "has no responseElements");
    assert_malformed("RunInstances", "{}", "RunInstances: responseElements has no instancesSet.instanceId or");
    assert_malformed("RunInstances", r#"{"instancesSet": {"items": []}}"#, "has no instancesSet.instanceId");
    assert_malformed("RunInstances", "[1]", "a number where instancesSet.instanceId was expected");
    assert_malformed("CreateVolume", r#"{"volumeId": 7}"#, "a number where a string was expected");
    assert_malformed("CreateNatGateway", r#"{"natGateway": "nat-1"}"#, "a string where natGatewayId was expected");
    assert_malformed("CreateTags", "{}", "not among the events");
}

#[test]
fn a_launch_by_a_service_is_the_services_unless_the_settings_say_to_inherit() {
    let launch = taggings("RunInstances", AUTO_SCALING, "null", LAUNCH, "{}").unwrap();
    assert_eq!(launch.len(), 1);
    assert_eq!(launch[0].related, Related::VOLUMES);
    assert_eq!(tags(&launch[0]), [("Owner", "autoscaling.amazonaws.com")]);

    let inherit = r#"{"inherit": true}"#;
    let launch = taggings("RunInstances", AUTO_SCALING, "null", LAUNCH, inherit).unwrap();
    assert_eq!(launch.len(), 1);
    assert_eq!(launch[0].related, Related::VOLUMES | Related::PARENT);
    // The host replaces these values with the parent's, and needs the keys for that.
    let service = [("Owner", "autoscaling.amazonaws.com"), ("PrincipalId", "AROAROLE:AutoScaling")];
    assert_eq!(tags(&launch[0]), service);

    // What a user launches stays the user's, and a volume has no parent.
    assert_eq!(taggings("RunInstances", BOB, "null", LAUNCH, inherit).unwrap()[0].related, Related::VOLUMES);
    let volume = taggings("CreateVolume", AUTO_SCALING, "null", r#"{"volumeId": "vol-1"}"#, inherit).unwrap();
    assert_eq!(volume[0].related, Related::empty());
    assert_eq!(tags(&volume[0]), [("Owner", "autoscaling.amazonaws.com")]);
}

#[test]
fn further_tags_of_an_inheriting_launch_stay_what_they_are() {
    let settings = r#"{"inherit": true, "tags": {"LaunchedBy": "{invoked_by}"}}"#;
    let launch = taggings("RunInstances", AUTO_SCALING, "null", LAUNCH, settings).unwrap();
    assert_eq!(launch.len(), 2);
    assert_eq!(launch[0].related, Related::VOLUMES | Related::PARENT);
    assert_eq!(launch[1].related, Related::VOLUMES);
    assert_eq!(launch[1].resources, launch[0].resources);
    assert_eq!(tags(&launch[1]), [("LaunchedBy", "autoscaling.amazonaws.com")]);
}

const OMITTED: &str = r#"{"omitted": true, "originalSize": 139021, "reason": "responseElements too large"}"#;

const TOKEN: &str = r#"{"clientToken": "token-1"}"#;

#[test]
fn of_a_launch_whose_response_is_omitted_the_host_looks_up_all_by_the_client_token() {
    let tagging = extract("RunInstances", TOKEN, OMITTED).unwrap();
    assert_eq!(tagging.resources, [""; 0]);
    assert_eq!(tagging.related, Related::LAUNCHED_INSTANCES | Related::VOLUMES | Related::NETWORK_INTERFACES);
    assert_eq!(tags(&tagging), [("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
}

#[test]
fn a_launch_by_a_service_whose_response_is_omitted_can_inherit() {
    let all = Related::LAUNCHED_INSTANCES | Related::VOLUMES | Related::NETWORK_INTERFACES;
    let settings = r#"{"inherit": true, "tags": {"LaunchedBy": "{invoked_by}"}}"#;
    let launch = taggings("RunInstances", AUTO_SCALING, TOKEN, OMITTED, settings).unwrap();
    assert_eq!(launch.iter().map(|tagging| tagging.related).collect::<Vec<_>>(), [all | Related::PARENT, all]);
    assert!(launch.iter().all(|tagging| tagging.resources.is_empty()));
    assert_eq!(tags(&launch[1]), [("LaunchedBy", "autoscaling.amazonaws.com")]);
    let launch = taggings("RunInstances", AUTO_SCALING, TOKEN, OMITTED, "{}").unwrap();
    assert_eq!((launch[0].related, launch.len()), (all, 1));
    assert_eq!(tags(&launch[0]), [("Owner", "autoscaling.amazonaws.com")]);
}

#[test]
fn an_omitted_response_without_a_client_token_is_malformed_and_says_what_cloudtrail_did() {
    let omitted = "RunInstances: CloudTrail has omitted responseElements (139021 bytes: responseElements too large)";
    let unfound = "and the request has no client token to look the instances up by";
    for request in ["null", "{}", r#"{"clientToken": ""}"#, r#"{"instancesSet": {"clientToken": "token-1"}}"#] {
        let failure = extract("RunInstances", request, OMITTED).unwrap_err();
        assert_eq!(failure, Failure::Malformed(format!("{omitted}, {unfound}")), "{request}");
    }
    let failure = extract("RunInstances", r#"{"omitted": true, "originalSize": 150000}"#, OMITTED).unwrap_err();
    let words = "and CloudTrail has omitted requestParameters (150000 bytes), so there is no client token to look the instances up by";
    assert_eq!(failure, Failure::Malformed(format!("{omitted}, {words}")));
    let failure = extract("RunInstances", r#"{"clientToken": 7}"#, OMITTED).unwrap_err();
    assert!(matches!(failure, Failure::Malformed(words) if words.contains("a number where a string was expected")));
}

#[test]
fn only_the_instances_of_run_instances_are_found_by_the_token_of_its_request() {
    for name in ["CreateFleet", "RunScheduledInstances", "CreateVolume"] {
        let failure = extract(name, TOKEN, OMITTED).unwrap_err();
        let words =
            format!("{name}: CloudTrail has omitted responseElements (139021 bytes: responseElements too large)");
        assert_eq!(failure, Failure::Malformed(words));
    }
    let found = CALLS.iter().filter(|call| call.launches_by_client_token()).map(|call| call.name);
    assert_eq!(found.collect::<Vec<_>>(), ["RunInstances"]);
    let launches = CALLS.iter().filter(|call| crate::created::creates_instances(call)).map(|call| call.name);
    assert_eq!(launches.collect::<Vec<_>>(), ["CreateFleet", "RunInstances", "RunScheduledInstances"]);
}

#[test]
fn a_response_that_is_merely_missing_is_not_looked_up() {
    let words = "the record of a successful RunInstances has no responseElements";
    assert_eq!(extract("RunInstances", TOKEN, "null"), Err(Failure::Malformed(words.into())));
}

fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(settings: &str) -> String {
    serde_json::from_str::<T>(settings).unwrap_err().to_string()
}

#[test]
fn settings_are_the_sdks_and_inherit() {
    let renamed: Ec2Settings =
        serde_json::from_str(r#"{"owner_key": "CreatedBy", "inherit": true, "tags": {"At": "{event_time}"}}"#).unwrap();
    assert_eq!(Ec2::tag_keys(&renamed), ["CreatedBy", "PrincipalId", "At"]);
    assert!(renamed.inherit);
    let defaults: Ec2Settings = serde_json::from_str("{}").unwrap();
    assert_eq!(defaults, Ec2Settings::default());
    assert!(!defaults.inherit);
    for (wrong, words) in [
        (r#"{"inherit": "yes"}"#, "invalid type: string \"yes\", expected a boolean"),
        (r#"{"inherit": true, "inherit": true}"#, "duplicate field `inherit`"),
        (r#"{"owner_key": "A", "owner_key": "B"}"#, "duplicate field `owner_key`"),
        (r#"{"owner_key": "PrincipalId"}"#, "`owner_key` and `principal_id_key` are both `PrincipalId`"),
    ] {
        let error = refused::<Ec2Settings>(wrong);
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn every_setting_of_the_sdks_is_one_of_ec2s_and_an_unknown_one_is_told_all_of_them() {
    // The SDK's error of an unknown key lists all of its keys.
    let unknown = r#"{"ownerkey": 7}"#;
    let of_sdk = refused::<Settings>(unknown);
    let (words, _) = of_sdk.split_once(" at line").unwrap();
    assert_eq!(refused::<Ec2Settings>(unknown).split_once(" at line").unwrap().0, format!("{words}, `inherit`"));
    let keys: Vec<_> = words.split('`').skip(3).step_by(2).collect();
    assert!(keys.contains(&"owner_key") && keys.contains(&"only"), "{keys:?}");
    for key in keys {
        let wrong = format!(r#"{{"{key}": 7}}"#);
        let error = refused::<Settings>(&wrong);
        assert!(error.contains("invalid type: integer `7`"), "{error}");
        assert_eq!(refused::<Ec2Settings>(&wrong), error);
    }
}

#[test]
fn each_of_its_patterns_fits_into_a_rule() {
    let patterns = Ec2::describe().event_patterns;
    assert!(patterns.iter().all(|pattern| pattern.len() <= 2000));
    let named = |name: &str| patterns.iter().filter(|pattern| pattern.contains(&format!("\"{name}\""))).count();
    assert!(CALLS.iter().all(|call| named(call.name) == 1));
}
