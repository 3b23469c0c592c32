//! The Resource Groups Tagging API: GetResources over all tagged resources.

use std::time::Duration;

use autotag_fake_aws::{DEFAULT_REGION, FakeAws, Instance, Snapshot};
use aws_sdk_resourcegroupstagging::Client;

use crate::clients::{code, config};

const DATABASE: &str = "arn:aws:rds:us-east-1:111122223333:db:orders";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:resize";

async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    let client = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    (aws, client)
}

#[tokio::test]
async fn without_arns_all_that_has_tags_is_got_ec2s_too() {
    let (aws, client) = bench().await;
    aws.put_instance(Instance::new("i-00000001").tag("Owner", "bob").root_volume("vol-00000001"));
    aws.put_snapshot(Snapshot::new("snap-00000001").tag("Owner", "bob"));
    aws.put_arn("arn:aws:s3:::pictures", &[]);
    aws.put_arn(DATABASE, &[("Owner", "bob")]);
    aws.put_arn(FUNCTION, &[("Owner", "bob")]);
    aws.tags_shown_after(FUNCTION, Duration::from_secs(600));

    let answer = client.get_resources().send().await.unwrap();

    let got: Vec<_> = answer.resource_tag_mapping_list().iter().map(|one| one.resource_arn().unwrap()).collect();
    let instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-00000001";
    assert_eq!(got, [instance, "arn:aws:ec2:us-east-1::snapshot/snap-00000001", DATABASE]);
    assert_eq!(answer.resource_tag_mapping_list()[0].tags()[0].value(), "bob");
    assert_eq!(answer.pagination_token(), Some(""));
}

#[tokio::test]
async fn pages_of_all_resources_cover_each_once() {
    let (aws, client) = bench().await;
    let arns: Vec<String> = (0..60).map(|n| format!("arn:aws:sns:us-east-1:111122223333:topic-{n:03}")).collect();
    arns.iter().for_each(|arn| aws.put_arn(arn, &[("Owner", "bob")]));
    let all = async |most: Option<i32>| {
        let (mut sizes, mut got, mut token) = (Vec::new(), Vec::new(), None);
        loop {
            let get = client.get_resources().set_resources_per_page(most).set_pagination_token(token);
            let page = get.send().await.unwrap();
            sizes.push(page.resource_tag_mapping_list().len());
            got.extend(page.resource_tag_mapping_list().iter().map(|one| one.resource_arn().unwrap().to_owned()));
            token = page.pagination_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                return (sizes, got);
            }
        }
    };

    assert_eq!(all(None).await, (vec![50, 10], arns.clone()));
    assert_eq!(all(Some(25)).await, (vec![25, 25, 10], arns.clone()));
    assert_eq!(all(Some(100)).await, (vec![60], arns));
    assert_eq!(code(client.get_resources().resources_per_page(0).send().await), "InvalidParameterException");
    assert_eq!(code(client.get_resources().resources_per_page(101).send().await), "InvalidParameterException");
    assert_eq!(code(client.get_resources().pagination_token("none").send().await), "InvalidParameterException");
}
