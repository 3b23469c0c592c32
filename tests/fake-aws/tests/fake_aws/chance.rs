//! Picking requests by service and by chance, and faults that follow from a seed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use autotag_fake_aws::{Fault, Instance, On, Outcome, Volume};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use crate::clients::{Bench, SOON, code, config, tag};

const INSTANCE: &str = "i-0123456789abcdef0";

async fn bench_with_an_instance() -> Bench {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE));
    bench
}

fn create_tags(bench: &Bench) -> impl Future<Output = bool> + Send + 'static {
    let call = bench.ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "bob"));
    async move { call.send().await.is_ok() }
}

#[tokio::test]
async fn a_fault_can_happen_to_every_call_of_a_service_or_to_every_call_at_all() {
    let bench = bench_with_an_instance().await;
    let ec2 = bench.aws.fault(On::service("ec2"), Fault::error(500, "InternalError"));

    let describe = code(bench.ec2.describe_instances().send().await);
    let tagged = create_tags(&bench).await;
    let received = bench.receive().send().await;
    ec2.remove();
    bench.aws.fault(On::any().next(2), Fault::error(500, "InternalError"));
    let then = (create_tags(&bench).await, bench.receive().send().await.is_ok(), create_tags(&bench).await);

    assert_eq!((describe.as_str(), tagged, received.is_ok()), ("InternalError", false, true));
    assert_eq!(then, (false, false, true));
}

#[tokio::test]
async fn which_calls_chance_picks_follows_from_the_seed_alone() {
    let picked = async |seed| {
        let bench = bench_with_an_instance().await;
        // A rule of its own does not disturb the other rule's sequence.
        bench.aws.fault(On::any().chance(0.5, 99), Fault::DelayAfterEffect(Duration::ZERO));
        let rule = bench.aws.fault(On::any().chance(0.3, seed), Fault::error(500, "InternalError"));
        let mut results = Vec::new();
        for _ in 0..60 {
            results.push(create_tags(&bench).await);
        }
        assert_eq!(results.iter().filter(|succeeded| !**succeeded).count(), rule.picked());
        results
    };

    let first = picked(1).await;

    assert_eq!(first, picked(1).await);
    assert_ne!(first, picked(2).await);
    let failed = first.iter().filter(|succeeded| !**succeeded).count();
    assert!((8..=28).contains(&failed), "{failed} of 60");
}

#[tokio::test]
async fn the_next_calls_are_counted_among_those_that_chance_has_picked() {
    let bench = bench_with_an_instance().await;
    let rule = bench.aws.fault(On::any().chance(0.5, 7).next(2), Fault::DropBeforeEffect);

    let mut failed = 0;
    for _ in 0..40 {
        failed += usize::from(!create_tags(&bench).await);
    }

    assert_eq!((failed, rule.picked()), (2, 2));
}

#[tokio::test]
async fn a_chance_of_zero_never_comes_and_one_of_one_always() {
    let bench = bench_with_an_instance().await;
    let never = bench.aws.fault(On::any().chance(0.0, 1), Fault::throttled());
    let mut succeeded = 0;
    for _ in 0..10 {
        succeeded += usize::from(create_tags(&bench).await);
    }
    let always = bench.aws.fault(On::any().chance(1.0, 1), Fault::throttled());
    for _ in 0..10 {
        succeeded += usize::from(create_tags(&bench).await);
    }

    assert_eq!((succeeded, never.picked(), always.picked()), (10, 0, 10));
}

#[tokio::test]
async fn calls_take_about_the_median_and_a_few_take_much_longer() {
    let bench = bench_with_an_instance().await;
    let (median, p99) = (Duration::from_millis(10), Duration::from_millis(100));
    bench.aws.fault(On::any(), Fault::Latency { median, p99, seed: 3 });

    let mut times = Vec::new();
    for _ in 0..40 {
        let started = Instant::now();
        assert!(create_tags(&bench).await);
        times.push(started.elapsed());
    }

    times.sort();
    assert!(times[20] >= median / 2 && times[39] >= 3 * median, "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_connection_gives_no_answer_until_the_client_gives_up() {
    for (fault, effect) in [(Fault::HalfOpenBeforeEffect, false), (Fault::HalfOpenAfterEffect, true)] {
        let bench = bench_with_an_instance().await;
        bench.aws.fault(On::action("CreateTags").next(1), fault.clone());
        let mut call = tokio::spawn(create_tags(&bench));

        let waited = tokio::time::timeout(Duration::from_millis(200), &mut call).await;
        let meanwhile = bench.aws.requests()[0].outcome.clone();
        let others = create_tags_of(&bench, "Name").await;
        call.abort();
        bench.aws.wait_until(|aws| aws.requests()[0].outcome == Outcome::ClientGone, SOON);

        assert!(waited.is_err() && others, "{fault:?}");
        assert_eq!(meanwhile, Outcome::Open, "{fault:?}");
        assert_eq!(bench.aws.tags(INSTANCE).contains_key("Owner"), effect, "{fault:?}");
    }
}

async fn create_tags_of(bench: &Bench, key: &str) -> bool {
    bench.ec2.create_tags().resources(INSTANCE).tags(tag(key, "x")).send().await.is_ok()
}

#[tokio::test]
async fn each_entry_of_a_batch_can_fail_by_chance() {
    let entry = |n: usize| SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body("x").build().unwrap();
    let failures = async |seed| {
        let bench = Bench::new().await;
        let fault = Fault::FailEntriesByChance { probability: 0.3, seed, code: "InternalError".to_owned() };
        let rule = bench.aws.fault(On::any(), fault);
        let mut failed = Vec::new();
        for request in 0..6 {
            let batch = bench.sqs.send_message_batch().queue_url(&bench.queue_url);
            let answer = batch.set_entries(Some((0..10).map(entry).collect())).send().await.unwrap();
            assert!(answer.failed().iter().all(|failed| failed.code() == "InternalError" && !failed.sender_fault()));
            failed.extend(answer.failed().iter().map(|entry| (request, entry.id().to_owned())));
        }
        assert_eq!(bench.aws.counts("events").total(), 60 - failed.len());
        let struck: BTreeSet<_> = failed.iter().map(|(request, _)| request).collect();
        assert_eq!((rule.picked(), rule.struck()), (6, struck.len()), "chance can spare all entries of a batch");
        failed
    };

    let first = failures(1).await;

    assert_eq!(first, failures(1).await);
    assert_ne!(first, failures(2).await);
    assert!((8..=28).contains(&first.len()), "{} of 60", first.len());
}

#[tokio::test]
async fn each_action_account_and_region_is_throttled_apart() {
    let bench = bench_with_an_instance().await;
    bench.aws.put_volume(Volume::new("vol-00000001"));
    let rule = bench.aws.fault(On::any(), Fault::Throttle { burst: 1, per_second: 0.0 });
    let abroad = aws_sdk_ec2::Client::new(&config(&bench.aws, "AKIDANYONE", "eu-west-1").await);

    let first = bench.ec2.describe_volumes().send().await;
    let again = bench.ec2.describe_volumes().send().await;
    let other_action = bench.ec2.describe_instances().send().await;
    let other_region = abroad.describe_volumes().send().await;
    let (receive, receive_again) = (bench.receive().send().await, bench.receive().send().await);

    assert!(first.is_ok() && other_action.is_ok() && other_region.is_ok() && receive.is_ok());
    assert_eq!(code(again), "RequestLimitExceeded");
    assert_eq!(code(receive_again), "RequestThrottled");
    assert_eq!((rule.picked(), rule.struck()), (6, 2), "a bucket that is not empty strikes no request");
}
