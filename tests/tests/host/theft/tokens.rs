//! API calls that are repeated: with the same client token, or idempotent without one.

use std::time::Duration;

use autotag_fake_aws::{Instance, NetworkInterface, RegionHandle, Volume};
use serde_json::{Value, json};

use super::cases::Case;
use super::events::{ALICE, EVE, ago, ec2, id, launched, millis, with_token};

/// Alice's instance of this age, with a volume and an interface.
fn instance(number: u32, age: u64) -> (String, String, String, impl Fn(&RegionHandle)) {
    let (instance, volume, interface) = (id("i", number), id("vol", number), id("eni", number));
    let (i, v, e) = (instance.clone(), volume.clone(), interface.clone());
    let put = move |region: &RegionHandle| {
        region.put_instance(Instance::new(&i).launched(ago(age)).root_volume(&v).network_interface(&e));
    };
    (instance, volume, interface, put)
}

/// Alice's launch, and Eve's with the same token `later` seconds later.
fn launch_again(name: &'static str, number: u32, age: u64, later: u64) -> Case {
    let (instance, volume, interface, put) = instance(number, age);
    let answer = launched(&instance, &interface, ago(age));
    let events = vec![
        ec2(ALICE, "RunInstances", ago(age), with_token("t"), answer.clone()),
        ec2(EVE, "RunInstances", ago(age - later), with_token("t"), answer),
    ];
    Case::new(name, put, events)
        .belongs_to(&instance, ALICE)
        .belongs_to(&volume, ALICE)
        .belongs_to(&interface, ALICE)
        .says(0, "tagged")
        .says(1, "withheld")
        .says(1, "disproved")
}

/// A creation whose answer has a time, and its repetition.
fn timed_again(
    name: &'static str,
    number: u32,
    prefix: &str,
    call: &'static str,
    answer: fn(&str, u64) -> Value,
) -> Case {
    let resource = id(prefix, number);
    let answer = answer(&resource, millis(ago(120)));
    let events = vec![
        ec2(ALICE, call, ago(120), with_token("t"), answer.clone()),
        ec2(EVE, call, ago(30), with_token("t"), answer),
    ];
    let put = {
        let resource = resource.clone();
        move |region: &RegionHandle| match resource.split('-').next() {
            Some("vol") => region.put_volume(Volume::new(&resource).created(ago(120))),
            _ => region.put_resource(&resource),
        }
    };
    Case::new(name, put, events).belongs_to(&resource, ALICE).says(1, "withheld")
}

/// A creation whose answer does not show its age, and its repetition. The kind's own Describe request must show it.
fn untimed_again(name: &'static str, number: u32, prefix: &str, call: &'static str, answer: fn(&str) -> Value) -> Case {
    let resource = id(prefix, number);
    let events = vec![
        ec2(ALICE, call, ago(120), with_token("t"), answer(&resource)),
        ec2(EVE, call, ago(30), with_token("t"), answer(&resource)),
    ];
    let put = {
        let resource = resource.clone();
        move |region: &RegionHandle| {
            region.put_resource(&resource);
            region.born(&resource, ago(120));
        }
    };
    Case::new(name, put, events).belongs_to(&resource, ALICE)
}

/// Alice's instance of yesterday, which was started again half a minute ago, and Eve's API call with the token of its
/// launch. EC2 shows when it was started; the time of its interface's attachment shows its age.
fn started_again() -> Vec<Case> {
    let there = |number: u32| {
        let (instance, interface) = (id("i", number), id("eni", number));
        move |region: &RegionHandle| {
            region.put_instance(Instance::new(&instance).launched(ago(30)).client_token(&format!("t-{number}")));
            let attached = NetworkInterface::new(&interface).attached(&instance, 0, ago(86_400)).ends_with_instance();
            region.put_network_interface(attached);
            for resource in [&instance, &interface] {
                region.set_tag(resource, "Owner", ALICE);
                region.set_tag(resource, "PrincipalId", "AIDAALICE");
            }
        }
    };
    let case = |name, number: u32, event| {
        let case = Case::new(name, there(number), vec![event]);
        case.belongs_to(&id("i", number), ALICE).belongs_to(&id("eni", number), ALICE).says(0, "disproved")
    };
    let mut answer = launched(&id("i", 0x110), &id("eni", 0x110), ago(30));
    answer["instancesSet"]["items"][0]["networkInterfaceSet"]["items"][0]["attachment"]["attachTime"] =
        millis(ago(86_400)).into();
    let omitted = json!({"omitted": true, "originalSize": 139_021, "reason": "responseElements too large"});
    let fleet =
        json!({"CreateFleetResponse": {"fleetInstanceSet": {"item": {"instanceIds": {"item": id("i", 0x112)}}}}});
    vec![
        case(
            "the token of an instance that was started again",
            0x110,
            ec2(EVE, "RunInstances", ago(30), with_token("t"), answer),
        ),
        case(
            "the same, of a launch whose answer is omitted",
            0x111,
            ec2(EVE, "RunInstances", ago(30), with_token(&format!("t-{}", 0x111)), omitted),
        ),
        case(
            "the same, of a fleet",
            0x112,
            ec2(EVE, "CreateFleet", ago(30), json!({"CreateFleetRequest": {"ClientToken": "t"}}), fleet),
        ),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        launch_again("the same token two hours later", 0x100, 7_300, 7_200),
        launch_again("the same token twenty seconds later", 0x101, 60, 20),
        launch_again("the same token three seconds later", 0x102, 60, 3),
        timed_again(
            "a volume with the same token",
            0x103,
            "vol",
            "CreateVolume",
            |id, at| json!({"volumeId": id, "createTime": at}),
        ),
        timed_again(
            "a NAT gateway with the same token",
            0x104,
            "nat",
            "CreateNatGateway",
            |id, at| json!({"CreateNatGatewayResponse": {"natGateway": {"natGatewayId": id, "createTime": at}}}),
        ),
        timed_again(
            "a launch template with the same token",
            0x105,
            "lt",
            "CreateLaunchTemplate",
            |id, at| json!({"CreateLaunchTemplateResponse": {"launchTemplate": {"launchTemplateId": id, "createTime": at}}}),
        ),
        timed_again(
            "an endpoint with the same token",
            0x106,
            "vpce",
            "CreateVpcEndpoint",
            |id, at| json!({"CreateVpcEndpointResponse": {"vpcEndpoint": {"vpcEndpointId": id, "creationTimestamp": at}}}),
        ),
        untimed_again(
            "a flow log with the same token, of which EC2 says since when it is there",
            0x107,
            "fl",
            "CreateFlowLogs",
            |id| json!({"CreateFlowLogsResponse": {"flowLogIdSet": {"item": id}}}),
        ),
        // Nothing shows how old they are: the first event decides, as the documentation says.
        untimed_again(
            "a route table with the same token",
            0x108,
            "rtb",
            "CreateRouteTable",
            |id| json!({"routeTable": {"routeTableId": id}}),
        )
        .says(1, "held")
        .open(),
        untimed_again(
            "a network ACL with the same token",
            0x109,
            "acl",
            "CreateNetworkAcl",
            |id| json!({"networkAcl": {"networkAclId": id}}),
        )
        .says(1, "held")
        .open(),
        untimed_again(
            "a customer gateway, idempotent without a token",
            0x10a,
            "cgw",
            "CreateCustomerGateway",
            |id| json!({"customerGateway": {"customerGatewayId": id}}),
        )
        .says(1, "held")
        .open(),
        untimed_again(
            "a peering, idempotent without a token",
            0x10b,
            "pcx",
            "CreateVpcPeeringConnection",
            |id| json!({"vpcPeeringConnection": {"vpcPeeringConnectionId": id}}),
        )
        .says(1, "held")
        .open(),
    ];
    cases.extend(started_again());
    cases.push(untimed_again(
        "a traffic mirror's target with the same token, which CloudTrail writes as a number",
        0x10e,
        "tmt",
        "CreateTrafficMirrorTarget",
        |id| json!({"CreateTrafficMirrorTargetResponse": {"trafficMirrorTarget": {"trafficMirrorTargetId": id}}}),
    ));
    if let Some(Case { events, outcomes, is_open, .. }) = cases.last_mut() {
        for event in events {
            event["detail"]["requestParameters"] =
                json!({"CreateTrafficMirrorTargetRequest": {"ClientToken": 20_261_129}});
        }
        outcomes.push((1, "held"));
        *is_open = true;
    }
    // A token is valid in one Region: in this one it names another instance.
    let (there, _, interface, put) = instance(0x114, 60);
    let events = vec![ec2(EVE, "RunInstances", ago(60), with_token("t"), launched(&there, &interface, ago(60)))];
    let elsewhere = Case::new("the same token in another Region", put, events).in_region("us-east-1");
    cases.push(elsewhere.belongs_to(&there, EVE).says(0, "tagged"));
    // The kind's own Describe request shows at once what exists, however far the index of tags lags behind.
    let lagging = untimed_again(
        "a route table with the same token, whose tags the index does not show yet",
        0x10f,
        "rtb",
        "CreateRouteTable",
        |id| json!({"routeTable": {"routeTableId": id}}),
    );
    let (table, put) = (id("rtb", 0x10f), lagging.put);
    let put = Box::new(move |region: &RegionHandle| {
        put(region);
        region.tags_shown_after(&table, Duration::from_secs(3_600));
    });
    cases.push(Case { put, ..lagging }.says(1, "held").open());
    let connection = id("vpn", 0x10c);
    let answer = |state| json!({"vpnConnection": {"vpnConnectionId": id("vpn", 0x10c), "state": state}});
    let put = {
        let connection = connection.clone();
        move |region: &RegionHandle| region.put_resource(&connection)
    };
    let events = vec![
        ec2(ALICE, "CreateVpnConnection", ago(1_000), json!({}), answer("pending")),
        ec2(EVE, "CreateVpnConnection", ago(10), json!({}), answer("available")),
    ];
    cases.push(
        Case::new("a VPN connection that is available already", put, events)
            .belongs_to(&connection, ALICE)
            .says(0, "tagged")
            .says(1, "disproved"),
    );
    // A CI job with a fixed token, run again under another session name, long after its instance was tagged.
    let (instance, _, interface, put) = instance(0x10d, 86_400);
    let tagged = {
        let instance = instance.clone();
        move |region: &RegionHandle| {
            put(region);
            region.set_tag(&instance, "Owner", ALICE);
            region.set_tag(&instance, "PrincipalId", "AIDAALICE");
        }
    };
    let events =
        vec![ec2(EVE, "RunInstances", ago(5), with_token("job-7"), launched(&instance, &interface, ago(86_400)))];
    cases.push(
        Case::new("a fixed token a day later, under another name", tagged, events)
            .belongs_to(&instance, ALICE)
            .belongs_to(&interface, None)
            .says(0, "disproved"),
    );
    cases
}
