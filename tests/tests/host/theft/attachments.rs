//! TOCTOU: a resource is attached to a new instance before the host looks, so that it seems to have been launched with
//! it.

use autotag_fake_aws::{Instance, NetworkInterface, RegionHandle, Volume};
use serde_json::{Value, json};

use super::cases::Case;
use super::events::{ALICE, EVE, ago, ec2, id, launched, millis, with_token};

/// Eve's instance.
fn instance(region: &RegionHandle, number: u32) {
    region.put_instance(Instance::new(&id("i", number)).launched(ago(60)).client_token(&format!("t-{number}")));
}

fn of_alice(region: &RegionHandle, resource: &str) {
    region.set_tag(resource, "Owner", ALICE);
    region.set_tag(resource, "PrincipalId", "AIDAALICE");
}

/// Eve's fleet of one instance. Its answer does not name the interfaces.
fn fleet(number: u32) -> Value {
    let answer =
        json!({"CreateFleetResponse": {"fleetInstanceSet": {"item": {"instanceIds": {"item": id("i", number)}}}}});
    let request = json!({"CreateFleetRequest": {"ClientToken": "f", "LaunchTemplateConfigs": {"tag": 1}}});
    ec2(EVE, "CreateFleet", ago(60), request, answer)
}

pub(crate) fn cases() -> Vec<Case> {
    let interface = |number: u32, attached: u64, is_hers: bool| {
        move |region: &RegionHandle| {
            instance(region, number);
            let hers = NetworkInterface::new(&id("eni", number)).attached(&id("i", number), 1, ago(attached));
            region.put_network_interface(hers.ends_with_instance());
            if is_hers {
                of_alice(region, &id("eni", number));
            }
        }
    };
    let omitted = json!({"omitted": true, "originalSize": 139_021, "reason": "responseElements too large"});
    let token = |number: u32| with_token(&format!("t-{number}"));
    let mut with_template = token(0x903);
    with_template["launchTemplate"] = json!({"launchTemplateId": "lt-0123456789abcdef0"});
    let mut cases = vec![
        Case::new(
            "an interface that was attached to a fleet's instance later",
            interface(0x900, 20, true),
            vec![fleet(0x900)],
        )
        .belongs_to(&id("eni", 0x900), ALICE)
        .belongs_to(&id("i", 0x900), EVE),
        Case::new("the same, which has no owner yet", interface(0x901, 20, false), vec![fleet(0x901)])
            .belongs_to(&id("eni", 0x901), None),
        Case::new("an interface that a fleet's template brought along", interface(0x902, 60, true), vec![fleet(0x902)])
            .belongs_to(&id("eni", 0x902), ALICE),
        Case::new(
            "the same of a launch whose answer is omitted",
            interface(0x903, 60, true),
            vec![ec2(EVE, "RunInstances", ago(60), with_template, omitted.clone())],
        )
        .belongs_to(&id("eni", 0x903), ALICE)
        .belongs_to(&id("i", 0x903), EVE),
        Case::new(
            "an interface that was attached to an instance later, of a launch whose answer is omitted",
            interface(0x904, 20, true),
            vec![ec2(EVE, "RunInstances", ago(60), token(0x904), omitted)],
        )
        .belongs_to(&id("eni", 0x904), ALICE),
    ];
    // The request creates one interface, and the template brings along another.
    let hers = id("eni", 0x915);
    let mut request = token(0x905);
    request["launchTemplate"] = json!({"launchTemplateId": "lt-0123456789abcdef0"});
    request["networkInterfaceSet"] = json!({"items": [{"deviceIndex": 0, "subnetId": "subnet-0123456789abcdef0"}]});
    let mut answer = launched(&id("i", 0x905), &id("eni", 0x905), ago(60));
    answer["instancesSet"]["items"][0]["networkInterfaceSet"]["items"].as_array_mut().unwrap().push(json!({
        "networkInterfaceId": hers,
        "attachment": {"deviceIndex": 1, "attachTime": millis(ago(60)), "deleteOnTermination": false},
    }));
    let put = |region: &RegionHandle| {
        instance(region, 0x905);
        region.put_network_interface(NetworkInterface::new(&id("eni", 0x905)));
        region.put_network_interface(NetworkInterface::new(&id("eni", 0x915)).attached(&id("i", 0x905), 1, ago(60)));
        of_alice(region, &id("eni", 0x915));
    };
    cases.push(
        Case::new(
            "a template's interface beside one of the request's",
            put,
            vec![ec2(EVE, "RunInstances", ago(60), request, answer)],
        )
        .belongs_to(&hers, ALICE)
        .belongs_to(&id("eni", 0x905), EVE)
        .says(0, "disproved"),
    );
    // Alice creates a volume. Eve launches at once, attaches it as soon as her instance runs, and sets it to be deleted
    // with that.
    let volume = id("vol", 0x906);
    let put = {
        let volume = volume.clone();
        move |region: &RegionHandle| {
            instance(region, 0x906);
            region.put_network_interface(NetworkInterface::new(&id("eni", 0x906)));
            let hers = Volume::new(&volume).created(ago(65)).attached(&id("i", 0x906), "/dev/xvdf", ago(48));
            region.put_volume(hers.ends_with_instance());
        }
    };
    let answer = launched(&id("i", 0x906), &id("eni", 0x906), ago(60));
    cases.push(
        Case::new(
            "a fresh volume that is attached as soon as the instance runs",
            put,
            vec![
                ec2(EVE, "RunInstances", ago(60), token(0x906), answer),
                ec2(
                    ALICE,
                    "CreateVolume",
                    ago(65),
                    with_token("v"),
                    json!({"volumeId": volume, "createTime": millis(ago(65))}),
                ),
            ],
        )
        .belongs_to(&volume, ALICE)
        .belongs_to(&id("i", 0x906), EVE)
        // The launch's claim on it is open, so two hosts can race.
        .open(),
    );
    cases
}
