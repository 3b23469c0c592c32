//! S3: which buckets there are, and their tags.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use autotag_fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws, Fault, GateAt, On};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::Bucket;

use crate::clients::{SOON, code, config, status_and_code};

const PICTURES: &str = "arn:aws:s3:::pictures";
const LOGS: &str = "arn:aws:s3:::logs";

/// 2024-02-29T23:59:58.250Z
fn leap_day() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_709_251_198_250)
}

async fn client(aws: &FakeAws, region: &str) -> Client {
    Client::new(&config(aws, "AKIDANYONE", region).await)
}

/// A fake with one bucket here and another in `eu-west-1`.
async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    aws.put_arn(PICTURES, &[("Owner", "bob"), ("Name", "<pictures>")]);
    aws.at(DEFAULT_ACCOUNT, "eu-west-1").put_arn(LOGS, &[]);
    let client = client(&aws, DEFAULT_REGION).await;
    (aws, client)
}

fn names(buckets: &[Bucket]) -> Vec<&str> {
    buckets.iter().map(|bucket| bucket.name().unwrap()).collect()
}

#[tokio::test]
async fn the_buckets_of_all_regions_are_listed_with_the_seconds_of_their_creation() {
    let (aws, client) = bench().await;
    aws.born(PICTURES, leap_day());
    aws.put_arn("arn:aws:rds:us-east-1:111122223333:db:orders", &[]);
    aws.put_arn("arn:aws:s3:us-east-1:111122223333:accesspoint/pictures", &[]);
    aws.at("444455556666", DEFAULT_REGION).put_arn("arn:aws:s3:::theirs", &[]);

    let answer = client.list_buckets().send().await.unwrap();

    assert_eq!(names(answer.buckets()), ["logs", "pictures"]);
    let [logs, pictures] = answer.buckets() else { panic!("{answer:?}") };
    assert_eq!(pictures.creation_date().unwrap().to_millis().unwrap(), 1_709_251_198_000);
    let made = SystemTime::try_from(*logs.creation_date().unwrap()).unwrap();
    assert!(made.elapsed().unwrap() < Duration::from_secs(60));
}

#[tokio::test]
async fn the_region_of_a_bucket_is_said_to_a_call_with_a_parameter_alone() {
    let (_aws, client) = bench().await;
    let regions =
        |buckets: &[Bucket]| buckets.iter().map(|bucket| bucket.bucket_region().map(str::to_owned)).collect::<Vec<_>>();

    let plain = client.list_buckets().send().await.unwrap();
    let limited = client.list_buckets().max_buckets(100).send().await.unwrap();

    assert_eq!(regions(plain.buckets()), [None, None]);
    assert_eq!(regions(limited.buckets()), [Some("eu-west-1".to_owned()), Some("us-east-1".to_owned())]);
}

#[tokio::test]
async fn buckets_are_chosen_by_prefix_and_region() {
    let (aws, client) = bench().await;
    let there = self::client(&aws, "eu-west-1").await;

    let by_prefix = client.list_buckets().prefix("pic").send().await.unwrap();
    let none = client.list_buckets().prefix("none").send().await.unwrap();
    let here = client.list_buckets().bucket_region(DEFAULT_REGION).send().await.unwrap();
    let there = there.list_buckets().bucket_region("eu-west-1").send().await.unwrap();
    let elsewhere = client.list_buckets().bucket_region("eu-west-1").send().await;

    assert_eq!((names(by_prefix.buckets()), by_prefix.prefix()), (vec!["pictures"], Some("pic")));
    assert!(none.buckets().is_empty());
    assert_eq!((names(here.buckets()), names(there.buckets())), (vec!["pictures"], vec!["logs"]));
    // A request must be sent to the Region that it asks for.
    assert_eq!(status_and_code(elsewhere), (400, "InvalidArgument".to_owned()));
}

#[tokio::test]
async fn pages_cover_every_bucket_once() {
    let (aws, client) = bench().await;
    (0..5).for_each(|n| aws.put_arn(&format!("arn:aws:s3:::archive-{n}"), &[]));

    let mut pages = client.list_buckets().max_buckets(3).into_paginator().send();
    let (mut sizes, mut found) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.buckets().len());
        found.extend(names(page.buckets()).into_iter().map(str::to_owned));
    }

    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(found, ["archive-0", "archive-1", "archive-2", "archive-3", "archive-4", "logs", "pictures"]);
}

#[tokio::test]
async fn the_tags_of_a_bucket_are_shown_as_they_are() {
    let (aws, client) = bench().await;
    aws.tags_shown_after(PICTURES, Duration::from_secs(600));
    let tagging = async || {
        let answer = client.get_bucket_tagging().bucket("pictures").send().await.unwrap();
        answer.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect::<Vec<_>>()
    };

    let before = tagging().await;
    aws.set_tag(PICTURES, "Owner", "eve");

    let tags =
        |owner: &str| [("Name", "<pictures>"), ("Owner", owner)].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!((before, tagging().await), (tags("bob").to_vec(), tags("eve").to_vec()));
}

#[tokio::test]
async fn a_bucket_without_tags_elsewhere_of_others_or_nowhere_is_an_error_of_its_own() {
    let (aws, client) = bench().await;
    aws.put_arn("arn:aws:s3:::bare", &[]);
    aws.put_arn("arn:aws:s3:::later", &[]);
    aws.appear_after("arn:aws:s3:::later", Duration::from_secs(600));
    aws.at("444455556666", DEFAULT_REGION).put_arn("arn:aws:s3:::theirs", &[]);
    let error = async |bucket: &str| status_and_code(client.get_bucket_tagging().bucket(bucket).send().await);

    assert_eq!(error("bare").await, (404, "NoSuchTagSet".to_owned()));
    assert_eq!(error("nowhere").await, (404, "NoSuchBucket".to_owned()));
    assert_eq!(error("later").await, (404, "NoSuchBucket".to_owned()));
    assert_eq!(error("logs").await, (301, "PermanentRedirect".to_owned()));
    assert_eq!(error("theirs").await, (403, "AccessDenied".to_owned()));
}

#[tokio::test]
async fn what_the_fake_does_not_model_and_what_aws_refuses_is_refused() {
    let (_aws, client) = bench().await;
    let owned = client.get_bucket_tagging().bucket("pictures").expected_bucket_owner(DEFAULT_ACCOUNT).send().await;

    assert_eq!(code(owned), "InvalidArgument");
    assert_eq!(code(client.list_buckets().max_buckets(0).send().await), "InvalidArgument");
    assert_eq!(code(client.list_buckets().max_buckets(10_001).send().await), "InvalidArgument");
    assert_eq!(code(client.list_buckets().continuation_token("no token").send().await), "InvalidArgument");
    assert_eq!(code(client.get_bucket_location().bucket("pictures").send().await), "NotImplemented");
    assert_eq!(code(client.get_object_tagging().bucket("pictures").key("cat").send().await), "NotImplemented");
    assert_eq!(code(client.create_bucket().bucket("new").send().await), "NotImplemented");
}

#[tokio::test]
async fn calls_are_logged_by_the_names_that_they_go_by_elsewhere() {
    let (aws, client) = bench().await;

    client.list_buckets().prefix("pic").send().await.unwrap();
    client.get_bucket_tagging().bucket("pictures").send().await.unwrap();

    let requests = aws.requests();
    let said: Vec<_> = requests.iter().map(|request| (request.action.as_str(), request.resources.as_slice())).collect();
    let (prefix, bucket) = (["pic".to_owned()], ["pictures".to_owned()]);
    assert_eq!(said, [("ListBuckets", &prefix[..]), ("GetBucketTagging", &bucket[..])]);
    assert_eq!(requests[0].parameters, serde_json::json!({ "prefix": "pic" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_and_gates_happen_to_s3_too_in_its_own_words() {
    let (aws, client) = bench().await;
    aws.fault(On::action("ListBuckets").next(1), Fault::AccessDenied);
    aws.fault(On::action("GetBucketTagging").touching("pictures").next(1), Fault::AccessDenied);
    aws.fault(On::service("s3"), Fault::Throttle { burst: 1, per_second: 0.0 });
    let list = || client.list_buckets().send();

    let denied = list().await;
    let tags_denied = client.get_bucket_tagging().bucket("pictures").send().await;
    let throttled = list().await;
    let gate = aws.gate(On::action("GetBucketTagging"), GateAt::BeforeEffect);
    let held = tokio::spawn(client.get_bucket_tagging().bucket("pictures").send());
    gate.wait_arrived(1, SOON);
    drop(gate);

    let expected =
        "User: arn:aws:iam::111122223333:user/fake is not authorized to perform: s3:ListAllMyBuckets because";
    let message = denied.as_ref().unwrap_err().as_service_error().unwrap().meta().message().unwrap();
    assert!(message.starts_with(expected), "{message}");
    assert_eq!(status_and_code(denied), (403, "AccessDenied".to_owned()));
    assert_eq!(status_and_code(tags_denied), (403, "AccessDenied".to_owned()));
    assert_eq!(status_and_code(throttled), (503, "SlowDown".to_owned()));
    assert_eq!(status_and_code(held.await.unwrap()), (503, "SlowDown".to_owned()));
}
