//! Many accounts and Regions, one of which fails.

use std::time::Duration;

use autotag_fake_aws::{Fault, GateAt, On, Volume};
use autotag_tests::events::{call, envelope, moved};
use autotag_tests::host::Service;
use serde_json::json;

use super::world::{ACCOUNT, REGION, World, now, outcomes};

/// Another account than the host's.
const OTHER: &str = "444455556666";

fn service(world: &World) -> Service {
    let accounts = format!("{ACCOUNT},{OTHER}");
    world.service().env("AUTOTAG_ACCOUNTS", &accounts).env("AUTOTAG_ASSUME_ROLE", "service/autotag")
}

/// Volumes of Bob's in an account and Region, one event for each.
fn create_volumes(world: &World, account: &str, region: &str, count: usize) -> Vec<String> {
    let region_handle = world.aws.at(account, region);
    let ids: Vec<_> = (0..count).map(|number| format!("vol-{number:017x}")).collect();
    for id in &ids {
        region_handle.put_volume(Volume::new(id));
        let event = envelope(&call("CreateVolume", &now(), json!({"volumeId": id})));
        world.send(&moved(event, account, region));
    }
    ids
}

fn are_tagged(world: &World, account: &str, region: &str, ids: &[String]) -> bool {
    let region_handle = world.aws.at(account, region);
    ids.iter().all(|id| region_handle.tags(id).contains_key("PrincipalId"))
}

#[test]
fn other_accounts_are_tagged_in_by_a_role_with_an_external_id() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    world.aws.put_role(OTHER, "service/autotag", Some("secret"));
    let own = create_volumes(&world, ACCOUNT, REGION, 3);
    let others = create_volumes(&world, OTHER, "us-west-2", 3);
    let service = service(&world).env("AUTOTAG_EXTERNAL_ID", "secret").start();
    world.wait_until(|| world.is_done());
    assert!(are_tagged(&world, ACCOUNT, REGION, &own) && are_tagged(&world, OTHER, "us-west-2", &others));
    let assumed = world.aws.requests_of("AssumeRole");
    assert_eq!(assumed.len(), 1, "credentials are kept by the SDK: {assumed:?}");
    assert_eq!(service.stop().0, 0);
}

#[test]
fn tokens_that_live_five_seconds_are_renewed_in_time() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    world.aws.put_role(OTHER, "service/autotag", None);
    world.aws.set_token_lifetime(Duration::from_secs(5));
    let service = service(&world).start();
    for round in 0..4 {
        let ids = create_volumes(&world, OTHER, REGION, 2);
        world.wait_until(|| are_tagged(&world, OTHER, REGION, &ids) && world.is_done());
        if round < 3 {
            std::thread::sleep(Duration::from_secs(2));
        }
    }
    let refused = world.aws.requests().iter().filter(|request| request.error_code() == Some("RequestExpired")).count();
    assert_eq!((refused, world.dead()), (0, 0));
    drop(service);
}

#[test]
fn credentials_that_are_refused_before_their_time_are_replaced() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    world.aws.put_role(OTHER, "service/autotag", None);
    let service = service(&world).start();
    let ids = create_volumes(&world, OTHER, REGION, 2);
    world.wait_until(|| are_tagged(&world, OTHER, REGION, &ids) && world.is_done());
    world.aws.expire_tokens();
    let ids = create_volumes(&world, OTHER, REGION, 4);
    world.wait_until(|| are_tagged(&world, OTHER, REGION, &ids) && world.is_done());
    let (_, log) = service.stop();
    assert!(outcomes(&log, "retry")[0]["reason"].as_str().unwrap().contains("RequestExpired"), "{log}");
}

#[test]
fn an_account_that_always_refuses_delays_no_other_and_its_events_end_in_the_dead_letter_queue() {
    let world = World::with_queue(Duration::from_secs(2), 3);
    // That account has no role to assume.
    create_volumes(&world, OTHER, REGION, 5);
    let own = create_volumes(&world, ACCOUNT, REGION, 5);
    let service = service(&world).start();
    world.wait_until(|| are_tagged(&world, ACCOUNT, REGION, &own));
    world.wait_until(|| world.is_done());
    assert_eq!(world.dead(), 5);
    let (_, log) = service.stop();
    let retry = outcomes(&log, "retry");
    let words = retry[0]["reason"].as_str().unwrap();
    assert!(words.contains("AccessDenied") && retry[0]["account"] == OTHER, "{words}");
}

#[test]
fn a_region_that_hangs_does_not_take_all_the_room() {
    let world = World::with_queue(Duration::from_secs(60), 20);
    let service = world.service().env("AUTOTAG_MAX_IN_FLIGHT", "20").start();
    let first = create_volumes(&world, ACCOUNT, "us-west-2", 1);
    world.wait_until(|| are_tagged(&world, ACCOUNT, "us-west-2", &first) && world.is_done());
    let _gate = world.aws.gate(On::service("ec2").region(REGION), GateAt::BeforeEffect);
    create_volumes(&world, ACCOUNT, REGION, 40);
    let others = create_volumes(&world, ACCOUNT, "us-west-2", 40);
    world.wait_until(|| are_tagged(&world, ACCOUNT, "us-west-2", &others));
    let (_, log) = service.stop();
    assert!(outcomes(&log, "retry").iter().any(|line| line["region"] == REGION), "{log}");
}

#[test]
fn without_a_role_the_hosts_own_credentials_are_used_everywhere() {
    let world = World::with_queue(Duration::from_secs(2), 2);
    let _rule = world.aws.fault(On::service("sts"), Fault::error(403, "AccessDenied"));
    world.aws.register_access_key("test", OTHER);
    world.aws.at(OTHER, "us-east-1").create_queue("events");
    let ids = create_volumes(&world, OTHER, REGION, 1);
    let queue = world.aws.at(OTHER, "us-east-1");
    let event = envelope(&call("CreateVolume", &now(), json!({"volumeId": ids[0]})));
    queue.send("events", &moved(event, OTHER, REGION).to_string());
    let service = world.service().env("AUTOTAG_QUEUE_URL", &queue.queue_url("events")).start();
    world.wait_until(|| are_tagged(&world, OTHER, REGION, &ids));
    assert_eq!(world.aws.requests_of("GetCallerIdentity").len(), 0);
    drop(service);
}
