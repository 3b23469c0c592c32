//! The Describe actions: shapes, filters, ids, pagination.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use autotag_fake_aws::{Image, Instance, InstanceState, NetworkInterface, Snapshot, Volume};
use aws_sdk_ec2::types::{InstanceStateName, SnapshotState, VolumeState};

use crate::clients::{Bench, code, filter, tag};

const INSTANCE: &str = "i-0123456789abcdef0";

/// 2024-02-29T23:59:58.250Z
fn leap_day() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_709_251_198_250)
}

fn milliseconds(time: Option<&aws_sdk_ec2::primitives::DateTime>) -> i64 {
    time.unwrap().to_millis().unwrap()
}

#[tokio::test]
async fn an_instance_shows_its_state_its_devices_and_its_interfaces() {
    let bench = Bench::new().await;
    let instance = Instance::new(INSTANCE).state(InstanceState::Pending).launched(leap_day()).root_device("/dev/sda1");
    let instance = instance.root_volume("vol-00000001").volume("vol-00000002", "/dev/sdf");
    bench.aws.put_instance(instance.network_interface("eni-00000001").tag("Name", "web"));
    bench.aws.put_volume(Volume::new("vol-00000003"));

    let answer = bench.ec2.describe_instances().instance_ids(INSTANCE).send().await.unwrap();

    let instance = &answer.reservations()[0].instances()[0];
    assert_eq!(instance.instance_id(), Some(INSTANCE));
    assert_eq!(instance.state().unwrap().name(), Some(&InstanceStateName::Pending));
    assert_eq!(milliseconds(instance.launch_time()), 1_709_251_198_250);
    assert_eq!(instance.root_device_name(), Some("/dev/sda1"));
    let devices = instance.block_device_mappings().iter();
    let devices: Vec<_> =
        devices.map(|at| (at.device_name().unwrap(), at.ebs().unwrap().volume_id().unwrap())).collect();
    assert_eq!(devices, [("/dev/sda1", "vol-00000001"), ("/dev/sdf", "vol-00000002")]);
    let root = instance.block_device_mappings()[0].ebs().unwrap();
    assert_eq!(milliseconds(root.attach_time()), 1_709_251_198_250);
    assert_eq!(root.delete_on_termination(), Some(true));
    assert_eq!(instance.network_interfaces()[0].network_interface_id(), Some("eni-00000001"));
    assert_eq!(instance.tags()[0].value(), Some("web"));
}

#[tokio::test]
async fn an_instance_shows_the_tags_that_aws_puts_on_and_the_spot_request_that_it_was_launched_for() {
    let bench = Bench::new().await;
    let own =
        ["aws:autoscaling:groupName", "aws:ec2:fleet-id", "aws:ec2launchtemplate:id", "aws:ec2spot:fleet-request-id"];
    let instance = own.iter().fold(Instance::new(INSTANCE), |instance, key| instance.tag(key, "parent"));
    bench.aws.put_instance(instance.spot_request("sir-abcd1efg"));
    bench.aws.put_instance(Instance::new("i-00000001"));

    let answer = bench.ec2.describe_instances().send().await.unwrap();

    let [on_demand, spot] = [0, 1].map(|index| &answer.reservations()[index].instances()[0]);
    assert_eq!((spot.instance_id(), spot.spot_instance_request_id()), (Some(INSTANCE), Some("sir-abcd1efg")));
    assert!(
        spot.tags().iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap())).eq(own.map(|key| (key, "parent")))
    );
    assert_eq!((on_demand.spot_instance_request_id(), on_demand.instance_lifecycle()), (None, None));
}

#[tokio::test]
async fn a_volume_shows_when_it_was_made_and_where_it_is_attached_since_when() {
    let bench = Bench::new().await;
    let attached = leap_day() + Duration::from_secs(3_600);
    let volume = Volume::new("vol-00000001").created(leap_day()).from_snapshot("snap-00000001");
    bench.aws.put_volume(volume.attached(INSTANCE, "/dev/sdf", attached));

    let answer = bench.ec2.describe_volumes().volume_ids("vol-00000001").send().await.unwrap();

    let volume = &answer.volumes()[0];
    assert_eq!(milliseconds(volume.create_time()), 1_709_251_198_250);
    assert_eq!((volume.state(), volume.snapshot_id()), (Some(&VolumeState::InUse), Some("snap-00000001")));
    let attachment = &volume.attachments()[0];
    assert_eq!((attachment.instance_id(), attachment.device()), (Some(INSTANCE), Some("/dev/sdf")));
    assert_eq!(milliseconds(attachment.attach_time()), 1_709_254_798_250);
    assert_eq!(attachment.delete_on_termination(), Some(false));
}

#[tokio::test]
async fn an_interface_an_image_and_a_snapshot_show_what_was_put() {
    let bench = Bench::new().await;
    bench.aws.put_network_interface(NetworkInterface::new("eni-00000001").attached(INSTANCE, 1, leap_day()));
    bench.aws.put_image(
        Image::new("ami-00000001").state("pending").snapshot("/dev/xvda", "snap-00000001").device("/dev/sdf"),
    );
    let snapshot = Snapshot::new("snap-00000001").of_volume("vol-00000001").started(leap_day()).state("pending");
    bench.aws.put_snapshot(snapshot.description("nightly"));

    let interfaces = bench.ec2.describe_network_interfaces().send().await.unwrap();
    let images = bench.ec2.describe_images().owners("self").send().await.unwrap();
    let snapshots = bench.ec2.describe_snapshots().owner_ids("111122223333").send().await.unwrap();

    let attachment = interfaces.network_interfaces()[0].attachment().unwrap();
    assert_eq!((attachment.instance_id(), attachment.device_index()), (Some(INSTANCE), Some(1)));
    let image = &images.images()[0];
    assert_eq!(image.state().map(ToString::to_string).as_deref(), Some("pending"));
    let mapped = image.block_device_mappings().iter().map(|device| device.ebs().unwrap().snapshot_id());
    assert_eq!(mapped.collect::<Vec<_>>(), [Some("snap-00000001"), None]);
    let snapshot = &snapshots.snapshots()[0];
    assert_eq!((snapshot.state(), snapshot.volume_id()), (Some(&SnapshotState::Pending), Some("vol-00000001")));
    assert_eq!(milliseconds(snapshot.start_time()), 1_709_251_198_250);
}

#[tokio::test]
async fn nothing_here_belongs_to_another_owner() {
    let bench = Bench::new().await;
    bench.aws.put_image(Image::new("ami-00000001"));
    let answer = bench.ec2.describe_images().owners("amazon").send().await.unwrap();
    assert!(answer.images().is_empty());
}

#[tokio::test]
async fn an_id_list_with_one_unknown_id_fails_the_whole_call() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE).root_volume("vol-00000001"));

    let instances = bench.ec2.describe_instances().instance_ids(INSTANCE).instance_ids("i-00000000").send().await;
    let volumes = bench.ec2.describe_volumes().volume_ids("vol-00000001").volume_ids("vol-00000000").send().await;
    let interfaces = bench.ec2.describe_network_interfaces().network_interface_ids("eni-00000000").send().await;
    let images = bench.ec2.describe_images().image_ids("ami-00000000").send().await;
    let snapshots = bench.ec2.describe_snapshots().snapshot_ids("snap-00000000").send().await;

    assert_eq!(code(instances), "InvalidInstanceID.NotFound");
    assert_eq!(code(volumes), "InvalidVolume.NotFound");
    assert_eq!(code(interfaces), "InvalidNetworkInterfaceID.NotFound");
    assert_eq!(code(images), "InvalidAMIID.NotFound");
    assert_eq!(code(snapshots), "InvalidSnapshot.NotFound");
}

#[tokio::test]
async fn an_id_of_another_kind_is_malformed() {
    let bench = Bench::new().await;
    bench.aws.put_volume(Volume::new("vol-00000001"));
    let result = bench.ec2.describe_instances().instance_ids("vol-00000001").send().await;
    assert_eq!(code(result), "InvalidInstanceID.Malformed");
}

#[tokio::test]
async fn a_filter_with_unknown_ids_just_returns_less() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE));

    let some = filter("instance-id", &[INSTANCE, "i-00000000"]);
    let answer = bench.ec2.describe_instances().filters(some).send().await.unwrap();
    let nothing = bench.ec2.describe_volumes().filters(filter("volume-id", &["vol-00000000"])).send().await.unwrap();

    assert_eq!(answer.reservations().len(), 1);
    assert!(nothing.volumes().is_empty());
}

#[tokio::test]
async fn filters_are_anded_and_their_values_ored() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new("i-00000001").root_volume("vol-00000001").network_interface("eni-00000001"));
    bench.aws.put_instance(Instance::new("i-00000002").root_volume("vol-00000002").volume("vol-00000003", "/dev/sdf"));
    bench.aws.put_volume(Volume::new("vol-00000004").tag("Name", "spare"));
    let volumes = async |filters: Vec<_>| {
        let answer = bench.ec2.describe_volumes().set_filters(Some(filters)).send().await.unwrap();
        answer.volumes().iter().map(|volume| volume.volume_id().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let attached = |ids: &[&str]| filter("attachment.instance-id", ids);

    assert_eq!(volumes(vec![attached(&["i-00000002"])]).await, ["vol-00000002", "vol-00000003"]);
    assert_eq!(volumes(vec![attached(&["i-00000001", "i-00000002"])]).await.len(), 3);
    let device = filter("attachment.device", &["/dev/sdf"]);
    assert_eq!(volumes(vec![attached(&["i-0000000?"]), device]).await, ["vol-00000003"]);
    assert_eq!(volumes(vec![filter("tag:Name", &["sp*e"])]).await, ["vol-00000004"]);
    let interfaces = bench.ec2.describe_network_interfaces().filters(attached(&["i-00000001"])).send().await.unwrap();
    assert_eq!(interfaces.network_interfaces()[0].network_interface_id(), Some("eni-00000001"));
}

#[tokio::test]
async fn a_filter_takes_two_hundred_values_and_not_one_more() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new("i-000000c7"));
    let ids: Vec<String> = (0..201).map(|n| format!("i-{n:08x}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let describe = |ids: &[&str]| bench.ec2.describe_instances().filters(filter("instance-id", ids)).send();

    assert_eq!(code(describe(&ids).await), "FilterLimitExceeded");
    assert_eq!(describe(&ids[..200]).await.unwrap().reservations().len(), 1);
}

#[tokio::test]
async fn an_unknown_filter_is_refused() {
    let bench = Bench::new().await;
    let volumes = bench.ec2.describe_volumes().filters(filter("instance-id", &[INSTANCE])).send().await;
    let tags = bench.ec2.describe_tags().filters(filter("instance-id", &[INSTANCE])).send().await;
    assert_eq!(code(volumes), "InvalidParameterValue");
    assert_eq!(code(tags), "InvalidParameterValue");
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let bench = Bench::new().await;
    (0..12).for_each(|n| bench.aws.put_volume(Volume::new(&format!("vol-{n:08x}"))));

    let mut pages = bench.ec2.describe_volumes().max_results(5).into_paginator().send();
    let mut sizes = Vec::new();
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.volumes().len());
        ids.extend(page.volumes().iter().map(|volume| volume.volume_id().unwrap().to_owned()));
    }

    assert_eq!(sizes, [5, 5, 2]);
    assert!(ids.iter().map(String::as_str).eq((0..12).map(|n| format!("vol-{n:08x}")).collect::<Vec<_>>()));
}

#[tokio::test]
async fn bad_page_parameters_are_refused() {
    let bench = Bench::new().await;
    bench.aws.put_volume(Volume::new("vol-00000001"));
    let describe = || bench.ec2.describe_volumes();

    assert_eq!(code(describe().max_results(4).send().await), "InvalidParameterValue");
    assert_eq!(code(describe().max_results(1_001).send().await), "InvalidParameterValue");
    assert_eq!(code(describe().next_token("no token").send().await), "InvalidNextToken");
    let both = describe().max_results(5).volume_ids("vol-00000001").send().await;
    assert_eq!(code(both), "InvalidParameterCombination");
}

#[tokio::test]
async fn tags_can_be_looked_up_by_resource_type_key_and_value() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE).root_volume("vol-00000001").tag("Owner", "bob").tag("Name", "web"));
    bench.aws.set_tag("vol-00000001", "Owner", "bob");
    let tags = async |filters: Vec<_>| {
        let answer = bench.ec2.describe_tags().set_filters(Some(filters)).send().await.unwrap();
        let found = answer.tags().iter().map(|tag| {
            (
                tag.resource_id().unwrap().to_owned(),
                tag.resource_type().unwrap().to_string(),
                tag.key().unwrap().to_owned(),
            )
        });
        found.collect::<Vec<_>>()
    };
    let owned = |id: &str, resource_type: &str| (id.to_owned(), resource_type.to_owned(), "Owner".to_owned());
    let (instance, volume) = (owned(INSTANCE, "instance"), owned("vol-00000001", "volume"));

    assert_eq!(tags(vec![filter("key", &["Owner"])]).await, [instance.clone(), volume.clone()]);
    assert_eq!(tags(vec![filter("resource-type", &["volume"])]).await, [volume]);
    let both = vec![filter("resource-id", &[INSTANCE]), filter("value", &["bob"])];
    assert_eq!(tags(both).await, [instance]);
}

#[tokio::test]
async fn a_resource_can_be_tagged_before_describe_tags_shows_its_tags() {
    let bench = Bench::new().await;
    bench.aws.put_resource("lt-00000001");
    bench.aws.tags_shown_after("lt-00000001", Duration::from_secs(600));

    bench.ec2.create_tags().resources("lt-00000001").tags(tag("Owner", "bob")).send().await.unwrap();

    assert!(bench.ec2.describe_tags().send().await.unwrap().tags().is_empty());
    assert_eq!(bench.aws.tags("lt-00000001")["Owner"], "bob");
}

#[tokio::test]
async fn any_text_survives_the_way_through_a_form_and_xml() {
    let bench = Bench::new().await;
    bench.aws.put_volume(Volume::new("vol-00000001"));
    let (key, value) = ("a=b&c+d%20/ü", "<tag attr=\"x\">&amp; 'y'</tag> \u{1f600}\r\n\tend");

    bench.ec2.create_tags().resources("vol-00000001").tags(tag(key, value)).send().await.unwrap();
    let volumes = bench.ec2.describe_volumes().send().await.unwrap();

    let found = &volumes.volumes()[0].tags()[0];
    assert_eq!((found.key(), found.value()), (Some(key), Some(value)));
}

#[tokio::test]
async fn a_dry_run_of_a_describe_answers_that_it_would_work() {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE).root_volume("vol-00000001"));
    let ec2 = &bench.ec2;

    let instances = ec2.describe_instances().dry_run(true).send().await;

    assert_eq!(instances.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 412);
    for code in [
        code(instances),
        code(ec2.describe_volumes().dry_run(true).send().await),
        code(ec2.describe_network_interfaces().dry_run(true).send().await),
        code(ec2.describe_images().dry_run(true).send().await),
        code(ec2.describe_snapshots().dry_run(true).send().await),
        code(ec2.describe_tags().dry_run(true).send().await),
    ] {
        assert_eq!(code, "DryRunOperation");
    }
}

#[tokio::test]
async fn a_describe_without_ids_and_filters_gives_as_much_of_all_there_is_as_it_asks_for() {
    let bench = Bench::new().await;
    for n in 0..7 {
        let [instance, volume, interface] = ["i", "vol", "eni"].map(|prefix| format!("{prefix}-{n:08x}"));
        let put = Instance::new(&instance).root_volume(&volume).network_interface(&interface).tag("Owner", "bob");
        bench.aws.put_instance(put);
        bench.aws.put_image(Image::new(&format!("ami-{n:08x}")));
        bench.aws.put_snapshot(Snapshot::new(&format!("snap-{n:08x}")));
    }
    let ec2 = &bench.ec2;

    for (most, expected) in [(5, 5), (1_000, 7)] {
        let instances = ec2.describe_instances().max_results(most).send().await.unwrap();
        let volumes = ec2.describe_volumes().max_results(most).send().await.unwrap();
        let interfaces = ec2.describe_network_interfaces().max_results(most).send().await.unwrap();
        let images = ec2.describe_images().max_results(most).send().await.unwrap();
        let snapshots = ec2.describe_snapshots().max_results(most).send().await.unwrap();
        let tags = ec2.describe_tags().max_results(most).send().await.unwrap();

        assert_eq!((instances.reservations().len(), instances.next_token().is_some()), (expected, expected == 5));
        assert_eq!((volumes.volumes().len(), interfaces.network_interfaces().len()), (expected, expected));
        assert_eq!(
            (images.images().len(), snapshots.snapshots().len(), tags.tags().len()),
            (expected, expected, expected)
        );
    }
}
