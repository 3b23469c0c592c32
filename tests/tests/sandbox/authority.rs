//! Plugins that ask for more than they may have.

use autotag_core::guard::{Conflict, Refusal};
use autotag_core::resource::{Resource, ResourceId};
use autotag_tests::events::{envelope, run_instances};
use autotag_tests::harness::{Harness, INSTANCE, INTERFACE};
use autotag_tests::host::replay_stdin;
use autotag_tests::wat_plugin::{Extract, Tagging, WatPlugin};
use serde_json::json;
use tempfile::tempdir;

use super::verdict::{self, assert_tags, assert_tags_nothing_in};

#[track_caller]
fn assert_refused(hostile: &WatPlugin, refusal: &Refusal) {
    verdict::assert_refused(&Harness::of(hostile).unhurried(), refusal);
}

#[test]
fn an_id_that_is_not_in_the_event_is_refused() {
    let hostile = WatPlugin::new("invents").that_answers(&["i-0fffffffffffffff0"], &[("Owner", "eve")]);
    assert_refused(&hostile, &Refusal::NotInAnswer("i-0fffffffffffffff0".into()));
}

#[test]
fn one_invented_id_among_true_ones_spoils_the_whole_answer() {
    let mut hostile = WatPlugin::new("mixes");
    let tagging = |id: &str| Tagging { resources: vec![id.into()], tags: vec![("Owner".into(), "eve".into())] };
    hostile.extract = Extract::Answer(vec![tagging(INSTANCE), tagging("i-0fffffffffffffff0")]);
    assert_refused(&hostile, &Refusal::NotInAnswer("i-0fffffffffffffff0".into()));
}

#[test]
fn an_id_that_stands_only_in_the_request_or_in_both_is_refused() {
    for id in ["ami-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb"] {
        let hostile = WatPlugin::new("takes-requests").that_answers(&[id], &[("Owner", "eve")]);
        assert_refused(&hostile, &Refusal::InRequest(id.into()));
    }
    // In both the request and the answer, as when a principal attaches another principal's interface to its own
    // instance.
    let mut record = run_instances();
    record["requestParameters"]["networkInterfaceId"] = INTERFACE.into();
    let hostile = WatPlugin::new("takes").that_answers(&[INTERFACE], &[("Owner", "eve")]);
    let harness = Harness::of(&hostile).unhurried().about(envelope(&record));
    verdict::assert_refused(&harness, &Refusal::InRequest(INTERFACE.into()));
}

#[test]
fn an_arn_of_another_account_region_or_service_is_refused() {
    for (name, arn, part, expected) in [
        (
            "reaches-accounts",
            "arn:aws:ec2:eu-central-1:444455556666:instance/i-0123456789abcdef0",
            "account",
            "111122223333",
        ),
        (
            "reaches-regions",
            "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0",
            "Region",
            "eu-central-1",
        ),
        ("reaches-services", "arn:aws:iam:eu-central-1:111122223333:role/i-0123456789abcdef0", "service", "ec2"),
    ] {
        let hostile = WatPlugin::new(name).that_answers(&[arn], &[("Owner", "eve")]);
        assert_refused(&hostile, &Refusal::ArnPart { arn: arn.into(), part, expected: expected.into() });
    }
}

#[test]
fn what_is_no_id_at_all_is_refused() {
    let hostile = WatPlugin::new("names-users").that_answers(&["bob"], &[("Owner", "eve")]);
    assert_refused(&hostile, &Refusal::NotTaggable("bob".into()));
}

#[test]
fn the_principal_id_of_another_identity_is_refused() {
    let hostile = WatPlugin::new("forges").that_answers(&[INSTANCE], &[("PrincipalId", "AIDAEVE")]);
    let refusal = Refusal::Identity {
        key: "PrincipalId".into(),
        given: "AIDAEVE".into(),
        actual: Some("AIDABOBBOBBOBBOBBOBBO".into()),
    };
    assert_refused(&hostile, &refusal);
}

#[test]
fn reserved_undeclared_and_too_long_keys_are_refused() {
    let long = "ü".repeat(129);
    for (name, key, refusal) in [
        ("reserved", "aws:createdBy", Refusal::ReservedKey("aws:createdBy".into())),
        ("undeclared", "Admin", Refusal::UndeclaredKey("Admin".into())),
        ("long-winded", &long, Refusal::KeyLength("ü".repeat(128))),
        ("nameless", "", Refusal::KeyLength(String::new())),
    ] {
        assert_refused(&WatPlugin::new(name).that_answers(&[INSTANCE], &[(key, "bob")]), &refusal);
    }
}

#[test]
fn more_tags_than_a_resource_can_have_are_refused() {
    let keys: Vec<String> = (0..51).map(|number| format!("Key{number}")).collect();
    let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "x")).collect();
    let harness = |count: usize| {
        let mut hostile = WatPlugin::new("answers-many-tags").that_answers(&[INSTANCE], &tags[..count]);
        hostile.tag_keys = keys.clone();
        let allowed = keys.iter().map(String::as_str).chain(["Owner", "PrincipalId"]).collect::<Vec<_>>();
        Harness::of(&hostile).unhurried().with_key(&format!("tag_keys = {allowed:?}"))
    };
    verdict::assert_refused(&harness(51), &Refusal::TooMany { what: "tags", count: 51, limit: 50 });
    assert_tags(&harness(50));
}

#[test]
fn more_resources_than_a_call_takes_are_refused() {
    let ids = vec![INSTANCE; 1001];
    assert_refused(
        &WatPlugin::new("answers-many-ids").that_answers(&ids, &[("Owner", "bob")]),
        &Refusal::TooMany { what: "resources", count: 1001, limit: 1000 },
    );
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    assert_refused(
        &WatPlugin::new("contradicts-itself").that_answers(&[INSTANCE], &[("Owner", "bob"), ("Owner", "eve")]),
        &Refusal::KeyTwice("Owner".into()),
    );
    let mut hostile = WatPlugin::new("contradicts-itself-later");
    let tagging =
        |owner: &str| Tagging { resources: vec![INSTANCE.into()], tags: vec![("Owner".into(), owner.into())] };
    hostile.extract = Extract::Answer(vec![tagging("bob"), tagging("eve")]);
    let conflict = Conflict {
        resource: Resource::Ec2(ResourceId::parse(INSTANCE).unwrap()),
        key: "Owner".into(),
        one: "`bob`".into(),
        one_plugin: None,
        other: "`eve`".into(),
        other_plugin: None,
    };
    assert_refused(&hostile, &Refusal::Conflict(Box::new(conflict)));
}

#[test]
fn an_event_that_any_account_may_have_sent_is_refused_even_if_a_plugin_wants_it() {
    let plugins = tempdir().unwrap();
    let mut greedy = WatPlugin::new("greedy").that_answers(&[INSTANCE], &[("Owner", "bob")]);
    greedy.event_patterns = vec![r#"{"source": [{"exists": true}]}"#.into()];
    greedy.write(plugins.path());
    let mut event = envelope(&run_instances());
    event["source"] = "my.app".into();
    let result = replay_stdin(plugins.path(), event.to_string().as_bytes()).result();
    assert_eq!(result["outcome"], "refused");
    let reason = "the event's source `my.app` is not an AWS service's (`aws.…`), so any principal may have sent it";
    assert_eq!(result["reason"], reason);
}

#[test]
fn what_a_plugin_logs_stays_one_line_and_cannot_steer_a_terminal() {
    let plugin = WatPlugin::new("logs-escapes")
        .with_log()
        .with_fields(r#"(data (i32.const 400000) "red\1b[31m\nnext")"#)
        .that_runs("(call $log (i32.const 3) (i32.const 400000) (i32.const 13)) i32.const 16");
    let harness = Harness::of(&plugin).unhurried();
    let replay = harness.replay();
    assert_tags_nothing_in(&harness, &replay);
    let line: serde_json::Value = serde_json::from_str(replay.stderr.trim()).unwrap();
    assert_eq!(line["message"], r"red\u{1b}[31m\nnext");
    assert_eq!((&line["plugin"], &line["level"]), (&json!("logs-escapes@0.1.0"), &json!("ERROR")));
    assert_eq!(line["event_id"], autotag_tests::harness::EVENT_ID);
}

#[test]
fn a_replay_of_a_hostile_plugin_ends_with_status_1_in_the_table_too() {
    let plugins = tempdir().unwrap();
    WatPlugin::new("loops").that_runs("(loop (br 0)) unreachable").write(plugins.path());
    let event = plugins.path().join("event.json");
    std::fs::write(&event, envelope(&run_instances()).to_string()).unwrap();
    let replay = autotag_tests::host::replay(plugins.path(), [&event]);
    assert_eq!(replay.status, 1);
    assert!(replay.stdout.contains("it ran longer than 250 ms"), "{}", replay.stdout);
}
