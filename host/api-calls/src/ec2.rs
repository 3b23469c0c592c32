//! EC2's API calls.
//!
//! Which responses have a creation time, and which API calls are idempotent, is from EC2's API model and its
//! documentation; what recordings confirm is `recorded`. An API call without a time proves nothing by itself if its
//! request has a client token.
//!
//! Prefixes are as AWS's examples and recorded responses write them. `cb`, `cmde`, `crmq`, `report` and
//! `tgw-rtb-announcement` are guesses: no example was found.
//!
//! A test derives the API calls from EC2's API model, and fails when a new one is missing here.

use super::{ApiCall, Companions, Evidence, FieldPaths, ResourceKind, kind, modelled, recorded, with_state};

/// EC2, as CloudTrail names it.
pub const EVENT_SOURCE: &str = "ec2.amazonaws.com";

/// In place of the prefix, for ids that are a UUID and nothing else.
pub const UUID: &str = "(a UUID)";

/// In place of the prefix, for what existed before the API call: no id is of that kind.
const EXISTED: &str = "(existed before)";

/// What stands in place of a prefix.
pub const NO_PREFIX: [&str; 2] = [UUID, EXISTED];

const fn creates(name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    super::creates(EVENT_SOURCE, name, kinds)
}

const fn idempotent(name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    super::idempotent(EVENT_SOURCE, name, kinds)
}

/// An image. It is made with snapshots that the response does not name.
const fn image(paths: FieldPaths) -> ResourceKind {
    ResourceKind { companions: Companions::Snapshots, ..kind("ami", paths) }
}

/// Instances whose response names neither their volumes nor their interfaces.
const fn instances(paths: FieldPaths) -> ResourceKind {
    ResourceKind { companions: Companions::VolumesAndInterfaces, ..kind("i", paths) }
}

/// What the API call returns and has not created.
const fn existed(paths: FieldPaths) -> ResourceKind {
    kind(EXISTED, paths)
}

/// An instance that is launched. Its response names the network interfaces, but no volume.
const INSTANCE: ResourceKind = ResourceKind {
    evidence: Evidence::Launch,
    companions: Companions::Volumes,
    ..kind("i", &["instancesSet.instanceId"])
};

/// A network interface that is launched with an instance.
const INTERFACE: ResourceKind = ResourceKind {
    evidence: Evidence::InterfaceOfLaunch,
    ..kind("eni", &["instancesSet.networkInterfaceSet.networkInterfaceId"])
};

/// The Spot request by which a launch got its instances.
const SPOT_REQUEST: ResourceKind =
    ResourceKind { evidence: Evidence::WithLaunch, ..kind("sir", &["instancesSet.spotInstanceRequestId"]) };

/// All of them, sorted by name.
#[rustfmt::skip]
pub const CALLS: &[ApiCall] = &[
    creates("AllocateAddress", &[kind("eipalloc", &["allocationId"])]),
    creates("AllocateHosts", &[kind("h", &["hostIdSet"])]),
    creates("AllocateIpamPoolCidr", &[kind("ipam-pool-alloc", &["ipamPoolAllocation.ipamPoolAllocationId"])]),
    creates("AssociateIpamResourceDiscovery", &[kind("ipam-res-disco-assoc", &["ipamResourceDiscoveryAssociation.ipamResourceDiscoveryAssociationId"])]),
    creates("AuthorizeSecurityGroupEgress", &[kind("sgr", &["securityGroupRuleSet.securityGroupRuleId"])]),
    creates("AuthorizeSecurityGroupIngress", &[kind("sgr", &["securityGroupRuleSet.securityGroupRuleId"])]),
    creates("CopyFpgaImage", &[kind("afi", &["fpgaImageId"])]),
    creates("CopyImage", &[image(&["imageId"])]),
    creates("CopySnapshot", &[kind("snap", &["snapshotId"])]),
    creates("CopyVolumes", &[modelled("vol", &["volumeSet.volumeId"], "createTime")]),
    creates("CreateApplicationStatusCheck", &[modelled("asc", &["applicationStatusCheck.applicationStatusCheckId"], "creationTime")]),
    creates("CreateCapacityManagerDataExport", &[kind("cmde", &["capacityManagerDataExportId"])]),
    creates("CreateCapacityReservation", &[recorded("cr", &["capacityReservation.capacityReservationId"], "createDate")]),
    creates("CreateCapacityReservationBySplitting", &[modelled("cr", &["destinationCapacityReservation.capacityReservationId"], "createDate")]),
    creates("CreateCapacityReservationCancellationQuote", &[modelled("crcq", &["capacityReservationCancellationQuote.capacityReservationCancellationQuoteId"], "createTime")]),
    creates("CreateCapacityReservationDateChangeQuote", &[modelled("crmq", &["capacityReservationModificationQuote.capacityReservationModificationQuoteId"], "createTime")]),
    creates("CreateCapacityReservationFleet", &[modelled("crf", &["capacityReservationFleetId"], "createTime"), modelled("cr", &["fleetCapacityReservationSet.capacityReservationId"], "createDate")]),
    creates("CreateCarrierGateway", &[kind("cagw", &["carrierGateway.carrierGatewayId"])]),
    creates("CreateClientVpnEndpoint", &[kind("cvpn-endpoint", &["clientVpnEndpointId"])]),
    creates("CreateCoipPool", &[kind("ipv4pool-coip", &["coipPool.poolId"])]),
    idempotent("CreateCustomerGateway", &[kind("cgw", &["customerGateway.customerGatewayId"])]),
    creates("CreateDefaultSubnet", &[kind("subnet", &["subnet.subnetId"])]),
    creates("CreateDefaultVpc", &[kind("vpc", &["vpc.vpcId"])]),
    creates("CreateDelegateMacVolumeOwnershipTask", &[modelled("macmodification", &["macModificationTask.macModificationTaskId"], "startTime")]),
    creates("CreateDhcpOptions", &[kind("dopt", &["dhcpOptions.dhcpOptionsId"])]),
    creates("CreateEgressOnlyInternetGateway", &[kind("eigw", &["egressOnlyInternetGateway.egressOnlyInternetGatewayId"])]),
    creates("CreateFleet", &[kind("fleet", &["fleetId"]), instances(&["fleetInstanceSet.instanceIds"])]),
    creates("CreateFlowLogs", &[kind("fl", &["flowLogIdSet"])]),
    creates("CreateFpgaImage", &[kind("afi", &["fpgaImageId"])]),
    creates("CreateImage", &[image(&["imageId"])]),
    creates("CreateImageUsageReport", &[kind("amiur", &["reportId"])]),
    creates("CreateInstanceConnectEndpoint", &[modelled("eice", &["instanceConnectEndpoint.instanceConnectEndpointId"], "createdAt")]),
    creates("CreateInstanceEventWindow", &[kind("iew", &["instanceEventWindow.instanceEventWindowId"])]),
    creates("CreateInstanceExportTask", &[kind("export-i", &["exportTask.exportTaskId"])]),
    creates("CreateInternetGateway", &[kind("igw", &["internetGateway.internetGatewayId"])]),
    creates("CreateIpam", &[kind("ipam", &["ipam.ipamId"]), kind("ipam-scope", &["ipam.publicDefaultScopeId", "ipam.privateDefaultScopeId"])]),
    creates("CreateIpamExternalResourceVerificationToken", &[kind("ipam-ext-res-ver-token", &["ipamExternalResourceVerificationToken.ipamExternalResourceVerificationTokenId"])]),
    creates("CreateIpamInternetRegistryAssociation", &[kind("ipam-internet-registry-assoc", &["ipamInternetRegistryAssociation.ipamInternetRegistryAssociationId"])]),
    creates("CreateIpamPolicy", &[kind("ipam-policy", &["ipamPolicy.ipamPolicyId"])]),
    creates("CreateIpamPool", &[kind("ipam-pool", &["ipamPool.ipamPoolId"])]),
    creates("CreateIpamPrefixListResolver", &[kind("ipam-plr", &["ipamPrefixListResolver.ipamPrefixListResolverId"])]),
    creates("CreateIpamPrefixListResolverTarget", &[kind("ipam-plrt", &["ipamPrefixListResolverTarget.ipamPrefixListResolverTargetId"])]),
    creates("CreateIpamResourceDiscovery", &[kind("ipam-res-disco", &["ipamResourceDiscovery.ipamResourceDiscoveryId"])]),
    creates("CreateIpamScope", &[kind("ipam-scope", &["ipamScope.ipamScopeId"])]),
    creates("CreateKeyPair", &[kind("key", &["keyPairId"])]),
    creates("CreateLaunchTemplate", &[recorded("lt", &["launchTemplate.launchTemplateId"], "createTime")]),
    creates("CreateLocalGatewayRouteTable", &[kind("lgw-rtb", &["localGatewayRouteTable.localGatewayRouteTableId"])]),
    creates("CreateLocalGatewayRouteTableVirtualInterfaceGroupAssociation", &[kind("lgw-vif-grp-assoc", &["localGatewayRouteTableVirtualInterfaceGroupAssociation.localGatewayRouteTableVirtualInterfaceGroupAssociationId"])]),
    creates("CreateLocalGatewayRouteTableVpcAssociation", &[kind("lgw-vpc-assoc", &["localGatewayRouteTableVpcAssociation.localGatewayRouteTableVpcAssociationId"])]),
    creates("CreateLocalGatewayVirtualInterface", &[kind("lgw-vif", &["localGatewayVirtualInterface.localGatewayVirtualInterfaceId"])]),
    creates("CreateLocalGatewayVirtualInterfaceGroup", &[kind("lgw-vif-grp", &["localGatewayVirtualInterfaceGroup.localGatewayVirtualInterfaceGroupId"])]),
    creates("CreateMacSystemIntegrityProtectionModificationTask", &[modelled("macmodification", &["macModificationTask.macModificationTaskId"], "startTime")]),
    creates("CreateManagedPrefixList", &[kind("pl", &["prefixList.prefixListId"])]),
    creates("CreateNatGateway", &[recorded("nat", &["natGateway.natGatewayId"], "createTime")]),
    creates("CreateNetworkAcl", &[kind("acl", &["networkAcl.networkAclId"])]),
    creates("CreateNetworkInsightsAccessScope", &[modelled("nis", &["networkInsightsAccessScope.networkInsightsAccessScopeId"], "createdDate")]),
    creates("CreateNetworkInsightsPath", &[modelled("nip", &["networkInsightsPath.networkInsightsPathId"], "createdDate")]),
    creates("CreateNetworkInterface", &[kind("eni", &["networkInterface.networkInterfaceId"])]),
    creates("CreatePlacementGroup", &[kind("pg", &["placementGroup.groupId"])]),
    creates("CreatePublicIpv4Pool", &[kind("ipv4pool-ec2", &["poolId"])]),
    creates("CreateReplaceRootVolumeTask", &[modelled("replacevol", &["replaceRootVolumeTask.replaceRootVolumeTaskId"], "startTime")]),
    creates("CreateRestoreImageTask", &[image(&["imageId"])]),
    creates("CreateRouteServer", &[kind("rs", &["routeServer.routeServerId"])]),
    creates("CreateRouteServerEndpoint", &[kind("rse", &["routeServerEndpoint.routeServerEndpointId"])]),
    creates("CreateRouteServerPeer", &[kind("rsp", &["routeServerPeer.routeServerPeerId"])]),
    creates("CreateRouteTable", &[kind("rtb", &["routeTable.routeTableId"])]),
    creates("CreateSecondaryNetwork", &[kind("sn", &["secondaryNetwork.secondaryNetworkId"])]),
    creates("CreateSecondarySubnet", &[kind("ss", &["secondarySubnet.secondarySubnetId"])]),
    creates("CreateSecurityGroup", &[kind("sg", &["groupId"])]),
    creates("CreateSnapshot", &[recorded("snap", &["snapshotId"], "startTime")]),
    creates("CreateSnapshots", &[recorded("snap", &["snapshotSet.snapshotId"], "startTime")]),
    creates("CreateSubnet", &[kind("subnet", &["subnet.subnetId"])]),
    creates("CreateSubnetCidrReservation", &[kind("scr", &["subnetCidrReservation.subnetCidrReservationId"])]),
    creates("CreateTrafficMirrorFilter", &[kind("tmf", &["trafficMirrorFilter.trafficMirrorFilterId"])]),
    creates("CreateTrafficMirrorFilterRule", &[kind("tmfr", &["trafficMirrorFilterRule.trafficMirrorFilterRuleId"])]),
    creates("CreateTrafficMirrorSession", &[kind("tms", &["trafficMirrorSession.trafficMirrorSessionId"])]),
    creates("CreateTrafficMirrorTarget", &[kind("tmt", &["trafficMirrorTarget.trafficMirrorTargetId"])]),
    creates("CreateTransitGateway", &[recorded("tgw", &["transitGateway.transitGatewayId"], "creationTime")]),
    creates("CreateTransitGatewayConnect", &[modelled("tgw-attach", &["transitGatewayConnect.transitGatewayAttachmentId"], "creationTime")]),
    creates("CreateTransitGatewayConnectPeer", &[modelled("tgw-connect-peer", &["transitGatewayConnectPeer.transitGatewayConnectPeerId"], "creationTime")]),
    creates("CreateTransitGatewayMeteringPolicy", &[kind("tgw-mp", &["transitGatewayMeteringPolicy.transitGatewayMeteringPolicyId"])]),
    creates("CreateTransitGatewayMulticastDomain", &[modelled("tgw-mcast-domain", &["transitGatewayMulticastDomain.transitGatewayMulticastDomainId"], "creationTime")]),
    creates("CreateTransitGatewayNetworkFunctionAttachment", &[modelled("tgw-attach", &["transitGatewayNetworkFunctionAttachment.transitGatewayAttachmentId"], "creationTime")]),
    creates("CreateTransitGatewayPeeringAttachment", &[modelled("tgw-attach", &["transitGatewayPeeringAttachment.transitGatewayAttachmentId"], "creationTime")]),
    creates("CreateTransitGatewayPolicyTable", &[modelled("tgw-ptb", &["transitGatewayPolicyTable.transitGatewayPolicyTableId"], "creationTime")]),
    creates("CreateTransitGatewayRouteTable", &[modelled("tgw-rtb", &["transitGatewayRouteTable.transitGatewayRouteTableId"], "creationTime")]),
    creates("CreateTransitGatewayRouteTableAnnouncement", &[modelled("tgw-rtb-announcement", &["transitGatewayRouteTableAnnouncement.transitGatewayRouteTableAnnouncementId"], "creationTime")]),
    creates("CreateTransitGatewayVpcAttachment", &[modelled("tgw-attach", &["transitGatewayVpcAttachment.transitGatewayAttachmentId"], "creationTime")]),
    creates("CreateVerifiedAccessEndpoint", &[modelled("vae", &["verifiedAccessEndpoint.verifiedAccessEndpointId"], "creationTime")]),
    creates("CreateVerifiedAccessGroup", &[modelled("vagr", &["verifiedAccessGroup.verifiedAccessGroupId"], "creationTime")]),
    creates("CreateVerifiedAccessInstance", &[modelled("vai", &["verifiedAccessInstance.verifiedAccessInstanceId"], "creationTime")]),
    creates("CreateVerifiedAccessTrustProvider", &[modelled("vatp", &["verifiedAccessTrustProvider.verifiedAccessTrustProviderId"], "creationTime")]),
    creates("CreateVolume", &[recorded("vol", &["volumeId"], "createTime")]),
    creates("CreateVpc", &[kind("vpc", &["vpc.vpcId"])]),
    creates("CreateVpcBlockPublicAccessExclusion", &[modelled("vpcbpa-exclude", &["vpcBlockPublicAccessExclusion.exclusionId"], "creationTimestamp")]),
    creates("CreateVpcEncryptionControl", &[kind("vpcec", &["vpcEncryptionControl.vpcEncryptionControlId"])]),
    creates("CreateVpcEndpoint", &[recorded("vpce", &["vpcEndpoint.vpcEndpointId"], "creationTimestamp")]),
    creates("CreateVpcEndpointServiceConfiguration", &[kind("vpce-svc", &["serviceConfiguration.serviceId"])]),
    idempotent("CreateVpcPeeringConnection", &[kind("pcx", &["vpcPeeringConnection.vpcPeeringConnectionId"])]),
    creates("CreateVpnConcentrator", &[kind("vcn", &["vpnConcentrator.vpnConcentratorId"])]),
    idempotent("CreateVpnConnection", &[with_state("vpn", &["vpnConnection.vpnConnectionId"], "state", "pending")]),
    creates("CreateVpnGateway", &[kind("vgw", &["vpnGateway.vpnGatewayId"])]),
    creates("ExportImage", &[kind("export-ami", &["exportImageTaskId"])]),
    creates("ImportImage", &[kind("import-ami", &["importTaskId"])]),
    creates("ImportInstance", &[kind("import-i", &["conversionTask.conversionTaskId"])]),
    creates("ImportKeyPair", &[kind("key", &["keyPairId"])]),
    creates("ImportSnapshot", &[kind("import-snap", &["importTaskId"])]),
    creates("ImportVolume", &[kind("import-vol", &["conversionTask.conversionTaskId"])]),
    creates("PurchaseCapacityBlock", &[modelled("cr", &["capacityReservation.capacityReservationId"], "createDate"), modelled("cb", &["capacityBlockSet.capacityBlockId"], "createDate")]),
    creates("PurchaseHostReservation", &[kind("hr", &["purchase.hostReservationId"])]),
    creates("PurchaseReservedInstancesOffering", &[kind(UUID, &["reservedInstancesId"])]),
    creates("RegisterImage", &[kind("ami", &["imageId"])]),
    creates("RequestSpotFleet", &[kind("sfr", &["spotFleetRequestId"])]),
    creates("RequestSpotInstances", &[modelled("sir", &["spotInstanceRequestSet.spotInstanceRequestId"], "createTime")]),
    // Never tagged, since the request always names the snapshot, which existed before the API call: each of its events
    // is skipped, and the reason says so.
    creates("RestoreSnapshotFromRecycleBin", &[existed(&["snapshotId"])]),
    creates("RunInstances", &[INSTANCE, INTERFACE, SPOT_REQUEST]),
    creates("RunScheduledInstances", &[instances(&["instanceIdSet"])]),
    creates("StartDeclarativePoliciesReport", &[kind("report", &["reportId"])]),
    creates("StartNetworkInsightsAccessScopeAnalysis", &[modelled("nisa", &["networkInsightsAccessScopeAnalysis.networkInsightsAccessScopeAnalysisId"], "startDate")]),
    creates("StartNetworkInsightsAnalysis", &[modelled("nia", &["networkInsightsAnalysis.networkInsightsAnalysisId"], "startDate")]),
];
