//! The kinds of resources that EC2 tags. The error codes of the oldest kinds follow no rule, so they are listed one by
//! one, as in EC2's list of error codes. Those of the other kinds follow a rule, whether or not that list has them.
//! Kinds that are not listed are those of the table of API calls.

use std::sync::LazyLock;

use autotag_api_calls::{ResourceKind, ec2};

use super::ids::Kind;

const fn kind(
    prefix: &'static str,
    resource_type: &'static str,
    noun: &'static str,
    not_found: &'static str,
    malformed: &'static str,
) -> Kind {
    Kind { prefix, resource_type, noun, not_found, malformed }
}

/// A kind whose error codes follow the rule, and whose messages use its name in `DescribeTags`.
macro_rules! regular {
    ($prefix:literal, $resource_type:literal, $code:literal) => {
        kind($prefix, $resource_type, $resource_type, concat!($code, ".NotFound"), concat!($code, ".Malformed"))
    };
}

/// The kinds that can be tagged. An id that only looks alike, such as `eni-attach-…`, has a prefix that is not here.
pub(super) static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let is_listed = |kind: &ResourceKind| LISTED.iter().any(|listed| listed.prefix == kind.prefix);
    let has_prefix = |kind: &&ResourceKind| !ec2::NO_PREFIX.contains(&kind.prefix);
    let created = ec2::CALLS.iter().flat_map(|call| call.kinds).filter(has_prefix);
    LISTED.into_iter().chain(created.filter(|kind| !is_listed(kind)).map(by_rule)).collect()
});

/// A kind of the table of API calls, by the name of the field with its id: `vpnConcentratorId`.
fn by_rule(kind: &ResourceKind) -> Kind {
    let name = kind.id().strip_suffix("Id").unwrap_or(kind.id());
    let mut resource_type = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            resource_type.push('-');
        }
        resource_type.push(letter.to_ascii_lowercase());
    }
    let resource_type: &str = resource_type.leak();
    let code = format!("Invalid{}{}Id", name[..1].to_uppercase(), &name[1..]);
    Kind {
        prefix: kind.prefix,
        resource_type,
        noun: resource_type,
        not_found: format!("{code}.NotFound").leak(),
        malformed: format!("{code}.Malformed").leak(),
    }
}

/// Those whose names follow no rule, or another one than that of the others.
const LISTED: [Kind; 81] = [
    kind("i", "instance", "instance ID", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"),
    kind("vol", "volume", "volume", "InvalidVolume.NotFound", "InvalidVolumeID.Malformed"),
    kind(
        "eni",
        "network-interface",
        "networkInterface ID",
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidNetworkInterfaceId.Malformed",
    ),
    kind("snap", "snapshot", "snapshot", "InvalidSnapshot.NotFound", "InvalidSnapshotID.Malformed"),
    kind("ami", "image", "image id", "InvalidAMIID.NotFound", "InvalidAMIID.Malformed"),
    kind("vpc", "vpc", "vpc ID", "InvalidVpcID.NotFound", "InvalidVpcID.Malformed"),
    kind("subnet", "subnet", "subnet ID", "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed"),
    kind("sg", "security-group", "security group", "InvalidGroup.NotFound", "InvalidGroupId.Malformed"),
    kind(
        "sgr",
        "security-group-rule",
        "security group rule ID",
        "InvalidSecurityGroupRuleId.NotFound",
        "InvalidSecurityGroupRuleId.Malformed",
    ),
    kind("rtb", "route-table", "routeTable ID", "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed"),
    kind("acl", "network-acl", "networkAcl ID", "InvalidNetworkAclID.NotFound", "InvalidNetworkAclId.Malformed"),
    kind(
        "igw",
        "internet-gateway",
        "internetGateway ID",
        "InvalidInternetGatewayID.NotFound",
        "InvalidInternetGatewayId.Malformed",
    ),
    kind(
        "eigw",
        "egress-only-internet-gateway",
        "egress only internet gateway ID",
        "InvalidGatewayID.NotFound",
        "InvalidID",
    ),
    kind("nat", "natgateway", "Nat Gateway", "NatGatewayNotFound", "NatGatewayMalformed"),
    kind("eipalloc", "elastic-ip", "allocation ID", "InvalidAllocationID.NotFound", "InvalidID"),
    kind("dopt", "dhcp-options", "dhcpOption ID", "InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsId.Malformed"),
    kind(
        "pcx",
        "vpc-peering-connection",
        "vpcPeeringConnection ID",
        "InvalidVpcPeeringConnectionID.NotFound",
        "InvalidVpcPeeringConnectionId.Malformed",
    ),
    kind("vpce", "vpc-endpoint", "Vpc Endpoint Id", "InvalidVpcEndpointId.NotFound", "InvalidVpcEndpointId.Malformed"),
    kind(
        "vpce-svc",
        "vpc-endpoint-service",
        "VpcEndpointService Id",
        "InvalidVpcEndpointServiceId.NotFound",
        "InvalidID",
    ),
    kind("cgw", "customer-gateway", "customerGateway ID", "InvalidCustomerGatewayID.NotFound", "InvalidID"),
    kind("vgw", "vpn-gateway", "vpnGateway ID", "InvalidVpnGatewayID.NotFound", "InvalidID"),
    kind("vpn", "vpn-connection", "vpnConnection ID", "InvalidVpnConnectionID.NotFound", "InvalidID"),
    kind(
        "tgw",
        "transit-gateway",
        "Transit Gateway",
        "InvalidTransitGatewayID.NotFound",
        "InvalidTransitGatewayID.Malformed",
    ),
    kind(
        "tgw-attach",
        "transit-gateway-attachment",
        "Transit Gateway Attachment",
        "InvalidTransitGatewayAttachmentID.NotFound",
        "InvalidTransitGatewayAttachmentID.Malformed",
    ),
    kind(
        "tgw-rtb",
        "transit-gateway-route-table",
        "Transit Gateway Route Table",
        "InvalidRouteTableID.NotFound",
        "InvalidRouteTableId.Malformed",
    ),
    kind("fl", "vpc-flow-log", "flow log", "InvalidFlowLogId.NotFound", "InvalidID"),
    kind("key", "key-pair", "key pair", "InvalidKeyPair.NotFound", "InvalidID"),
    kind(
        "lt",
        "launch-template",
        "launch template ID",
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.Malformed",
    ),
    kind("fleet", "fleet", "fleet ID", "InvalidFleetId.NotFound", "InvalidFleetId.Malformed"),
    kind("pl", "prefix-list", "prefix list ID", "InvalidPrefixListID.NotFound", "InvalidPrefixListId.Malformed"),
    kind("pg", "placement-group", "placement group", "InvalidPlacementGroup.Unknown", "InvalidID"),
    kind("h", "dedicated-host", "host ID", "InvalidHostID.NotFound", "InvalidHostID.Malformed"),
    kind(
        "cr",
        "capacity-reservation",
        "capacity reservation ID",
        "InvalidCapacityReservationId.NotFound",
        "InvalidCapacityReservationId.Malformed",
    ),
    kind(
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
