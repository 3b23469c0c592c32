//! Two principals that prove the same, and races between hosts.

use std::time::Duration;

use autotag_fake_aws::{FakeAws, Gate, GateAt, Instance, On, QueueSpec, Volume};
use autotag_tests::host::{RunningService, Service};
use serde_json::{Value, json};

use super::events::{ACCOUNT, ALICE, EVE, REGION, ago, by_service, call, ec2, id, launched, millis, with_token};

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
    let region = aws.at(ACCOUNT, REGION);
    let (instance, interface) = (id("i", 0x800), id("eni", 0x800));
    region.put_instance(Instance::new(&instance).launched(ago(60)).network_interface(&interface));
    let service = Service::new(&aws, "events").start();
    for who in [ALICE, EVE] {
        let event = ec2(who, "RunInstances", ago(60), with_token("t"), launched(&instance, &interface, ago(60)));
        aws.send("events", &event.to_string());
        aws.wait_until(is_done, LONG);
    }
    let tags = region.tags(&instance);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), (ALICE, "AIDAALICE"), "{aws:?}");
    let (_, log) = service.stop();
    let contested = log.lines().find(|line| line.contains("\"contested\"")).unwrap_or_else(|| panic!("{log}"));
    assert!(contested.contains("WARN") && log.contains("AIDAALICE created it"), "{log}");
}

/// A volume that is five seconds old, and a host that is held at its first CreateTags.
struct Held {
    aws: FakeAws,
    volume: String,
    gate: Gate,
    service: RunningService,
}

impl Held {
    fn new(number: u32) -> Self {
        let aws = aws();
        let volume = id("vol", number);
        aws.at(ACCOUNT, REGION).put_volume(Volume::new(&volume).created(ago(5)));
        let gate = aws.gate(On::action("CreateTags").next(1), GateAt::BeforeEffect);
        // So long that no lease is extended meanwhile: the only changes of visibility are those of events that are put
        // off.
        let service = Service::new(&aws, "events").env("AUTOTAG_VISIBILITY_SECONDS", "120").start();
        Self { aws, volume, gate, service }
    }

    /// A creation of the volume that its answer proves.
    fn proved(&self, who: &str) -> Value {
        let answer = json!({"volumeId": self.volume, "createTime": millis(ago(5))});
        ec2(who, "CreateVolume", ago(5), with_token("t"), answer)
    }

    /// A creation whose request cannot be seen, and whose answer has no time. The volume is as old as the API call.
    fn open(&self, who: &str) -> Value {
        let omitted = json!({"omitted": true, "originalSize": 139_021, "reason": "requestParameters too large"});
        ec2(who, "CreateVolume", ago(4), omitted, json!({"volumeId": self.volume}))
    }

    /// Sends both events, the second one while the tags of the first are being written. Returns the owner, the identity
    /// and the log.
    fn race(self, first: &Value, second: &Value) -> (String, String, String) {
        self.aws.send("events", &first.to_string());
        self.gate.wait_arrived(1, LONG);
        self.aws.send("events", &second.to_string());
        // The outcome of the first one's write is not known yet, so the second event is put off.
        self.aws.wait_until(|aws| aws.count_of("ChangeMessageVisibilityBatch") > 0, LONG);
        self.gate.open();
        self.aws.wait_until(is_done, LONG);
        let tags = self.aws.at(ACCOUNT, REGION).tags(&self.volume);
        (tags["Owner"].clone(), tags["PrincipalId"].clone(), self.service.stop().1)
    }
}

#[test]
fn of_two_that_prove_the_same_at_once_the_one_whose_tags_are_on_their_way_keeps_it() {
    let held = Held::new(0x804);
    let (alice, eve) = (held.proved(ALICE), held.proved(EVE));
    let (owner, identity, log) = held.race(&alice, &eve);
    assert_eq!((&*owner, &*identity), (ALICE, "AIDAALICE"), "{log}");
    assert!(log.contains("\"contested\"") && log.contains("is put on just now"), "{log}");
}

#[test]
fn an_open_claim_does_not_go_over_what_this_host_is_writing() {
    let held = Held::new(0x805);
    let (alice, service) = (held.proved(ALICE), by_service(held.open(EVE), "dlm.amazonaws.com"));
    let (owner, identity, log) = held.race(&alice, &service);
    assert_eq!((&*owner, &*identity), (ALICE, "AIDAALICE"), "{log}");
    assert!(log.contains("is put on just now") && log.contains("\"held\""), "{log}");
}

#[test]
fn what_is_proved_goes_over_an_open_claim_that_is_being_written() {
    let held = Held::new(0x808);
    let (mut eve, alice) = (held.open(EVE), held.proved(ALICE));
    // So that the time that EC2 shows does not prove it.
    eve["detail"]["eventTime"] = "unreadable".into();
    eve["time"] = "unreadable".into();
    let (owner, identity, log) = held.race(&eve, &alice);
    assert_eq!((&*owner, &*identity), (ALICE, "AIDAALICE"), "{log}");
}

#[test]
fn a_name_that_its_maker_takes_again_is_theirs_again_whatever_was_copied_onto_it() {
    let aws = aws();
    let region = aws.at(ACCOUNT, REGION);
    let database = format!("arn:aws:rds:{REGION}:{ACCOUNT}:db:staging");
    let service = Service::new(&aws, "events").start();
    for (unique_id, age) in [("db-FIRST", 60), ("db-SECOND", 5)] {
        region.put_arn(&database, &[("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
        region.unique_id(&database, unique_id);
        let response =
            json!({"dBInstanceIdentifier": "staging", "dBInstanceArn": database, "dbiResourceId": unique_id});
        let request = json!({"dBInstanceIdentifier": "staging"});
        let event = call(ALICE, "rds", "RestoreDBInstanceFromDBSnapshot", ago(age), request, response);
        aws.send("events", &event.to_string());
        aws.wait_until(is_done, LONG);
        assert_eq!(region.tags(&database)["PrincipalId"], "AIDAALICE", "{unique_id}: {aws:?}");
    }
    drop(service);
}

#[test]
fn a_database_that_was_handed_over_stays_though_the_event_of_its_creation_comes_twice() {
    let aws = aws();
    let region = aws.at(ACCOUNT, REGION);
    let database = format!("arn:aws:rds:{REGION}:{ACCOUNT}:db:handed-over");
    region.put_arn(&database, &[]);
    region.unique_id(&database, "db-EVE");
    let response = json!({"dBInstanceIdentifier": "handed-over", "dBInstanceArn": database, "dbiResourceId": "db-EVE"});
    let request = json!({"dBInstanceIdentifier": "handed-over"});
    let event = call(EVE, "rds", "CreateDBInstance", ago(60), request, response).to_string();
    let service = Service::new(&aws, "events").start();
    aws.send("events", &event);
    aws.wait_until(is_done, LONG);
    assert_eq!(region.tags(&database)["PrincipalId"], "AIDAEVE", "{aws:?}");
    region.set_tag(&database, "Owner", ALICE);
    region.set_tag(&database, "PrincipalId", "AIDAALICE");
    aws.send("events", &event);
    aws.wait_until(is_done, LONG);
    assert_eq!(region.tags(&database)["PrincipalId"], "AIDAALICE", "{aws:?}");
    drop(service);
}

#[test]
fn a_replay_that_the_operator_allows_fills_in_missing_tags_and_changes_nothing_else() {
    let aws = aws();
    let region = aws.at(ACCOUNT, REGION);
    let volumes = [id("vol", 0x806), id("vol", 0x807)];
    for volume in &volumes {
        region.put_volume(Volume::new(volume).created(ago(60)));
        let answer = json!({"volumeId": volume, "createTime": millis(ago(60))});
        let mut event = ec2(EVE, "CreateVolume", ago(60), json!({}), answer);
        event["replay-name"] = "incident-42".into();
        aws.send("events", &event.to_string());
    }
    region.set_tag(&volumes[0], "PrincipalId", "AIDAALICE");
    let service = Service::new(&aws, "events").env("AUTOTAG_ALLOW_REPLAYS", "true").start();
    aws.wait_until(is_done, LONG);
    let principals = volumes.each_ref().map(|volume| region.tags(volume)["PrincipalId"].clone());
    assert_eq!(principals, ["AIDAALICE", "AIDAEVE"], "{aws:?}");
    let (_, log) = service.stop();
    assert!(log.contains("\"held\""), "{log}");
}

#[test]
fn what_was_handed_over_stays_though_the_event_of_its_creation_comes_twice() {
    let aws = aws();
    let region = aws.at(ACCOUNT, REGION);
    let volume = id("vol", 0x801);
    region.put_volume(Volume::new(&volume).created(ago(60)));
    let answer = json!({"volumeId": volume, "createTime": millis(ago(60))});
    let event = ec2(EVE, "CreateVolume", ago(60), json!({}), answer).to_string();
    let service = Service::new(&aws, "events").start();
    aws.send("events", &event);
    aws.wait_until(is_done, LONG);
    region.set_tag(&volume, "Owner", ALICE);
    region.set_tag(&volume, "PrincipalId", "AIDAALICE");
    aws.send("events", &event);
    aws.wait_until(is_done, LONG);
    let tags = region.tags(&volume);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), (ALICE, "AIDAALICE"), "{aws:?}");
    drop(service);
}

#[test]
fn what_is_planted_between_the_look_and_the_tags_of_the_creator_does_not_stay() {
    let aws = aws();
    let region = aws.at(ACCOUNT, REGION);
    let (instance, interface) = (id("i", 0x803), id("eni", 0x803));
    region.put_instance(Instance::new(&instance).launched(ago(60)).network_interface(&interface));
    let gate = aws.gate(On::action("CreateTags").next(1), GateAt::BeforeEffect);
    let service = Service::new(&aws, "events").start();
    let answer = launched(&instance, &interface, ago(60));
    aws.send("events", &ec2(ALICE, "RunInstances", ago(60), with_token("t"), answer).to_string());
    gate.wait_arrived(1, LONG);
    for resource in [&instance, &interface] {
        region.set_tag(resource, "Owner", EVE);
        region.set_tag(resource, "PrincipalId", "AIDAEVE");
    }
    gate.open();
    aws.wait_until(is_done, LONG);
    for resource in [&instance, &interface] {
        assert_eq!(region.tags(resource)["PrincipalId"], "AIDAALICE", "{aws:?}");
    }
    drop(service);
}

#[test]
fn a_disproved_call_writes_nothing_while_the_owners_tags_are_on_their_way() {
    let aws = aws();
    let region = aws.at(ACCOUNT, REGION);
    let (instance, interface) = (id("i", 0x802), id("eni", 0x802));
    region.put_instance(Instance::new(&instance).launched(ago(60)).network_interface(&interface));
    let gate = aws.gate(On::action("CreateTags").next(1), GateAt::BeforeEffect);
    let services = [0, 1].map(|_| Service::new(&aws, "events").start());
    let answer = launched(&instance, &interface, ago(60));
    aws.send("events", &ec2(ALICE, "RunInstances", ago(60), with_token("t"), answer.clone()).to_string());
    gate.wait_arrived(1, LONG);
    aws.send("events", &ec2(EVE, "RunInstances", ago(20), with_token("t"), answer).to_string());
    aws.wait_until(|aws| aws.counts("events").total() == 1, LONG);
    gate.open();
    aws.wait_until(is_done, LONG);
    assert_eq!(region.tags(&instance)["PrincipalId"], "AIDAALICE", "{aws:?}");
    drop(services);
}
