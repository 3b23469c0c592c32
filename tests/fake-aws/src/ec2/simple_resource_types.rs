//! The Describe actions of the resource types of which the fake models only an id, a time of creation, a state and
//! tags: a table, and one handler for all of them.

use std::ops::RangeInclusive;

use super::super::reply::ApiError;
use super::super::world::Region;
use super::super::xml::{Xml, timestamp};
use super::describe::{reply, select};
use super::model::{Detail, Other};
use super::query::Query;
use super::render::tag_set;

/// One resource type, and the action that describes it. The fake leaves out what AWS shows of it beyond these fields.
pub(super) struct SimpleResourceType {
    action: &'static str,
    /// The prefix of its ids, without the hyphen.
    prefix: &'static str,
    /// The parameter that lists ids.
    ids: &'static str,
    /// The element of the answer that lists the results.
    set: &'static str,
    id: &'static str,
    created: Created,
    /// The nested elements that hold the state, and a new resource's state.
    state: Option<(&'static [&'static str], &'static str)>,
    /// `tag:` stands for all filters with that prefix.
    pub(super) filters: &'static [&'static str],
    /// The page sizes that a request may ask for; `None` if the action has no pagination.
    page: Option<RangeInclusive<usize>>,
    dry_run: bool,
}

/// The element that says when a resource was created.
enum Created {
    Time(&'static str),
    /// A time without fractions and without a time zone: it is UTC.
    Text(&'static str),
    /// EC2 shows no time of creation.
    Untold,
}

const TAGS: [&str; 2] = ["tag-key", "tag:"];

/// The values that most of them share.
const USUAL: SimpleResourceType = SimpleResourceType {
    action: "",
    prefix: "",
    ids: "",
    set: "",
    id: "",
    created: Created::Untold,
    state: None,
    filters: &TAGS,
    page: Some(5..=1_000),
    dry_run: true,
};

/// Names, ranges and filters are those of EC2's API reference. Where it has no filter by tags or by the resource type's
/// own id, neither has the fake.
static SIMPLE_RESOURCE_TYPES: [SimpleResourceType; 12] = [
    SimpleResourceType {
        action: "DescribeCarrierGateways",
        prefix: "cagw",
        ids: "CarrierGatewayId",
        set: "carrierGatewaySet",
        id: "carrierGatewayId",
        state: Some((&["state"], "available")),
        filters: &["carrier-gateway-id", "state", TAGS[0], TAGS[1]],
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeClientVpnEndpoints",
        prefix: "cvpn-endpoint",
        ids: "ClientVpnEndpointId",
        set: "clientVpnEndpoint",
        id: "clientVpnEndpointId",
        created: Created::Text("creationTime"),
        state: Some((&["status", "code"], "pending-associate")),
        filters: &["endpoint-id"],
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeCustomerGateways",
        prefix: "cgw",
        ids: "CustomerGatewayId",
        set: "customerGatewaySet",
        id: "customerGatewayId",
        state: Some((&["state"], "available")),
        filters: &["customer-gateway-id", "state", TAGS[0], TAGS[1]],
        page: None,
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeEgressOnlyInternetGateways",
        prefix: "eigw",
        ids: "EgressOnlyInternetGatewayId",
        set: "egressOnlyInternetGatewaySet",
        id: "egressOnlyInternetGatewayId",
        page: Some(5..=255),
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeFleets",
        prefix: "fleet",
        ids: "FleetId",
        set: "fleetSet",
        id: "fleetId",
        created: Created::Time("createTime"),
        state: Some((&["fleetState"], "active")),
        filters: &["fleet-state", "type"],
        page: Some(1..=1_000),
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeFlowLogs",
        prefix: "fl",
        ids: "FlowLogId",
        set: "flowLogSet",
        id: "flowLogId",
        created: Created::Time("creationTime"),
        state: Some((&["flowLogStatus"], "ACTIVE")),
        filters: &["flow-log-id", TAGS[0], TAGS[1]],
        page: Some(1..=1_000),
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeHosts",
        prefix: "h",
        ids: "HostId",
        set: "hostSet",
        id: "hostId",
        created: Created::Time("allocationTime"),
        state: Some((&["state"], "available")),
        filters: &["state", TAGS[0]],
        page: Some(5..=500),
        dry_run: false,
    },
    SimpleResourceType {
        action: "DescribeManagedPrefixLists",
        prefix: "pl",
        ids: "PrefixListId",
        set: "prefixListSet",
        id: "prefixListId",
        state: Some((&["state"], "create-complete")),
        filters: &["prefix-list-id"],
        page: Some(1..=100),
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeNetworkAcls",
        prefix: "acl",
        ids: "NetworkAclId",
        set: "networkAclSet",
        id: "networkAclId",
        filters: &["network-acl-id", TAGS[0], TAGS[1]],
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeRouteTables",
        prefix: "rtb",
        ids: "RouteTableId",
        set: "routeTableSet",
        id: "routeTableId",
        filters: &["route-table-id", TAGS[0], TAGS[1]],
        page: Some(5..=100),
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeVpcPeeringConnections",
        prefix: "pcx",
        ids: "VpcPeeringConnectionId",
        set: "vpcPeeringConnectionSet",
        id: "vpcPeeringConnectionId",
        state: Some((&["status", "code"], "active")),
        filters: &["vpc-peering-connection-id", "status-code", TAGS[0], TAGS[1]],
        ..USUAL
    },
    SimpleResourceType {
        action: "DescribeVpnConnections",
        prefix: "vpn",
        ids: "VpnConnectionId",
        set: "vpnConnectionSet",
        id: "vpnConnectionId",
        state: Some((&["state"], "available")),
        filters: &["vpn-connection-id", "state", TAGS[0], TAGS[1]],
        page: None,
        ..USUAL
    },
];

pub(super) fn of_action(action: &str) -> Option<&'static SimpleResourceType> {
    SIMPLE_RESOURCE_TYPES.iter().find(|resource_type| resource_type.action == action)
}

pub(super) fn of_prefix(prefix: &str) -> Option<&'static SimpleResourceType> {
    SIMPLE_RESOURCE_TYPES.iter().find(|resource_type| resource_type.prefix == prefix)
}

/// The state of a new resource of a type, if a request shows one.
pub(super) fn first_state(prefix: &str) -> Option<&'static str> {
    of_prefix(prefix)?.state.map(|(_, state)| state)
}

pub(super) fn describe(region: &Region, query: &Query, resource_type: &SimpleResourceType) -> Result<String, ApiError> {
    let mut allowed = vec![resource_type.ids, "Filter"];
    if resource_type.page.is_some() {
        allowed.extend(["MaxResults", "NextToken"]);
    }
    if resource_type.dry_run {
        allowed.push("DryRun");
    }
    query.allow(&allowed)?;
    let page = select(
        region,
        query,
        resource_type.prefix,
        resource_type.ids,
        resource_type.page.clone().unwrap_or(5..=1_000),
    )?;
    Ok(reply(page, resource_type.set, |xml, (id, resource)| {
        xml.text(resource_type.id, id);
        if let Detail::Other(other) = &resource.detail {
            render(xml, resource_type, other);
        }
        tag_set(xml, &resource.tags);
    }))
}

fn render(xml: &mut Xml, resource_type: &SimpleResourceType, other: &Other) {
    match resource_type.created {
        Created::Time(name) => xml.time(name, other.created),
        // Such as `2019-07-08T11:37:27`.
        Created::Text(name) => xml.text(name, timestamp(other.created).split('.').next().unwrap_or_default()),
        Created::Untold => xml,
    };
    if let (Some((path, _)), Some(state)) = (resource_type.state, &other.state) {
        nested(xml, path, state);
    }
    if let Some(fleet_type) = &other.fleet_type {
        xml.text("type", fleet_type);
    }
}

fn nested(xml: &mut Xml, path: &[&str], text: &str) {
    match path {
        [] => xml,
        [name] => xml.text(name, text),
        [name, inner @ ..] => xml.element(name, |xml| nested(xml, inner, text)),
    };
}
