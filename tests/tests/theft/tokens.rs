//! Calls that are made once more: with the same client token, or idempotent without one.

use autotag_tests::fake_aws::{Instance, Place, Volume};
use serde_json::{Value, json};

use crate::cases::Case;
use crate::events::{ALICE, EVE, ago, ec2, id, launched, millis, with_token};

/// Alice's instance of that time, with a volume and an interface.
fn instance(number: u32, age: u64) -> (String, String, String, impl Fn(&Place)) {
    let (instance, volume, interface) = (id("i", number), id("vol", number), id("eni", number));
    let (i, v, e) = (instance.clone(), volume.clone(), interface.clone());
    let put = move |place: &Place| {
        place.put_instance(Instance::new(&i).launched(ago(age)).root_volume(&v).network_interface(&e));
    };
    (instance, volume, interface, put)
}

/// Alice's launch, and Eve's with the same token so many seconds later.
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

/// A creation whose answer has its own time, and the same once more.
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
        move |place: &Place| match resource.split('-').next() {
            Some("vol") => place.put_volume(Volume::new(&resource).created(ago(120))),
            _ => place.put_resource(&resource),
        }
    };
    Case::new(name, put, events).belongs_to(&resource, ALICE).says(1, "withheld")
}

/// A creation whose answer says nothing of its age, and the same once more. The kind's own Describe call has to tell.
fn untimed_again(name: &'static str, number: u32, prefix: &str, call: &'static str, answer: fn(&str) -> Value) -> Case {
    let resource = id(prefix, number);
    let events = vec![
        ec2(ALICE, call, ago(120), with_token("t"), answer(&resource)),
        ec2(EVE, call, ago(30), with_token("t"), answer(&resource)),
    ];
    let put = {
        let resource = resource.clone();
        move |place: &Place| {
            place.put_resource(&resource);
            place.born(&resource, ago(120));
        }
    };
    Case::new(name, put, events).belongs_to(&resource, ALICE)
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
        // Nothing says since when they are there: the first event decides, as the documentation says.
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
    let connection = id("vpn", 0x10c);
    let answer = |state| json!({"vpnConnection": {"vpnConnectionId": id("vpn", 0x10c), "state": state}});
    let put = {
        let connection = connection.clone();
        move |place: &Place| place.put_resource(&connection)
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
    // A CI job with a fixed token, run again under another session's name, long after its instance was tagged.
    let (instance, _, interface, put) = instance(0x10d, 86_400);
    let tagged = {
        let instance = instance.clone();
        move |place: &Place| {
            put(place);
            place.set_tag(&instance, "Owner", ALICE);
            place.set_tag(&instance, "PrincipalId", "AIDAALICE");
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
