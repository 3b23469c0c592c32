//! The Resource Groups Tagging API: requests that list ARNs, each of which succeeds or fails on its own.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use autotag_fake_aws::{DEFAULT_REGION, FakeAws, Fault, Instance, On};
use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::operation::tag_resources::TagResourcesOutput;
use aws_sdk_resourcegroupstagging::types::TagFilter;
use aws_sdk_sqs::config::Credentials;

use crate::clients::{SOON, code, config, filter, tag};

const DATABASE: &str = "arn:aws:rds:us-east-1:111122223333:db:orders";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:resize";
const BUCKET: &str = "arn:aws:s3:::pictures";
const NOWHERE: &str = "arn:aws:rds:us-east-1:111122223333:db:nowhere";

/// A fake with an untagged database, function and bucket, and a client that tags them.
async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    [DATABASE, FUNCTION, BUCKET].iter().for_each(|arn| aws.put_arn(arn, &[]));
    let client = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    (aws, client)
}

fn owned(arns: &[&str]) -> Option<Vec<String>> {
    Some(arns.iter().map(|arn| (*arn).to_owned()).collect())
}

/// The ARNs that could not be tagged, with status, code and message. The request itself must succeed.
async fn tag_all(client: &Client, arns: &[&str], key: &str, value: &str) -> BTreeMap<String, (i32, String, String)> {
    failed(&client.tag_resources().set_resource_arn_list(owned(arns)).tags(key, value).send().await.unwrap())
}

fn failed(answer: &TagResourcesOutput) -> BTreeMap<String, (i32, String, String)> {
    let failed = answer.failed_resources_map().expect("the map is there even if it is empty").iter();
    let said = failed.map(|(arn, failure)| {
        let code = failure.error_code().unwrap().as_str().to_owned();
        (arn.clone(), (failure.status_code(), code, failure.error_message().unwrap().to_owned()))
    });
    said.collect()
}

/// The code with which TagResources fails as a whole.
async fn tag_error(client: &Client, arns: &[&str], key: &str, value: &str) -> String {
    code(client.tag_resources().set_resource_arn_list(owned(arns)).tags(key, value).send().await)
}

/// The tags that GetResources shows of these, by ARN and by key.
async fn shown(client: &Client, arns: &[&str]) -> BTreeMap<String, BTreeMap<String, String>> {
    let answer = client.get_resources().set_resource_arn_list(owned(arns)).send().await.unwrap();
    assert_eq!(answer.pagination_token(), Some(""));
    let list = answer.resource_tag_mapping_list().iter().map(|mapping| {
        let tags = mapping.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
        (mapping.resource_arn().unwrap().to_owned(), tags)
    });
    list.collect()
}

#[tokio::test]
async fn tags_go_on_every_arn_and_leave_the_others_alone() {
    let (aws, client) = bench().await;
    aws.put_arn(DATABASE, &[("Name", "orders"), ("Owner", "nobody")]);

    let call = client.tag_resources().set_resource_arn_list(owned(&[DATABASE, BUCKET]));
    let answer = call.tags("Owner", "bob").tags("Empty", "").send().await.unwrap();

    assert!(failed(&answer).is_empty());
    let expected = [("Empty", ""), ("Name", "orders"), ("Owner", "bob")];
    assert!(aws.tags(DATABASE).iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(expected));
    assert_eq!(aws.tags(BUCKET)["Owner"], "bob");
    assert!(aws.tags(FUNCTION).is_empty());
}

#[tokio::test]
async fn an_unknown_arn_fails_alone_and_is_named() {
    let (aws, client) = bench().await;

    let failed = tag_all(&client, &[DATABASE, NOWHERE, FUNCTION], "Owner", "bob").await;

    assert_eq!(failed.keys().collect::<Vec<_>>(), [NOWHERE]);
    let (status, code, message) = &failed[NOWHERE];
    assert_eq!((*status, code.as_str()), (400, "InvalidParameterException"));
    assert!(message.contains(NOWHERE), "{message}");
    assert_eq!((aws.tags(DATABASE)["Owner"].as_str(), aws.tags(FUNCTION)["Owner"].as_str()), ("bob", "bob"));
}

#[tokio::test]
async fn an_arn_of_another_account_or_region_fails_alone() {
    let (aws, client) = bench().await;
    let elsewhere = "arn:aws:rds:eu-west-1:111122223333:db:orders";
    let of_others = "arn:aws:rds:us-east-1:444455556666:db:orders";
    aws.at("111122223333", "eu-west-1").put_arn(elsewhere, &[("Name", "orders")]);
    aws.at("444455556666", "us-east-1").put_arn(of_others, &[("Name", "orders")]);

    let failed = tag_all(&client, &[elsewhere, DATABASE, of_others], "Owner", "bob").await;

    assert_eq!(failed.keys().collect::<Vec<_>>(), [elsewhere, of_others]);
    for (status, code, message) in failed.values() {
        assert_eq!((*status, code.as_str()), (400, "InvalidParameterException"));
        assert!(message.ends_with("is not of the account 111122223333 and the Region us-east-1"), "{message}");
    }
    assert_eq!(aws.tags(DATABASE)["Owner"], "bob");
    assert!(!aws.at("444455556666", "us-east-1").tags(of_others).contains_key("Owner"));
    assert!(shown(&client, &[elsewhere, of_others]).await.is_empty());
}

#[tokio::test]
async fn a_bucket_is_where_it_was_put_and_nowhere_else() {
    let (aws, client) = bench().await;
    let far = "arn:aws:s3:::far-pictures";
    aws.at("111122223333", "eu-west-1").put_arn(far, &[]);
    let there = Client::new(&config(&aws, "AKIDANYONE", "eu-west-1").await);

    let here = tag_all(&client, &[BUCKET, far], "Owner", "bob").await;
    let there = tag_all(&there, &[far], "Owner", "bob").await;

    assert_eq!(here.keys().collect::<Vec<_>>(), [far]);
    assert!(there.is_empty());
    assert_eq!(aws.at("111122223333", "eu-west-1").tags(far)["Owner"], "bob");
}

#[tokio::test]
async fn a_call_that_can_never_succeed_is_refused_as_a_whole() {
    let (aws, client) = bench().await;
    let long = format!("arn:aws:s3:::{}", "x".repeat(1_000));
    let cases: &[(&[&str], &str, &str)] = &[
        (&[], "Owner", "bob"),
        (&[DATABASE, "orders"], "Owner", "bob"),
        (&[DATABASE, "arn:aws:rds:us-east-1:111122223333"], "Owner", "bob"),
        (&[DATABASE, "arn:aws:rds:us-east-1:1111:db:orders"], "Owner", "bob"),
        (&[DATABASE, "arn:aws::us-east-1:111122223333:db:orders"], "Owner", "bob"),
        (&[DATABASE, &long], "Owner", "bob"),
        (&[DATABASE, DATABASE], "Owner", "bob"),
        (&[DATABASE], "aws:owner", "bob"),
        (&[DATABASE], "Aws:owner", "bob"),
        (&[DATABASE], "", "bob"),
        (&[DATABASE], "Owner", "bob & co"),
        (&[DATABASE], "Owner*", "bob"),
    ];
    for (arns, key, value) in cases {
        let code = tag_error(&client, arns, key, value).await;
        assert_eq!(code, "InvalidParameterException", "{arns:?} {key} {value}");
    }
    let no_tags = client.tag_resources().resource_arn_list(DATABASE).send().await;
    assert!(no_tags.unwrap_err().into_service_error().is_invalid_parameter_exception());
    assert!(aws.tags(DATABASE).is_empty());
}

#[tokio::test]
async fn letters_numbers_and_blanks_of_all_scripts_may_stand_in_tags_and_other_characters_may_not() {
    let (aws, client) = bench().await;
    let good = "Jürgen Ñandú 名前 ١٢ Ⅻ ½ a_b.c:d/e=f+g-h@i\u{a0}\u{2028}";
    // A combining mark, a symbol that counts as alphabetic, an emoji, and plain ASCII.
    for bad in ["e\u{301}", "Ⓐ", "\u{1f600}", "a,b", "(a)", "a\tb", "a'b"] {
        assert_eq!(tag_error(&client, &[DATABASE], "Owner", bad).await, "InvalidParameterException", "{bad}");
        assert_eq!(tag_error(&client, &[DATABASE], bad, "bob").await, "InvalidParameterException", "{bad}");
    }

    let failed = tag_all(&client, &[DATABASE], good, good).await;

    assert!(failed.is_empty());
    assert_eq!(aws.tags(DATABASE), BTreeMap::from([(good.to_owned(), good.to_owned())]));
}

#[tokio::test]
async fn keys_and_values_are_measured_in_characters_not_bytes() {
    let (aws, client) = bench().await;
    let (longest_key, longest_value) = ("ü".repeat(128), "\u{20000}".repeat(256));

    assert!(tag_all(&client, &[DATABASE], &longest_key, &longest_value).await.is_empty());
    let long_key = tag_error(&client, &[DATABASE], &(longest_key.clone() + "x"), "").await;
    let long_value = tag_error(&client, &[DATABASE], "Owner", &(longest_value.clone() + "x")).await;

    assert_eq!(aws.tags(DATABASE)[&longest_key], longest_value);
    assert_eq!((long_key.as_str(), long_value.as_str()), ("InvalidParameterException", "InvalidParameterException"));
}

#[tokio::test]
async fn a_call_takes_twenty_arns_and_fifty_tags_and_not_one_more() {
    let (aws, client) = bench().await;
    let arns: Vec<String> = (0..21).map(|n| format!("arn:aws:sns:us-east-1:111122223333:topic-{n}")).collect();
    arns.iter().for_each(|arn| aws.put_arn(arn, &[]));
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let with_tags = |count: usize| {
        let tags = (0..count).map(|n| (format!("key-{n}"), String::new())).collect();
        client.tag_resources().resource_arn_list(DATABASE).set_tags(Some(tags)).send()
    };

    assert_eq!(tag_error(&client, &arns, "Owner", "bob").await, "InvalidParameterException");
    assert!(tag_all(&client, &arns[..20], "Owner", "bob").await.is_empty());
    assert_eq!(code(with_tags(51).await), "InvalidParameterException");
    with_tags(50).await.unwrap();

    assert_eq!((aws.tags(arns[19]).len(), aws.tags(arns[20]).len(), aws.tags(DATABASE).len()), (1, 0, 50));
}

#[tokio::test]
async fn a_resource_holds_fifty_tags_beside_those_of_aws_and_a_full_one_fails_alone() {
    let (aws, client) = bench().await;
    aws.set_tag(DATABASE, "aws:cloudformation:stack-name", "shop");
    (0..49).for_each(|n| aws.set_tag(DATABASE, &format!("key-{n}"), "old"));

    let fiftieth = tag_all(&client, &[DATABASE], "fiftieth", "new").await;
    let fifty_first = tag_all(&client, &[DATABASE, BUCKET], "fifty-first", "new").await;
    let overwritten = tag_all(&client, &[DATABASE], "key-0", "new").await;

    assert!(fiftieth.is_empty() && overwritten.is_empty());
    assert_eq!(fifty_first.keys().collect::<Vec<_>>(), [DATABASE]);
    assert_eq!((fifty_first[DATABASE].0, fifty_first[DATABASE].1.as_str()), (400, "InvalidParameterException"));
    assert_eq!((aws.tags(DATABASE)["key-0"].as_str(), aws.tags(DATABASE).len()), ("new", 51));
    assert_eq!(aws.tags(BUCKET)["fifty-first"], "new");
}

#[tokio::test]
async fn the_resources_of_ec2_are_kept_apart() {
    let (aws, client) = bench().await;
    aws.put_instance(Instance::new("i-00000001").tag("Owner", "bob"));
    aws.set_tag(DATABASE, "Owner", "bob");
    let ec2 = aws_sdk_ec2::Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    let instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-00000001";

    let tagged = tag_error(&client, &[DATABASE, instance], "Key", "value").await;
    let got = code(client.get_resources().resource_arn_list(instance).send().await);
    let created = code(ec2.create_tags().resources(DATABASE).tags(tag("Key", "value")).send().await);
    let described = ec2.describe_tags().filters(filter("key", &["Owner"])).send().await.unwrap();

    assert_eq!((tagged.as_str(), got.as_str()), ("InvalidParameterException", "InvalidParameterException"));
    assert_eq!(created, "InvalidID");
    let described: Vec<_> = described.tags().iter().filter_map(|tag| tag.resource_id()).collect();
    assert_eq!(described, ["i-00000001"]);
    assert!(!aws.tags(DATABASE).contains_key("Key"));
}

#[tokio::test]
async fn what_has_tags_is_got_and_what_has_none_or_is_not_there_is_left_out() {
    let (aws, client) = bench().await;
    aws.put_arn(DATABASE, &[("Owner", "bob"), ("aws:cloudformation:stack-name", "shop")]);
    aws.put_arn(BUCKET, &[("Empty", "")]);

    let got = shown(&client, &[BUCKET, NOWHERE, FUNCTION, DATABASE]).await;

    assert_eq!(got.keys().collect::<Vec<_>>(), [DATABASE, BUCKET]);
    assert_eq!(got[DATABASE], aws.tags(DATABASE));
    assert_eq!(got[BUCKET], aws.tags(BUCKET));
}

#[tokio::test]
async fn a_hundred_arns_are_got_at_once_and_not_one_more() {
    let (aws, client) = bench().await;
    let arns: Vec<String> = (0..101).map(|n| format!("arn:aws:sns:us-east-1:111122223333:topic-{n:03}")).collect();
    arns.iter().for_each(|arn| aws.put_arn(arn, &[("Owner", "bob")]));
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();

    let too_many = client.get_resources().set_resource_arn_list(owned(&arns)).send().await;

    assert_eq!(code(too_many), "InvalidParameterException");
    assert!(shown(&client, &arns[..100]).await.keys().eq(&arns[..100]));
}

#[tokio::test]
async fn given_arns_go_with_no_filter_and_with_no_page() {
    let (_aws, client) = bench().await;
    let get = || client.get_resources().resource_arn_list(DATABASE);
    let by_tag = TagFilter::builder().key("Owner").build();

    assert_eq!(code(get().tag_filters(by_tag.clone()).send().await), "InvalidParameterException");
    assert_eq!(code(get().resource_type_filters("rds:db").send().await), "InvalidParameterException");
    assert_eq!(code(get().resources_per_page(100).send().await), "InvalidParameterException");
    assert_eq!(code(get().tags_per_page(100).send().await), "InvalidParameterException");
    assert_eq!(code(get().pagination_token("next").send().await), "InvalidParameterException");
    assert!(get().pagination_token("").send().await.is_ok());
}

#[tokio::test]
async fn what_the_fake_does_not_model_is_refused() {
    let (_aws, client) = bench().await;
    let by_tag = TagFilter::builder().key("Owner").build();
    let untag = client.untag_resources().resource_arn_list(DATABASE).tag_keys("Owner");

    assert_eq!(code(client.get_resources().tag_filters(by_tag).send().await), "InvalidParameterException");
    let by_type = client.get_resources().resource_type_filters("rds:db");
    assert_eq!(code(by_type.send().await), "InvalidParameterException");
    assert_eq!(code(client.get_resources().tags_per_page(100).send().await), "InvalidParameterException");
    let compliance = client.get_resources().resource_arn_list(DATABASE).include_compliance_details(true);
    assert_eq!(code(compliance.send().await), "InvalidParameterValue");
    assert_eq!(code(client.get_tag_keys().send().await), "UnknownOperationException");
    assert_eq!(code(untag.send().await), "UnknownOperationException");
}

#[tokio::test]
async fn an_arn_can_be_shown_before_it_can_be_tagged() {
    let (aws, client) = bench().await;
    aws.set_tag(DATABASE, "Name", "orders");
    aws.taggable_after(DATABASE, Duration::from_secs(1));
    let started = Instant::now();

    let early = tag_all(&client, &[DATABASE, BUCKET], "Owner", "bob").await;
    let shown = shown(&client, &[DATABASE]).await;
    while !tag_all(&client, &[DATABASE], "Owner", "bob").await.is_empty() {
        assert!(started.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert_eq!(early.keys().collect::<Vec<_>>(), [DATABASE]);
    assert_eq!(early[DATABASE].1, "InvalidParameterException");
    assert_eq!(shown[DATABASE]["Name"], "orders");
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(aws.tags(DATABASE)["Owner"], "bob");
}

#[tokio::test]
async fn an_arn_can_be_tagged_before_its_tags_are_shown() {
    let (aws, client) = bench().await;
    aws.tags_shown_after(DATABASE, Duration::from_secs(1));
    let started = Instant::now();

    let failed = tag_all(&client, &[DATABASE, BUCKET], "Owner", "bob").await;
    let early = shown(&client, &[DATABASE, BUCKET]).await;
    while shown(&client, &[DATABASE]).await.is_empty() {
        assert!(started.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    assert!(failed.is_empty());
    assert_eq!(early.keys().collect::<Vec<_>>(), [BUCKET]);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn an_arn_that_appears_later_and_one_that_is_removed_are_unknown_to_every_call() {
    let (aws, client) = bench().await;
    aws.set_tag(DATABASE, "Name", "orders");
    aws.set_tag(FUNCTION, "Name", "resize");
    aws.appear_after(DATABASE, Duration::from_secs(600));
    aws.remove_resource(FUNCTION);

    let failed = tag_all(&client, &[DATABASE, FUNCTION, BUCKET], "Owner", "bob").await;

    assert_eq!(failed.keys().collect::<Vec<_>>(), [FUNCTION, DATABASE]);
    assert!(shown(&client, &[DATABASE, FUNCTION]).await.is_empty());
}

#[tokio::test]
async fn a_fault_can_be_narrowed_to_the_service_and_to_an_arn() {
    let (aws, client) = bench().await;
    let of_arn = aws.fault(On::action("TagResources").touching(BUCKET), Fault::error(500, "InternalServiceException"));
    let of_service = aws.fault(On::service("tagging").nth(3), Fault::DropAfterEffect);

    let others = tag_all(&client, &[DATABASE], "Owner", "bob").await;
    let touching = tag_error(&client, &[DATABASE, BUCKET], "Owner", "eve").await;
    let dropped = client.tag_resources().resource_arn_list(FUNCTION).tags("Owner", "bob").send().await;

    assert!(others.is_empty());
    assert_eq!(touching, "InternalServiceException");
    assert!(dropped.unwrap_err().as_service_error().is_none());
    assert_eq!((of_arn.struck(), of_service.struck()), (1, 1));
    assert_eq!((aws.tags(DATABASE)["Owner"].as_str(), aws.tags(FUNCTION)["Owner"].as_str()), ("bob", "bob"));
    let requests = aws.requests_of("TagResources");
    assert_eq!(requests[1].resources, [DATABASE, BUCKET]);
    assert_eq!(requests[1].parameters["Tags"]["Owner"], "eve");
}

#[tokio::test]
async fn too_many_calls_are_answered_with_the_code_of_this_api() {
    let (aws, client) = bench().await;
    aws.fault(On::action("TagResources"), Fault::Throttle { burst: 1, per_second: 0.0 });

    let first = tag_all(&client, &[DATABASE], "Owner", "bob").await;
    let second = client.tag_resources().resource_arn_list(BUCKET).tags("Owner", "bob").send().await;

    assert!(first.is_empty());
    assert_eq!(second.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 400);
    assert!(second.unwrap_err().into_service_error().is_throttled_exception());
    assert!(aws.tags(BUCKET).is_empty());
    assert_eq!(aws.counters("TagResources").errors["ThrottledException"], 1);
}

#[tokio::test]
async fn chosen_arns_of_a_call_can_fail_by_position_by_name_and_by_chance() {
    let (aws, client) = bench().await;
    let all = [DATABASE, FUNCTION, BUCKET];
    let state = Fault::FailResources {
        arns: vec![FUNCTION.to_owned(), NOWHERE.to_owned()],
        status: 400,
        code: "InvalidReplicationGroupState".to_owned(),
    };
    let by_position = Fault::FailEntries { positions: vec![2], code: "InternalServiceException".to_owned() };
    let by_chance = Fault::FailEntriesByChance { probability: 1.0, seed: 1, code: "Chance".to_owned() };
    let by_name = aws.fault(On::service("tagging"), state);
    aws.fault(On::action("TagResources").nth(1), by_position);
    aws.fault(On::action("TagResources").nth(3), by_chance);

    let first = tag_all(&client, &all, "Owner", "bob").await;
    let second = tag_all(&client, &[DATABASE, BUCKET], "Second", "2").await;
    let third = tag_all(&client, &[DATABASE, BUCKET], "Third", "3").await;
    shown(&client, &all).await;

    let said = |(status, code, _): &(i32, String, String)| (*status, code.clone());
    assert_eq!(first.keys().collect::<Vec<_>>(), [FUNCTION, BUCKET]);
    assert_eq!(said(&first[FUNCTION]), (400, "InvalidReplicationGroupState".to_owned()));
    assert_eq!(said(&first[BUCKET]), (500, "InternalServiceException".to_owned()));
    assert!(second.is_empty());
    assert_eq!(third.values().map(said).collect::<Vec<_>>(), [(500, "Chance".to_owned()), (500, "Chance".to_owned())]);
    assert!(aws.tags(DATABASE).keys().eq(["Owner", "Second"]));
    assert!(aws.tags(FUNCTION).is_empty() && aws.tags(BUCKET).keys().eq(["Second"]));
    assert_eq!((by_name.picked(), by_name.struck()), (4, 1));
}

#[tokio::test]
async fn a_session_that_is_over_is_refused_in_the_words_of_this_api() {
    let (aws, _client) = bench().await;
    let role = aws.put_role("444455556666", "autotag", None);
    let sts = aws_sdk_sts::Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    let answer = sts.assume_role().role_arn(role).role_session_name("test").send().await.unwrap();
    let given = answer.credentials().unwrap();
    let client = async |token: &str| {
        let credentials = Credentials::new(given.access_key_id(), "secret", Some(token.to_owned()), None, "test");
        let config = config(&aws, "AKIDANYONE", DEFAULT_REGION).await.into_builder();
        let provider = aws_sdk_sts::config::SharedCredentialsProvider::new(credentials);
        Client::new(&config.credentials_provider(provider).build())
    };
    let topic = "arn:aws:sns:us-east-1:444455556666:topic";
    aws.at("444455556666", DEFAULT_REGION).put_arn(topic, &[]);

    let good = tag_all(&client(given.session_token()).await, &[topic], "Owner", "bob").await;
    let wrong = tag_error(&client("another").await, &[topic], "Owner", "eve").await;
    aws.expire_tokens();
    let over = tag_error(&client(given.session_token()).await, &[topic], "Owner", "eve").await;

    assert!(good.is_empty());
    assert_eq!((wrong.as_str(), over.as_str()), ("UnrecognizedClientException", "ExpiredTokenException"));
    assert_eq!(aws.at("444455556666", DEFAULT_REGION).tags(topic)["Owner"], "bob");
}

#[test]
fn the_tags_of_ids_and_of_arns_can_be_had_at_once() {
    let aws = FakeAws::start();
    aws.put_instance(Instance::new("i-00000001").tag("Owner", "bob"));
    aws.put_arn(DATABASE, &[("Owner", "eve")]);

    let tags = aws.tags_of_all();

    assert_eq!((tags["i-00000001"]["Owner"].as_str(), tags[DATABASE]["Owner"].as_str()), ("bob", "eve"));
    assert!(aws.resource_ids().iter().eq(tags.keys()));
}

#[test]
#[should_panic(expected = "cannot be in 111122223333, us-east-1")]
fn a_test_cannot_put_an_arn_where_it_cannot_be() {
    FakeAws::start().put_arn("arn:aws:rds:eu-west-1:111122223333:db:orders", &[]);
}
