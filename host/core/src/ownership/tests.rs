use serde_json::{Value, json};

use super::*;
use crate::event::decode;
use crate::resource::{ResourceArn, ResourceId};

const CALLED: &str = "2026-11-20T10:00:00Z";
/// The same in milliseconds.
const CALLED_MS: u64 = 1_795_168_800_000;

fn resource(text: &str) -> Resource {
    ResourceId::parse(text).map_or_else(|| Resource::Other(ResourceArn::parse(text).unwrap()), Resource::Ec2)
}

/// The claim on a resource by an API call to this service, with this request and response.
fn claim(source: &str, name: &str, region: &str, request: Value, response: Value, text: &str) -> Claim {
    let record = json!({"eventSource": source, "eventName": name, "awsRegion": region, "eventTime": CALLED,
        "recipientAccountId": "111122223333", "requestParameters": request, "responseElements": response});
    let event = decode(record.to_string().as_bytes()).remove(0).unwrap();
    Judge::of(&event, &event.record().unwrap()).claim(resource(text))
}

fn of_ec2(name: &str, request: Value, response: Value, text: &str) -> Verdict {
    claim("ec2.amazonaws.com", name, "eu-central-1", request, response, text).verdict
}

fn launch(request: Value, launch_time: Value, attachment: Value, text: &str) -> Verdict {
    let interface = json!({"networkInterfaceId": "eni-1", "attachment": attachment});
    let instance =
        json!({"instanceId": "i-1", "launchTime": launch_time, "networkInterfaceSet": {"items": [interface]}});
    of_ec2("RunInstances", request, json!({"instancesSet": {"items": [instance]}}), text)
}

const OMITTED: &str = r#"{"omitted": true, "originalSize": 139021, "reason": "requestParameters too large"}"#;

fn omitted() -> Value {
    serde_json::from_str(OMITTED).unwrap()
}

#[test]
fn a_verdict_says_why() {
    for (verdict, says) in [
        (Verdict::Proved(Proof::CreatedAt(SystemTime::UNIX_EPOCH)), "it was created when the call was made, at 1970-"),
        (Verdict::Open(Doubt::NoTime), "the event's time cannot be read"),
        (Verdict::Disproved(Contradiction::OfAnotherLaunch), "its instance was not launched by this call"),
    ] {
        assert!(verdict.to_string().starts_with(says), "{verdict}");
    }
}

#[test]
fn a_creation_time_from_two_seconds_before_the_call_to_a_minute_after_it_proves_and_an_earlier_one_disproves() {
    let token = json!({"clientToken": "t"});
    let at =
        |seconds: i64| launch(token.clone(), json!(CALLED_MS.saturating_add_signed(seconds * 1000)), json!({}), "i-1");
    for seconds in [-2, 0, 60] {
        assert_eq!(at(seconds).name(), "proved", "{seconds}");
    }
    for seconds in [-3, -20, -7200] {
        assert_eq!(at(seconds).name(), "disproved", "{seconds}");
    }
    for seconds in [61, 86_400] {
        assert_eq!(at(seconds).name(), "open", "{seconds}");
    }
}

#[test]
fn a_time_is_read_in_every_form_and_what_is_none_leaves_it_to_the_token() {
    let token = json!({"clientToken": "t"});
    for time in [json!(CALLED_MS), json!(CALLED_MS as f64), json!(CALLED_MS.to_string()), json!(CALLED)] {
        assert_eq!(launch(token.clone(), time.clone(), json!({}), "i-1").name(), "proved", "{time}");
    }
    for time in [json!("soon"), json!(null), json!({})] {
        assert_eq!(launch(token.clone(), time.clone(), json!({}), "i-1"), Verdict::Open(Doubt::ClientToken), "{time}");
        assert_eq!(launch(json!({}), time, json!({}), "i-1"), Verdict::Proved(Proof::Success));
    }
}

#[test]
fn what_cannot_have_been_there_before_is_not_disproved_by_some_seconds() {
    let at = |seconds: u64, request: Value| launch(request, json!(CALLED_MS - seconds * 1000), json!({}), "i-1");
    assert_eq!(at(60, json!({})), Verdict::Proved(Proof::Success));
    assert_eq!(at(61, json!({})).name(), "disproved");
    assert_eq!(at(3, json!({"clientToken": "t"})).name(), "disproved");
    assert_eq!(at(3, omitted()).name(), "disproved");
}

#[test]
fn an_instance_that_was_started_again_is_as_old_as_its_first_interface() {
    let token = json!({"clientToken": "t"});
    let hours_ago = json!({"attachTime": CALLED_MS - 7_200_000, "deleteOnTermination": true});
    for resource in ["i-1", "eni-1"] {
        let verdict = launch(token.clone(), json!(CALLED_MS), hours_ago.clone(), resource);
        assert_eq!(verdict.name(), "disproved", "{resource}");
    }
    let now = json!({"attachTime": CALLED_MS, "deleteOnTermination": true});
    assert_eq!(launch(token, json!(CALLED_MS), now, "i-1").name(), "proved");
}

#[test]
fn whatever_was_attached_to_an_instance_before_the_call_shows_that_it_was_there() {
    let earlier = CALLED_MS - 7_200_000;
    for attached in [
        json!({"networkInterfaceSet": {"items": [{"attachment": {"attachTime": earlier}}]}}),
        json!({"networkInterfaceSet": [{"networkInterfaceId": "eni-1", "attachment": {"attachTime": earlier}}]}),
        json!({"networkInterfaceSet": {"item": {"attachment": {"attachTime": earlier.to_string()}}}}),
        json!({"blockDeviceMapping": {"items": [{"ebs": {"volumeId": "vol-1", "attachTime": earlier}}]}}),
    ] {
        let mut instance = json!({"instanceId": "i-1", "launchTime": CALLED_MS});
        instance.as_object_mut().unwrap().extend(attached.as_object().unwrap().clone());
        let answer = json!({"instancesSet": {"items": [instance]}});
        let verdict = of_ec2("RunInstances", json!({"clientToken": "t"}), answer, "i-1");
        assert_eq!(verdict.name(), "disproved", "{attached}");
    }
}

#[test]
fn what_was_attached_just_now_does_not_show_that_an_instance_is_new() {
    let attached = json!({"attachTime": CALLED_MS, "deleteOnTermination": true});
    let verdict = launch(json!({"clientToken": "t"}), json!(null), attached, "i-1");
    assert_eq!(verdict, Verdict::Open(Doubt::ClientToken));
}

#[test]
fn of_several_instances_the_one_that_was_there_says_what_came_with_the_launch() {
    let instance =
        |id: &str, time: Value| json!({"instanceId": id, "launchTime": time, "spotInstanceRequestId": "sir-1"});
    for (one, other) in [("i-1", "i-2"), ("i-2", "i-1")] {
        let items = [instance(one, json!("soon")), instance(other, json!(CALLED_MS - 7_200_000))];
        let answer = json!({"instancesSet": {"items": items}});
        let verdict = of_ec2("RunInstances", json!({"clientToken": "t"}), answer, "sir-1");
        assert_eq!(verdict, Verdict::Disproved(Contradiction::OfAnotherLaunch), "{one}");
    }
}

#[test]
fn the_spot_request_of_a_launch_is_as_new_as_its_instances() {
    let verdict = |time: u64| {
        let instance = json!({"instanceId": "i-1", "launchTime": time, "spotInstanceRequestId": "sir-1"});
        of_ec2("RunInstances", json!({"clientToken": "t"}), json!({"instancesSet": {"items": [instance]}}), "sir-1")
    };
    assert_eq!(verdict(CALLED_MS), Verdict::Proved(Proof::MadeWithInstance));
    assert_eq!(verdict(CALLED_MS - 7_200_000), Verdict::Disproved(Contradiction::OfAnotherLaunch));
    let of_nothing = of_ec2("RunInstances", json!({"clientToken": "t"}), json!({}), "sir-1");
    assert_eq!(of_nothing, Verdict::Open(Doubt::ClientToken));
}

#[test]
fn several_times_prove_nothing_unless_they_are_the_same() {
    let instance = |time: u64| json!({"instanceId": "i-1", "launchTime": time});
    let both = |one, other| {
        let items = json!({"instancesSet": {"items": [instance(one), instance(other)]}});
        of_ec2("RunInstances", json!({"clientToken": "t"}), items, "i-1")
    };
    assert_eq!(both(CALLED_MS, CALLED_MS).name(), "proved");
    assert_eq!(both(CALLED_MS, CALLED_MS - 7_200_000), Verdict::Open(Doubt::SeveralTimes));
}

#[test]
fn a_time_of_something_else_in_the_answer_is_not_its_own() {
    // A volume's attachment, a snapshot's volume.
    let answer = json!({"volumeId": "vol-1", "attachmentSet": {"items": [{"volumeId": "vol-1", "createTime": "2020-01-01T00:00:00Z",
        "instanceId": "i-1"}]}, "other": {"createTime": "2020-01-01T00:00:00Z"}, "createTime": CALLED_MS});
    assert_eq!(
        of_ec2("CreateVolume", json!({"clientToken": "t"}), answer, "vol-1"),
        Verdict::Open(Doubt::SeveralTimes)
    );
    let answer = json!({"volumeId": "vol-1", "other": {"createTime": "2020-01-01T00:00:00Z"}, "createTime": CALLED_MS});
    assert_eq!(of_ec2("CreateVolume", json!({"clientToken": "t"}), answer, "vol-1").name(), "proved");
}

#[test]
fn an_id_in_a_text_that_the_answer_repeats_is_not_what_the_call_created() {
    let answer =
        json!({"volumeId": "vol-1", "createTime": CALLED_MS, "description": "vol-2", "tagSet": [{"value": "vol-2"}]});
    let verdict = |id| of_ec2("CreateVolume", omitted(), answer.clone(), id);
    assert_eq!((verdict("vol-1").name(), verdict("vol-2")), ("proved", Verdict::Disproved(Contradiction::Elsewhere)));
}

#[test]
fn success_proves_without_a_client_token_of_any_name_and_place() {
    for request in [json!(null), json!({}), json!({"description": "clientToken"}), json!({"clientToken": ""})] {
        assert_eq!(
            of_ec2("CreateVpc", request.clone(), json!({}), "vpc-1"),
            Verdict::Proved(Proof::Success),
            "{request}"
        );
    }
    for request in [
        json!({"clientToken": "t"}),
        json!({"CreateRouteTableRequest": {"ClientToken": "t"}}),
        json!({"launch": [{"clientRequestToken": "t"}]}),
        json!({"IdempotencyToken": "t"}),
        json!({"CreateRouteTableRequest": {"ClientToken": 20_261_129}}),
        json!({"ClientToken": true}),
        json!({"ClientToken": {"content": "t"}}),
    ] {
        assert_eq!(
            of_ec2("CreateRouteTable", request.clone(), json!({}), "rtb-1"),
            Verdict::Open(Doubt::ClientToken),
            "{request}"
        );
    }
    assert_eq!(of_ec2("CreateVpc", omitted(), json!({}), "vpc-1"), Verdict::Open(Doubt::RequestOmitted));
}

#[test]
fn the_time_in_the_answer_proves_even_where_the_request_is_omitted() {
    assert_eq!(launch(omitted(), json!(CALLED_MS), json!({"deleteOnTermination": true}), "i-1").name(), "proved");
    assert_eq!(launch(omitted(), json!(CALLED_MS), json!({"deleteOnTermination": true}), "eni-1").name(), "proved");
    assert_eq!(
        launch(omitted(), json!(CALLED_MS), json!({}), "eni-1"),
        Verdict::Disproved(Contradiction::BroughtAlong)
    );
}

#[test]
fn a_time_that_no_recording_confirms_proves_but_does_not_disprove() {
    let verdict = |time: &str| {
        let answer = json!({"networkInsightsPath": {"networkInsightsPathId": "nip-1", "createdDate": time}});
        of_ec2("CreateNetworkInsightsPath", json!({"clientToken": "t"}), answer, "nip-1").name()
    };
    assert_eq!((verdict(CALLED), verdict("2026-11-20T08:00:00Z")), ("proved", "open"));
}

#[test]
fn calls_that_answer_again_without_a_token_prove_nothing_and_a_state_that_is_not_new_disproves() {
    let vpn = |state: &str| {
        let answer = json!({"vpnConnection": {"vpnConnectionId": "vpn-1", "state": state}});
        of_ec2("CreateVpnConnection", json!({}), answer, "vpn-1")
    };
    assert_eq!(vpn("pending"), Verdict::Open(Doubt::ReturnsExisting));
    assert_eq!(vpn("available").name(), "disproved");
    let gateway = json!({"customerGateway": {"customerGatewayId": "cgw-1"}});
    assert_eq!(of_ec2("CreateCustomerGateway", json!({}), gateway, "cgw-1"), Verdict::Open(Doubt::ReturnsExisting));
}

#[test]
fn an_interface_is_new_if_the_request_makes_it_or_it_ends_with_the_instance() {
    let template = json!({"launchTemplate": {"launchTemplateId": "lt-1"}});
    let own =
        json!({"launchTemplate": {"launchTemplateId": "lt-1"}, "networkInterfaceSet": {"items": [{"deviceIndex": 0}]}});
    let empty = json!({"launchTemplate": {"launchTemplateId": "lt-1"}, "networkInterfaceSet": {"items": []}});
    let verdict = |request: &Value, ends| {
        launch(request.clone(), json!(CALLED_MS), json!({"deleteOnTermination": ends}), "eni-1").name()
    };
    assert_eq!((verdict(&template, true), verdict(&template, false)), ("proved", "disproved"));
    // A template may have replaced the request's with one that existed before.
    assert_eq!((verdict(&own, false), verdict(&empty, false)), ("disproved", "disproved"));
    assert_eq!(verdict(&json!({}), false), "proved");
    // Attach times prove nothing.
    let attachment = json!({"attachTime": CALLED_MS, "deleteOnTermination": "true"});
    assert_eq!(launch(template, json!(CALLED_MS), attachment, "eni-1").name(), "disproved");
}

#[test]
fn an_interface_of_an_instance_that_was_there_is_no_more_the_callers_than_that() {
    let token = json!({"clientToken": "t"});
    let verdict = launch(token, json!(CALLED_MS - 7_200_000), json!({"deleteOnTermination": true}), "eni-1");
    assert_eq!(verdict, Verdict::Disproved(Contradiction::OfAnotherLaunch));
}

#[test]
fn a_bucket_is_proved_by_success_but_in_the_region_that_creates_it_again() {
    let claim = |region| {
        let request = json!({"bucketName": "orders"});
        claim("s3.amazonaws.com", "CreateBucket", region, request, json!(null), "arn:aws:s3:::orders")
    };
    assert_eq!((claim("eu-central-1").verdict.name(), claim("us-east-1").verdict.name()), ("proved", "open"));
    assert!(claim("eu-central-1").is_reusable);
}

#[test]
fn a_database_has_a_name_that_can_be_anothers_and_an_id_that_cannot() {
    let answer = json!({"dBInstanceIdentifier": "orders", "dbiResourceId": "db-AAAA"});
    let arn = "arn:aws:rds:eu-central-1:111122223333:db:orders";
    let claim = claim("rds.amazonaws.com", "CreateDBInstance", "eu-central-1", json!({}), answer, arn);
    assert_eq!(
        (claim.verdict.name(), claim.is_reusable, claim.unique_id.as_deref()),
        ("proved", true, Some("db-AAAA"))
    );
}

#[test]
fn what_the_host_does_not_know_is_open() {
    let claim = |source, name, text| claim(source, name, "eu-central-1", json!({}), json!({}), text);
    let unknown = claim("ec2.amazonaws.com", "CreateSomethingNew", "vol-1");
    assert_eq!((unknown.verdict, unknown.is_reusable), (Verdict::Open(Doubt::UnknownCall), false));
    let unknown = claim("sqs.amazonaws.com", "CreateQueue", "arn:aws:sqs:eu-central-1:111122223333:orders");
    assert_eq!((unknown.verdict, unknown.is_reusable), (Verdict::Open(Doubt::UnknownCall), true));
}

#[test]
fn a_unique_id_stands_at_the_top_of_the_response_or_in_the_only_element_there() {
    let id_in = |answer: Value| {
        let arn = "arn:aws:rds:eu-central-1:111122223333:db:orders";
        claim("rds.amazonaws.com", "CreateDBInstance", "eu-central-1", json!({}), answer, arn).unique_id
    };
    let database = json!({"dbiResourceId": "db-AAAA"});
    assert_eq!(id_in(json!({"dBInstance": database})).as_deref(), Some("db-AAAA"));
    assert_eq!(id_in(json!({"dBInstance": database, "sourceDBInstance": {"dbiResourceId": "db-BBBB"}})), None);
}

#[test]
fn an_event_whose_time_cannot_be_read_proves_nothing_by_time() {
    let record = json!({"eventSource": "ec2.amazonaws.com", "eventName": "CreateVolume", "eventTime": "yesterday",
        "requestParameters": {"clientToken": "t"}, "responseElements": {"volumeId": "vol-1", "createTime": CALLED_MS}});
    let event = decode(record.to_string().as_bytes()).remove(0).unwrap();
    let claim = Judge::of(&event, &event.record().unwrap()).claim(resource("vol-1"));
    assert_eq!(claim.verdict, Verdict::Open(Doubt::NoTime));
}
