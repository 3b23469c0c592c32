//! What the plugin answers for the recorded call and changes of it, natively.

use autotag_plugin_sdk::{Event, Failure, Plugin, Settings, Tag, testing};
use serde_json::{Value, json};

use crate::Extractor;

const RECORDED: &str = include_str!("../events/create-key-pair.json");

/// The recorded call with this field in place of its own.
fn recorded_with(field: &str, value: Value) -> Event {
    let mut event: Value = serde_json::from_str(RECORDED).unwrap();
    event["detail"][field] = value;
    testing::event(&event.to_string())
}

/// An answer that names these ids where the call's does.
fn naming(ids: Value) -> Value {
    "keyPairId".rsplit('.').fold(ids, |value, field| json!({ field: value }))
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

#[test]
fn what_the_call_created_is_tagged_with_the_user_who_made_it() {
    let bob = json!({"type": "IAMUser", "userName": "bob", "principalId": "AIDACKCEVSQ6C2EXAMPLE"});

    let taggings = Extractor::extract(&recorded_with("userIdentity", bob), &Settings::default()).unwrap();

    assert_eq!(taggings[0].resources.len(), 1);
    assert_eq!(taggings[0].tags, [tag("Owner", "bob"), tag("PrincipalId", "AIDACKCEVSQ6C2EXAMPLE")]);
}

#[test]
fn without_an_identity_it_cannot_tell() {
    for identity in [Value::Null, json!({})] {
        let failure = Extractor::extract(&recorded_with("userIdentity", identity), &Settings::default());

        assert!(matches!(failure, Err(Failure::CannotTell(_))), "{failure:?}");
    }
}

#[test]
fn a_response_without_the_id_is_malformed() {
    for response in [Value::Null, json!({}), json!(7)] {
        let failure = Extractor::extract(&recorded_with("responseElements", response), &Settings::default());

        assert!(matches!(failure, Err(Failure::Malformed(_))), "{failure:?}");
    }
}

#[test]
fn each_id_at_the_path_is_tagged() {
    for (ids, expected) in [(json!("first"), vec!["first"]), (json!(["first", "second"]), vec!["first", "second"])] {
        let event = recorded_with("responseElements", naming(ids));

        let taggings = Extractor::extract(&event, &Settings::default()).unwrap();

        assert_eq!(taggings[0].resources, expected);
    }
}

#[test]
fn an_id_that_is_no_text_is_malformed() {
    for ids in [json!(7), json!({}), json!(["first", 7])] {
        let failure = Extractor::extract(&recorded_with("responseElements", naming(ids)), &Settings::default());

        assert!(matches!(failure, Err(Failure::Malformed(_))), "{failure:?}");
    }
}

#[test]
fn settings_rename_the_tags() {
    let settings: Settings = serde_json::from_str(r#"{"owner_key": "CreatedBy"}"#).unwrap();

    let taggings = Extractor::extract(&testing::event(RECORDED), &settings).unwrap();

    assert_eq!(Extractor::tag_keys(&settings), ["CreatedBy", "PrincipalId"]);
    assert_eq!(taggings[0].tags[0].key, "CreatedBy");
}
