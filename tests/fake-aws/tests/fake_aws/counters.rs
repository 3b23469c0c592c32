//! Counters of requests, with and without a record of each request.

use std::collections::BTreeMap;
use std::time::Duration;

use autotag_fake_aws::{Counters, DEFAULT_REGION, FakeAws, Fault, Instance, On, Outcome};

use crate::clients::{Bench, SOON, config, tag};

const INSTANCE: &str = "i-0123456789abcdef0";

async fn quiet_bench() -> Bench {
    let aws = FakeAws::start_quiet();
    let config = config(&aws, "AKIDANYONE", DEFAULT_REGION).await;
    let queue_url = aws.create_queue("events");
    aws.put_instance(Instance::new(INSTANCE));
    Bench { sqs: aws_sdk_sqs::Client::new(&config), ec2: aws_sdk_ec2::Client::new(&config), aws, queue_url }
}

#[tokio::test]
async fn calls_are_counted_by_action_and_by_how_they_ended() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE));
    bench.aws.fault(On::action("CreateTags").nth(2), Fault::throttled());
    bench.aws.fault(On::action("CreateTags").nth(3), Fault::DropBeforeEffect);
    for id in [INSTANCE, INSTANCE, INSTANCE, "i-00000000", "i-00000000"] {
        let _ = bench.ec2.create_tags().resources(id).tags(tag("Owner", "bob")).send().await;
    }
    bench.receive().send().await.unwrap();

    let errors = [("RequestLimitExceeded", 1), ("InvalidInstanceID.NotFound", 2)];
    let errors: BTreeMap<String, usize> = errors.map(|(code, count)| (code.to_owned(), count)).into();
    let counters = Counters { requests: 5, succeeded: 1, errors, dropped: 1, client_gone: 0 };
    assert_eq!((counters.failed(), counters.open()), (3, 0));
    assert_eq!(bench.aws.counters("CreateTags"), counters);
    assert_eq!(bench.aws.count_of("ReceiveMessage"), 1);
    assert_eq!((bench.aws.count_of("DescribeTags"), bench.aws.counters("DescribeTags")), (0, Counters::default()));
    assert_eq!(bench.aws.counters_by_action().keys().collect::<Vec<_>>(), ["CreateTags", "ReceiveMessage"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_open_until_it_is_answered_or_its_client_goes_away() {
    let bench = quiet_bench().await;
    let poll = tokio::spawn(bench.receive().wait_time_seconds(20).send());
    bench.aws.wait_until(|aws| aws.count_of("ReceiveMessage") == 1, SOON);
    let while_open = bench.aws.counters("ReceiveMessage");

    poll.abort();
    bench.aws.wait_until(|aws| aws.counters("ReceiveMessage").client_gone == 1, SOON);

    assert_eq!((while_open.open(), bench.aws.counters("ReceiveMessage").open()), (1, 0));
}

#[tokio::test]
async fn a_quiet_fake_keeps_the_latest_calls_alone_and_counts_them_all() {
    let bench = quiet_bench().await;
    for _ in 0..100 {
        bench.receive().send().await.unwrap();
    }
    for _ in 0..30 {
        bench.ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "bob")).send().await.unwrap();
    }

    let requests = bench.aws.requests();

    assert!((30..100).contains(&requests.len()), "{} requests are kept", requests.len());
    assert_eq!(bench.aws.requests_of("CreateTags").len(), 30);
    assert!(requests.iter().all(|request| request.outcome == Outcome::Success), "each has got its own outcome");
    let counters = bench.aws.counters_by_action();
    assert_eq!((counters["ReceiveMessage"].succeeded, counters["CreateTags"].succeeded), (100, 30));
    assert!(format!("{:?}", bench.aws).contains(&format!("requests, the latest {} of 130:", requests.len())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_forgotten_before_it_ends_is_counted_all_the_same() {
    let bench = quiet_bench().await;
    bench.aws.fault(On::action("CreateTags"), Fault::DelayAfterEffect(Duration::from_millis(400)));
    let slow = bench.ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "bob")).send();
    let slow = tokio::spawn(slow);
    bench.aws.wait_until(|aws| aws.count_of("CreateTags") == 1, SOON);
    for _ in 0..100 {
        bench.receive().send().await.unwrap();
    }
    let forgotten = bench.aws.requests_of("CreateTags").is_empty();

    slow.await.unwrap().unwrap();

    assert!(forgotten);
    bench.aws.wait_until(|aws| aws.counters("CreateTags").succeeded == 1, SOON);
}
