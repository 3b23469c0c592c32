//! Tags that exist already.

use std::time::Duration;

use autotag_fake_aws::{Image, Instance, InstanceState, Snapshot, Volume};
use autotag_tests::events::{call, envelope};
use serde_json::json;

use super::world::{DATA, INSTANCE, INTERFACE, LONG, ROOT, World, each, now};

#[test]
fn an_owner_that_is_there_stays_and_the_principal_id_is_overwritten() {
    let world = World::with_queue(Duration::from_secs(2), 5);
    let ids = world.create_volumes(3);
    world.launch(InstanceState::Running);
    for id in [ids[0].as_str(), INSTANCE, ROOT] {
        world.ec2.set_tag(id, "Owner", "team-red");
    }
    world.ec2.set_tag(&ids[1], "PrincipalId", "AIDAALICE");
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    for id in [ids[0].as_str(), INSTANCE, ROOT] {
        let tags = world.ec2.tags(id);
        assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), ("team-red", "AIDABOBBOBBOBBOBBOBBO"), "{id}");
    }
    assert!([ids[1].as_str(), &ids[2], DATA, INTERFACE].iter().all(|id| world.is_bobs(id)), "{:?}", world.aws);
    drop(service);
}

#[test]
fn an_owner_goes_with_the_identity_that_was_copied_along_with_it() {
    let world = World::with_queue(Duration::from_secs(2), 5);
    let snapshot = "snap-0000000000000000c";
    world.ec2.put_snapshot(Snapshot::new(snapshot).tag("Owner", "alice").tag("PrincipalId", "AIDAALICE"));
    let response = json!({"CreateSnapshotsResponse": {"snapshotSet": {"item": {"snapshotId": snapshot}}}});
    world.send(&envelope(&call("CreateSnapshots", &now(), response)));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.is_bobs(snapshot), "{:?}", world.aws);
    drop(service);
}

#[test]
fn an_owner_stays_on_what_ec2_shows_only_after_it_was_asked_for() {
    each(&["CreateVolume", "CreateSnapshot", "CreateImage", "RunInstances"], |&name| {
        let world = World::with_queue(Duration::from_secs(2), 20);
        let (volume, snapshot, image) = ("vol-0000000000000000c", "snap-0000000000000000c", "ami-0000000000000000c");
        let (id, response) = match name {
            "CreateVolume" => (volume, json!({"volumeId": volume})),
            "CreateSnapshot" => (snapshot, json!({"snapshotId": snapshot})),
            "CreateImage" => (image, json!({"imageId": image})),
            _ => (INSTANCE, json!({"instancesSet": {"items": [{"instanceId": INSTANCE}]}})),
        };
        match name {
            "CreateVolume" => world.ec2.put_volume(Volume::new(id)),
            "CreateSnapshot" => world.ec2.put_snapshot(Snapshot::new(id)),
            "CreateImage" => world.ec2.put_image(Image::new(id)),
            _ => world.ec2.put_instance(Instance::new(id)),
        }
        world.ec2.set_tag(id, "Owner", "team-red");
        world.ec2.appear_after(id, LONG);
        world.send(&envelope(&call(name, &now(), response)));
        let service = world.service().start();
        // Nothing is put on a resource before it is seen.
        let looks = || world.aws.requests().iter().filter(|request| request.action.starts_with("Describe")).count();
        world.wait_until(|| looks() >= 2);
        assert!(world.aws.requests_of("CreateTags").is_empty(), "{name}: {:?}", world.aws);
        world.ec2.appear_after(id, Duration::ZERO);
        world.wait_until(|| world.is_done());
        let tags = world.ec2.tags(id);
        let tags = (&*tags["Owner"], &*tags["PrincipalId"]);
        assert_eq!(tags, ("team-red", "AIDABOBBOBBOBBOBBOBBO"), "{name}: {:?}", world.aws);
        assert_eq!(world.dead(), 0);
        drop(service);
    });
}

#[test]
fn which_keys_stay_is_the_operators_choice() {
    let world = World::with_queue(Duration::from_secs(2), 5);
    let ids = world.create_volumes(1);
    world.ec2.set_tag(&ids[0], "Owner", "team-red");
    let service = world.service().flag("--keep-keys=").start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids), "{:?}", world.aws);
    assert_eq!(world.aws.requests_of("DescribeVolumes").len(), 0, "nothing is looked up in vain");
    drop(service);
}

#[test]
fn an_owner_that_a_vpc_was_made_with_stays_though_ec2_shows_it_late() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    let vpc = "vpc-0000000000000000a";
    world.ec2.put_resource(vpc);
    world.ec2.set_tag(vpc, "Owner", "team-red");
    world.ec2.tags_shown_after(vpc, Duration::from_secs(3));
    let tags = json!({"items": [{"key": "Owner", "value": "team-red"}]});
    world.send(&envelope(&call("CreateVpc", &now(), json!({"vpc": {"vpcId": vpc, "tagSet": tags}}))));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    let tags = world.ec2.tags(vpc);
    assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), ("team-red", "AIDABOBBOBBOBBOBBOBBO"), "{:?}", world.aws);
    assert_eq!(world.dead(), 0);
    drop(service);
}
