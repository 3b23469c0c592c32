mod creation;

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::event::decode;
use crate::resource::{ResourceArn, ResourceId};

/// Bob's launch: a new instance with a new interface and one that he brought along, into a subnet that he named.
const RECORD: &str = r#"{"eventSource": "ec2.amazonaws.com", "eventName": "RunInstances", "awsRegion": "eu-central-1",
    "recipientAccountId": "111122223333", "userIdentity": {"principalId": "AIDABOB", "userName": "bob"},
    "requestParameters": {"subnetId": "subnet-1", "description": "i-victim",
        "networkInterfaceSet": {"items": [{"networkInterfaceId": "eni-old"}]}},
    "responseElements": {"reservationId": "r-1", "description": "i-victim", "number": 7, "flag": true, "none": null,
        "instancesSet": {"items": [{"instanceId": "i-1", "subnetId": "subnet-1", "networkInterfaceSet":
            {"items": [{"networkInterfaceId": "eni-1"}, {"networkInterfaceId": "eni-old"}]}}]}}}"#;

fn tagging(resources: &[&str], tags: &[(&str, &str)]) -> ProposedTagging {
    ProposedTagging {
        resources: resources.iter().map(|&id| id.into()).collect(),
        related: vec![Related::Volumes],
        tags: tags.iter().map(|&(key, value)| (key.into(), value.into())).collect(),
    }
}

const OWNED: &[(&str, &str)] = &[("Owner", "bob"), ("PrincipalId", "AIDABOB")];

fn check_record(guard: &Guard, record: &str, answer: Vec<ProposedTagging>) -> Result<Checked, Refusal> {
    let event = decode(record.as_bytes()).remove(0).unwrap();
    guard.admit(&event, &event.record().unwrap())?;
    let declared = ["Owner", "PrincipalId", "Extra", "aws:x"].map(Into::into).into();
    let scope = PluginScope { tag_keys: &declared, is_chosen: false };
    guard.check(&event, &event.record().unwrap(), scope, answer)
}

fn check(answer: Vec<ProposedTagging>) -> Result<Checked, Refusal> {
    check_record(&Guard::default(), RECORD, answer)
}

#[track_caller]
fn assert_refused(answer: ProposedTagging, words: &str) {
    let refusal = check(vec![answer]).unwrap_err().to_string();
    assert_eq!(refusal, words);
}

#[test]
fn what_the_call_answered_passes_in_order_and_once() {
    let Checked { taggings, alterations: altered } = check(vec![tagging(&["i-1", "eni-1", "i-1"], OWNED)]).unwrap();
    let [tagging] = taggings.as_slice() else { panic!("{taggings:?}") };
    assert_eq!(tagging.resources().map(Resource::as_str).collect::<Vec<_>>(), ["i-1", "eni-1"]);
    assert_eq!(tagging.related, [Related::Volumes]);
    assert_eq!(tagging.tags, OWNED.iter().map(|&(key, value)| (key.into(), value.into())).collect());
    assert_eq!(altered, None);
}

#[test]
fn an_id_that_is_not_in_the_answer_is_refused() {
    assert_refused(tagging(&["i-1", "i-2"], OWNED), "i-2 is not in what the call answered");
}

#[test]
fn an_id_that_stands_in_the_request_is_refused_though_the_answer_echoes_it() {
    for id in ["eni-old", "i-victim"] {
        let words = format!("{id} stands in the request, so it existed before the call");
        assert_refused(tagging(&[id], OWNED), &words);
    }
}

#[test]
fn an_id_that_is_only_part_of_a_string_or_a_key_is_refused() {
    let record = RECORD.replace("\"none\"", "\"text\": \"see i-9\", \"i-8\"");
    for id in ["i-9", "i-8"] {
        let refusal = check_record(&Guard::default(), &record, vec![tagging(&[id], OWNED)]).unwrap_err();
        assert_eq!(refusal, Refusal::NotInAnswer(id.into()));
    }
}

#[test]
fn an_ec2_id_is_never_taken_from_the_request_even_if_the_call_answered_null() {
    let record = format!("{}\"responseElements\": null}}", &RECORD[..RECORD.find("\"responseElements\"").unwrap()]);
    let refusal = check_record(&Guard::default(), &record, vec![tagging(&["eni-old"], OWNED)]).unwrap_err();
    assert_eq!(refusal, Refusal::InRequest("eni-old".into()));
}

#[test]
fn an_arn_is_proved_part_by_part() {
    let Checked { taggings, .. } =
        check(vec![tagging(&["arn:aws:ec2:eu-central-1:111122223333:instance/i-1"], OWNED)]).unwrap();
    assert_eq!(taggings[0].claims[0].resource.as_str(), "i-1");
    for (arn, words) in [
        ("arn:aws-cn:ec2:eu-central-1:111122223333:instance/i-1", "its partition is not the event's, `aws`"),
        ("arn:aws:rds:eu-central-1:111122223333:db:i-1", "its service is not the event's, `ec2`"),
        ("arn:aws:ec2:us-east-1:111122223333:instance/i-1", "its Region is not the event's, `eu-central-1`"),
        ("arn:aws:ec2:eu-central-1:444455556666:instance/i-1", "its account is not the event's, `111122223333`"),
    ] {
        assert_refused(tagging(&[arn], OWNED), &format!("{arn}: {words}"));
    }
    assert_refused(
        tagging(&["arn:aws:ec2:eu-central-1:111122223333:instance/i-2"], OWNED),
        "i-2 is not in what the call answered",
    );
}

#[test]
fn a_bucket_is_proved_by_the_request_since_creating_it_answers_null() {
    let record = r#"{"eventSource": "s3.amazonaws.com", "eventName": "CreateBucket", "awsRegion": "eu-central-1",
        "recipientAccountId": "111122223333", "userIdentity": {"principalId": "AIDABOB"},
        "requestParameters": {"bucketName": "bobs"}, "responseElements": null}"#;
    let checked = |arn: &str| check_record(&Guard::default(), record, vec![tagging(&[arn], OWNED)]);
    let Checked { taggings, .. } = checked("arn:aws:s3:::bobs").unwrap();
    assert_eq!(taggings[0].claims[0].resource, Resource::Other(ResourceArn::parse("arn:aws:s3:::bobs").unwrap()));
    assert_eq!(checked("arn:aws:s3:::alices"), Err(Refusal::NotInAnswer("arn:aws:s3:::alices".into())));
}

/// The copy of a snapshot, whose response names its source too.
const COPY: &str = r#"{"eventSource": "rds.amazonaws.com", "eventName": "CopyDBSnapshot", "awsRegion": "eu-central-1",
    "recipientAccountId": "111122223333", "userIdentity": {"principalId": "AROA:bob,jr"},
    "requestParameters": {"sourceDBSnapshotIdentifier": "arn:aws:rds:eu-central-1:111122223333:snapshot:alices",
        "targetDBSnapshotIdentifier": "bobs"},
    "responseElements": {"dBSnapshotIdentifier": "bobs", "dBSnapshotArn": "arn:aws:rds:eu-central-1:111122223333:snapshot:bobs",
        "sourceDBSnapshotIdentifier": "arn:aws:rds:eu-central-1:111122223333:snapshot:alices"}}"#;
const COPIED: &str = "arn:aws:rds:eu-central-1:111122223333:snapshot:bobs";

#[test]
fn an_arn_that_the_request_names_existed_before_though_the_answer_has_it_too() {
    let checked = |arn: &str| check_record(&Guard::default(), COPY, vec![tagging(&[arn], &[("Owner", "bob")])]);
    assert_eq!(checked(COPIED).unwrap().taggings[0].claims[0].resource.as_str(), COPIED);
    let source = "arn:aws:rds:eu-central-1:111122223333:snapshot:alices";
    assert_eq!(checked(source), Err(Refusal::InRequest(source.into())));
}

/// Bob's API call to RDS.
fn call_of_rds(name: &str, response: &str) -> String {
    format!(
        r#"{{"eventSource": "rds.amazonaws.com", "eventName": "{name}", "awsRegion": "eu-central-1",
            "recipientAccountId": "111122223333", "userIdentity": {{"principalId": "AIDABOB"}},
            "requestParameters": {{"dBInstanceIdentifier": "bobs", "dBSubnetGroupName": "shared"}},
            "responseElements": {response}}}"#
    )
}

#[test]
fn a_name_proves_an_arn_only_where_the_answer_has_none_of_the_service() {
    let arn = |resource: &str| format!("arn:aws:rds:eu-central-1:111122223333:{resource}");
    let is_proved = |response: &str, resource: &str| {
        let record = call_of_rds("CreateDBInstance", response);
        let checked = check_record(&Guard::default(), &record, vec![tagging(&[&arn(resource)], OWNED)]);
        assert!(checked.is_ok() || checked == Err(Refusal::NotInAnswer(arn(resource))), "{checked:?}");
        checked.is_ok()
    };
    let names =
        r#"{"dBInstanceIdentifier": "bobs", "dBSubnetGroup": {"dBSubnetGroupName": "shared"}, "engine": "mysql""#;
    let with_arn = format!(r#"{names}, "dBInstanceArn": "{}"}}"#, arn("db:bobs"));
    assert!(is_proved(&with_arn, "db:bobs"));
    for before in ["subgrp:shared", "db:mysql"] {
        assert!(!is_proved(&with_arn, before), "{before} existed before");
    }
    // Records of old have no ARN.
    assert!(is_proved(&format!("{names}}}"), "db:bobs"));
    for nothing in ["null", "{}", r#""""#] {
        assert!(is_proved(nothing, "db:bobs") && !is_proved(nothing, "db:alices"), "{nothing}");
    }
}

#[test]
fn what_a_call_is_about_that_does_not_create_is_not_taken_unless_the_operator_names_the_call() {
    let arn = "arn:aws:rds:eu-central-1:111122223333:db:bobs";
    let record = call_of_rds("ModifyDBInstance", &format!(r#"{{"dBInstanceArn": "{arn}"}}"#));
    let event = decode(record.as_bytes()).remove(0).unwrap();
    let declared = ["Owner", "PrincipalId"].map(Into::into).into();
    let check = |is_chosen| {
        let answer = vec![tagging(&[arn], OWNED)];
        Guard::default().check(&event, &event.record().unwrap(), PluginScope { tag_keys: &declared, is_chosen }, answer)
    };
    assert!(matches!(check(false), Err(Refusal::NotCreating { .. })));
    assert!(check(true).is_ok());
}

#[test]
fn only_a_services_launch_has_a_parent() {
    let inheriting = || {
        let tagging = tagging(&["i-1"], OWNED);
        vec![ProposedTagging { related: vec![Related::Parent], ..tagging }]
    };
    assert_eq!(check(inheriting()), Err(Refusal::ParentOfPersons));
    let service = RECORD.replace(r#""userName": "bob""#, r#""type": "AWSService""#);
    let Checked { taggings, alterations: altered } = check_record(&Guard::default(), &service, inheriting()).unwrap();
    assert_eq!((taggings[0].related.as_slice(), taggings[0].tags.len(), altered), (&[Related::Parent][..], 2, None));
    // Without a parent, no principal can be the service.
    let Checked { taggings, alterations: altered } =
        check_record(&Guard::default(), &service, vec![tagging(&["i-1"], OWNED)]).unwrap();
    assert_eq!(taggings[0].tags.keys().collect::<Vec<_>>(), ["Owner"]);
    assert_eq!(altered.unwrap().to_string(), "PrincipalId was left out, since the caller is a service");
    // The parent's value may differ from another tagging's.
    let mut both = inheriting();
    both.push(tagging(&["i-1"], &[("Owner", "bob")]));
    let refusal = check_record(&Guard::default(), &service, both).unwrap_err();
    assert_eq!(refusal.to_string(), "conflict: i-1 would get Owner = `bob` or its parent's and Owner = `bob`");
}

#[test]
fn what_the_tagging_api_does_not_take_in_a_value_is_replaced_and_reported_but_never_in_a_principal_id() {
    let checked = |tags: &[(&str, &str)]| check_record(&Guard::default(), COPY, vec![tagging(&[COPIED], tags)]);
    let Checked { taggings, alterations: altered } =
        checked(&[("Owner", "bob (jr), aws-cli/2 ü\u{a0}٣@x\u{345}\n")]).unwrap();
    assert_eq!(taggings[0].tags["Owner"], "bob _jr__ aws-cli/2 ü\u{a0}٣@x__");
    let words = "characters that the Resource Groups Tagging API does not take were replaced in the value of Owner";
    assert_eq!(altered.unwrap().to_string(), words);
    let words =
        "PrincipalId would be `AROA:bob,jr`, but the Resource Groups Tagging API does not take all of its characters";
    assert_eq!(checked(&[("PrincipalId", "AROA:bob,jr")]).unwrap_err().to_string(), words);
    // EC2 takes everything.
    let Checked { taggings, alterations: altered } = check(vec![tagging(&["i-1"], &[("Owner", "bob (jr)")])]).unwrap();
    assert_eq!((taggings[0].tags["Owner"].as_str(), altered), ("bob (jr)", None));
}

#[test]
fn only_what_a_call_can_create_is_taken() {
    // What a launch names in its response and did not create.
    let record = RECORD.replace(
        "\"none\": null",
        "\"vpcId\": \"vpc-1\", \"groupId\": \"sg-1\", \"imageId\": \"ami-1\", \"lt\": \"lt-1\"",
    );
    for id in ["vpc-1", "sg-1", "ami-1", "lt-1"] {
        let refusal = check_record(&Guard::default(), &record, vec![tagging(&[id], OWNED)]).unwrap_err();
        assert_eq!(refusal.to_string(), format!("{id}: RunInstances creates nothing of its kind"));
    }
    // A subnet group in the response that creates a database.
    let group = "arn:aws:rds:eu-central-1:111122223333:subgrp:shared";
    let record = call_of_rds("CreateDBInstance", &format!(r#"{{"dBSubnetGroup": {{"dBSubnetGroupArn": "{group}"}}}}"#));
    let refusal = check_record(&Guard::default(), &record, vec![tagging(&[group], OWNED)]).unwrap_err();
    assert!(matches!(refusal, Refusal::NotCreated { .. }), "{refusal}");
}

#[test]
fn ids_of_ec2_are_taken_from_calls_of_ec2_alone() {
    let record = call_of_rds("CreateDBInstance", r#"{"networkInterfaceId": "eni-1"}"#);
    let refusal = check_record(&Guard::default(), &record, vec![tagging(&["eni-1"], OWNED)]).unwrap_err();
    assert_eq!(refusal, Refusal::NotOfEc2("eni-1".into()));
    let record = RECORD.replace("RunInstances", "DescribeInstances");
    let refusal = check_record(&Guard::default(), &record, vec![tagging(&["i-1"], OWNED)]).unwrap_err();
    assert!(matches!(refusal, Refusal::NotCreating { .. }), "{refusal}");
}

const OMITTED: &str = r#"{"omitted": true, "originalSize": 139021, "reason": "responseElements too large"}"#;

/// Bob's launch, with these parts.
fn launch(request: &str, response: &str) -> String {
    format!(
        r#"{{"eventSource": "ec2.amazonaws.com", "eventName": "RunInstances", "awsRegion": "eu-central-1",
            "recipientAccountId": "111122223333", "userIdentity": {{"principalId": "AIDABOB"}},
            "requestParameters": {request}, "responseElements": {response}}}"#
    )
}

#[test]
fn nothing_is_proved_by_an_answer_that_is_omitted() {
    let record = launch(r#"{"clientToken": "t"}"#, OMITTED);
    let refusal = check_record(&Guard::default(), &record, vec![tagging(&["i-1"], OWNED)]).unwrap_err();
    let words = "i-1 cannot be what the call created: CloudTrail has omitted what it answered (139021 bytes, responseElements too large)";
    assert_eq!(refusal.to_string(), words);
    // The name of what a known API call creates is in the request; the response of any other may have told more.
    let arn = "arn:aws:rds:eu-central-1:111122223333:db:bobs";
    let record = call_of_rds("CreateDBInstance", OMITTED);
    assert!(check_record(&Guard::default(), &record, vec![tagging(&[arn], OWNED)]).is_ok());
    let record = call_of_rds("CreateSomethingNew", OMITTED);
    assert!(check_record(&Guard::default(), &record, vec![tagging(&[arn], OWNED)]).is_err());
}

#[test]
fn the_identity_of_another_is_refused() {
    assert_refused(
        tagging(&["i-1"], &[("PrincipalId", "AIDAEVE")]),
        "PrincipalId must be the caller's principal id, `AIDABOB`, not `AIDAEVE`",
    );
    let anonymous = RECORD.replace(r#""principalId": "AIDABOB", "#, "");
    let refusal = check_record(&Guard::default(), &anonymous, vec![tagging(&["i-1"], OWNED)]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "PrincipalId must be the caller's principal id, of which the event has none, not `AIDABOB`"
    );
}

#[test]
fn keys_are_the_plugins_own_and_the_operators_to_allow_and_never_awss() {
    assert_refused(tagging(&["i-1"], &[("Other", "x")]), "the plugin did not declare the tag key `Other`");
    assert_refused(
        tagging(&["i-1"], &[("Extra", "x")]),
        "the tag key `Extra` is not allowed; `tag_keys` in the configuration allows keys",
    );
    assert_refused(tagging(&["i-1"], &[("aws:x", "x")]), "the tag key `aws:x` is reserved by AWS");
    assert_refused(tagging(&["i-1"], &[("AWS:x", "x")]), "the tag key `AWS:x` is reserved by AWS");
    assert_refused(tagging(&["i-1"], &[("", "x")]), "the tag key `` is not of 1 to 128 characters");
}

#[test]
fn a_long_value_is_cut_at_a_character_and_reported_but_never_a_principal_id() {
    let Checked { taggings, alterations: altered } =
        check(vec![tagging(&["i-1"], &[("Owner", &"ü".repeat(300))])]).unwrap();
    assert_eq!(taggings[0].tags["Owner"], "ü".repeat(256));
    assert_eq!(altered.unwrap().to_string(), "the value of Owner was cut to 256 characters");
    let long = "A".repeat(257);
    let record = RECORD.replace("AIDABOB", &long);
    let refusal = check_record(&Guard::default(), &record, vec![tagging(&["i-1"], &[("PrincipalId", &long)])]);
    assert_eq!(refusal.unwrap_err().to_string(), "257 characters in a principal id; the limit is 256");
}

#[test]
fn too_many_resources_or_tags_are_refused() {
    let ids: Vec<String> = (0..1001).map(|number| format!("i-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_refused(tagging(&ids, OWNED), "1001 resources; the limit is 1000");
    assert_refused(tagging(&["i-1"], &[("Owner", "x"); 51]), "51 tags; the limit is 50");
}

#[test]
fn only_what_ec2_can_tag_is_taken() {
    let words = "`r-1` is not the id of anything that EC2 can tag, nor an ARN";
    assert_refused(tagging(&["r-1"], OWNED), words);
}

#[test]
fn two_values_for_one_key_of_a_resource_are_a_conflict() {
    assert_refused(
        tagging(&["i-1"], &[("Owner", "a"), ("Owner", "b")]),
        "the tag key `Owner` stands twice in one tagging",
    );
    let refusal =
        check(vec![tagging(&["i-1"], &[("Owner", "a")]), tagging(&["eni-1", "i-1"], &[("Owner", "b")])]).unwrap_err();
    assert_eq!(refusal.to_string(), "conflict: i-1 would get Owner = `a` and Owner = `b`");
}

#[test]
fn an_answer_without_resources_or_tags_is_nothing_to_tag() {
    assert_eq!(check(vec![]).unwrap(), Checked { taggings: vec![], alterations: None });
    assert_eq!(
        check(vec![tagging(&[], OWNED), tagging(&["i-1"], &[])]).unwrap(),
        Checked { taggings: vec![], alterations: None }
    );
}

#[test]
fn an_event_that_any_account_may_have_sent_or_of_another_account_is_not_admitted() {
    let admit = |guard: &Guard, change: &dyn Fn(&mut Event)| {
        let mut event = decode(RECORD.as_bytes()).remove(0).unwrap();
        change(&mut event);
        let record = event.record().unwrap();
        guard.admit(&event, &record).unwrap_err()
    };
    let open = Guard::default();
    assert_eq!(admit(&open, &|event| event.source = "my.app".into()), Refusal::ForeignSource("my.app".into()));
    for source in ["aws.partner/example.com/anything", "aws.partner", "aws.", "aws.ec2/x", "aws.EC2", "aws.e c2"] {
        assert_eq!(admit(&open, &|event| event.source = source.into()), Refusal::ForeignSource(source.into()));
    }
    assert_eq!(admit(&open, &|event| event.account.clear()), Refusal::NoAccountOrRegion("account"));
    assert_eq!(admit(&open, &|event| event.region.clear()), Refusal::NoAccountOrRegion("Region"));
    let refusal = admit(&open, &|event| event.account = "444455556666".into());
    assert_eq!(refusal.to_string(), "the record's account, 111122223333, is not its envelope's, 444455556666");
    let refusal = admit(&open, &|event| event.region = "us-east-1".into());
    assert_eq!(refusal.to_string(), "the record's Region, eu-central-1, is not its envelope's, us-east-1");
    let refusal = admit(&open, &|event| event.replay_name = Some("incident-42".into()));
    assert_eq!(refusal, Refusal::Replay("incident-42".into()));
    let closed = Guard { accounts: Some(["444455556666".into()].into()), ..open };
    assert_eq!(admit(&closed, &|_| {}), Refusal::Account("111122223333".into()));
}

#[test]
fn renamed_keys_are_guarded_like_the_originals() {
    let guard = Guard {
        tag_keys: ["Owner".into(), "Extra".into()].into(),
        access_keys: ["Extra".into()].into(),
        ..Guard::default()
    };
    assert!(check_record(&guard, RECORD, vec![tagging(&["i-1"], &[("Extra", "AIDABOB")])]).is_ok());
    let refusal = check_record(&guard, RECORD, vec![tagging(&["i-1"], &[("Extra", "AIDAEVE")])]).unwrap_err();
    assert!(matches!(refusal, Refusal::Identity { .. }));
}

#[test]
fn a_record_nested_too_deep_to_search_is_refused() {
    let record = RECORD.replace("\"none\": null", &format!("\"none\": {}1{}", "[".repeat(200), "]".repeat(200)));
    let refusal = check_record(&Guard::default(), &record, vec![tagging(&["i-1"], OWNED)]).unwrap_err();
    assert!(matches!(refusal, Refusal::Unsearchable(_)), "{refusal}");
}

/// Ids and texts that a record may be made of.
const POOL: [&str; 6] = ["i-1", "i-2", "eni-1", "vol-1", "see i-1", "I-1"];

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => prop::sample::select(&POOL[..]).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(&POOL[..]), inner, 0..4)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

fn strings(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::String(text) => drop(found.insert(text.clone())),
        Value::Array(elements) => elements.iter().for_each(|element| strings(element, found)),
        Value::Object(object) => object.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn an_id_passes_if_and_only_if_it_is_a_string_of_the_answer_and_none_of_the_request(
        request in arbitrary_json(),
        response in arbitrary_json(),
        ids in prop::sample::subsequence(&POOL[..2], 1..=2),
    ) {
        let (mut requested, mut answered) = (HashSet::new(), HashSet::new());
        strings(&request, &mut requested);
        strings(&response, &mut answered);
        let proved = ids.iter().all(|&id| answered.contains(id) && !requested.contains(id));
        let record = json!({"eventName": "CreateFleet", "eventSource": "ec2.amazonaws.com", "awsRegion": "eu-central-1",
            "recipientAccountId": "111122223333", "userIdentity": {"principalId": "AIDABOB"},
            "requestParameters": request, "responseElements": response});
        let result = check_record(&Guard::default(), &record.to_string(), vec![tagging(&ids, OWNED)]);
        prop_assert_eq!(result.is_ok(), proved, "{:?}", result);
    }
}

#[test]
fn as_many_resources_and_tags_as_aws_takes_are_not_too_many() {
    let ids: Vec<String> = (0..MAX_RESOURCES).map(|number| format!("i-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let keys: Vec<String> = (0..MAX_TAGS).map(|number| format!("Key{number}")).collect();
    let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "x")).collect();
    // They are refused for what they are, and not for their number.
    for many in [tagging(&ids, OWNED), tagging(&["i-1"], &tags)] {
        let refusal = check(vec![many]).unwrap_err();
        assert!(!matches!(refusal, Refusal::TooMany { .. }), "{refusal}");
    }
}

#[test]
fn a_conflict_names_the_plugins_that_disagree() {
    let conflict = Conflict {
        resource: ResourceId::parse("i-0123456789abcdef0").map(Resource::Ec2).unwrap(),
        key: "Owner".into(),
        one: "`a`".into(),
        one_plugin: Some("ec2@1.0.0".into()),
        other: "`b`".into(),
        other_plugin: None,
    };
    let says = "i-0123456789abcdef0 would get Owner = `a` (from ec2@1.0.0) and Owner = `b`";
    assert!(conflict.to_string().contains(says), "{conflict}");
}
