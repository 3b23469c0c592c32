//! Two principals that prove the same, and hosts that work at the same time.

use std::time::Duration;

use autotag_tests::fake_aws::{FakeAws, GateAt, Instance, On, QueueSpec, Volume};
use autotag_tests::host::Service;
use serde_json::json;

use crate::events::{ACCOUNT, ALICE, EVE, REGION, ago, ec2, id, launched, millis, with_token};

const LONG: Duration = Duration::from_secs(60);

fn aws() -> FakeAws {
    let aws = FakeAws::start();
    aws.create_queue("dead");
    aws.create_queue_with(
        QueueSpec::named("events").visibility_timeout(Duration::from_secs(30)).dead_letters("dead", 12),
    );
    aws
}

fn is_done(aws: &FakeAws) -> bool {
    aws.counts("events").total() == 0
}

#[test]
fn of_two_with_one_token_in_one_second_the_first_keeps_it_and_the_log_says_so() {
    let aws = aws();
    let place = aws.at(ACCOUNT, REGION);
    let (instance, interface) = (id("i", 0x800), id("eni", 0x800));
    place.put_instance(Instance::new(&instance).launched(ago(60)).network_interface(&interface));
    let service = Service::new(&aws, "events").start();
    for who in [ALICE, EVE] {
        let event = ec2(who, "RunInstances", ago(60), with_token("t"), launched(&instance, &interface, ago(60)));
        aws.send("events", &event.to_string());
        aws.wait_until(is_done, LONG);
    }
    let tags = place.tags(&instance);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), (ALICE, "AIDAALICE"), "{aws:?}");
    let (_, log) = service.stop();
    let contested = log.lines().find(|line| line.contains("\"contested\"")).unwrap_or_else(|| panic!("{log}"));
    assert!(contested.contains("WARN") && log.contains("AIDAALICE created it"), "{log}");
}

#[test]
fn what_was_handed_over_stays_though_the_event_of_its_creation_comes_twice() {
    let aws = aws();
    let place = aws.at(ACCOUNT, REGION);
    let volume = id("vol", 0x801);
    place.put_volume(Volume::new(&volume).created(ago(60)));
    let answer = json!({"volumeId": volume, "createTime": millis(ago(60))});
    let event = ec2(EVE, "CreateVolume", ago(60), json!({}), answer).to_string();
    let service = Service::new(&aws, "events").start();
    aws.send("events", &event);
    aws.wait_until(is_done, LONG);
    place.set_tag(&volume, "Owner", ALICE);
    place.set_tag(&volume, "PrincipalId", "AIDAALICE");
    aws.send("events", &event);
    aws.wait_until(is_done, LONG);
    let tags = place.tags(&volume);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), (ALICE, "AIDAALICE"), "{aws:?}");
    drop(service);
}

#[test]
fn a_claim_that_looked_before_the_proved_one_was_written_does_not_go_over_it() {
    // Eve's repeated call is disproved by its record alone, so it does not even look.
    let aws = aws();
    let place = aws.at(ACCOUNT, REGION);
    let (instance, interface) = (id("i", 0x802), id("eni", 0x802));
    place.put_instance(Instance::new(&instance).launched(ago(60)).network_interface(&interface));
    let gate = aws.gate(On::action("CreateTags").next(1), GateAt::BeforeEffect);
    let services = [0, 1].map(|_| Service::new(&aws, "events").start());
    let answer = launched(&instance, &interface, ago(60));
    aws.send("events", &ec2(ALICE, "RunInstances", ago(60), with_token("t"), answer.clone()).to_string());
    gate.wait_arrived(1, LONG);
    aws.send("events", &ec2(EVE, "RunInstances", ago(20), with_token("t"), answer).to_string());
    aws.wait_until(|aws| aws.counts("events").total() == 1, LONG);
    gate.open();
    aws.wait_until(is_done, LONG);
    assert_eq!(place.tags(&instance)["PrincipalId"], "AIDAALICE", "{aws:?}");
    drop(services);
}
