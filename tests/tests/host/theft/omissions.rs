//! Parts of a record that CloudTrail has omitted: what cannot be seen proves nothing.

use std::time::Duration;

use autotag_fake_aws::{Image, Instance, NetworkInterface, RegionHandle, Snapshot};
use serde_json::{Value, json};

use super::cases::Case;
use super::events::{ALICE, EVE, ago, ec2, id, launched, with_token};

fn omitted(part: &str) -> Value {
    json!({"omitted": true, "originalSize": 139_021, "reason": format!("{part} too large")})
}

/// An instance of that launch, with a volume and an interface.
fn instance(region: &RegionHandle, number: u32, token: &str, age: u64) {
    let instance = Instance::new(&id("i", number)).launched(ago(age)).client_token(token);
    region.put_instance(instance.root_volume(&id("vol", number)).network_interface(&id("eni", number)));
}

pub(crate) fn cases() -> Vec<Case> {
    let put = |region: &RegionHandle| (0x700..0x740).for_each(|number| instance(region, number, "many", 60));
    let mut many = Case::new(
        "a launch of many instances whose answer is omitted",
        put,
        vec![
            ec2(ALICE, "RunInstances", ago(60), with_token("many"), omitted("responseElements")),
            ec2(EVE, "RunInstances", ago(20), with_token("many"), omitted("responseElements")),
        ],
    )
    .says(0, "tagged")
    .says(1, "withheld");
    for number in 0x700..0x740 {
        many = many
            .belongs_to(&id("i", number), ALICE)
            .belongs_to(&id("vol", number), ALICE)
            .belongs_to(&id("eni", number), ALICE);
    }
    // EC2 does not show all of them at first.
    let put = |region: &RegionHandle| {
        (0x780..0x783).for_each(|number| instance(region, number, "slow", 2));
        [id("i", 0x781), id("vol", 0x781), id("eni", 0x781)]
            .iter()
            .for_each(|id| region.appear_after(id, Duration::from_secs(2)));
    };
    let mut request = with_token("slow");
    request["instancesSet"]["items"][0] = json!({"minCount": 3, "maxCount": 3});
    let mut slow = Case::new(
        "a launch whose answer is omitted, of which not all is shown at once",
        put,
        vec![ec2(ALICE, "RunInstances", ago(2), request, omitted("responseElements"))],
    );
    for number in 0x780..0x783 {
        slow = slow.belongs_to(&id("i", number), ALICE).belongs_to(&id("vol", number), ALICE);
    }
    let without = Case::new(
        "the same without a token",
        |region: &RegionHandle| instance(region, 0x750, "", 60),
        vec![ec2(EVE, "RunInstances", ago(60), json!({}), omitted("responseElements"))],
    )
    .belongs_to(&id("i", 0x750), None)
    .says(0, "failed");
    // The launch's own time proves the instance, although the request cannot be seen. It does not prove an interface
    // that may be brought along.
    let mut event = ec2(
        EVE,
        "RunInstances",
        ago(60),
        omitted("requestParameters"),
        launched(&id("i", 0x751), &id("eni", 0x761), ago(60)),
    );
    let interface =
        &mut event["detail"]["responseElements"]["instancesSet"]["items"][0]["networkInterfaceSet"]["items"][0];
    interface["attachment"]["deleteOnTermination"] = false.into();
    let seen = Case::new(
        "a launch whose request is omitted",
        |region: &RegionHandle| {
            instance(region, 0x751, "x", 60);
            region.put_network_interface(NetworkInterface::new(&id("eni", 0x761)));
        },
        vec![event],
    )
    .belongs_to(&id("i", 0x751), EVE)
    .belongs_to(&id("eni", 0x761), None);
    // A group: nothing shows that the request does not name it.
    let group = id("sg", 0x752);
    let put = {
        let group = group.clone();
        move |region: &RegionHandle| {
            region.put_resource(&group);
            region.set_tag(&group, "Owner", ALICE);
            region.set_tag(&group, "PrincipalId", "AIDAALICE");
        }
    };
    let answer = json!({"groupId": group});
    let event = ec2(EVE, "CreateSecurityGroup", ago(60), omitted("requestParameters"), answer);
    let unseen =
        Case::new("a creation whose request is omitted", put, vec![event]).belongs_to(&group, ALICE).says(0, "held");
    // The request for an image may name the snapshot that it is built on.
    let (image, hers) = (id("ami", 0x753), id("snap", 0x753));
    let put = {
        let (image, hers) = (image.clone(), hers.clone());
        move |region: &RegionHandle| {
            let of_alice = Snapshot::new(&hers).started(ago(60)).tag("Owner", ALICE).tag("PrincipalId", "AIDAALICE");
            region.put_snapshot(of_alice);
            region.put_image(Image::new(&image).created(ago(60)).snapshot("/dev/xvda", &hers));
        }
    };
    let event = ec2(EVE, "CreateImage", ago(60), omitted("requestParameters"), json!({"imageId": image}));
    let built = Case::new("an image whose request is omitted, on a colleague's snapshot", put, vec![event])
        .belongs_to(&image, EVE)
        .belongs_to(&hers, ALICE);
    vec![many, slow, without, seen, unseen, built]
}
