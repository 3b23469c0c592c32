//! The Describe requests of further resource types. An API call that creates one can be repeated with the same
//! response, which has no time. Each Describe request shows at once what is there, which an index of tags does not. For
//! all other resource types, the index has to do.

use std::collections::HashMap;
use std::time::SystemTime;

use autotag_core::ownership::rule::Observed;
use autotag_core::resource::ResourceId;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{ClientVpnEndpoint, FlowLog, Host};

use super::{describe, filter, tags, time};
use crate::metrics::ServiceMetrics;
use crate::tagger::batcher::{Answers, Api, Batcher, all_ok};
use crate::tagger::classify::AwsError;
use crate::tagger::probe_one::{ProbeResults, probe_one};
use crate::tagger::rates::Rates;

/// Asks with a filter, which just finds less where an id is unknown.
macro_rules! by_filter {
    ($request:expr, $name:expr, $ids:ident) => {
        $request.filters(filter($name, &$ids))
    };
}

/// The same for the APIs that name their filters differently.
macro_rules! by_one_filter {
    ($request:expr, $name:expr, $ids:ident) => {
        $request.filter(filter($name, &$ids))
    };
}

/// Asks with a list, where there is no filter. One unknown id fails all of it.
macro_rules! by_list {
    ($request:expr, $set:ident, $ids:ident) => {
        $request.$set(Some($ids))
    };
}

macro_rules! fails_by_one {
    (by_list) => {
        true
    };
    ($by:ident) => {
        false
    };
}

macro_rules! in_pages {
    ($name:expr, $request:ident, |$answer:ident| $take:block) => {
        let mut pages = $request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let $answer = page.map_err(|error| AwsError::of($name, error))?;
            $take
        }
    };
}

macro_rules! at_once {
    ($name:expr, $request:ident, |$answer:ident| $take:block) => {
        let $answer = $request.send().await.map_err(|error| AwsError::of($name, error))?;
        $take
    };
}

/// The table of the resource types: a field's name, how the ids begin, AWS's name of the API, its method in the SDK,
/// how it is asked for ids, how it is sent, the list in the response, and how an item says its id and its creation
/// time.
macro_rules! resource_types {
    ($($field:ident: $prefix:literal, $api:ident, $call:ident, $by:ident($key:tt), $send:ident, $set:ident, $id:ident, $created:expr;)*) => {
        $(
            struct $api(Client);

            impl Api for $api {
                type Group = ();
                type Item = ResourceId;
                type Answer = Option<Observed>;

                const NAME: &'static str = stringify!($api);
                const ONE_BAD_FAILS_ALL: bool = fails_by_one!($by);

                async fn send(&self, (): &(), ids: &[ResourceId]) -> Result<Answers<Self>, AwsError> {
                    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                    let request = $by!(self.0.$call(), $key, ids);
                    let mut found = HashMap::new();
                    $send!(Self::NAME, request, |answer| {
                        for one in answer.$set() {
                            let Some(id) = one.$id().and_then(ResourceId::parse) else { continue };
                            let created: Option<SystemTime> = $created(one);
                            found.insert(id, Some(Observed::of(tags(one.tags())).created(created)));
                        }
                    });
                    Ok(all_ok(found))
                }
            }
        )*

        /// The further resource types in one account and Region.
        #[derive(Debug)]
        pub(in crate::tagger) struct ResourceTypes {
            $($field: Batcher<$api>,)*
        }

        /// How the ids of the further resource types begin.
        const PREFIXES: &[&str] = &[$($prefix),*];

        impl ResourceTypes {
            pub(super) fn start(client: &Client, rates: &Rates, metrics: &ServiceMetrics) -> Self {
                Self { $($field: describe($api(client.clone()), rates, metrics),)* }
            }

            /// What EC2 shows of each; none of one that it does not show.
            pub(in crate::tagger) async fn load(
                &self,
                ids: Vec<ResourceId>,
            ) -> Vec<(ResourceId, Result<Option<Observed>, AwsError>)> {
                let mut rest = ids;
                let mut take = |wanted: &str| rest.extract_if(.., |id| id.prefix() == Some(wanted)).collect();
                $(let $field: Vec<ResourceId> = take($prefix);)*
                let ($($field,)*) = tokio::join!($(self.$field.load((), $field)),*);
                [$($field),*].into_iter().flatten().collect()
            }

            /// Sends each request once, about what does not exist.
            pub(in crate::tagger) async fn probe_all(client: &Client, tried: &mut ProbeResults) {
                $(probe_one("ec2", &$api(client.clone()), &(), ResourceId::parse(concat!($prefix, "-00000000000000000")), tried).await;)*
            }
        }
    };
}

#[rustfmt::skip]
resource_types! {
    carrier_gateways: "cagw", DescribeCarrierGateways, describe_carrier_gateways, by_filter("carrier-gateway-id"), in_pages, carrier_gateways, carrier_gateway_id, |_| None;
    client_vpn_endpoints: "cvpn-endpoint", DescribeClientVpnEndpoints, describe_client_vpn_endpoints, by_filter("endpoint-id"), in_pages, client_vpn_endpoints, client_vpn_endpoint_id, |one: &ClientVpnEndpoint| one.creation_time().and_then(autotag_core::event::time::parse);
    customer_gateways: "cgw", DescribeCustomerGateways, describe_customer_gateways, by_filter("customer-gateway-id"), at_once, customer_gateways, customer_gateway_id, |_| None;
    egress_only_gateways: "eigw", DescribeEgressOnlyInternetGateways, describe_egress_only_internet_gateways, by_list(set_egress_only_internet_gateway_ids), in_pages, egress_only_internet_gateways, egress_only_internet_gateway_id, |_| None;
    flow_logs: "fl", DescribeFlowLogs, describe_flow_logs, by_one_filter("flow-log-id"), in_pages, flow_logs, flow_log_id, |one: &FlowLog| time(one.creation_time());
    hosts: "h", DescribeHosts, describe_hosts, by_list(set_host_ids), in_pages, hosts, host_id, |one: &Host| time(one.allocation_time());
    network_acls: "acl", DescribeNetworkAcls, describe_network_acls, by_filter("network-acl-id"), in_pages, network_acls, network_acl_id, |_| None;
    prefix_lists: "pl", DescribeManagedPrefixLists, describe_managed_prefix_lists, by_filter("prefix-list-id"), in_pages, prefix_lists, prefix_list_id, |_| None;
    route_tables: "rtb", DescribeRouteTables, describe_route_tables, by_filter("route-table-id"), in_pages, route_tables, route_table_id, |_| None;
    vpc_peering_connections: "pcx", DescribeVpcPeeringConnections, describe_vpc_peering_connections, by_filter("vpc-peering-connection-id"), in_pages, vpc_peering_connections, vpc_peering_connection_id, |_| None;
    vpn_connections: "vpn", DescribeVpnConnections, describe_vpn_connections, by_filter("vpn-connection-id"), at_once, vpn_connections, vpn_connection_id, |_| None;
}

impl ResourceTypes {
    /// Whether resources of this type are shown here.
    pub(in crate::tagger) fn shows(id: &ResourceId) -> bool {
        id.prefix().is_some_and(|prefix| PREFIXES.contains(&prefix))
    }
}
