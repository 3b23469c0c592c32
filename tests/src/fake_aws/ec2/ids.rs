//! Resource ids: which kind each is, and with which codes EC2 refuses it. The codes follow no rule, so they stand here
//! one by one, as EC2's list of error codes has them.

use super::super::reply::ApiError;

/// What EC2 calls one kind of resource.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Kind {
    /// Of its ids, without the hyphen.
    pub prefix: &'static str,
    /// As `DescribeTags` names it.
    pub resource_type: &'static str,
    /// As error messages name it.
    noun: &'static str,
    not_found: &'static str,
    malformed: &'static str,
}

const fn kind(
    prefix: &'static str,
    resource_type: &'static str,
    noun: &'static str,
    not_found: &'static str,
    malformed: &'static str,
) -> Kind {
    Kind { prefix, resource_type, noun, not_found, malformed }
}

/// The kinds that can be tagged. Ids that only look alike, such as `eni-attach-…`, have prefixes that are not here.
const KINDS: [Kind; 34] = [
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
];

impl Kind {
    /// The kind of a well-formed id.
    ///
    /// # Errors
    ///
    /// `InvalidID` for an unknown prefix, else the kind's own code for what is not 8 or 17 lower-case hexadecimal digits
    /// after it (a UUID for a fleet).
    pub fn of(id: &str) -> Result<&'static Self, ApiError> {
        let begins = |kind: &&Kind| id.strip_prefix(kind.prefix).is_some_and(|rest| rest.starts_with('-'));
        let invalid = || ApiError::new(400, "InvalidID", format!("The ID '{id}' is not valid"));
        // The longest prefix: `tgw-attach-…` is no `tgw-…`.
        let kind = KINDS.iter().filter(begins).max_by_key(|kind| kind.prefix.len()).ok_or_else(invalid)?;
        let rest = id.get(kind.prefix.len() + 1..).unwrap_or_default();
        let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if kind.prefix == "fleet" && is_uuid(rest) || matches!(rest.len(), 8 | 17) && hex(rest) {
            return Ok(kind);
        }
        if rest.split_once('-').is_some_and(|(word, _)| !word.is_empty() && !hex(word)) {
            // Another thing's longer prefix, as in `eni-attach-…`.
            return Err(invalid());
        }
        Err(kind.malformed_error(id))
    }

    pub fn malformed_error(&self, id: &str) -> ApiError {
        let message = format!("Invalid id: \"{id}\" (expecting \"{}-...\")", self.prefix);
        ApiError::new(400, self.malformed, message)
    }

    /// The error for unknown ids of this kind, which names them all.
    pub fn not_found_error(&self, ids: &[&str]) -> ApiError {
        let quoted = if self.prefix == "ami" { format!("[{}]", ids.join(", ")) } else { ids.join(", ") };
        let (plural, does) = if ids.len() == 1 { ("", "does") } else { ("s", "do") };
        let message = format!("The {}{plural} '{quoted}' {does} not exist", self.noun);
        ApiError::new(400, self.not_found, message)
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let fits =
        |(part, length): (&&str, usize)| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.len() == lengths.len() && parts.iter().zip(lengths).all(fits)
}
