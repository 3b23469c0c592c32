//! What a launch names, finds or brings along, but has not created.

use autotag_fake_aws::{Image, Instance, NetworkInterface, RegionHandle, Snapshot, Volume};
use serde_json::{Value, json};

use super::cases::Case;
use super::events::{ALICE, EVE, ago, ec2, id, launched, millis, with_template, with_token};

/// Eve's instance, with whatever is attached to it.
fn eves(number: u32, attach: impl Fn(&RegionHandle, &str) + 'static) -> impl Fn(&RegionHandle) + 'static {
    move |region: &RegionHandle| {
        let instance = id("i", number);
        region.put_instance(Instance::new(&instance).launched(ago(60)).root_volume(&id("vol", number)));
        attach(region, &instance);
    }
}

/// Eve's launch from a template, whose answer names an interface too.
fn launch(number: u32, interface: &str, ends: Value) -> Value {
    let mut answer = launched(&id("i", number), interface, ago(60));
    answer["instancesSet"]["items"][0]["networkInterfaceSet"]["items"][0]["attachment"]["deleteOnTermination"] = ends;
    ec2(EVE, "RunInstances", ago(60), with_template(), answer)
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let interface = id("eni", 0x300);
    let attached = {
        let interface = interface.clone();
        move |region: &RegionHandle, instance: &str| {
            region.put_network_interface(NetworkInterface::new(&interface).attached(instance, 0, ago(60)));
        }
    };
    cases.push(
        Case::new(
            "an interface that a launch template brings along, and that has no owner yet",
            eves(0x300, attached),
            vec![launch(0x300, &interface, false.into())],
        )
        .belongs_to(&id("i", 0x300), EVE)
        .belongs_to(&interface, None)
        .says(0, "tagged")
        .says(0, "disproved"),
    );
    let interface = id("eni", 0x301);
    let attached = {
        let interface = interface.clone();
        move |region: &RegionHandle, instance: &str| {
            let of_alice = NetworkInterface::new(&interface).attached(instance, 0, ago(60)).tag("Owner", ALICE);
            region.put_network_interface(of_alice.tag("PrincipalId", "AIDAALICE"));
            // If it counted, this would open everything that carries the same identity.
            region.set_tag(instance, "PrincipalId", "AIDAALICE");
        }
    };
    cases.push(
        Case::new(
            "a planted identity on the instance, the same as that of an interface that is brought along",
            eves(0x301, attached),
            vec![launch(0x301, &interface, false.into())],
        )
        .belongs_to(&id("i", 0x301), EVE)
        .belongs_to(&interface, ALICE),
    );
    // Another API call created the interface, and its event comes before or after.
    let interface = id("eni", 0x302);
    let attached = {
        let interface = interface.clone();
        move |region: &RegionHandle, instance: &str| {
            region.put_network_interface(NetworkInterface::new(&interface).attached(instance, 0, ago(60)));
        }
    };
    let answer = json!({"networkInterface": {"networkInterfaceId": interface}});
    cases.push(
        Case::new(
            "an interface of a colleague's that the template brings along, by both events",
            eves(0x302, attached),
            vec![
                ec2(ALICE, "CreateNetworkInterface", ago(120), with_token("e"), answer),
                launch(0x302, &interface, json!(null)),
            ],
        )
        .belongs_to(&interface, ALICE)
        .belongs_to(&id("i", 0x302), EVE),
    );
    let volumes = [id("vol", 0x313), id("vol", 0x323), id("vol", 0x333)];
    let attached = {
        let volumes = volumes.clone();
        move |region: &RegionHandle, instance: &str| {
            let [old, hers, fresh] = &volumes;
            region.put_volume(Volume::new(old).created(ago(7_200)).attached(instance, "/dev/xvdc", ago(40)));
            let tagged = Volume::new(hers).created(ago(50)).attached(instance, "/dev/xvdd", ago(30));
            region.put_volume(tagged.tag("Owner", ALICE).tag("PrincipalId", "AIDAALICE"));
            region.put_volume(Volume::new(fresh).created(ago(50)).attached(instance, "/dev/xvde", ago(30)));
        }
    };
    let answer = json!({"volumeId": volumes[2], "createTime": millis(ago(50))});
    cases.push(
        Case::new(
            "colleagues' volumes, attached to a new instance before the host looks: an old one, one with an owner, and a fresh one",
            eves(0x303, attached),
            vec![launch(0x303, &id("eni", 0x303), true.into()), ec2(ALICE, "CreateVolume", ago(50), with_token("v"), answer)],
        )
        .belongs_to(&volumes[0], None)
        .belongs_to(&volumes[1], ALICE)
        .belongs_to(&volumes[2], ALICE)
        .belongs_to(&id("vol", 0x303), EVE),
    );
    let (image, hers, own) = (id("ami", 0x304), id("snap", 0x304), id("snap", 0x314));
    let put = {
        let (image, hers, own) = (image.clone(), hers.clone(), own.clone());
        move |region: &RegionHandle| {
            region.put_snapshot(Snapshot::new(&hers).started(ago(60)));
            region.put_snapshot(Snapshot::new(&own).started(ago(60)));
            region.put_image(
                Image::new(&image).created(ago(60)).snapshot("/dev/xvda", &own).snapshot("/dev/xvdb", &hers),
            );
        }
    };
    let request =
        json!({"instanceId": id("i", 0x304), "blockDeviceMapping": {"items": [{"ebs": {"snapshotId": hers}}]}});
    let snapshot = json!({"snapshotId": hers, "startTime": millis(ago(60))});
    cases.push(
        Case::new(
            "an image on a colleague's snapshot of the same minute, which the request names",
            put,
            vec![
                ec2(EVE, "CreateImage", ago(60), request, json!({"imageId": image})),
                ec2(ALICE, "CreateSnapshot", ago(60), json!({}), snapshot),
            ],
        )
        .belongs_to(&image, EVE)
        .belongs_to(&own, EVE)
        .belongs_to(&hers, ALICE),
    );
    // A template's tags come to volumes that the record does not name.
    let attached = |region: &RegionHandle, _: &str| {
        region.set_tag(&id("vol", 0x305), "PrincipalId", "AIDAALICE");
        region.set_tag(&id("vol", 0x305), "Owner", ALICE);
        region.set_tag(&id("i", 0x305), "PrincipalId", "AIDAALICE");
    };
    cases.push(
        Case::new(
            "the tags of a launch template",
            eves(0x305, attached),
            vec![launch(0x305, &id("eni", 0x305), true.into())],
        )
        .belongs_to(&id("vol", 0x305), EVE),
    );
    // What the answer names beside the instance, and what no launch creates.
    let mut event = launch(0x306, &id("eni", 0x306), true.into());
    let instance = &mut event["detail"]["responseElements"]["instancesSet"]["items"][0];
    instance["vpcId"] = id("vpc", 0x306).into();
    instance["subnetId"] = id("subnet", 0x306).into();
    instance["imageId"] = id("ami", 0x306).into();
    let attached = |region: &RegionHandle, _: &str| {
        region.put_resource(&id("vpc", 0x306));
        region.put_resource(&id("subnet", 0x306));
        region.put_image(Image::new(&id("ami", 0x306)));
    };
    cases.push(
        Case::new("the network and the image of a launch", eves(0x306, attached), vec![event])
            .belongs_to(&id("vpc", 0x306), None)
            .belongs_to(&id("subnet", 0x306), None)
            .belongs_to(&id("ami", 0x306), None),
    );
    cases.iter_mut().for_each(|case| {
        let interfaces: Vec<_> = [0x303, 0x305, 0x306].map(|number| id("eni", number)).into();
        let put = std::mem::replace(&mut case.put, Box::new(|_| {}));
        let named: Vec<_> = interfaces
            .into_iter()
            .filter(|interface| case.events.iter().any(|event| event.to_string().contains(interface.as_str())))
            .collect();
        case.put = Box::new(move |region| {
            put(region);
            named.iter().for_each(|interface| region.put_network_interface(NetworkInterface::new(interface)));
        });
    });
    cases
}
