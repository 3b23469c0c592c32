//! The Describe calls of further kinds, whose creating calls answer the same once more and without a time. Each shows what is there at
//! once, which an index of tags does not. For all other kinds, the index has to do.

use std::collections::HashMap;

use aws_sdk_ec2::Client;

use super::{describe, filter, tags, time};
use crate::config::Rates;
use crate::ownership::rule::Shown;
use crate::resource::ResourceId;
use crate::tagger::classify::Failure;
use crate::tagger::coalesce::{Answers, Api, Coalescer, all_sound};
use crate::telemetry::Meter;

/// One Describe call: its name in Rust, AWS's name, its call in the SDK, how it is asked for ids, what it answers, and how that says its id
/// and its creation time.
macro_rules! describe_kind {
    ($api:ident, $name:literal, $call:ident, $ask:ident($key:expr), $send:ident, $set:ident, $id:ident, $created:expr) => {
        pub(in crate::tagger) struct $api(pub(super) Client);

        impl Api for $api {
            type Group = ();
            type Item = ResourceId;
            type Answer = Option<Shown>;

            const NAME: &'static str = $name;

            async fn call(&self, (): &(), ids: &[ResourceId]) -> Result<Answers<Self>, Failure> {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                let request = $ask!(self.0.$call(), $key, ids);
                let mut found = HashMap::new();
                $send!(Self::NAME, request, |answer| {
                    for one in answer.$set() {
                        let Some(id) = one.$id().and_then(ResourceId::parse) else { continue };
                        let created: Option<std::time::SystemTime> = $created(one);
                        let tags = tags(one.tags());
                        found.insert(id, Some(Shown { created, time_proves: true, unique_id: None, tags }));
                    }
                });
                Ok(all_sound(found))
            }
        }
    };
}

/// By a filter, which just finds less where an id is unknown.
macro_rules! by_filter {
    ($request:expr, $name:expr, $ids:ident) => {
        $request.filters(filter($name, &$ids))
    };
}

/// The same for the calls whose filters go by another name in the API.
macro_rules! by_one_filter {
    ($request:expr, $name:expr, $ids:ident) => {
        $request.filter(filter($name, &$ids))
    };
}

macro_rules! in_pages {
    ($name:expr, $request:ident, |$answer:ident| $take:block) => {
        let mut pages = $request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let $answer = page.map_err(|error| Failure::of($name, error))?;
            $take
        }
    };
}

macro_rules! at_once {
    ($name:expr, $request:ident, |$answer:ident| $take:block) => {
        let $answer = $request.send().await.map_err(|error| Failure::of($name, error))?;
        $take
    };
}

#[rustfmt::skip]
describe_kind!(DescribeCarrierGateways, "DescribeCarrierGateways", describe_carrier_gateways, by_filter("carrier-gateway-id"), in_pages, carrier_gateways, carrier_gateway_id, |_| None);
#[rustfmt::skip]
describe_kind!(DescribeClientVpnEndpoints, "DescribeClientVpnEndpoints", describe_client_vpn_endpoints, by_filter("endpoint-id"), in_pages, client_vpn_endpoints, client_vpn_endpoint_id, |one: &aws_sdk_ec2::types::ClientVpnEndpoint| one.creation_time().and_then(crate::event::time::parse));
#[rustfmt::skip]
describe_kind!(DescribeCustomerGateways, "DescribeCustomerGateways", describe_customer_gateways, by_filter("customer-gateway-id"), at_once, customer_gateways, customer_gateway_id, |_| None);
#[rustfmt::skip]
describe_kind!(DescribeFlowLogs, "DescribeFlowLogs", describe_flow_logs, by_one_filter("flow-log-id"), in_pages, flow_logs, flow_log_id, |one: &aws_sdk_ec2::types::FlowLog| time(one.creation_time()));
#[rustfmt::skip]
describe_kind!(DescribeManagedPrefixLists, "DescribeManagedPrefixLists", describe_managed_prefix_lists, by_filter("prefix-list-id"), in_pages, prefix_lists, prefix_list_id, |_| None);
#[rustfmt::skip]
describe_kind!(DescribeNetworkAcls, "DescribeNetworkAcls", describe_network_acls, by_filter("network-acl-id"), in_pages, network_acls, network_acl_id, |_| None);
#[rustfmt::skip]
describe_kind!(DescribeRouteTables, "DescribeRouteTables", describe_route_tables, by_filter("route-table-id"), in_pages, route_tables, route_table_id, |_| None);
#[rustfmt::skip]
describe_kind!(DescribeVpcPeeringConnections, "DescribeVpcPeeringConnections", describe_vpc_peering_connections, by_filter("vpc-peering-connection-id"), in_pages, vpc_peering_connections, vpc_peering_connection_id, |_| None);
#[rustfmt::skip]
describe_kind!(DescribeVpnConnections, "DescribeVpnConnections", describe_vpn_connections, by_filter("vpn-connection-id"), at_once, vpn_connections, vpn_connection_id, |_| None);

/// The further kinds in one account and Region.
#[derive(Debug)]
pub(in crate::tagger) struct Kinds {
    carrier_gateways: Coalescer<DescribeCarrierGateways>,
    client_vpn_endpoints: Coalescer<DescribeClientVpnEndpoints>,
    customer_gateways: Coalescer<DescribeCustomerGateways>,
    flow_logs: Coalescer<DescribeFlowLogs>,
    prefix_lists: Coalescer<DescribeManagedPrefixLists>,
    network_acls: Coalescer<DescribeNetworkAcls>,
    route_tables: Coalescer<DescribeRouteTables>,
    vpc_peering_connections: Coalescer<DescribeVpcPeeringConnections>,
    vpn_connections: Coalescer<DescribeVpnConnections>,
}

/// How the ids of the further kinds begin.
const PREFIXES: [&str; 9] = ["acl", "cagw", "cgw", "cvpn-endpoint", "fl", "pcx", "pl", "rtb", "vpn"];

impl Kinds {
    pub(super) fn start(client: &Client, rates: &Rates, meter: &Meter) -> Self {
        Self {
            carrier_gateways: describe(DescribeCarrierGateways(client.clone()), rates, meter),
            client_vpn_endpoints: describe(DescribeClientVpnEndpoints(client.clone()), rates, meter),
            customer_gateways: describe(DescribeCustomerGateways(client.clone()), rates, meter),
            flow_logs: describe(DescribeFlowLogs(client.clone()), rates, meter),
            prefix_lists: describe(DescribeManagedPrefixLists(client.clone()), rates, meter),
            network_acls: describe(DescribeNetworkAcls(client.clone()), rates, meter),
            route_tables: describe(DescribeRouteTables(client.clone()), rates, meter),
            vpc_peering_connections: describe(DescribeVpcPeeringConnections(client.clone()), rates, meter),
            vpn_connections: describe(DescribeVpnConnections(client.clone()), rates, meter),
        }
    }

    /// Whether resources of this kind are shown here.
    pub(in crate::tagger) fn shows(id: &ResourceId) -> bool {
        id.prefix().is_some_and(|prefix| PREFIXES.contains(&prefix))
    }

    /// What EC2 shows of each; none of one that it does not show.
    pub(in crate::tagger) async fn ask(
        &self,
        ids: Vec<ResourceId>,
    ) -> Vec<(ResourceId, Result<Option<Shown>, Failure>)> {
        let mut rest = ids;
        let mut take = |wanted: &str| rest.extract_if(.., |id| id.prefix() == Some(wanted)).collect::<Vec<_>>();
        let (acls, cagws, cgws, cvpns, fls, pcxs, pls, rtbs, vpns) = (
            take("acl"),
            take("cagw"),
            take("cgw"),
            take("cvpn-endpoint"),
            take("fl"),
            take("pcx"),
            take("pl"),
            take("rtb"),
            take("vpn"),
        );
        let (acls, cagws, cgws, cvpns, fls, pcxs, pls, rtbs, vpns) = tokio::join!(
            self.network_acls.ask((), acls),
            self.carrier_gateways.ask((), cagws),
            self.customer_gateways.ask((), cgws),
            self.client_vpn_endpoints.ask((), cvpns),
            self.flow_logs.ask((), fls),
            self.vpc_peering_connections.ask((), pcxs),
            self.prefix_lists.ask((), pls),
            self.route_tables.ask((), rtbs),
            self.vpn_connections.ask((), vpns),
        );
        [acls, cagws, cgws, cvpns, fls, pcxs, pls, rtbs, vpns].into_iter().flatten().collect()
    }
}
