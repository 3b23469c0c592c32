//! Resources of services other than EC2, by their ARNs.

use std::time::{Duration, SystemTime};

use autotag_fake_aws::{Fault, On};
use autotag_tests::events::event_of;
use serde_json::{Value, json};

use super::world::{ACCOUNT, LONG, REGION, World, ago, now, outcomes};

fn database(name: &str) -> String {
    format!("arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}")
}

fn created(name: &str, time: &str) -> Value {
    let response = json!({"dBInstanceIdentifier": name, "dBInstanceArn": database(name)});
    event_of("rds", "CreateDBInstance", time, json!({"dBInstanceIdentifier": name}), response)
}

fn world() -> World {
    World::with_queue(Duration::from_secs(2), 20)
}

impl World {
    /// Databases of Bob's, one event for each.
    fn create_databases(&self, count: usize) -> Vec<String> {
        self.create_databases_at(count, &now())
    }

    fn create_databases_at(&self, count: usize, time: &str) -> Vec<String> {
        let names: Vec<_> = (0..count).map(|number| format!("orders-{number}")).collect();
        for name in &names {
            self.ec2.put_arn(&database(name), &[]);
            self.send(&created(name, time));
        }
        names.iter().map(|name| database(name)).collect()
    }
}

#[test]
fn databases_and_buckets_are_tagged_by_their_arns_and_keep_what_tags_they_have() {
    let world = world();
    world.ec2.put_arn(&database("orders"), &[("Team", "red"), ("PrincipalId", "AIDAALICE")]);
    world.ec2.put_arn("arn:aws:s3:::bobs-bucket", &[]);
    world.send(&created("orders", &now()));
    world.send(&event_of("s3", "CreateBucket", &now(), json!({"bucketName": "bobs-bucket"}), Value::Null));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.is_bobs("arn:aws:s3:::bobs-bucket"), "{:?}", world.aws);
    let tags = world.ec2.tags(&database("orders"));
    let tags: Vec<_> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(tags, [("Owner", "bob"), ("PrincipalId", "AIDABOBBOBBOBBOBBOBBO"), ("Team", "red")]);
    assert_eq!((world.aws.count_of("CreateTags"), world.dead()), (0, 0));
    drop(service);
}

#[test]
fn a_bucket_stays_its_owners_though_another_user_creates_it_again() {
    // In us-east-1, for any principal of the same account.
    let world = world();
    let region = world.aws.at(ACCOUNT, "us-east-1");
    let bucket = "arn:aws:s3:::alices-bucket";
    region.put_arn(bucket, &[("Owner", "alice"), ("PrincipalId", "AIDAALICE")]);
    let mut event = event_of("s3", "CreateBucket", &now(), json!({"bucketName": "alices-bucket"}), Value::Null);
    event["region"] = "us-east-1".into();
    event["detail"]["awsRegion"] = "us-east-1".into();
    world.send(&event);
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    let tags = region.tags(bucket);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), ("alice", "AIDAALICE"), "{:?}", world.aws);
    let (_, log) = service.stop();
    assert_eq!(outcomes(&log, "withheld").len(), 1, "{log}");
}

#[test]
fn many_share_calls_of_as_many_as_the_api_takes() {
    let world = world();
    let arns = world.create_databases(60);
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&arns), "{:?}", world.aws);
    let most = world.aws.requests_of("TagResources").iter().map(|request| request.resources.len()).max();
    assert!((2..=20).contains(&most.unwrap()), "{most:?}");
    drop(service);
}

#[test]
fn one_that_does_not_exist_fails_none_of_the_others_and_is_gone() {
    let world = world();
    let arns = world.create_databases(5);
    world.send(&created("gone", &ago(Duration::from_secs(3600))));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&arns) && world.dead() == 0, "{:?}", world.aws);
    let (_, log) = service.stop();
    let gone = outcomes(&log, "gone");
    assert!(gone[0]["reason"].as_str().unwrap().contains(&database("gone")), "{gone:?}");
}

#[test]
fn one_that_is_not_there_yet_is_waited_for() {
    let world = world();
    let arns = world.create_databases(2);
    world.ec2.taggable_after(&arns[0], Duration::from_secs(3));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&arns), "{:?}", world.aws);
    assert_eq!(world.dead(), 0);
    drop(service);
}

#[test]
fn one_that_the_api_refuses_as_a_whole_fails_none_of_the_others() {
    let world = world();
    // Long enough ago that there is nothing left to wait for.
    let arns = world.create_databases_at(8, &ago(Duration::from_secs(3000)));
    let unknown = On::action("TagResources").touching(&arns[3]);
    let rule = world.aws.fault(unknown, Fault::error(400, "InvalidParameterException"));
    let service = world.service().start();
    world.wait_until(|| world.dead() == 1 && world.is_done());
    drop(rule);
    for (index, arn) in arns.iter().enumerate() {
        assert_eq!(world.is_bobs(arn), index != 3, "{arn}: {:?}", world.aws);
    }
    drop(service);
}

#[test]
fn one_that_is_still_being_made_and_one_that_is_throttled_are_tried_again() {
    let world = world();
    let arns = world.create_databases(3);
    let making =
        Fault::FailResources { arns: vec![arns[0].clone()], status: 400, code: "InvalidDBInstanceState".into() };
    let throttled =
        Fault::FailResources { arns: vec![arns[1].clone()], status: 400, code: "ThrottlingException".into() };
    let rules = [
        world.aws.fault(On::action("TagResources").next(2), making),
        world.aws.fault(On::action("TagResources").next(3), throttled),
        world.aws.fault(On::action("DescribeDBInstances").next(2), Fault::throttled()),
    ];
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&arns), "{:?}", world.aws);
    assert_eq!(world.dead(), 0);
    drop((rules, service));
}

#[test]
fn what_the_services_say_of_one_resource_passes_or_not_and_slows_down_no_other() {
    let world = world();
    let arns = world.create_databases(6);
    let long_ago = ["late-0", "late-1"].map(database);
    for (name, arn) in ["late-0", "late-1"].into_iter().zip(&long_ago) {
        world.ec2.put_arn(arn, &[]);
        world.send(&created(name, &ago(Duration::from_secs(3000))));
    }
    let of =
        |arn: &str, status, code: &str| Fault::FailResources { arns: vec![arn.to_owned()], status, code: code.into() };
    let passing = [
        (409, "OperationAborted"),
        (400, "ConcurrentModificationException"),
        (409, "ConflictException"),
        (400, "ResourceInUseException"),
        (400, "LimitExceededException"),
        (500, "InternalServiceException"),
    ];
    let mut rules = Vec::new();
    for ((status, code), arn) in passing.into_iter().zip(&arns) {
        rules.push(world.aws.fault(On::action("TagResources").touching(arn).next(3), of(arn, status, code)));
    }
    for (code, arn) in ["LimitExceededException", "InternalServiceException"].into_iter().zip(&long_ago) {
        rules.push(world.aws.fault(On::action("TagResources").touching(arn), of(arn, 400, code)));
    }
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&arns), "{:?}", world.aws);
    assert_eq!(world.dead(), 2, "{:?}", world.aws);
    let (_, log) = service.stop();
    assert_eq!(outcomes(&log, "failed").len(), 2, "{log}");
    drop(rules);
}

#[test]
fn an_owner_that_is_there_stays_though_the_api_shows_it_late() {
    let world = world();
    world.ec2.put_arn(&database("orders"), &[("Owner", "team-red")]);
    world.ec2.tags_shown_after(&database("orders"), Duration::from_secs(3));
    let request = json!({"dBInstanceIdentifier": "orders", "tags": [{"key": "Owner", "value": "team-red"}]});
    let response = json!({"dBInstanceIdentifier": "orders", "dBInstanceArn": database("orders")});
    world.send(&event_of("rds", "CreateDBInstance", &now(), request, response));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    let tags = world.ec2.tags(&database("orders"));
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), ("team-red", "AIDABOBBOBBOBBOBBOBBO"), "{:?}", world.aws);
    assert_eq!(world.dead(), 0);
    drop(service);
}

/// Access points are shown by an index of tags alone, which shows nothing of what has none.
#[test]
fn what_only_the_index_shows_is_tagged_at_once_unless_its_event_names_tags_that_are_not_shown_yet() {
    let world = world();
    let event = |name: &str, tags: Value| {
        let arn = format!("arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/{name}");
        let request = json!({"name": name, "bucket": "bobs-bucket", "tags": tags});
        let response = json!({"accessPointArn": arn});
        (arn, event_of("s3", "CreateAccessPoint", &now(), request, response))
    };
    let (plain, of_plain) = event("plain", json!([]));
    let (tagged, of_tagged) = event("tagged", json!([{"key": "Owner", "value": "team-red"}]));
    world.ec2.put_arn(&plain, &[]);
    world.ec2.put_arn(&tagged, &[("Owner", "team-red")]);
    world.ec2.tags_shown_after(&tagged, LONG);
    world.send(&of_plain);
    world.send(&of_tagged);
    let service = world.service().start();
    world.wait_until(|| world.is_bobs(&plain));
    world.wait_until(|| world.aws.count_of("ChangeMessageVisibilityBatch") > 0);
    world.ec2.tags_shown_after(&tagged, Duration::ZERO);
    world.wait_until(|| world.is_done());
    let tags = world.ec2.tags(&tagged);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), ("team-red", "AIDABOBBOBBOBBOBBOBBO"), "{:?}", world.aws);
    drop(service);
}

#[test]
fn a_bucket_whose_tags_cannot_be_read_is_not_tagged_until_they_can() {
    let world = world();
    let bucket = "arn:aws:s3:::bobs-bucket";
    // So long ago that a bucket which is not shown is gone.
    let age = Duration::from_secs(3000);
    world.ec2.put_arn(bucket, &[("Owner", "team-red")]);
    world.ec2.born(bucket, SystemTime::now() - age);
    let denied = world.aws.fault(On::action("GetBucketTagging").next(2), Fault::error(403, "AccessDenied"));
    world.send(&event_of("s3", "CreateBucket", &ago(age), json!({"bucketName": "bobs-bucket"}), Value::Null));
    let service = world.service().start();
    world.wait_until(|| world.aws.requests_of("GetBucketTagging").len() > 1);
    assert_eq!(world.ec2.tags(bucket).len(), 1, "{:?}", world.aws);
    world.wait_until(|| world.is_done());
    let tags = world.ec2.tags(bucket);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), ("team-red", "AIDABOBBOBBOBBOBBOBBO"), "{:?}", world.aws);
    drop((denied, service));
}

#[test]
fn in_china_and_govcloud_arns_are_of_another_partition() {
    let world = world();
    let places = [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")];
    for (region, partition) in places {
        let arn = format!("arn:{partition}:s3:::bobs-{region}");
        world.aws.at(ACCOUNT, region).put_arn(&arn, &[]);
        let request = json!({"bucketName": format!("bobs-{region}")});
        let mut event = event_of("s3", "CreateBucket", &now(), request, Value::Null);
        event["region"] = region.into();
        event["detail"]["awsRegion"] = region.into();
        world.send(&event);
    }
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    for (region, partition) in places {
        let tags = world.aws.at(ACCOUNT, region).tags(&format!("arn:{partition}:s3:::bobs-{region}"));
        assert_eq!(tags["Owner"], "bob", "{:?}", world.aws);
    }
    assert_eq!(world.dead(), 0);
    drop(service);
}
