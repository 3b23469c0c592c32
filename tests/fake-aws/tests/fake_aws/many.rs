//! So many resources and messages that a linear scan for each request would show.

use std::time::{Duration, Instant};

use autotag_fake_aws::{Instance, Volume};

use crate::clients::{Bench, filter};

const MANY: usize = 20_000;
const INSTANCE: &str = "i-0123456789abcdef0";

/// The shortest time of several requests: the machine may be busy during any one.
async fn shortest<F: Future>(call: impl Fn() -> F) -> Duration {
    let mut shortest = Duration::MAX;
    for _ in 0..10 {
        let started = Instant::now();
        call().await;
        shortest = shortest.min(started.elapsed());
    }
    shortest
}

#[tokio::test]
async fn a_describe_of_some_takes_no_longer_among_many() {
    let bench = Bench::new().await;
    (0..MANY).for_each(|n| bench.aws.put_volume(Volume::new(&format!("vol-{n:08x}"))));
    bench.aws.put_instance(Instance::new(INSTANCE).root_volume("vol-ffffffff").network_interface("eni-00000001"));

    let instances = async || {
        let answer = bench.ec2.describe_instances().filters(filter("instance-id", &[INSTANCE])).send().await.unwrap();
        let instance = &answer.reservations()[0].instances()[0];
        assert_eq!((instance.block_device_mappings().len(), instance.network_interfaces().len()), (1, 1));
    };
    let volumes = async || {
        let attached = filter("attachment.instance-id", &[INSTANCE]);
        assert_eq!(bench.ec2.describe_volumes().filters(attached).send().await.unwrap().volumes().len(), 1);
    };
    let tags = async || {
        let of_volume = filter("resource-id", &["vol-ffffffff"]);
        assert!(bench.ec2.describe_tags().filters(of_volume).send().await.unwrap().tags().is_empty());
    };

    let all = async || {
        let none = filter("tag:Name", &["none"]);
        assert!(bench.ec2.describe_volumes().filters(none).send().await.unwrap().volumes().is_empty());
    };

    let looks_at_all = shortest(all).await;
    for looks_at_some in [shortest(instances).await, shortest(volumes).await, shortest(tags).await] {
        assert!(looks_at_some < looks_at_all / 4, "{looks_at_some:?}, and {looks_at_all:?} to look at all");
    }
}

#[tokio::test]
async fn what_is_attached_is_found_where_it_is_now() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE));
    bench.aws.put_volume(Volume::new("vol-00000001"));
    let attached = async || {
        let attached = filter("attachment.instance-id", &[INSTANCE]);
        bench.ec2.describe_volumes().filters(attached).send().await.unwrap().volumes().len()
    };

    let mut found = vec![attached().await];
    bench.aws.attach_volume("vol-00000001", INSTANCE, "/dev/sdf", std::time::SystemTime::now());
    found.push(attached().await);
    bench.aws.detach_volume("vol-00000001");
    found.push(attached().await);
    bench.aws.attach_volume("vol-00000001", INSTANCE, "/dev/sdf", std::time::SystemTime::now());
    bench.aws.put_volume(Volume::new("vol-00000001"));
    found.push(attached().await);

    assert_eq!(found, [0, 1, 0, 0]);
}

#[test]
fn the_tags_of_all_resources_can_be_had_at_once() {
    let aws = autotag_fake_aws::FakeAws::start();
    aws.put_instance(Instance::new(INSTANCE).tag("Owner", "bob").root_volume("vol-00000001"));
    aws.at("444455556666", "us-east-1").put_volume(Volume::new("vol-00000002"));

    let tags = aws.tags_of_all();

    assert_eq!(tags.keys().collect::<Vec<_>>(), [INSTANCE, "vol-00000001"]);
    assert_eq!((tags[INSTANCE]["Owner"].as_str(), tags["vol-00000001"].len()), ("bob", 0));
    assert!(aws.resource_ids().iter().eq(tags.keys()));
}
