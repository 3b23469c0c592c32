//! What the plugins' SDK and the host decide each for itself, they decide alike.

use autotag_core::event::decode;
use autotag_core::resource::{Arn, partition_of};
use autotag_plugin_sdk::UserIdentity;
use autotag_plugin_sdk::arn::{Scope, arn};
use autotag_plugin_sdk::testing::api_call;
use serde_json::{Map, Value, json};

#[test]
fn plugins_put_arns_together_in_the_partition_that_the_guard_asks_for() {
    for region in [
        "eu-central-1",
        "cn-north-1",
        "us-gov-west-1",
        "us-iso-east-1",
        "us-isob-east-1",
        "eu-isoe-west-1",
        "us-isof-south-1",
        "eusc-de-east-1",
    ] {
        let event = api_call("aws.s3", &format!(r#"{{"awsRegion": "{region}"}}"#));
        let arn = arn(&event, Scope::Partition, "orders");
        assert_eq!(Arn::parse(&arn).unwrap().partition, partition_of(region), "{region}");
    }
}

/// By the SDK's judgement a plugin asks for parents and leaves out identities; by the host's, the guard checks that.
#[test]
fn the_sdk_and_the_guard_agree_on_who_is_a_service() {
    let role = "arn:aws:iam::111122223333:role";
    let session = "arn:aws:sts::111122223333:assumed-role";
    let fields: [(&str, Vec<Value>); 6] = [
        ("type", vec![json!("AWSService"), json!("AssumedRole"), json!("IAMUser"), json!("Root"), json!("Role")]),
        (
            "principalId",
            vec![json!("AROA:AWSCloudFormation"), json!("AROA:cloudformation"), json!("AROA:alice"), json!("AIDABOB")],
        ),
        (
            "invokedBy",
            vec![json!("cloudformation.amazonaws.com"), json!("autoscaling.amazonaws.com"), json!("AWS Internal")],
        ),
        (
            "arn",
            vec![
                json!(format!("{session}/AWSServiceRoleForEC2Spot/Spot")),
                json!(format!("{session}/Deploy/AWSCloudFormation")),
                json!("arn:aws:iam::111122223333:root"),
            ],
        ),
        (
            "sessionContext",
            vec![
                json!({}),
                json!({"sessionIssuer": {}}),
                json!({"sessionIssuer": {"userName": "AWSServiceRoleForEC2Spot"}}),
                json!({"sessionIssuer": {"type": "Role", "arn": format!("{role}/Deploy")}}),
                json!({"sessionIssuer": {
                    "arn": format!("{role}/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"),
                }}),
            ],
        ),
        ("accessKeyId", vec![json!(""), json!("ASIA")]),
    ];
    let mut identities = vec![Map::new()];
    for (field, values) in fields {
        let with = |identity: &Map<String, Value>| -> Vec<_> {
            let set = |value: &Value| {
                let mut identity = identity.clone();
                identity.insert(field.into(), value.clone());
                identity
            };
            values.iter().map(set).collect()
        };
        let more: Vec<_> = identities.iter().flat_map(with).collect();
        identities.extend(more);
    }
    let mut services = 0;
    for identity in identities.iter().map(|identity| Value::from(identity.clone())) {
        let record = json!({"eventSource": "ec2.amazonaws.com", "eventName": "X", "userIdentity": identity});
        let event = decode(record.to_string().as_bytes()).remove(0).unwrap();
        let of_the_sdk: UserIdentity = serde_json::from_value(identity.clone()).unwrap();
        // A plugin takes nothing from an identity that names no owner.
        if of_the_sdk.owner().is_some() {
            assert_eq!(of_the_sdk.acting_service().is_some(), event.is_by_service(), "{identity}");
        }
        services += usize::from(event.is_by_service());
    }
    assert!(services > 1000 && services < identities.len() - 1000, "{services} of {}", identities.len());
}
