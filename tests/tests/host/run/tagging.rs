//! What is tagged, and what is not.

use std::time::{Duration, SystemTime};

use autotag_fake_aws::{Image, Instance, InstanceState, NetworkInterface, Snapshot, Volume};
use autotag_tests::events::{call, envelope, run_instances_of};
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::{Value, json};
use tempfile::tempdir;

use super::world::{ACCOUNT, DATA, INSTANCE, INTERFACE, LONG, ROOT, World, ago, now, outcomes};

#[test]
fn a_launch_is_tagged_with_everything_that_belongs_to_it_and_only_then_deleted() {
    let world = World::new();
    world.launch(InstanceState::Running);
    world.send_launch();
    // The host compiles the plugins itself, as every host with an empty cache does.
    let service = world.service().env("AUTOTAG_CACHE", "off").start();
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    let requests = world.aws.requests();
    let delete = requests.iter().position(|request| request.action == "DeleteMessageBatch").unwrap();
    let tagged: Vec<_> = requests.iter().map(|request| request.action == "CreateTags" && request.succeeded()).collect();
    assert!(tagged[..delete].contains(&true) && tagged.iter().filter(|tagged| **tagged).count() == 1, "{requests:?}");
    let (status, log) = service.stop();
    assert_eq!(status, 0, "{log}");
    let line = log.lines().find(|line| line.contains("\"tagged\"")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["event_name"], &line["plugin"]), (&json!("RunInstances"), &json!("ec2@1.0.0")));
    assert_eq!((&line["resources"], &line["account"]), (&json!(4), &json!(ACCOUNT)));
    let mut all = [INSTANCE, INTERFACE, ROOT, DATA];
    all.sort_unstable();
    assert_eq!(line["ids"], all.join(", "));
    assert_eq!(line["tags"], "Owner=bob, PrincipalId=AIDABOBBOBBOBBOBBOBBO");
}

#[test]
fn a_thousand_instances_of_one_launch_are_tagged_though_cloudtrail_has_omitted_its_answer() {
    let world = World::with_queue(LONG, 20);
    let id = |prefix: &str, number: usize| format!("{prefix}-{number:017x}");
    for number in 0..1_000 {
        let instance = Instance::new(&id("i", number)).client_token("many").root_volume(&id("vol", number));
        world.ec2.put_instance(instance.network_interface(&id("eni", number)));
    }
    let mut record = run_instances_of("i-0", "eni-0", &now());
    record["requestParameters"]["clientToken"] = "many".into();
    record["requestParameters"]["instancesSet"]["items"][0] = json!({"minCount": 1_000, "maxCount": 1_000});
    record["responseElements"] =
        json!({"omitted": true, "originalSize": 1_390_021, "reason": "responseElements too large"});
    world.send(&envelope(&record));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    for prefix in ["i", "vol", "eni"] {
        assert!((0..1_000).all(|number| world.is_bobs(&id(prefix, number))), "{prefix}: {:?}", world.aws);
    }
    let (_, log) = service.stop();
    assert!(log.contains("\"resources\":3000") && !log.contains("without all instances"), "{log}");
    assert!(log.contains(" and 2980 more\""), "{log}");
}

#[test]
fn what_belongs_along_is_as_much_the_callers_if_it_is_shown_only_when_the_message_comes_again() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    world.launch(InstanceState::Running);
    for volume in [ROOT, DATA] {
        // The tags of a launch template, say.
        world.ec2.set_tag(volume, "PrincipalId", "AIDAEVE");
        world.ec2.set_tag(volume, "Owner", "eve");
        world.ec2.appear_after(volume, LONG);
    }
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.aws.count_of("ChangeMessageVisibilityBatch") > 0);
    [ROOT, DATA].iter().for_each(|volume| world.ec2.appear_after(volume, Duration::ZERO));
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    drop(service);
}

#[test]
fn volumes_snapshots_and_images_are_tagged() {
    let world = World::new();
    let ids = ["vol-00000000000000001", "snap-00000000000000001", "snap-00000000000000002", "snap-00000000000000003"];
    world.ec2.put_volume(Volume::new(ids[0]));
    for id in &ids[1..] {
        world.ec2.put_snapshot(Snapshot::new(id));
    }
    // The call itself can put tags on the image's snapshots.
    let forged = Snapshot::new("snap-00000000000000009").tag("Owner", "eve").tag("PrincipalId", "AIDAEVE");
    world.ec2.put_snapshot(forged);
    world.ec2.put_image(Image::new("ami-00000000000000001").snapshot("/dev/xvda", "snap-00000000000000009"));
    let snapshots = json!({"snapshotSet": {"items": [{"snapshotId": ids[2]}, {"snapshotId": ids[3]}]}});
    for (name, response) in [
        ("CreateVolume", json!({"volumeId": ids[0]})),
        ("CreateSnapshot", json!({"snapshotId": ids[1], "volumeId": ids[0]})),
        ("CreateSnapshots", snapshots),
        ("CreateImage", json!({"imageId": "ami-00000000000000001"})),
    ] {
        world.send(&envelope(&call(name, &now(), response)));
    }
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    for id in ids.iter().chain(&["ami-00000000000000001", "snap-00000000000000009"]) {
        assert!(world.is_bobs(id), "{id}: {:?}", world.aws);
    }
    assert_eq!((service.stop().0, world.dead()), (0, 0));
}

#[test]
fn what_another_user_created_is_not_tagged_along() {
    let world = World::new();
    world.launch(InstanceState::Running);
    let (old, hers, stolen) = ("vol-0000000000000000c", "vol-0000000000000000d", "snap-0000000000000000e");
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    // Bob attaches two of Alice's volumes to his new instance before the host looks.
    world.ec2.put_volume(Volume::new(old).created(long_ago).attached(INSTANCE, "/dev/xvdc", SystemTime::now()));
    let volume = Volume::new(hers).tag("PrincipalId", "AIDAALICE").attached(INSTANCE, "/dev/xvdd", SystemTime::now());
    world.ec2.put_volume(volume);
    // He also builds an image on one of her snapshots.
    world.ec2.put_snapshot(Snapshot::new(stolen).started(long_ago));
    world.ec2.put_image(Image::new("ami-00000000000000001").snapshot("/dev/xvda", stolen));
    world.send_launch();
    world.send(&envelope(&call("CreateImage", &now(), json!({"imageId": "ami-00000000000000001"}))));
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs() && world.is_bobs("ami-00000000000000001"), "{:?}", world.aws);
    assert!(world.ec2.tags(old).is_empty() && world.ec2.tags(stolen).is_empty(), "{:?}", world.aws);
    assert_eq!(world.ec2.tags(hers).into_values().collect::<Vec<_>>(), ["AIDAALICE"]);
    drop(service);
}

#[test]
fn an_interface_that_a_launch_template_brought_along_keeps_its_owner() {
    let world = World::with_queue(Duration::from_secs(2), 20);
    world.launch(InstanceState::Running);
    world.ec2.set_tag(INTERFACE, "PrincipalId", "AIDAALICE");
    let mut event = envelope(&run_instances_of(INSTANCE, INTERFACE, &now()));
    event["detail"]["requestParameters"]["launchTemplate"] = json!({"launchTemplateId": "lt-0123456789abcdef0"});
    let instance = &mut event["detail"]["responseElements"]["instancesSet"]["items"][0];
    instance["networkInterfaceSet"]["items"][0]["attachment"]["deleteOnTermination"] = false.into();
    world.send(&event);
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    assert!([INSTANCE, ROOT, DATA].iter().all(|id| world.is_bobs(id)), "{:?}", world.aws);
    assert_eq!(world.ec2.tags(INTERFACE).into_values().collect::<Vec<_>>(), ["AIDAALICE"]);
    drop(service);
}

#[test]
fn network_interfaces_are_looked_up_for_a_plugin_that_asks_for_them() {
    let world = World::new();
    world.launch(InstanceState::Running);
    let brought = "eni-0000000000000000f";
    world.ec2.put_network_interface(NetworkInterface::new(brought).attached(INSTANCE, 1, SystemTime::now()));
    let plugins = tempdir().unwrap();
    let mut plugin = WatPlugin::new("interfaces").that_answers(&[INSTANCE], &[("Owner", "bob")]);
    plugin.related = 0b010;
    plugin.write(plugins.path());
    world.send_launch();
    let service = world.service().plugins(plugins.path()).start();
    world.wait_until(|| world.is_done());
    assert_eq!(world.ec2.tags(INTERFACE).len(), 1, "{:?}", world.aws);
    assert_eq!(world.ec2.tags(ROOT).len(), 0);
    drop(service);
}

#[test]
fn what_belongs_along_and_is_shown_late_is_waited_for() {
    let world = World::with_queue(Duration::from_secs(30), 10);
    world.launch(InstanceState::Running);
    let (image, first, second) = ("ami-0000000000000000c", "snap-0000000000000000c", "snap-0000000000000000d");
    world.ec2.put_image(Image::new(image).snapshot("/dev/xvda", first).snapshot("/dev/xvdb", second));
    world.ec2.put_snapshot(Snapshot::new(first));
    world.ec2.put_snapshot(Snapshot::new(second));
    [DATA, second].iter().for_each(|id| world.ec2.appear_after(id, LONG));
    world.send_launch();
    world.send(&envelope(&call("CreateImage", &now(), json!({"imageId": image}))));
    let service = world.service().start();
    world.wait_until(|| [INSTANCE, INTERFACE, ROOT, image, first].iter().all(|id| world.is_bobs(id)));
    [DATA, second].iter().for_each(|id| world.ec2.appear_after(id, Duration::ZERO));
    world.wait_until(|| world.is_done());
    assert!(world.is_bobs(DATA) && world.is_bobs(second) && world.dead() == 0, "{:?}", world.aws);
    drop(service);
}

#[test]
fn what_aws_says_is_still_being_made_is_waited_for_however_long_it_takes() {
    let world = World::with_queue(Duration::from_secs(30), 10);
    let (image, snapshot) = ("ami-0000000000000000c", "snap-0000000000000000c");
    let called = Duration::from_secs(50 * 60);
    let pending = Image::new(image).created(SystemTime::now() - called).state("pending").device("/dev/xvda");
    world.ec2.put_image(pending);
    world.send(&envelope(&call("CreateRestoreImageTask", &ago(called), json!({"imageId": image}))));
    let service = world.service().start();
    world.wait_until(|| world.is_bobs(image));
    world.wait_until(|| world.aws.requests_of("DescribeImages").len() >= 2);
    assert!(!world.is_done(), "its snapshot is not there yet");
    world.ec2.put_snapshot(Snapshot::new(snapshot));
    world.ec2.name_snapshot(image, "/dev/xvda", snapshot);
    world.ec2.set_state(image, "available");
    world.wait_until(|| world.is_done());
    assert!(world.is_bobs(snapshot) && world.dead() == 0, "{:?}", world.aws);
    let (_, log) = service.stop();
    let waits = outcomes(&log, "retry");
    assert!(
        !waits.is_empty() && waits.iter().all(|line| line["reason"].as_str().unwrap().contains("is pending")),
        "{log}"
    );
}

#[test]
fn an_instance_that_has_not_started_is_looked_at_again_until_its_volumes_are_there() {
    let world = World::with_queue(Duration::from_secs(30), 10);
    world.ec2.put_instance(Instance::new(INSTANCE).state(InstanceState::Pending).network_interface(INTERFACE));
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_bobs(INSTANCE));
    assert!(!world.is_done(), "its volumes are not there yet");
    for (volume, device) in [(ROOT, "/dev/xvda"), (DATA, "/dev/xvdb")] {
        world.ec2.put_volume(Volume::new(volume).attached(INSTANCE, device, SystemTime::now()));
    }
    world.ec2.set_instance_state(INSTANCE, InstanceState::Running);
    world.wait_until(|| world.is_done());
    assert!(world.all_are_bobs(), "{:?}", world.aws);
    assert_eq!(world.dead(), 0);
    drop(service);
}
