//! Scripted faults and gates.

use std::time::{Duration, Instant};

use autotag_fake_aws::{DEFAULT_REGION, Fault, GateAt, Instance, On, Outcome};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use crate::clients::{Bench, SOON, code, config, status_and_code, tag};

const INSTANCE: &str = "i-0123456789abcdef0";
const OTHER: &str = "i-00000000";

async fn bench_with_instances() -> Bench {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE));
    bench.aws.put_instance(Instance::new(OTHER));
    bench
}

fn create_tags(bench: &Bench, id: &str) -> impl Future<Output = Result<(), String>> + Send + 'static {
    let call = bench.ec2.create_tags().resources(id).tags(tag("Owner", "bob"));
    async move {
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some() => Err(code(Err::<(), _>(error))),
            Err(_) => Err("no answer".to_owned()),
        }
    }
}

fn is_tagged(bench: &Bench, id: &str) -> bool {
    bench.aws.tags(id).contains_key("Owner")
}

#[tokio::test]
async fn an_error_stands_in_for_the_effect_of_the_next_calls_only() {
    let bench = bench_with_instances().await;
    let rule = bench.aws.fault(On::action("CreateTags").next(2), Fault::throttled());

    let results = [create_tags(&bench, INSTANCE).await, create_tags(&bench, INSTANCE).await];
    let tagged = is_tagged(&bench, INSTANCE);
    let third = create_tags(&bench, INSTANCE).await;

    assert_eq!(results, ["RequestLimitExceeded", "RequestLimitExceeded"].map(|code| Err(code.to_owned())));
    assert!(!tagged);
    assert_eq!(third, Ok(()));
    assert_eq!(rule.picked(), 2);
    let throttled = Outcome::Error { status: 503, code: "RequestLimitExceeded".to_owned() };
    assert_eq!(bench.aws.requests()[0].outcome, throttled);
}

#[tokio::test]
async fn an_error_can_happen_to_the_nth_call_alone() {
    let bench = bench_with_instances().await;
    bench.aws.fault(On::action("CreateTags").nth(2), Fault::error(500, "InternalError"));

    let mut results = Vec::new();
    for _ in 0..3 {
        results.push(create_tags(&bench, INSTANCE).await);
    }

    assert_eq!(results, [Ok(()), Err("InternalError".to_owned()), Ok(())]);
}

#[tokio::test]
async fn a_fault_can_be_narrowed_to_a_resource() {
    let bench = bench_with_instances().await;
    bench.aws.fault(On::action("CreateTags").touching(OTHER), Fault::throttled());
    assert_eq!(create_tags(&bench, INSTANCE).await, Ok(()));
    assert!(create_tags(&bench, OTHER).await.is_err());
}

#[tokio::test]
async fn a_fault_can_be_narrowed_to_an_account_and_a_region() {
    let bench = bench_with_instances().await;
    bench.aws.fault(On::action("CreateTags").region("eu-west-1"), Fault::throttled());
    bench.aws.fault(On::action("CreateTags").account("444455556666"), Fault::throttled());
    assert_eq!(create_tags(&bench, INSTANCE).await, Ok(()));
    bench.aws.fault(On::action("CreateTags").account("111122223333").region("us-east-1"), Fault::throttled());
    assert!(create_tags(&bench, INSTANCE).await.is_err());
}

#[tokio::test]
async fn a_removed_fault_happens_no_more() {
    let bench = bench_with_instances().await;
    bench.aws.fault(On::action("CreateTags"), Fault::throttled()).remove();
    assert_eq!(create_tags(&bench, INSTANCE).await, Ok(()));
}

#[tokio::test]
async fn an_error_can_hide_an_effect_that_has_happened() {
    let bench = bench_with_instances().await;
    let fault = Fault::ErrorAfterEffect { status: 500, code: "InternalError".to_owned() };
    bench.aws.fault(On::action("CreateTags"), fault);

    assert_eq!(create_tags(&bench, INSTANCE).await, Err("InternalError".to_owned()));
    assert!(is_tagged(&bench, INSTANCE));
}

#[tokio::test]
async fn a_connection_can_be_dropped_before_and_after_the_effect_and_in_the_middle_of_the_answer() {
    for (fault, effect) in [(Fault::DropBeforeEffect, false), (Fault::DropAfterEffect, true), (Fault::CutReply, true)] {
        let bench = bench_with_instances().await;
        bench.aws.fault(On::action("CreateTags").next(1), fault.clone());

        let dropped = create_tags(&bench, INSTANCE).await;

        assert_eq!(dropped, Err("no answer".to_owned()), "{fault:?}");
        assert_eq!(is_tagged(&bench, INSTANCE), effect, "{fault:?}");
        assert_eq!(bench.aws.requests()[0].outcome, Outcome::Dropped);
        assert_eq!(create_tags(&bench, OTHER).await, Ok(()), "the next call gets a new connection");
    }
}

#[tokio::test]
async fn a_delay_holds_up_its_own_call_only() {
    let bench = bench_with_instances().await;
    let delay = Duration::from_millis(300);
    bench.aws.fault(On::action("CreateTags").touching(INSTANCE), Fault::DelayBeforeEffect(delay));
    let started = Instant::now();
    let timed = async |call| {
        let result: Result<(), String> = call;
        (result, started.elapsed())
    };

    let (slow, fast) = tokio::join!(async { timed(create_tags(&bench, INSTANCE).await).await }, async {
        timed(create_tags(&bench, OTHER).await).await
    },);

    assert_eq!((slow.0, fast.0), (Ok(()), Ok(())));
    assert!(slow.1 >= delay && fast.1 < slow.1, "{:?} {:?}", slow.1, fast.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_answer_comes_after_its_effect() {
    let bench = bench_with_instances().await;
    bench.aws.fault(On::action("CreateTags"), Fault::DelayAfterEffect(Duration::from_secs(600)));
    let call = tokio::spawn(create_tags(&bench, INSTANCE));

    bench.aws.wait_until(|aws| aws.tags(INSTANCE).contains_key("Owner"), SOON);

    assert_eq!(bench.aws.requests()[0].outcome, Outcome::Open);
    call.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_before_the_effect_holds_a_call_until_it_is_opened() {
    let bench = bench_with_instances().await;
    let gate = bench.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let call = tokio::spawn(create_tags(&bench, INSTANCE));

    gate.wait_arrived(1, SOON);
    let tagged_while_held = is_tagged(&bench, INSTANCE);
    gate.open();

    assert_eq!(call.await.unwrap(), Ok(()));
    assert!(!tagged_while_held && is_tagged(&bench, INSTANCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_after_the_effect_holds_the_answer_alone() {
    let bench = bench_with_instances().await;
    let gate = bench.aws.gate(On::action("CreateTags").next(1), GateAt::AfterEffect);
    let call = tokio::spawn(create_tags(&bench, INSTANCE));

    gate.wait_arrived(1, SOON);
    let tagged_while_held = is_tagged(&bench, INSTANCE);
    let passed = create_tags(&bench, OTHER).await;
    drop(gate);

    assert!(tagged_while_held);
    assert_eq!((passed, call.await.unwrap()), (Ok(()), Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_client_goes_away_before_the_effect_has_none() {
    let bench = bench_with_instances().await;
    let gate = bench.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);
    let call = tokio::spawn(create_tags(&bench, INSTANCE));
    gate.wait_arrived(1, SOON);

    call.abort();
    bench.aws.wait_until(|aws| aws.requests()[0].outcome == Outcome::ClientGone, SOON);
    gate.open();
    // A later request on the same path: had the first one gone on, it would have taken effect before this one.
    create_tags(&bench, OTHER).await.unwrap();

    assert!(!is_tagged(&bench, INSTANCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receive_whose_client_goes_away_after_the_effect_leaves_its_message_in_flight() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let gate = bench.aws.gate(On::action("ReceiveMessage").touching("events"), GateAt::AfterEffect);
    let poll = tokio::spawn(bench.receive().visibility_timeout(600).send());
    gate.wait_arrived(1, SOON);

    poll.abort();
    bench.aws.wait_until(|aws| aws.requests()[0].outcome == Outcome::ClientGone, SOON);

    assert_eq!(bench.aws.counts("events").in_flight, 1);
}

#[tokio::test]
async fn chosen_entries_of_a_batch_can_fail() {
    let bench = Bench::new().await;
    let fault = Fault::FailEntries { positions: vec![1], code: "InternalError".to_owned() };
    bench.aws.fault(On::action("SendMessageBatch").next(1), fault);
    let entry = |id: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(id).build().unwrap();

    let batch = bench.sqs.send_message_batch().queue_url(&bench.queue_url);
    let answer = batch.entries(entry("a")).entries(entry("b")).entries(entry("c")).send().await.unwrap();

    assert_eq!((answer.successful().len(), answer.failed()[0].id()), (2, "b"));
    assert!(!answer.failed()[0].sender_fault());
    assert_eq!(bench.aws.bodies("events"), ["a", "c"]);
}

#[tokio::test]
async fn a_throttle_lets_through_what_its_bucket_holds_and_then_what_flows_in() {
    let bench = bench_with_instances().await;
    bench.aws.fault(On::action("CreateTags"), Fault::Throttle { burst: 2, per_second: 1.0 });

    let mut results = Vec::new();
    for _ in 0..3 {
        results.push(create_tags(&bench, INSTANCE).await);
    }
    let started = Instant::now();
    while create_tags(&bench, INSTANCE).await.is_err() {
        assert!(started.elapsed() < SOON, "nothing flows in");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    assert_eq!(results, [Ok(()), Ok(()), Err("RequestLimitExceeded".to_owned())]);
}

#[tokio::test]
async fn a_call_that_no_policy_allows_is_refused_in_each_services_own_words_and_has_no_effect() {
    let bench = bench_with_instances().await;
    bench.aws.put_auto_scaling_group("web", &[("Owner", "bob")]);
    let config = config(&bench.aws, "AKIDANYONE", DEFAULT_REGION).await;
    let groups = aws_sdk_autoscaling::types::Filter::builder().name("auto-scaling-group").values("web").build();
    let denied = bench.aws.fault(On::any(), Fault::AccessDenied);

    let tagged = bench.ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "bob")).send().await;
    let url = bench.sqs.get_queue_url().queue_name("events").send().await;
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
    let scaling = aws_sdk_autoscaling::Client::new(&config).describe_tags().filters(groups).send().await;
    let resources = aws_sdk_resourcegroupstagging::Client::new(&config).get_resources().send().await;

    let expected = "User: arn:aws:iam::111122223333:user/fake is not authorized to perform: ec2:CreateTags because";
    assert!(tagged.as_ref().unwrap_err().message().unwrap().starts_with(expected));
    let expected = "User: arn:aws:iam::111122223333:user/fake is not authorized to perform: tag:GetResources because";
    assert!(resources.as_ref().unwrap_err().message().unwrap().starts_with(expected));
    assert_eq!(status_and_code(tagged), (403, "UnauthorizedOperation".to_owned()));
    assert_eq!(status_and_code(url), (403, "AccessDenied".to_owned()));
    assert_eq!(status_and_code(identity), (403, "AccessDenied".to_owned()));
    assert_eq!(status_and_code(scaling), (403, "AccessDenied".to_owned()));
    assert_eq!(status_and_code(resources), (400, "AccessDeniedException".to_owned()));
    assert!(!is_tagged(&bench, INSTANCE));
    assert_eq!(denied.struck(), 5);
}

#[tokio::test]
async fn one_api_action_can_be_denied_and_a_dry_run_tells() {
    let bench = bench_with_instances().await;
    bench.aws.fault(On::action("CreateTags"), Fault::AccessDenied);
    bench.aws.fault(On::action("DescribeVolumes"), Fault::AccessDenied);
    bench.aws.fault(On::request("autoscaling", "DescribeTags"), Fault::AccessDenied);

    let create = bench.ec2.create_tags().dry_run(true).resources(INSTANCE).tags(tag("Owner", "bob")).send().await;
    let volumes = bench.ec2.describe_volumes().dry_run(true).send().await;
    let instances = bench.ec2.describe_instances().dry_run(true).send().await;

    assert_eq!(code(create), "UnauthorizedOperation");
    assert_eq!(code(volumes), "UnauthorizedOperation");
    assert_eq!(code(instances), "DryRunOperation");
    assert_eq!(code(bench.ec2.describe_tags().dry_run(true).send().await), "DryRunOperation");
}
