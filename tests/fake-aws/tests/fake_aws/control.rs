//! What tests see and do beside the API: accounts and Regions, the log of requests, waiting.

use std::env;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use autotag_fake_aws::{
    DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws, GateAt, Image, Instance, InstanceState, On, QueueSpec, Snapshot, Volume,
};
use aws_config::BehaviorVersion;

use crate::clients::{Bench, SOON, code, config, filter, http_client, tag};

const INSTANCE: &str = "i-0123456789abcdef0";

#[tokio::test]
async fn an_account_sees_nothing_of_another_account() {
    let bench = Bench::new().await;
    bench.aws.register_access_key("AKIDOTHER", "444455556666");
    bench.aws.at("444455556666", "us-east-1").put_instance(Instance::new(INSTANCE));
    let other = aws_sdk_ec2::Client::new(&config(&bench.aws, "AKIDOTHER", "us-east-1").await);

    assert_eq!(bench.tag_error(&[INSTANCE], "Owner", "bob").await, "InvalidInstanceID.NotFound");
    other.create_tags().resources(INSTANCE).tags(tag("Owner", "bob")).send().await.unwrap();

    assert_eq!(bench.aws.at("444455556666", "us-east-1").tags(INSTANCE)["Owner"], "bob");
    assert_eq!(bench.aws.requests()[1].account, "444455556666");
}

#[tokio::test]
async fn a_region_sees_nothing_of_another_region() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE));
    let config = config(&bench.aws, "AKIDANYONE", "eu-west-1").await;

    let instances = aws_sdk_ec2::Client::new(&config).describe_instances().send().await.unwrap();
    let receive = aws_sdk_sqs::Client::new(&config).receive_message().queue_url(&bench.queue_url).send().await;

    assert!(instances.reservations().is_empty());
    assert!(receive.unwrap_err().into_service_error().is_queue_does_not_exist());
    assert_eq!(bench.aws.requests()[0].region, "eu-west-1");
}

#[test]
fn the_environment_is_all_that_a_process_needs() {
    let aws = FakeAws::start();
    let child = "control::child_that_calls_ec2_as_its_environment_says";
    let mut process = Command::new(env::current_exe().unwrap());
    process.args(["--exact", child, "--ignored"]).env_clear().envs(aws.environment());

    let output = process.output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let requests = aws.requests();
    assert_eq!((requests[0].account.as_str(), requests[0].region.as_str()), (DEFAULT_ACCOUNT, DEFAULT_REGION));
}

#[tokio::test]
#[ignore = "runs in the process that the test above starts"]
async fn child_that_calls_ec2_as_its_environment_says() {
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await;
    aws_sdk_ec2::Client::new(&config).describe_tags().send().await.unwrap();
}

#[tokio::test]
async fn a_queue_lets_no_other_account_in() {
    let bench = Bench::new().await;
    bench.aws.register_access_key("AKIDOTHER", "444455556666");
    let other = aws_sdk_sqs::Client::new(&config(&bench.aws, "AKIDOTHER", "us-east-1").await);
    assert_eq!(code(other.receive_message().queue_url(&bench.queue_url).send().await), "AccessDenied");
}

#[tokio::test]
async fn every_call_is_logged_with_what_it_named_and_how_it_ended() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE));

    bench.receive().max_number_of_messages(7).send().await.unwrap();
    bench.tag_error(&[INSTANCE, "i-00000000"], "Owner", "bob").await;
    bench.ec2.describe_instances().filters(filter("instance-id", &[INSTANCE])).send().await.unwrap();

    let requests = bench.aws.requests();
    let [receive, create, describe] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((receive.action.as_str(), receive.queue.as_deref()), ("ReceiveMessage", Some("events")));
    assert!(receive.succeeded());
    assert_eq!(receive.parameters["MaxNumberOfMessages"], 7);
    assert_eq!(create.resources, [INSTANCE, "i-00000000"]);
    assert_eq!(create.error_code(), Some("InvalidInstanceID.NotFound"));
    assert_eq!(create.parameters["Tag.1.Value"], "bob");
    assert_eq!(describe.resources, [INSTANCE]);
    assert!(receive.at <= create.at && create.at <= describe.at);
    assert_eq!(bench.aws.requests_of("CreateTags").len(), 1);
}

#[tokio::test]
async fn resources_can_be_changed() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE).state(InstanceState::Pending));
    bench.aws.put_volume(Volume::new("vol-00000001"));
    bench.aws.put_snapshot(Snapshot::new("snap-00000001").state("pending"));
    bench.aws.put_image(Image::new("ami-00000001").device("/dev/xvda").device("/dev/sdf"));

    bench.aws.set_instance_state(INSTANCE, InstanceState::Running);
    bench.aws.attach_volume("vol-00000001", INSTANCE, "/dev/sdf", SystemTime::now());
    bench.aws.set_state("snap-00000001", "completed");
    bench.aws.name_snapshot("ami-00000001", "/dev/sdf", "snap-00000001");
    let images = bench.ec2.describe_images().send().await.unwrap();
    let running = filter("instance-state-name", &["running"]);
    let instances = bench.ec2.describe_instances().filters(running).send().await.unwrap();
    let completed = filter("status", &["completed"]);
    let snapshots = bench.ec2.describe_snapshots().filters(completed).send().await.unwrap();
    bench.aws.detach_volume("vol-00000001");
    bench.aws.remove_resource("snap-00000001");

    let device = instances.reservations()[0].instances()[0].block_device_mappings()[0].device_name();
    assert_eq!(device, Some("/dev/sdf"));
    assert_eq!(snapshots.snapshots().len(), 1);
    let devices = images.images()[0].block_device_mappings().iter();
    let named: Vec<_> = devices.map(|device| device.ebs().and_then(|ebs| ebs.snapshot_id())).collect();
    assert_eq!(named, [None, Some("snap-00000001")]);
    let volumes = bench.ec2.describe_volumes().send().await.unwrap();
    assert!(volumes.volumes()[0].attachments().is_empty());
    assert_eq!(bench.tag_error(&["snap-00000001"], "Owner", "bob").await, "InvalidSnapshot.NotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_on_a_queue_that_is_deleted_fails_at_once() {
    let bench = Bench::new().await;
    let poll = tokio::spawn(bench.receive().wait_time_seconds(20).send());
    bench.aws.wait_until(|aws| aws.requests().len() == 1, SOON);

    bench.aws.delete_queue("events");
    let started = Instant::now();

    assert!(poll.await.unwrap().unwrap_err().into_service_error().is_queue_does_not_exist());
    assert!(started.elapsed() < SOON);
}

#[test]
fn a_wait_ends_when_time_alone_makes_its_condition_true() {
    let aws = FakeAws::start();
    aws.create_queue_with(QueueSpec::named("events"));
    aws.put_volume(Volume::new("vol-00000001"));
    // Before the fake's own clock begins, so that the condition is true when the fake looks at it.
    let started = Instant::now();
    aws.appear_after("vol-00000001", Duration::from_millis(100));

    aws.wait_until(|_| started.elapsed() >= Duration::from_millis(100), SOON);

    assert!(started.elapsed() < SOON);
}

#[test]
fn a_wait_that_is_in_vain_shows_the_state_and_the_calls() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bench = runtime.block_on(Bench::new());
    bench.aws.send("events", "body");
    runtime.block_on(bench.receive().send()).unwrap();
    let gate = bench.aws.gate(On::action("CreateTags"), GateAt::BeforeEffect);

    let waited = catch_unwind(AssertUnwindSafe(|| bench.aws.wait_until(|_| false, Duration::from_millis(50))));
    let arrived = catch_unwind(AssertUnwindSafe(|| gate.wait_arrived(1, Duration::from_millis(50))));

    for panic in [waited.unwrap_err(), arrived.unwrap_err()] {
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("queue events: Counts { visible: 0, in_flight: 1, delayed: 0 }"), "{message}");
        assert!(message.contains("ReceiveMessage events -> Success"), "{message}");
    }
    // A test's panic does not stop the fake.
    assert_eq!(bench.aws.counts("events").in_flight, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_fake_answers_no_more_and_ends_its_open_calls() {
    let bench = Bench::new().await;
    let poll = tokio::spawn(bench.receive().wait_time_seconds(20).send());
    bench.aws.wait_until(|aws| aws.requests().len() == 1, SOON);
    let address = bench.aws.address();

    drop(bench);

    assert!(poll.await.unwrap().is_err());
    assert!(TcpStream::connect(address).is_err());
}
