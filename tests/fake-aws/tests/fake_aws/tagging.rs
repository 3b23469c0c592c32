//! CreateTags: all or nothing.

use std::time::{Duration, Instant};

use autotag_fake_aws::{Image, Instance, NetworkInterface, Snapshot, Volume};

use crate::clients::{Bench, SOON, code, filter, tag};

const INSTANCE: &str = "i-0123456789abcdef0";
const VOLUME: &str = "vol-0123456789abcdef0";

async fn bench_with_an_instance() -> Bench {
    let bench = Bench::new().await;
    bench.aws.put_instance(Instance::new(INSTANCE).root_volume(VOLUME));
    bench
}

#[tokio::test]
async fn tags_go_on_every_resource_and_leave_the_others_alone() {
    let bench = bench_with_an_instance().await;
    bench.aws.set_tag(INSTANCE, "Name", "web");
    bench.aws.set_tag(INSTANCE, "Owner", "nobody");

    let call = bench.ec2.create_tags().resources(INSTANCE).resources(VOLUME);
    call.tags(tag("Owner", "bob & <co>")).tags(tag("Empty", "")).send().await.unwrap();

    let expected = [("Empty", ""), ("Name", "web"), ("Owner", "bob & <co>")];
    assert!(bench.aws.tags(INSTANCE).iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(expected));
    assert_eq!(bench.aws.tags(VOLUME)["Owner"], "bob & <co>");
}

#[tokio::test]
async fn one_unknown_id_fails_the_whole_call_with_the_code_of_its_kind() {
    let bench = bench_with_an_instance().await;
    for (unknown, expected) in [
        ("i-00000000000000000", "InvalidInstanceID.NotFound"),
        ("vol-00000000000000000", "InvalidVolume.NotFound"),
        ("eni-00000000000000000", "InvalidNetworkInterfaceID.NotFound"),
        ("snap-00000000", "InvalidSnapshot.NotFound"),
        ("ami-00000000", "InvalidAMIID.NotFound"),
        ("sg-00000000", "InvalidGroup.NotFound"),
        ("nat-00000000", "NatGatewayNotFound"),
        ("sfr-01234567-89ab-cdef-0123-456789abcdef", "InvalidSpotFleetRequestId.NotFound"),
    ] {
        assert_eq!(bench.tag_error(&[INSTANCE, unknown], "Owner", "bob").await, expected);
    }
    assert!(bench.aws.tags(INSTANCE).is_empty());
}

#[tokio::test]
async fn an_error_names_every_unknown_id_of_a_kind() {
    let bench = bench_with_an_instance().await;
    let call = bench.ec2.create_tags().resources("vol-00000000").resources(INSTANCE).resources("vol-11111111");
    let error = call.tags(tag("Owner", "bob")).send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().message(), Some("The volumes 'vol-00000000, vol-11111111' do not exist"));
}

#[tokio::test]
async fn malformed_ids_are_refused_with_the_code_of_their_kind() {
    let bench = bench_with_an_instance().await;
    for (malformed, expected) in [
        ("i-xyz", "InvalidInstanceID.Malformed"),
        ("i-0123456789ABCDEF0", "InvalidInstanceID.Malformed"),
        ("vol-123", "InvalidVolumeID.Malformed"),
        ("eni-0123456789abcdef", "InvalidNetworkInterfaceId.Malformed"),
        ("snap-", "InvalidSnapshotID.Malformed"),
        ("ami-012345678", "InvalidAMIID.Malformed"),
        ("sir-abcd1efgh", "InvalidSpotInstanceRequestID.Malformed"),
        ("sir-ABCD1EFG", "InvalidSpotInstanceRequestID.Malformed"),
        ("sfr-01234567-89ab", "InvalidSpotFleetRequestId.Malformed"),
        ("lt-abcd1efg", "InvalidLaunchTemplateId.Malformed"),
        ("eni-attach-0123456789abcdef0", "InvalidID"),
        ("bucket", "InvalidID"),
        ("i0123456789abcdef0", "InvalidID"),
    ] {
        assert_eq!(bench.tag_error(&[INSTANCE, malformed], "Owner", "bob").await, expected, "{malformed}");
    }
    assert!(bench.aws.tags(INSTANCE).is_empty());
}

#[tokio::test]
async fn every_kind_that_a_test_can_put_can_be_tagged() {
    let bench = bench_with_an_instance().await;
    bench.aws.put_volume(Volume::new("vol-00000001"));
    bench.aws.put_network_interface(NetworkInterface::new("eni-00000001"));
    bench.aws.put_image(Image::new("ami-00000001"));
    bench.aws.put_snapshot(Snapshot::new("snap-00000001"));
    let other = ["sg-00000001", "tgw-attach-0123456789abcdef0", "fleet-01234567-89ab-cdef-0123-456789abcdef"];
    other.iter().for_each(|id| bench.aws.put_resource(id));
    let ids = [INSTANCE, "vol-00000001", "eni-00000001", "ami-00000001", "snap-00000001"].into_iter().chain(other);

    let ids: Vec<String> = ids.map(str::to_owned).collect();
    bench.ec2.create_tags().set_resources(Some(ids.clone())).tags(tag("Owner", "bob")).send().await.unwrap();

    for id in ids {
        assert_eq!(bench.aws.tags(&id)["Owner"], "bob", "{id}");
    }
}

/// The prefixes of all ids that EC2 tags, without those that have their own method, or whose ids are UUIDs.
const PREFIXES: &str = "\
    acl afi amiur asc cagw cb cgw cmde cr crcq crf crmq cvpn-endpoint dopt eice eigw eipalloc export-ami export-i fl \
    h hr iew igw import-ami import-i import-snap import-vol ipam ipam-ext-res-ver-token ipam-internet-registry-assoc \
    ipam-plr ipam-plrt ipam-policy ipam-pool ipam-pool-alloc ipam-res-disco ipam-res-disco-assoc ipam-scope \
    ipv4pool-coip ipv4pool-ec2 ipv6pool-ec2 key lgw lgw-rtb lgw-vif lgw-vif-grp lgw-vif-grp-assoc lgw-vpc-assoc lt \
    macmodification nat nia nip nis nisa pcx pg pl replacevol report rs rse rsp rtb scr sg sgr sir \
    sn ss subnet tgw tgw-attach tgw-connect-peer tgw-mcast-domain tgw-mp tgw-ptb tgw-rtb tgw-rtb-announcement tmf \
    tmfr tms tmt vae vagr vai vatp vcn vgw vpc vpcbpa-exclude vpce vpce-svc vpcec vpn";

#[tokio::test]
async fn ids_of_all_kinds_can_be_put_tagged_and_looked_up() {
    let bench = Bench::new().await;
    let uuid = "01234567-89ab-cdef-0123-456789abcdef";
    let uuids = ["fleet", "sfr"].map(|prefix| format!("{prefix}-{uuid}"));
    let words = ["sir-abcd1efg", "import-ami-fgh0zzzz", "export-i-fgh0zzzz"].map(str::to_owned);
    let plain = PREFIXES.split_whitespace().map(|prefix| format!("{prefix}-0123456789abcdef0"));
    let ids: Vec<String> = plain.chain(uuids).chain(words).collect();
    ids.iter().for_each(|id| bench.aws.put_resource(id));

    let create = bench.ec2.create_tags().set_resources(Some(ids.clone()));
    create.tags(tag("Owner", "bob")).send().await.unwrap();

    for id in &ids {
        let by_id = filter("resource-id", &[id.as_str()]);
        let found = bench.ec2.describe_tags().filters(by_id).send().await.unwrap();
        assert_eq!((found.tags().len(), found.tags()[0].value()), (1, Some("bob")), "{id}");
        assert!(!found.tags()[0].resource_type().unwrap().as_str().is_empty(), "{id}");
    }
}

#[tokio::test]
async fn a_call_takes_a_thousand_resources_and_not_one_more() {
    let bench = Bench::new().await;
    let ids: Vec<String> = (0..1_001).map(|n| format!("vol-{n:08x}")).collect();
    ids.iter().for_each(|id| bench.aws.put_volume(Volume::new(id)));
    let create =
        |ids: &[String]| bench.ec2.create_tags().set_resources(Some(ids.to_vec())).tags(tag("Owner", "bob")).send();

    assert_eq!(code(create(&ids).await), "InvalidParameterValue");
    create(&ids[..1_000]).await.unwrap();

    assert_eq!(bench.aws.tags(&ids[999])["Owner"], "bob");
    assert!(bench.aws.tags(&ids[1_000]).is_empty());
}

#[tokio::test]
async fn reserved_keys_are_refused_in_any_case() {
    let bench = bench_with_an_instance().await;
    assert_eq!(bench.tag_error(&[INSTANCE], "aws:owner", "bob").await, "InvalidParameterValue");
    assert_eq!(bench.tag_error(&[INSTANCE], "Aws:owner", "bob").await, "InvalidParameterValue");
}

#[tokio::test]
async fn keys_and_values_are_measured_in_characters_not_bytes() {
    let bench = bench_with_an_instance().await;
    let (longest_key, longest_value) = ("ü".repeat(128), "\u{1f600}".repeat(256));

    let call = bench.ec2.create_tags().resources(INSTANCE).tags(tag(&longest_key, &longest_value));
    call.send().await.unwrap();
    let long_key = bench.tag_error(&[INSTANCE], &(longest_key.clone() + "x"), "").await;
    let long_value = bench.tag_error(&[INSTANCE], "Owner", &(longest_value.clone() + "x")).await;

    assert_eq!(bench.aws.tags(INSTANCE)[&longest_key], longest_value);
    assert_eq!((long_key.as_str(), long_value.as_str()), ("InvalidParameterValue", "InvalidParameterValue"));
}

#[tokio::test]
async fn a_key_given_twice_is_refused() {
    let bench = bench_with_an_instance().await;
    let call = bench.ec2.create_tags().resources(INSTANCE).tags(tag("Owner", "a")).tags(tag("Owner", "b"));
    assert_eq!(code(call.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_call_without_resources_or_without_tags_is_refused() {
    let bench = bench_with_an_instance().await;
    assert_eq!(code(bench.ec2.create_tags().tags(tag("Owner", "bob")).send().await), "MissingParameter");
    assert_eq!(code(bench.ec2.create_tags().resources(INSTANCE).send().await), "MissingParameter");
}

#[tokio::test]
async fn a_resource_holds_fifty_tags_beside_those_of_aws() {
    let bench = bench_with_an_instance().await;
    bench.aws.set_tag(INSTANCE, "aws:autoscaling:groupName", "web");
    (0..49).for_each(|n| bench.aws.set_tag(INSTANCE, &format!("key-{n}"), "old"));
    let create = |key: &str| bench.ec2.create_tags().resources(VOLUME).resources(INSTANCE).tags(tag(key, "new")).send();

    create("fiftieth").await.unwrap();
    let fifty_first = code(create("fifty-first").await);
    create("key-0").await.unwrap();

    assert_eq!(fifty_first, "TagLimitExceeded");
    assert_eq!(bench.aws.tags(INSTANCE)["key-0"], "new");
    assert!(!bench.aws.tags(VOLUME).contains_key("fifty-first"));
}

#[tokio::test]
async fn a_dry_run_answers_that_it_would_work_and_tags_nothing() {
    let bench = bench_with_an_instance().await;
    let call = bench.ec2.create_tags().dry_run(true).resources(INSTANCE).tags(tag("Owner", "bob"));

    let error = call.send().await.unwrap_err();

    assert_eq!(error.raw_response().unwrap().status().as_u16(), 412);
    assert_eq!(code(Err::<(), _>(error)), "DryRunOperation");
    assert!(bench.aws.tags(INSTANCE).is_empty());
}

#[tokio::test]
async fn an_id_that_appears_later_is_unknown_to_every_call_until_then() {
    let bench = bench_with_an_instance().await;
    bench.aws.appear_after(VOLUME, Duration::from_secs(1));
    let described = async || bench.ec2.describe_volumes().send().await.unwrap().volumes().len();

    let early = bench.tag_error(&[VOLUME], "Owner", "bob").await;
    let (before, started) = (described().await, Instant::now());
    while described().await == 0 {
        assert!(started.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bench.ec2.create_tags().resources(VOLUME).tags(tag("Owner", "bob")).send().await.unwrap();

    assert_eq!((early.as_str(), before), ("InvalidVolume.NotFound", 0));
    assert_eq!(bench.aws.tags(VOLUME)["Owner"], "bob");
}

#[tokio::test]
async fn an_id_can_be_described_before_it_can_be_tagged() {
    let bench = bench_with_an_instance().await;
    bench.aws.taggable_after(VOLUME, Duration::from_secs(600));

    let described = bench.ec2.describe_volumes().volume_ids(VOLUME).send().await.unwrap();

    assert_eq!(described.volumes().len(), 1);
    assert_eq!(bench.tag_error(&[VOLUME], "Owner", "bob").await, "InvalidVolume.NotFound");
}
