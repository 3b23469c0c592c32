//! The resource types that EC2 tags. The error codes of the oldest ones follow no rule, so they are listed one by one,
//! as in EC2's list of error codes. Those of the others follow a rule, whether or not that list has them. Resource
//! types that are not listed are those of the table of API calls.

use std::sync::LazyLock;

use autotag_api_calls::{ResourceKind, ec2};

use super::ids::ResourceType;

const fn resource_type(
    prefix: &'static str,
    name: &'static str,
    noun: &'static str,
    not_found: &'static str,
    malformed: &'static str,
) -> ResourceType {
    ResourceType { prefix, name, noun, not_found, malformed }
}

/// A resource type whose error codes follow the rule, and whose messages use its name in `DescribeTags`.
macro_rules! regular {
    ($prefix:literal, $name:literal, $code:literal) => {
        resource_type($prefix, $name, $name, concat!($code, ".NotFound"), concat!($code, ".Malformed"))
    };
}

/// The resource types that can be tagged. An id that only looks alike, such as `eni-attach-…`, has a prefix that is not
/// here.
pub(super) static RESOURCE_TYPES: LazyLock<Vec<ResourceType>> = LazyLock::new(|| {
    let is_listed = |kind: &ResourceKind| LISTED.iter().any(|listed| listed.prefix == kind.prefix);
    let has_prefix = |kind: &&ResourceKind| !ec2::NO_PREFIX.contains(&kind.prefix);
    let created = ec2::CALLS.iter().flat_map(|call| call.kinds).filter(has_prefix);
    LISTED.into_iter().chain(created.filter(|kind| !is_listed(kind)).map(by_rule)).collect()
});

/// A resource type of the table of API calls, by the name of the field with its id: `vpnConcentratorId`.
fn by_rule(kind: &ResourceKind) -> ResourceType {
    let field = kind.id().strip_suffix("Id").unwrap_or(kind.id());
    let mut name = String::new();
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    let name: &str = name.leak();
    let code = format!("Invalid{}{}Id", field[..1].to_uppercase(), &field[1..]);
    ResourceType {
        prefix: kind.prefix,
        name,
        noun: name,
        not_found: format!("{code}.NotFound").leak(),
        malformed: format!("{code}.Malformed").leak(),
    }
}

/// Those whose names follow no rule, or another one than that of the others.
const LISTED: [ResourceType; 81] = [
    resource_type("i", "instance", "instance ID", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"),
    resource_type("vol", "volume", "volume", "InvalidVolume.NotFound", "InvalidVolumeID.Malformed"),
    resource_type(
        "eni",
        "network-interface",
        "networkInterface ID",
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidNetworkInterfaceId.Malformed",
    ),
    resource_type("snap", "snapshot", "snapshot", "InvalidSnapshot.NotFound", "InvalidSnapshotID.Malformed"),
    resource_type("ami", "image", "image id", "InvalidAMIID.NotFound", "InvalidAMIID.Malformed"),
    resource_type("vpc", "vpc", "vpc ID", "InvalidVpcID.NotFound", "InvalidVpcID.Malformed"),
    resource_type("subnet", "subnet", "subnet ID", "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed"),
    resource_type("sg", "security-group", "security group", "InvalidGroup.NotFound", "InvalidGroupId.Malformed"),
    resource_type(
        "sgr",
        "security-group-rule",
        "security group rule ID",
        "InvalidSecurityGroupRuleId.NotFound",
        "InvalidSecurityGroupRuleId.Malformed",
    ),
    resource_type(
        "rtb",
        "route-table",
        "routeTable ID",
        "InvalidRouteTableID.NotFound",
        "InvalidRouteTableId.Malformed",
    ),
    resource_type(
        "acl",
        "network-acl",
        "networkAcl ID",
        "InvalidNetworkAclID.NotFound",
        "InvalidNetworkAclId.Malformed",
    ),
    resource_type(
        "igw",
        "internet-gateway",
        "internetGateway ID",
        "InvalidInternetGatewayID.NotFound",
        "InvalidInternetGatewayId.Malformed",
    ),
    resource_type(
        "eigw",
        "egress-only-internet-gateway",
        "egress only internet gateway ID",
        "InvalidGatewayID.NotFound",
        "InvalidID",
    ),
    resource_type("nat", "natgateway", "Nat Gateway", "NatGatewayNotFound", "NatGatewayMalformed"),
    resource_type("eipalloc", "elastic-ip", "allocation ID", "InvalidAllocationID.NotFound", "InvalidID"),
    resource_type(
        "dopt",
        "dhcp-options",
        "dhcpOption ID",
        "InvalidDhcpOptionID.NotFound",
        "InvalidDhcpOptionsId.Malformed",
    ),
    resource_type(
        "pcx",
        "vpc-peering-connection",
        "vpcPeeringConnection ID",
        "InvalidVpcPeeringConnectionID.NotFound",
        "InvalidVpcPeeringConnectionId.Malformed",
    ),
    resource_type(
        "vpce",
        "vpc-endpoint",
        "Vpc Endpoint Id",
        "InvalidVpcEndpointId.NotFound",
        "InvalidVpcEndpointId.Malformed",
    ),
    resource_type(
        "vpce-svc",
        "vpc-endpoint-service",
        "VpcEndpointService Id",
        "InvalidVpcEndpointServiceId.NotFound",
        "InvalidID",
    ),
    resource_type("cgw", "customer-gateway", "customerGateway ID", "InvalidCustomerGatewayID.NotFound", "InvalidID"),
    resource_type("vgw", "vpn-gateway", "vpnGateway ID", "InvalidVpnGatewayID.NotFound", "InvalidID"),
    resource_type("vpn", "vpn-connection", "vpnConnection ID", "InvalidVpnConnectionID.NotFound", "InvalidID"),
    resource_type(
        "tgw",
        "transit-gateway",
        "Transit Gateway",
        "InvalidTransitGatewayID.NotFound",
        "InvalidTransitGatewayID.Malformed",
    ),
    resource_type(
        "tgw-attach",
        "transit-gateway-attachment",
        "Transit Gateway Attachment",
        "InvalidTransitGatewayAttachmentID.NotFound",
        "InvalidTransitGatewayAttachmentID.Malformed",
    ),
    resource_type(
        "tgw-rtb",
        "transit-gateway-route-table",
        "Transit Gateway Route Table",
        "InvalidRouteTableID.NotFound",
        "InvalidRouteTableId.Malformed",
    ),
    resource_type("fl", "vpc-flow-log", "flow log", "InvalidFlowLogId.NotFound", "InvalidID"),
    resource_type("key", "key-pair", "key pair", "InvalidKeyPair.NotFound", "InvalidID"),
    resource_type(
        "lt",
        "launch-template",
        "launch template ID",
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.Malformed",
    ),
    resource_type("fleet", "fleet", "fleet ID", "InvalidFleetId.NotFound", "InvalidFleetId.Malformed"),
    resource_type(
        "pl",
        "prefix-list",
        "prefix list ID",
        "InvalidPrefixListID.NotFound",
        "InvalidPrefixListId.Malformed",
    ),
    resource_type("pg", "placement-group", "placement group", "InvalidPlacementGroup.Unknown", "InvalidID"),
    resource_type("h", "dedicated-host", "host ID", "InvalidHostID.NotFound", "InvalidHostID.Malformed"),
    resource_type(
        "cr",
        "capacity-reservation",
        "capacity reservation ID",
        "InvalidCapacityReservationId.NotFound",
        "InvalidCapacityReservationId.Malformed",
    ),
    resource_type(
        "sir",
        "spot-instances-request",
        "spot instance request ID",
        "InvalidSpotInstanceRequestID.NotFound",
        "InvalidSpotInstanceRequestID.Malformed",
    ),
    regular!("afi", "fpga-image", "InvalidFpgaImageID"),
    regular!("cagw", "carrier-gateway", "InvalidCarrierGatewayID"),
    regular!("crf", "capacity-reservation-fleet", "InvalidCapacityReservationFleetId"),
    regular!("cvpn-endpoint", "client-vpn-endpoint", "InvalidClientVpnEndpointId"),
    regular!("eice", "instance-connect-endpoint", "InvalidInstanceConnectEndpointId"),
    regular!("export-ami", "export-image-task", "InvalidExportTaskID"),
    regular!("export-i", "export-instance-task", "InvalidExportTaskID"),
    regular!("hr", "host-reservation", "InvalidHostReservationId"),
    regular!("iew", "instance-event-window", "InvalidInstanceEventWindowId"),
    regular!("import-ami", "import-image-task", "InvalidConversionTaskId"),
    regular!("import-i", "import-instance-task", "InvalidConversionTaskId"),
    regular!("import-snap", "import-snapshot-task", "InvalidConversionTaskId"),
    regular!("import-vol", "import-volume-task", "InvalidConversionTaskId"),
    regular!("ipam", "ipam", "InvalidIpamId"),
    regular!(
        "ipam-ext-res-ver-token",
        "ipam-external-resource-verification-token",
        "InvalidIpamExternalResourceVerificationTokenId"
    ),
    regular!("ipam-pool", "ipam-pool", "InvalidIpamPoolId"),
    regular!("ipam-res-disco", "ipam-resource-discovery", "InvalidIpamResourceDiscoveryId"),
    regular!(
        "ipam-res-disco-assoc",
        "ipam-resource-discovery-association",
        "InvalidIpamResourceDiscoveryAssociationId"
    ),
    regular!("ipam-scope", "ipam-scope", "InvalidIpamScopeId"),
    regular!("ipv4pool-coip", "coip-pool", "InvalidPoolID"),
    regular!("ipv4pool-ec2", "ipv4pool-ec2", "InvalidPublicIpv4PoolID"),
    regular!("ipv6pool-ec2", "ipv6pool-ec2", "InvalidPoolID"),
    regular!("lgw", "local-gateway", "InvalidLocalGatewayID"),
    regular!("lgw-rtb", "local-gateway-route-table", "InvalidLocalGatewayRouteTableID"),
    regular!("lgw-vif", "local-gateway-virtual-interface", "InvalidLocalGatewayVirtualInterfaceID"),
    regular!("lgw-vif-grp", "local-gateway-virtual-interface-group", "InvalidLocalGatewayVirtualInterfaceGroupID"),
    regular!(
        "lgw-vpc-assoc",
        "local-gateway-route-table-vpc-association",
        "InvalidLocalGatewayRouteTableVpcAssociationID"
    ),
    regular!("nia", "network-insights-analysis", "InvalidNetworkInsightsAnalysisId"),
    regular!("nip", "network-insights-path", "InvalidNetworkInsightsPathId"),
    regular!("nis", "network-insights-access-scope", "InvalidNetworkInsightsAccessScopeId"),
    regular!("nisa", "network-insights-access-scope-analysis", "InvalidNetworkInsightsAccessScopeAnalysisId"),
    regular!("replacevol", "replace-root-volume-task", "InvalidReplaceRootVolumeTaskId"),
    regular!("scr", "subnet-cidr-reservation", "InvalidSubnetCidrReservationID"),
    regular!("sfr", "spot-fleet-request", "InvalidSpotFleetRequestId"),
    regular!("tgw-connect-peer", "transit-gateway-connect-peer", "InvalidTransitGatewayConnectPeerID"),
    regular!("tgw-mcast-domain", "transit-gateway-multicast-domain", "InvalidTransitGatewayMulticastDomainId"),
    regular!("tgw-ptb", "transit-gateway-policy-table", "InvalidTransitGatewayPolicyTableId"),
    regular!(
        "tgw-rtb-announcement",
        "transit-gateway-route-table-announcement",
        "InvalidTransitGatewayRouteTableAnnouncementId"
    ),
    regular!("tmf", "traffic-mirror-filter", "InvalidTrafficMirrorFilterId"),
    regular!("tmfr", "traffic-mirror-filter-rule", "InvalidTrafficMirrorFilterRuleId"),
    regular!("tms", "traffic-mirror-session", "InvalidTrafficMirrorSessionId"),
    regular!("tmt", "traffic-mirror-target", "InvalidTrafficMirrorTargetId"),
    regular!("vae", "verified-access-endpoint", "InvalidVerifiedAccessEndpointId"),
    regular!("vagr", "verified-access-group", "InvalidVerifiedAccessGroupId"),
    regular!("vai", "verified-access-instance", "InvalidVerifiedAccessInstanceId"),
    regular!("vatp", "verified-access-trust-provider", "InvalidVerifiedAccessTrustProviderId"),
    regular!("vpcbpa-exclude", "vpc-block-public-access-exclusion", "InvalidVpcBlockPublicAccessExclusionId"),
];
