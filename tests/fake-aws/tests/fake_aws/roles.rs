//! STS: who may assume a role, and what its credentials allow.

use std::time::{Duration, SystemTime};

use autotag_fake_aws::{DEFAULT_REGION, Instance, On};
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider};
use aws_sdk_sqs::config::Credentials;
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;

use crate::clients::{Bench, code, config, http_client, tag};

const ACCOUNT: &str = "444455556666";
const INSTANCE: &str = "i-0123456789abcdef0";

/// A fake with a role in another account, and an STS client in this one.
async fn bench_with_a_role() -> (Bench, aws_sdk_sts::Client, String) {
    let bench = Bench::new().await;
    let role = bench.aws.put_role(ACCOUNT, "autotag", Some("secret id"));
    let sts = aws_sdk_sts::Client::new(&config(&bench.aws, "AKIDANYONE", DEFAULT_REGION).await);
    (bench, sts, role)
}

fn assume(sts: &aws_sdk_sts::Client, role: &str) -> AssumeRoleFluentBuilder {
    sts.assume_role().role_arn(role).role_session_name("test").external_id("secret id")
}

async fn config_with(bench: &Bench, credentials: &aws_sdk_sts::types::Credentials, token: Option<&str>) -> SdkConfig {
    let token = token.map(str::to_owned);
    let credentials = Credentials::new(credentials.access_key_id(), "secret", token, None, "test");
    let config = config(&bench.aws, "AKIDANYONE", DEFAULT_REGION).await;
    config.into_builder().credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(credentials)).build()
}

#[tokio::test]
async fn the_credentials_of_a_role_act_in_its_account() {
    let (bench, sts, role) = bench_with_a_role().await;
    bench.aws.at(ACCOUNT, DEFAULT_REGION).put_instance(Instance::new(INSTANCE));

    let answer = assume(&sts, &role).send().await.unwrap();
    let credentials = answer.credentials().unwrap();
    let config = config_with(&bench, credentials, Some(credentials.session_token())).await;
    let ec2 = aws_sdk_ec2::Client::new(&config);
    ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "bob")).send().await.unwrap();
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();

    assert_eq!(bench.aws.at(ACCOUNT, DEFAULT_REGION).tags(INSTANCE)["Owner"], "bob");
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/autotag/test");
    assert_eq!(answer.assumed_role_user().unwrap().arn(), arn);
    assert_eq!((identity.account(), identity.arn()), (Some(ACCOUNT), Some(arn.as_str())));
    assert_eq!(identity.user_id(), Some(answer.assumed_role_user().unwrap().assumed_role_id()));
    let requests = bench.aws.requests();
    assert_eq!((requests[0].action.as_str(), requests[0].account.as_str()), ("AssumeRole", "111122223333"));
    assert_eq!((requests[1].action.as_str(), requests[1].account.as_str()), ("CreateTags", ACCOUNT));
}

#[tokio::test]
async fn a_caller_without_a_role_is_a_user_of_the_account_of_the_access_key() {
    let (bench, sts, _) = bench_with_a_role().await;
    bench.aws.register_access_key("AKIDOTHER", ACCOUNT);
    let other = aws_sdk_sts::Client::new(&config(&bench.aws, "AKIDOTHER", DEFAULT_REGION).await);

    for (client, account) in [(sts, "111122223333"), (other, ACCOUNT)] {
        let identity = client.get_caller_identity().send().await.unwrap();

        assert_eq!(identity.account(), Some(account));
        assert_eq!(identity.arn(), Some(format!("arn:aws:iam::{account}:user/fake").as_str()));
        assert!(identity.user_id().unwrap().starts_with("AIDA"));
    }
}

#[tokio::test]
async fn the_sdks_own_provider_assumes_a_role() {
    let (bench, _, role) = bench_with_a_role().await;
    bench.aws.at(ACCOUNT, DEFAULT_REGION).put_instance(Instance::new(INSTANCE));
    let own = config(&bench.aws, "AKIDANYONE", DEFAULT_REGION).await;
    let provider = AssumeRoleProvider::builder(role).external_id("secret id").session_name("autotag").configure(&own);
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .region(Region::new(DEFAULT_REGION))
        .credentials_provider(provider.build().await)
        .endpoint_url(bench.aws.endpoint())
        .retry_config(RetryConfig::disabled())
        .load()
        .await;

    let ec2 = aws_sdk_ec2::Client::new(&config);
    ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "bob")).send().await.unwrap();

    assert_eq!(bench.aws.at(ACCOUNT, DEFAULT_REGION).tags(INSTANCE)["Owner"], "bob");
    assert_eq!(bench.aws.requests_of("AssumeRole").len(), 1);
}

#[tokio::test]
async fn a_role_is_denied_to_a_caller_that_does_not_know_its_external_id_or_its_name() {
    let (bench, sts, role) = bench_with_a_role().await;
    let open = bench.aws.put_role(ACCOUNT, "open/to-all", None);
    let plain = |role: &str| sts.assume_role().role_arn(role).role_session_name("test");

    let wrong = plain(&role).external_id("another").send().await;
    let missing = plain(&role).send().await;
    let unknown = assume(&sts, &format!("{role}-2")).send().await;
    let allowed = plain(&open).send().await;
    bench.aws.remove_role(&role);
    let removed = assume(&sts, &role).send().await;

    assert_eq!(wrong.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 403);
    for denied in [wrong, missing, unknown, removed] {
        assert_eq!(code(denied), "AccessDenied");
    }
    assert!(allowed.unwrap().assumed_role_user().unwrap().arn().ends_with("assumed-role/to-all/test"));
}

#[tokio::test]
async fn a_session_lasts_as_long_as_was_asked_for_and_no_longer_than_the_test_allows() {
    let (bench, sts, role) = bench_with_a_role().await;
    let lifetime = async |asked: Option<i32>| {
        let answer = assume(&sts, &role).set_duration_seconds(asked).send().await.unwrap();
        let expires = SystemTime::try_from(*answer.credentials().unwrap().expiration()).unwrap();
        // The clock goes on between the two readings.
        expires.duration_since(SystemTime::now()).unwrap().as_secs() + 1
    };

    let hour = lifetime(None).await;
    let asked = lifetime(Some(900)).await;
    bench.aws.set_token_lifetime(Duration::from_secs(60));
    let bounded = lifetime(Some(900)).await;

    assert!((3_590..=3_600).contains(&hour) && (890..=900).contains(&asked) && (50..=60).contains(&bounded));
}

#[tokio::test]
async fn a_call_without_the_token_of_its_access_key_is_refused() {
    let (bench, sts, role) = bench_with_a_role().await;
    let answer = assume(&sts, &role).send().await.unwrap();
    let credentials = answer.credentials().unwrap();

    for token in [None, Some("another")] {
        let config = config_with(&bench, credentials, token).await;
        let ec2 = aws_sdk_ec2::Client::new(&config).describe_instances().send().await;
        let sqs = aws_sdk_sqs::Client::new(&config).get_queue_url().queue_name("events").send().await;
        let sts = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;

        assert_eq!(ec2.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 401);
        assert_eq!(code(ec2), "AuthFailure");
        assert_eq!((code(sqs), code(sts)), ("InvalidClientTokenId".to_owned(), "InvalidClientTokenId".to_owned()));
    }
}

#[tokio::test]
async fn a_session_that_is_over_is_refused_and_the_call_has_no_effect() {
    let (bench, sts, role) = bench_with_a_role().await;
    let region = bench.aws.at(ACCOUNT, DEFAULT_REGION);
    region.put_instance(Instance::new(INSTANCE));
    let answer = assume(&sts, &role).send().await.unwrap();
    let credentials = answer.credentials().unwrap();
    let config = config_with(&bench, credentials, Some(credentials.session_token())).await;

    bench.aws.expire_tokens();
    let ec2 = aws_sdk_ec2::Client::new(&config);
    let tagged = ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "bob")).send().await;
    let sqs = aws_sdk_sqs::Client::new(&config).get_queue_url().queue_name("events").send().await;
    let sts_again = assume(&aws_sdk_sts::Client::new(&config), &role).send().await;
    let anew = assume(&sts, &role).send().await;

    assert_eq!(code(tagged), "RequestExpired");
    assert!(region.tags(INSTANCE).is_empty());
    assert_eq!((code(sqs), code(sts_again)), ("ExpiredToken".to_owned(), "ExpiredToken".to_owned()));
    assert!(anew.is_ok());
    assert_eq!(bench.aws.requests_of("CreateTags")[0].error_code(), Some("RequestExpired"));
}

#[tokio::test]
async fn a_session_ends_by_time_alone() {
    let (bench, sts, role) = bench_with_a_role().await;
    bench.aws.set_token_lifetime(Duration::from_millis(300));
    let answer = assume(&sts, &role).send().await.unwrap();
    let credentials = answer.credentials().unwrap();
    let ec2 = aws_sdk_ec2::Client::new(&config_with(&bench, credentials, Some(credentials.session_token())).await);

    tokio::time::sleep(Duration::from_millis(300)).await;

    assert_eq!(code(ec2.describe_instances().send().await), "RequestExpired");
}

#[tokio::test]
async fn what_sts_would_refuse_is_refused() {
    let (_bench, sts, role) = bench_with_a_role().await;
    assert_eq!(code(assume(&sts, &role).duration_seconds(899).send().await), "ValidationError");
    assert_eq!(code(assume(&sts, &role).role_session_name("two words").send().await), "ValidationError");
    assert_eq!(code(sts.assume_role().role_arn(role).send().await), "ValidationError");
    assert_eq!(code(sts.get_session_token().send().await), "InvalidAction");
}

#[tokio::test]
async fn faults_happen_to_sts_too() {
    let (bench, sts, role) = bench_with_a_role().await;
    bench.aws.fault(On::service("sts").next(1), autotag_fake_aws::Fault::error(500, "InternalFailure"));
    assert_eq!(code(assume(&sts, &role).send().await), "InternalFailure");
    assert!(assume(&sts, &role).send().await.is_ok());
}
