//! The Describe actions of the resource types of which the fake models little: by id, by filter, with times, states and
//! tags.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use autotag_fake_aws::{Fault, Instance, NetworkInterface, On, Volume};
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{FleetType, VpcPeeringConnectionStateReasonCode};

use crate::clients::{Bench, code, filter, tag};

const FLEET: &str = "fleet-01234567-89ab-cdef-0123-456789abcdef";
const OTHER_FLEET: &str = "fleet-11111111-89ab-cdef-0123-456789abcdef";

/// What a request shows: each id with its tags, `KEY=VALUE`.
macro_rules! shown {
    ($call:expr, $set:ident, $id:ident) => {{
        let answer = $call.send().await.unwrap();
        let tags = |tags: &[aws_sdk_ec2::types::Tag]| {
            let tags = tags.iter().map(|tag| format!("{}={}", tag.key().unwrap(), tag.value().unwrap()));
            tags.collect::<Vec<_>>().join(" ")
        };
        answer.$set().iter().map(|one| format!("{} {}", one.$id().unwrap(), tags(one.tags()))).collect::<Vec<_>>()
    }};
}

/// 2024-02-29T23:59:58.250Z
fn leap_day() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_709_251_198_250)
}

fn milliseconds(time: Option<&DateTime>) -> i64 {
    time.unwrap().to_millis().unwrap()
}

#[tokio::test]
async fn every_kind_is_shown_with_its_tags_by_a_list_of_ids() {
    let bench = Bench::new().await;
    let prefixes = ["cagw", "cvpn-endpoint", "cgw", "eigw", "fl", "h", "pl", "acl", "rtb", "pcx", "vpn"];
    let ids = prefixes.map(|prefix| [1, 2].map(|n| format!("{prefix}-{n:08x}")));
    let all = ids.iter().flatten().map(String::as_str).chain([FLEET, OTHER_FLEET]);
    all.for_each(|id| {
        bench.aws.put_resource(id);
        bench.aws.set_tag(id, "Owner", "bob");
    });
    let ec2 = &bench.ec2;
    let id = |prefix: &str| format!("{prefix}-00000001");

    let found = [
        shown!(ec2.describe_carrier_gateways().carrier_gateway_ids(id("cagw")), carrier_gateways, carrier_gateway_id),
        shown!(
            ec2.describe_client_vpn_endpoints().client_vpn_endpoint_ids(id("cvpn-endpoint")),
            client_vpn_endpoints,
            client_vpn_endpoint_id
        ),
        shown!(
            ec2.describe_customer_gateways().customer_gateway_ids(id("cgw")),
            customer_gateways,
            customer_gateway_id
        ),
        shown!(
            ec2.describe_egress_only_internet_gateways().egress_only_internet_gateway_ids(id("eigw")),
            egress_only_internet_gateways,
            egress_only_internet_gateway_id
        ),
        shown!(ec2.describe_flow_logs().flow_log_ids(id("fl")), flow_logs, flow_log_id),
        shown!(ec2.describe_hosts().host_ids(id("h")), hosts, host_id),
        shown!(ec2.describe_managed_prefix_lists().prefix_list_ids(id("pl")), prefix_lists, prefix_list_id),
        shown!(ec2.describe_network_acls().network_acl_ids(id("acl")), network_acls, network_acl_id),
        shown!(ec2.describe_route_tables().route_table_ids(id("rtb")), route_tables, route_table_id),
        shown!(
            ec2.describe_vpc_peering_connections().vpc_peering_connection_ids(id("pcx")),
            vpc_peering_connections,
            vpc_peering_connection_id
        ),
        shown!(ec2.describe_vpn_connections().vpn_connection_ids(id("vpn")), vpn_connections, vpn_connection_id),
    ];
    let fleets = shown!(ec2.describe_fleets().fleet_ids(FLEET), fleets, fleet_id);

    assert_eq!(found, prefixes.map(|prefix| vec![format!("{} Owner=bob", id(prefix))]));
    assert_eq!(fleets, [format!("{FLEET} Owner=bob")]);
}

#[tokio::test]
async fn a_filter_by_ids_finds_those_that_are_there_where_a_kind_has_one() {
    let bench = Bench::new().await;
    let prefixes = ["cagw", "cvpn-endpoint", "cgw", "fl", "pl", "acl", "rtb", "pcx", "vpn"];
    prefixes.iter().for_each(|prefix| (1..4).for_each(|n| bench.aws.put_resource(&format!("{prefix}-{n:08x}"))));
    let ec2 = &bench.ec2;
    let by = |name: &str, prefix: &str| {
        let ids = ["00000001", "00000003", "0badcafe"].map(|digits| format!("{prefix}-{digits}"));
        filter(name, &ids.each_ref().map(String::as_str))
    };

    let found = [
        shown!(
            ec2.describe_carrier_gateways().filters(by("carrier-gateway-id", "cagw")),
            carrier_gateways,
            carrier_gateway_id
        ),
        shown!(
            ec2.describe_client_vpn_endpoints().filters(by("endpoint-id", "cvpn-endpoint")),
            client_vpn_endpoints,
            client_vpn_endpoint_id
        ),
        shown!(
            ec2.describe_customer_gateways().filters(by("customer-gateway-id", "cgw")),
            customer_gateways,
            customer_gateway_id
        ),
        shown!(ec2.describe_flow_logs().filter(by("flow-log-id", "fl")), flow_logs, flow_log_id),
        shown!(ec2.describe_managed_prefix_lists().filters(by("prefix-list-id", "pl")), prefix_lists, prefix_list_id),
        shown!(ec2.describe_network_acls().filters(by("network-acl-id", "acl")), network_acls, network_acl_id),
        shown!(ec2.describe_route_tables().filters(by("route-table-id", "rtb")), route_tables, route_table_id),
        shown!(
            ec2.describe_vpc_peering_connections().filters(by("vpc-peering-connection-id", "pcx")),
            vpc_peering_connections,
            vpc_peering_connection_id
        ),
        shown!(
            ec2.describe_vpn_connections().filters(by("vpn-connection-id", "vpn")),
            vpn_connections,
            vpn_connection_id
        ),
    ];

    let there = |prefix: &str| ["1", "3"].map(|digit| format!("{prefix}-0000000{digit} ")).to_vec();
    assert_eq!(found, prefixes.map(there));
}

#[tokio::test]
async fn one_unknown_id_in_a_list_fails_the_whole_call_with_the_code_of_its_kind() {
    let bench = Bench::new().await;
    ["eigw-00000001", "h-00000001", "rtb-00000001", FLEET].iter().for_each(|id| bench.aws.put_resource(id));
    let ec2 = &bench.ec2;

    let gateways = ec2.describe_egress_only_internet_gateways();
    let gateways = gateways
        .set_egress_only_internet_gateway_ids(Some(["eigw-00000001", "eigw-0badcafe"].map(str::to_owned).to_vec()));
    let hosts = ec2.describe_hosts().host_ids("h-00000001").host_ids("h-0badcafe").send().await;
    let tables =
        ec2.describe_route_tables().route_table_ids("rtb-00000001").route_table_ids("rtb-0badcafe").send().await;
    let fleets = ec2.describe_fleets().fleet_ids(FLEET).fleet_ids(OTHER_FLEET).send().await;
    let of_another_kind = ec2.describe_fleets().fleet_ids("rtb-00000001").send().await;

    assert_eq!(code(gateways.send().await), "InvalidGatewayID.NotFound");
    assert_eq!(code(hosts), "InvalidHostID.NotFound");
    assert_eq!(code(tables), "InvalidRouteTableID.NotFound");
    assert_eq!(code(fleets), "InvalidFleetId.NotFound");
    assert_eq!(code(of_another_kind), "InvalidFleetId.Malformed");
}

#[tokio::test]
async fn four_kinds_say_when_they_were_made_and_one_of_them_as_a_text() {
    let bench = Bench::new().await;
    for id in [FLEET, "fl-00000001", "h-00000001", "cvpn-endpoint-00000001"] {
        bench.aws.put_resource(id);
        bench.aws.born(id, leap_day());
    }
    let ec2 = &bench.ec2;

    let fleets = ec2.describe_fleets().send().await.unwrap();
    let logs = ec2.describe_flow_logs().send().await.unwrap();
    let hosts = ec2.describe_hosts().send().await.unwrap();
    let endpoints = ec2.describe_client_vpn_endpoints().send().await.unwrap();

    assert_eq!(milliseconds(fleets.fleets()[0].create_time()), 1_709_251_198_250);
    assert_eq!(milliseconds(logs.flow_logs()[0].creation_time()), 1_709_251_198_250);
    assert_eq!(milliseconds(hosts.hosts()[0].allocation_time()), 1_709_251_198_250);
    assert_eq!(endpoints.client_vpn_endpoints()[0].creation_time(), Some("2024-02-29T23:59:58"));
}

#[tokio::test]
async fn a_resource_is_made_now_unless_a_test_says_otherwise_whatever_it_is() {
    let bench = Bench::new().await;
    bench.aws.put_resource(FLEET);
    bench.aws.put_instance(Instance::new("i-00000001").root_volume("vol-00000001"));
    bench.aws.born("i-00000001", leap_day());
    bench.aws.put_volume(Volume::new("vol-00000002"));
    bench.aws.born("vol-00000002", leap_day());

    let fleets = bench.ec2.describe_fleets().send().await.unwrap();
    let instances = bench.ec2.describe_instances().send().await.unwrap();
    let volumes = bench.ec2.describe_volumes().volume_ids("vol-00000002").send().await.unwrap();

    let made = SystemTime::try_from(*fleets.fleets()[0].create_time().unwrap()).unwrap();
    assert!(made.elapsed().unwrap() < Duration::from_secs(60));
    assert_eq!(milliseconds(instances.reservations()[0].instances()[0].launch_time()), 1_709_251_198_250);
    assert_eq!(milliseconds(volumes.volumes()[0].create_time()), 1_709_251_198_250);
}

#[tokio::test]
async fn an_instant_fleet_is_shown_only_to_calls_that_name_it() {
    let bench = Bench::new().await;
    bench.aws.put_fleet(FLEET, "instant");
    bench.aws.put_fleet(OTHER_FLEET, "request");
    let fleets = bench.ec2.describe_fleets();

    let all = shown!(fleets.clone(), fleets, fleet_id);
    let by_type = shown!(fleets.clone().filters(filter("type", &["instant", "request"])), fleets, fleet_id);
    let named = fleets.fleet_ids(FLEET).send().await.unwrap();

    assert_eq!((all, by_type), (vec![format!("{OTHER_FLEET} ")], vec![format!("{OTHER_FLEET} ")]));
    assert_eq!(named.fleets()[0].r#type(), Some(&FleetType::Instant));
}

#[tokio::test]
async fn a_state_is_the_final_one_until_a_test_sets_another() {
    let bench = Bench::new().await;
    ["vpn-00000001", "vpn-00000002", "pcx-00000001"].iter().for_each(|id| bench.aws.put_resource(id));
    bench.aws.set_state("vpn-00000002", "pending");
    bench.aws.set_state("pcx-00000001", "pending-acceptance");
    let pending = filter("state", &["pending"]);

    let connections = bench.ec2.describe_vpn_connections().send().await.unwrap();
    let new = shown!(bench.ec2.describe_vpn_connections().filters(pending), vpn_connections, vpn_connection_id);
    let peerings = bench.ec2.describe_vpc_peering_connections().send().await.unwrap();

    let states = connections.vpn_connections().iter().map(|one| one.state().unwrap().as_str());
    assert_eq!(states.collect::<Vec<_>>(), ["available", "pending"]);
    assert_eq!(new, ["vpn-00000002 "]);
    let status = peerings.vpc_peering_connections()[0].status().unwrap();
    assert_eq!(status.code(), Some(&VpcPeeringConnectionStateReasonCode::PendingAcceptance));
}

#[tokio::test]
async fn tags_are_shown_as_they_are_even_while_lists_of_tags_lag() {
    let bench = Bench::new().await;
    ["rtb-00000001", "rtb-00000002"].iter().for_each(|id| bench.aws.put_resource(id));
    bench.aws.tags_shown_after("rtb-00000001", Duration::from_secs(600));
    bench.aws.appear_after("rtb-00000002", Duration::from_secs(600));
    bench.ec2.create_tags().resources("rtb-00000001").tags(tag("Owner", "bob")).send().await.unwrap();

    let all = shown!(bench.ec2.describe_route_tables(), route_tables, route_table_id);
    let hidden = bench.ec2.describe_route_tables().route_table_ids("rtb-00000002").send().await;

    assert_eq!(all, ["rtb-00000001 Owner=bob"]);
    assert_eq!(code(hidden), "InvalidRouteTableID.NotFound");
    assert!(bench.ec2.describe_tags().send().await.unwrap().tags().is_empty());
}

#[tokio::test]
async fn what_a_kind_has_no_filter_or_no_page_for_is_refused() {
    let bench = Bench::new().await;
    bench.aws.put_resource("rtb-00000001");
    let ec2 = &bench.ec2;
    let own = |name: &str| filter(name, &["any"]);

    let fleets = ec2.describe_fleets().filters(own("fleet-id")).send().await;
    let hosts = ec2.describe_hosts().filter(own("tag:Owner")).send().await;
    let gateways = ec2.describe_egress_only_internet_gateways().filters(own("egress-only-internet-gateway-id"));
    let tables = ec2.describe_route_tables();
    let both = tables.clone().max_results(5).route_table_ids("rtb-00000001").send().await;

    assert_eq!(code(fleets), "InvalidParameterValue");
    assert_eq!(code(hosts), "InvalidParameterValue");
    assert_eq!(code(gateways.send().await), "InvalidParameterValue");
    assert_eq!(code(tables.clone().max_results(101).send().await), "InvalidParameterValue");
    assert_eq!(code(both), "InvalidParameterCombination");
    assert_eq!(code(tables.dry_run(true).send().await), "DryRunOperation");
}

#[tokio::test]
async fn pages_cover_every_route_table_once() {
    let bench = Bench::new().await;
    (0..12).for_each(|n| bench.aws.put_resource(&format!("rtb-{n:08x}")));

    let mut pages = bench.ec2.describe_route_tables().max_results(5).into_paginator().items().send();
    let mut ids = Vec::new();
    while let Some(table) = pages.next().await {
        ids.push(table.unwrap().route_table_id().unwrap().to_owned());
    }

    assert!(ids.into_iter().eq((0..12).map(|n| format!("rtb-{n:08x}"))));
    assert_eq!(bench.aws.count_of("DescribeRouteTables"), 3);
}

#[tokio::test]
async fn instances_are_found_by_the_client_token_of_their_launch() {
    let bench = Bench::new().await;
    let launched =
        |n: usize, token: &str| Instance::new(&format!("i-{n:08x}")).client_token(token).launched(leap_day());
    (0..3).for_each(|n| bench.aws.put_instance(launched(n, "nightly")));
    bench.aws.put_instance(launched(3, "other"));
    bench.aws.put_instance(Instance::new("i-00000004"));
    let find = async |tokens: &[&str]| {
        let find = bench.ec2.describe_instances().filters(filter("client-token", tokens));
        let answer = find.send().await.unwrap();
        let found = answer.reservations().iter().flat_map(|reservation| reservation.instances());
        found
            .map(|one| (one.instance_id().unwrap().to_owned(), one.client_token().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };

    let both = find(&["nightly", "other", "unknown"]).await;

    let expected = [(0, "nightly"), (1, "nightly"), (2, "nightly"), (3, "other")];
    assert_eq!(both, expected.map(|(n, token)| (format!("i-{n:08x}"), token.to_owned())));
    assert!(find(&["night"]).await.is_empty());
    // EC2's answer for an instance that was launched without a token.
    let untold = bench.ec2.describe_instances().instance_ids("i-00000004").send().await.unwrap();
    assert_eq!(untold.reservations()[0].instances()[0].client_token(), Some(""));
}

#[tokio::test]
async fn faults_happen_to_the_calls_of_these_kinds_too() {
    let bench = Bench::new().await;
    bench.aws.put_resource("rtb-00000001");
    bench.aws.fault(On::action("DescribeRouteTables").touching("rtb-00000001").next(1), Fault::AccessDenied);
    let describe = || bench.ec2.describe_route_tables().filters(filter("route-table-id", &["rtb-00000001"])).send();

    assert_eq!(code(describe().await), "UnauthorizedOperation");
    assert_eq!(describe().await.unwrap().route_tables().len(), 1);
}

#[tokio::test]
#[should_panic(expected = "no request shows such a state of rtb-00000001")]
async fn a_state_that_no_call_shows_cannot_be_set() {
    let bench = Bench::new().await;
    bench.aws.put_resource("rtb-00000001");
    bench.aws.set_state("rtb-00000001", "pending");
}

#[tokio::test]
#[should_panic(expected = "eni-00000001 is a network interface")]
async fn a_network_interface_has_no_time_of_its_own() {
    let bench = Bench::new().await;
    bench.aws.put_network_interface(NetworkInterface::new("eni-00000001"));
    bench.aws.born("eni-00000001", leap_day());
}
