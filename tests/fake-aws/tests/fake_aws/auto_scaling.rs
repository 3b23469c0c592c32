//! Auto Scaling: the tags of groups.

use std::time::Duration;

use autotag_fake_aws::{DEFAULT_REGION, FakeAws, Fault, On};
use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::operation::describe_tags::builders::DescribeTagsFluentBuilder;
use aws_sdk_autoscaling::types::Filter;

use crate::clients::{code, config};

async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    let client = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    (aws, client)
}

fn filter(name: &str, values: &[&str]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.iter().map(|value| (*value).to_owned()).collect())).build()
}

fn describe(client: &Client, groups: &[&str]) -> DescribeTagsFluentBuilder {
    client.describe_tags().filters(filter("auto-scaling-group", groups))
}

/// Group, key and value of the tags on the first page.
async fn tags(client: &Client, groups: &[&str]) -> Vec<(String, String, String)> {
    let answer = describe(client, groups).send().await.unwrap();
    let tags = answer.tags().iter().map(|tag| {
        assert_eq!((tag.resource_type(), tag.propagate_at_launch()), (Some("auto-scaling-group"), Some(false)));
        let [group, key, value] = [tag.resource_id(), tag.key(), tag.value()].map(|text| text.unwrap().to_owned());
        (group, key, value)
    });
    tags.collect()
}

#[tokio::test]
async fn the_tags_of_the_groups_that_are_there_are_shown() {
    let (aws, client) = bench().await;
    aws.put_auto_scaling_group("web & api", &[("Owner", "bob"), ("Name", "<web>")]);
    aws.put_auto_scaling_group("batch", &[("Owner", "eve")]);
    aws.put_auto_scaling_group("bare", &[]);
    aws.put_auto_scaling_group("other", &[("Owner", "zoe")]);

    let found = tags(&client, &["web & api", "unknown", "bare", "batch"]).await;
    let none = tags(&client, &["unknown", "web"]).await;

    let expected = [("batch", "Owner", "eve"), ("web & api", "Name", "<web>"), ("web & api", "Owner", "bob")];
    assert_eq!(found, expected.map(|(group, key, value)| (group.to_owned(), key.to_owned(), value.to_owned())));
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_group_can_be_changed_and_removed() {
    let (aws, client) = bench().await;
    aws.put_auto_scaling_group("web", &[("Owner", "bob")]);
    aws.put_auto_scaling_group("web", &[("Owner", "eve")]);
    let changed = tags(&client, &["web"]).await;

    aws.remove_auto_scaling_group("web");

    assert_eq!(changed[0].2, "eve");
    assert!(tags(&client, &["web"]).await.is_empty());
}

#[tokio::test]
async fn a_group_is_in_its_own_account_and_region_alone() {
    let (aws, client) = bench().await;
    aws.at("444455556666", "us-east-1").put_auto_scaling_group("web", &[("Owner", "bob")]);
    aws.at("111122223333", "eu-west-1").put_auto_scaling_group("web", &[("Owner", "eve")]);
    let there = Client::new(&config(&aws, "AKIDANYONE", "eu-west-1").await);

    assert!(tags(&client, &["web"]).await.is_empty());
    assert_eq!(tags(&there, &["web"]).await[0].2, "eve");
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let (aws, client) = bench().await;
    let groups: Vec<String> = (0..6).map(|n| format!("group {n}")).collect();
    let keys: Vec<String> = (0..20).map(|n| format!("key-{n:02}")).collect();
    let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "value")).collect();
    groups.iter().for_each(|group| aws.put_auto_scaling_group(group, &tags));
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let all = async |records: Option<i32>| {
        let mut pages = describe(&client, &groups).set_max_records(records).into_paginator().send();
        let (mut sizes, mut found) = (Vec::new(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            sizes.push(page.tags().len());
            found.extend(
                page.tags().iter().map(|tag| (tag.resource_id().unwrap().to_owned(), tag.key().unwrap().to_owned())),
            );
        }
        (sizes, found)
    };

    let (by_default, found) = all(None).await;

    assert_eq!(by_default, [50, 50, 20]);
    assert_eq!(all(Some(100)).await.0, [100, 20]);
    let expected = groups.iter().flat_map(|group| keys.iter().map(move |key| ((*group).to_owned(), key.clone())));
    assert!(found.into_iter().eq(expected));
}

#[tokio::test]
async fn what_the_fake_does_not_model_and_what_aws_refuses_is_refused() {
    let (aws, client) = bench().await;
    aws.put_auto_scaling_group("web", &[("Owner", "bob")]);
    let web = || describe(&client, &["web"]);
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();

    assert_eq!(code(client.describe_tags().send().await), "ValidationError");
    assert_eq!(code(client.describe_tags().filters(filter("key", &["Owner"])).send().await), "ValidationError");
    assert_eq!(code(web().filters(filter("key", &["Owner"])).send().await), "ValidationError");
    assert_eq!(code(describe(&client, &[]).send().await), "ValidationError");
    assert_eq!(code(describe(&client, &many).send().await), "ValidationError");
    assert!(describe(&client, &many[..1_000]).send().await.is_ok());
    assert_eq!(code(web().max_records(0).send().await), "ValidationError");
    assert_eq!(code(web().max_records(101).send().await), "ValidationError");
    assert!(web().next_token("no token").send().await.unwrap_err().into_service_error().is_invalid_next_token());
    assert_eq!(code(web().include_managed_resources(true).send().await), "UnknownParameter");
    assert_eq!(code(client.describe_auto_scaling_groups().send().await), "InvalidAction");
}

#[tokio::test]
async fn faults_happen_to_auto_scaling_too() {
    let (aws, client) = bench().await;
    aws.put_auto_scaling_group("web", &[("Owner", "bob")]);
    aws.put_auto_scaling_group("batch", &[("Owner", "eve")]);
    aws.fault(On::request("autoscaling", "DescribeTags").touching("web"), Fault::error(500, "InternalFailure"));
    aws.fault(On::action("DescribeTags").touching("batch"), Fault::Throttle { burst: 1, per_second: 0.0 });
    aws.fault(On::service("autoscaling"), Fault::DelayAfterEffect(Duration::from_millis(1)));

    let web = code(describe(&client, &["batch", "web"]).send().await);
    let batch = describe(&client, &["batch"]).send().await;

    assert_eq!(web, "InternalFailure");
    assert_eq!(batch.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 400);
    assert_eq!(code(batch), "Throttling");
    assert_eq!(aws.requests()[0].resources, ["batch", "web"]);
    assert_eq!(aws.counters("DescribeTags").errors["Throttling"], 1);
}
