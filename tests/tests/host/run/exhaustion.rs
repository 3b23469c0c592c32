//! Exhaustion of the host's own resources: it fails no event.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use autotag_fake_aws::{FakeAws, Fault, Instance, On, Volume};
use autotag_tests::events::{call, envelope, moved, run_instances_of};
use autotag_tests::host::Service;
use serde_json::json;

use super::world::{ACCOUNT, LONG, World, now, outcomes};

const REGIONS: [&str; 5] = ["eu-central-1", "eu-west-1", "us-east-2", "us-west-2", "ap-south-1"];

/// Ten accounts, including the host's own.
fn accounts() -> Vec<String> {
    let others = (1..10).map(|number| format!("44445555666{number}"));
    std::iter::once(ACCOUNT.to_owned()).chain(others).collect()
}

/// Every account and Region.
fn account_regions() -> impl Iterator<Item = (String, &'static str)> {
    accounts().into_iter().flat_map(|account| REGIONS.map(move |region| (account.clone(), region)))
}

fn service(world: &World) -> Service {
    for account in &accounts()[1..] {
        world.aws.put_role(account, "autotag", None);
    }
    // Hundreds of events at once take a machine that does other work as well longer than the usual two seconds.
    let service = world.service().env("AUTOTAG_VISIBILITY_SECONDS", "30");
    service.env("AUTOTAG_ACCOUNTS", &accounts().join(",")).env("AUTOTAG_ASSUME_ROLE", "autotag")
}

/// A launch and a volume of Bob's in every account and Region, `rounds` times.
fn create_everywhere(world: &World, rounds: usize) {
    for number in 0..rounds {
        for (account, region) in account_regions() {
            let account_region = world.aws.at(&account, region);
            let (instance, interface) = (format!("i-{number:017x}"), format!("eni-{number:017x}"));
            let volume = format!("vol-{number:017x}");
            account_region.put_instance(Instance::new(&instance).network_interface(&interface));
            account_region.put_volume(Volume::new(&volume));
            let launched = envelope(&run_instances_of(&instance, &interface, &now()));
            let created = envelope(&call("CreateVolume", &now(), json!({"volumeId": volume})));
            world.send(&moved(launched, &account, region));
            world.send(&moved(created, &account, region));
        }
    }
}

#[track_caller]
fn assert_all_is_tagged(world: &World, rounds: usize) {
    for number in 0..rounds {
        for (account, region) in account_regions() {
            let account_region = world.aws.at(&account, region);
            for kind in ["i", "eni", "vol"] {
                let id = format!("{kind}-{number:017x}");
                assert!(account_region.tags(&id).contains_key("PrincipalId"), "{id} in {account} {region}");
            }
        }
    }
}

#[test]
fn many_account_regions_and_few_descriptors_tag_everything_and_blame_no_event() {
    let world = World::with_queue(Duration::from_secs(10), 5);
    let service = service(&world).open_files(48).start();
    create_everywhere(&world, 6);
    world.aws.wait_until(|_| world.is_done(), 3 * LONG);
    assert_eq!(world.dead(), 0);
    assert_all_is_tagged(&world, 6);
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    assert_eq!(outcomes(&log, "failed").len(), 0, "{log}");
}

#[test]
fn calls_of_aws_leave_descriptors_for_everything_else() {
    let world = World::with_queue(Duration::from_secs(30), 5);
    let slow = Duration::from_millis(200);
    world.aws.fault(On::any(), Fault::Latency { median: slow, p99: slow, seed: 1 });
    let service = service(&world).open_files(256).listening().start();
    service.wait_until(|says| says["ready"] == true);
    let at_first = service.open_descriptors();
    create_everywhere(&world, 8);
    let most = AtomicUsize::new(0);
    let is_done = |_: &FakeAws| {
        most.fetch_max(service.open_descriptors(), Ordering::Relaxed);
        world.is_done()
    };
    world.aws.wait_until(is_done, 3 * LONG);
    assert_eq!(world.dead(), 0);
    let most = most.into_inner();
    // The host keeps a quarter of what is left in reserve.
    let bound = 256 - (256 - at_first) / 4;
    assert!(most <= bound, "{most} of {bound}, {at_first} at first");
    assert!(most > at_first + 20, "{most}: there were never many calls at once");
    assert_all_is_tagged(&world, 8);
    assert_eq!(service.stop().0, 0);
}

#[test]
fn a_host_without_descriptors_says_so_and_blames_no_event() {
    let world = World::with_queue(Duration::from_secs(10), 5);
    let service = service(&world).listening().start();
    service.wait_until(|says| says["ready"] == true);
    service.without_descriptors(|| {
        create_everywhere(&world, 2);
        std::thread::sleep(Duration::from_secs(3));
    });
    // A recent exhaustion still shows.
    let (status, body) = service.get("/readyz");
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("the host itself has no file descriptor left: raise the limit of open files"), "{body}");
    let (_, metrics) = service.get("/metrics");
    assert!(!metrics.contains(r#"autotag_host_wants_total{want="descriptors"} 0"#), "{metrics}");
    world.aws.wait_until(|_| world.is_done(), LONG);
    assert_eq!(world.dead(), 0);
    assert_all_is_tagged(&world, 2);
    service.wait_until(|says| says["ready"] == true);
    let (_, log) = service.stop();
    assert_eq!(outcomes(&log, "failed").len(), 0, "{log}");
    assert!(log.contains(r#""wants":"descriptors""#), "{log}");
}
