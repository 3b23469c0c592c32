//! KMS: which keys there are, and their policies.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autotag_fake_aws::{DEFAULT_REGION, FakeAws, Fault, Key, KeyManager, On};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeyState};
use serde_json::{Value, json};

use crate::clients::{code, config, status_and_code};

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    let client = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    (aws, client)
}

fn policy() -> Value {
    let statement = json!({ "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" } });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[tokio::test]
async fn a_key_is_described_by_its_id_its_arn_its_alias_and_the_aliass_arn() {
    let (aws, client) = bench().await;
    let arn = aws.put_key(Key::new(ID, policy()).alias("alias/queues").alias("alias/more/queues"));
    aws.put_key(Key::new(OTHER, json!({})));
    let alias_arn = "arn:aws:kms:us-east-1:111122223333:alias/queues";

    assert_eq!(arn, format!("arn:aws:kms:us-east-1:111122223333:key/{ID}"));
    for name in [ID, &arn, "alias/queues", "alias/more/queues", alias_arn] {
        let answer = client.describe_key().key_id(name).send().await.unwrap();
        let key = answer.key_metadata().unwrap();
        assert_eq!((key.key_id(), key.arn()), (ID, Some(arn.as_str())), "{name}");
        assert_eq!((key.key_manager(), key.key_state()), (Some(&KeyManagerType::Customer), Some(&KeyState::Enabled)));
        assert!(key.enabled() && key.aws_account_id() == Some("111122223333"));
    }
    let other = client.describe_key().key_id(OTHER).send().await.unwrap();
    assert_eq!(other.key_metadata().unwrap().multi_region(), Some(true));
}

#[tokio::test]
async fn the_policy_of_a_key_is_told_by_its_id_and_its_arn_but_not_by_its_alias() {
    let (aws, client) = bench().await;
    let arn = aws.put_key(Key::new(ID, policy()).alias("alias/queues"));
    let get = |name: &str| client.get_key_policy().key_id(name);

    for name in [ID, &arn] {
        let answer = get(name).send().await.unwrap();
        assert_eq!(serde_json::from_str::<Value>(answer.policy().unwrap()).unwrap(), policy());
        assert_eq!(answer.policy_name(), Some("default"));
    }
    assert!(get(ID).policy_name("default").send().await.is_ok());
    assert_eq!(code(get(ID).policy_name("other").send().await), "NotFoundException");
    for name in ["alias/queues", "arn:aws:kms:us-east-1:111122223333:alias/queues"] {
        assert_eq!(status_and_code(get(name).send().await), (400, "NotFoundException".to_owned()));
    }
}

#[tokio::test]
async fn the_key_of_sqs_is_there_managed_by_aws_and_lets_no_service_in() {
    let (_aws, client) = bench().await;
    let answer = client.describe_key().key_id("alias/aws/sqs").send().await.unwrap();
    let key = answer.key_metadata().unwrap();
    let policy = client.get_key_policy().key_id(key.key_id()).send().await.unwrap();

    assert_eq!((key.key_manager(), key.enabled()), (Some(&KeyManagerType::Aws), true));
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    assert_eq!(policy["Statement"][0]["Condition"]["StringEquals"]["kms:ViaService"], "sqs.us-east-1.amazonaws.com");
    assert!(!policy.to_string().contains("\"Service\":"), "{policy}");
}

#[tokio::test]
async fn a_test_can_put_its_own_key_of_sqs() {
    let (aws, client) = bench().await;
    let own = Key { manager: KeyManager::Aws, ..Key::new(ID, policy()).alias("alias/aws/sqs") };
    aws.put_key(own);
    let answer = client.describe_key().key_id("alias/aws/sqs").send().await.unwrap();
    assert_eq!(answer.key_metadata().unwrap().key_id(), ID);
}

#[tokio::test]
async fn a_key_can_be_changed_and_taken_away() {
    let (aws, client) = bench().await;
    aws.put_key(Key::new(ID, policy()).alias("alias/queues"));
    aws.update_key(ID, |key| key.enabled = false);
    let disabled = client.describe_key().key_id(ID).send().await.unwrap();
    aws.delete_key(ID);

    let key = disabled.key_metadata().unwrap();
    assert_eq!((key.enabled(), key.key_state()), (false, Some(&KeyState::Disabled)));
    let by_id = client.describe_key().key_id(ID).send().await.unwrap_err().into_service_error();
    let by_alias = client.describe_key().key_id("alias/queues").send().await.unwrap_err().into_service_error();
    assert!(by_id.is_not_found_exception() && by_alias.is_not_found_exception());
    let expected = format!("Key 'arn:aws:kms:us-east-1:111122223333:key/{ID}' does not exist");
    assert_eq!(by_id.meta().message(), Some(expected.as_str()));
    let expected = "Alias arn:aws:kms:us-east-1:111122223333:alias/queues is not found.";
    assert_eq!(by_alias.meta().message(), Some(expected));
}

#[tokio::test]
async fn a_key_is_in_its_own_account_and_region_alone() {
    let (aws, client) = bench().await;
    let elsewhere = aws.at("111122223333", "eu-west-1").put_key(Key::new(ID, policy()));
    aws.at("444455556666", DEFAULT_REGION).put_key(Key::new(ID, policy()));
    assert_eq!(code(client.describe_key().key_id(ID).send().await), "NotFoundException");
    assert_eq!(code(client.describe_key().key_id(elsewhere).send().await), "NotFoundException");
}

#[tokio::test]
async fn what_kms_would_refuse_is_refused() {
    let (aws, client) = bench().await;
    aws.put_key(Key::new(ID, policy()).alias("alias/queues"));

    assert_eq!(code(client.describe_key().key_id("queues").send().await), "NotFoundException");
    assert_eq!(code(client.describe_key().key_id("").send().await), "ValidationException");
    let with_grant = client.describe_key().key_id(ID).grant_tokens("token").send().await;
    assert_eq!(code(with_grant), "ValidationException");
    assert_eq!(code(client.list_keys().send().await), "UnknownOperationException");
    for (refused, reason) in [
        (Key::new("queues", policy()), "an id is a UUID"),
        (Key::new(OTHER, policy()).alias("queues"), "is no alias"),
        (Key::new(OTHER, policy()).alias("alias/aws/sqs"), "only keys that AWS manages"),
        (Key::new(OTHER, policy()).alias("alias/queues"), "another key has the alias alias/queues"),
        (Key::new(OTHER, json!("policy")), "no JSON object"),
    ] {
        let panic = catch_unwind(AssertUnwindSafe(|| aws.put_key(refused))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(reason), "{message}");
    }
    assert_eq!(code(client.describe_key().key_id(OTHER).send().await), "NotFoundException");
}

#[tokio::test]
async fn faults_happen_to_kms_too() {
    let (aws, client) = bench().await;
    aws.put_key(Key::new(ID, policy()));
    aws.fault(On::service("kms").touching(ID), Fault::AccessDenied);
    aws.fault(On::action("DescribeKey"), Fault::Throttle { burst: 0, per_second: 0.0 });

    let denied = client.get_key_policy().key_id(ID).send().await;
    let throttled = client.describe_key().key_id("alias/aws/sqs").send().await;

    assert_eq!(status_and_code(denied), (400, "AccessDeniedException".to_owned()));
    assert_eq!(status_and_code(throttled), (400, "ThrottlingException".to_owned()));
}
