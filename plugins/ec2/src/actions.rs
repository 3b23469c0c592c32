//! Every call of EC2 that creates something taggable, and where its answer names it.
//!
//! A test derives the calls from EC2's API model, and fails when a new one is missing here.

use autotag_plugin_sdk::{CloudTrailRecord, Failure, Related, by_name};
use serde::Deserialize;

/// One call of EC2.
#[derive(Debug)]
pub struct Action {
    /// Its name: `RunInstances`.
    pub name: &'static str,
    /// Where its answer names what it created.
    pub ids: &'static [&'static str],
    /// What the host is to look up from that.
    pub related: Related,
    /// Whether it launches instances.
    pub is_launch: bool,
}

impl Action {
    /// The call of that name, if it is one that creates something.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        by_name(ACTIONS, |action| action.name, name)
    }

    /// What the call created.
    pub(crate) fn created(&self, record: &CloudTrailRecord<'_>) -> Result<Vec<String>, Failure> {
        record.created(self.ids).map_err(|failure| match (&failure, says_nothing(record)) {
            (Failure::Malformed(_), Some(reason)) => Failure::Skip(format!("{}: {reason}", self.name)),
            _ => failure,
        })
    }
}

/// Why a sound answer names nothing that was created, if it says so.
fn says_nothing(record: &CloudTrailRecord<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Success {
        #[serde(rename = "_return")]
        is: bool,
    }
    // A call about several things can succeed as such, and create none of them.
    let reasons = record.answered(&["unsuccessful.error.code"]).unwrap_or_default();
    if let Some(code) = reasons.first() {
        return Some(format!("nothing was created: {code}"));
    }
    // Of old, some calls answered no more than that they succeeded, though what they created can be tagged.
    record
        .response()
        .is_ok_and(|success: Success| success.is)
        .then(|| "the answer does not name what was created".into())
}

const fn call(name: &'static str, ids: &'static [&'static str]) -> Action {
    Action { name, ids, related: Related::empty(), is_launch: false }
}

/// An image is made with snapshots that its answer does not name.
const fn image(name: &'static str, ids: &'static [&'static str]) -> Action {
    Action { name, ids, related: Related::SNAPSHOTS, is_launch: false }
}

/// Instances are made with volumes, and perhaps with interfaces, that the answer does not name.
const fn launch(name: &'static str, ids: &'static [&'static str], related: Related) -> Action {
    Action { name, ids, related, is_launch: true }
}

const ATTACHED: Related = Related::VOLUMES.union(Related::NETWORK_INTERFACES);

/// All of them, by name.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    call("AllocateAddress", &["allocationId"]),
    call("AllocateHosts", &["hostIdSet"]),
    call("AllocateIpamPoolCidr", &["ipamPoolAllocation.ipamPoolAllocationId"]),
    call("AssociateIpamResourceDiscovery", &["ipamResourceDiscoveryAssociation.ipamResourceDiscoveryAssociationId"]),
    call("AuthorizeSecurityGroupEgress", &["securityGroupRuleSet.securityGroupRuleId"]),
    call("AuthorizeSecurityGroupIngress", &["securityGroupRuleSet.securityGroupRuleId"]),
    image("CopyImage", &["imageId"]),
    call("CopySnapshot", &["snapshotId"]),
    call("CopyVolumes", &["volumeSet.volumeId"]),
    call("CreateApplicationStatusCheck", &["applicationStatusCheck.applicationStatusCheckId"]),
    call("CreateCapacityManagerDataExport", &["capacityManagerDataExportId"]),
    call("CreateCapacityReservation", &["capacityReservation.capacityReservationId"]),
    call("CreateCapacityReservationBySplitting", &["destinationCapacityReservation.capacityReservationId"]),
    call("CreateCapacityReservationCancellationQuote", &["capacityReservationCancellationQuote.capacityReservationCancellationQuoteId"]),
    call("CreateCapacityReservationDateChangeQuote", &["capacityReservationModificationQuote.capacityReservationModificationQuoteId"]),
    call("CreateCapacityReservationFleet", &["capacityReservationFleetId", "fleetCapacityReservationSet.capacityReservationId"]),
    call("CreateCarrierGateway", &["carrierGateway.carrierGatewayId"]),
    call("CreateClientVpnEndpoint", &["clientVpnEndpointId"]),
    call("CreateCoipPool", &["coipPool.poolId"]),
    call("CreateCustomerGateway", &["customerGateway.customerGatewayId"]),
    call("CreateDefaultSubnet", &["subnet.subnetId"]),
    call("CreateDefaultVpc", &["vpc.vpcId"]),
    call("CreateDelegateMacVolumeOwnershipTask", &["macModificationTask.macModificationTaskId"]),
    call("CreateDhcpOptions", &["dhcpOptions.dhcpOptionsId"]),
    call("CreateEgressOnlyInternetGateway", &["egressOnlyInternetGateway.egressOnlyInternetGatewayId"]),
    launch("CreateFleet", &["fleetId", "fleetInstanceSet.instanceIds"], ATTACHED),
    call("CreateFlowLogs", &["flowLogIdSet"]),
    call("CreateFpgaImage", &["fpgaImageId"]),
    image("CreateImage", &["imageId"]),
    call("CreateImageUsageReport", &["reportId"]),
    call("CreateInstanceConnectEndpoint", &["instanceConnectEndpoint.instanceConnectEndpointId"]),
    call("CreateInstanceEventWindow", &["instanceEventWindow.instanceEventWindowId"]),
    call("CreateInstanceExportTask", &["exportTask.exportTaskId"]),
    call("CreateInternetGateway", &["internetGateway.internetGatewayId"]),
    call("CreateIpam", &["ipam.ipamId", "ipam.publicDefaultScopeId", "ipam.privateDefaultScopeId"]),
    call("CreateIpamExternalResourceVerificationToken", &["ipamExternalResourceVerificationToken.ipamExternalResourceVerificationTokenId"]),
    call("CreateIpamInternetRegistryAssociation", &["ipamInternetRegistryAssociation.ipamInternetRegistryAssociationId"]),
    call("CreateIpamPolicy", &["ipamPolicy.ipamPolicyId"]),
    call("CreateIpamPool", &["ipamPool.ipamPoolId"]),
    call("CreateIpamPrefixListResolver", &["ipamPrefixListResolver.ipamPrefixListResolverId"]),
    call("CreateIpamPrefixListResolverTarget", &["ipamPrefixListResolverTarget.ipamPrefixListResolverTargetId"]),
    call("CreateIpamResourceDiscovery", &["ipamResourceDiscovery.ipamResourceDiscoveryId"]),
    call("CreateIpamScope", &["ipamScope.ipamScopeId"]),
    call("CreateKeyPair", &["keyPairId"]),
    call("CreateLaunchTemplate", &["launchTemplate.launchTemplateId"]),
    call("CreateLocalGatewayRouteTable", &["localGatewayRouteTable.localGatewayRouteTableId"]),
    call("CreateLocalGatewayRouteTableVirtualInterfaceGroupAssociation", &["localGatewayRouteTableVirtualInterfaceGroupAssociation.localGatewayRouteTableVirtualInterfaceGroupAssociationId"]),
    call("CreateLocalGatewayRouteTableVpcAssociation", &["localGatewayRouteTableVpcAssociation.localGatewayRouteTableVpcAssociationId"]),
    call("CreateLocalGatewayVirtualInterface", &["localGatewayVirtualInterface.localGatewayVirtualInterfaceId"]),
    call("CreateLocalGatewayVirtualInterfaceGroup", &["localGatewayVirtualInterfaceGroup.localGatewayVirtualInterfaceGroupId"]),
    call("CreateMacSystemIntegrityProtectionModificationTask", &["macModificationTask.macModificationTaskId"]),
    call("CreateManagedPrefixList", &["prefixList.prefixListId"]),
    call("CreateNatGateway", &["natGateway.natGatewayId"]),
    call("CreateNetworkAcl", &["networkAcl.networkAclId"]),
    call("CreateNetworkInsightsAccessScope", &["networkInsightsAccessScope.networkInsightsAccessScopeId"]),
    call("CreateNetworkInsightsPath", &["networkInsightsPath.networkInsightsPathId"]),
    call("CreateNetworkInterface", &["networkInterface.networkInterfaceId"]),
    call("CreatePlacementGroup", &["placementGroup.groupId"]),
    call("CreatePublicIpv4Pool", &["poolId"]),
    call("CreateReplaceRootVolumeTask", &["replaceRootVolumeTask.replaceRootVolumeTaskId"]),
    image("CreateRestoreImageTask", &["imageId"]),
    call("CreateRouteServer", &["routeServer.routeServerId"]),
    call("CreateRouteServerEndpoint", &["routeServerEndpoint.routeServerEndpointId"]),
    call("CreateRouteServerPeer", &["routeServerPeer.routeServerPeerId"]),
    call("CreateRouteTable", &["routeTable.routeTableId"]),
    call("CreateSecondaryNetwork", &["secondaryNetwork.secondaryNetworkId"]),
    call("CreateSecondarySubnet", &["secondarySubnet.secondarySubnetId"]),
    call("CreateSecurityGroup", &["groupId"]),
    call("CreateSnapshot", &["snapshotId"]),
    call("CreateSnapshots", &["snapshotSet.snapshotId"]),
    call("CreateSubnet", &["subnet.subnetId"]),
    call("CreateSubnetCidrReservation", &["subnetCidrReservation.subnetCidrReservationId"]),
    call("CreateTrafficMirrorFilter", &["trafficMirrorFilter.trafficMirrorFilterId"]),
    call("CreateTrafficMirrorFilterRule", &["trafficMirrorFilterRule.trafficMirrorFilterRuleId"]),
    call("CreateTrafficMirrorSession", &["trafficMirrorSession.trafficMirrorSessionId"]),
    call("CreateTrafficMirrorTarget", &["trafficMirrorTarget.trafficMirrorTargetId"]),
    call("CreateTransitGateway", &["transitGateway.transitGatewayId"]),
    call("CreateTransitGatewayConnect", &["transitGatewayConnect.transitGatewayAttachmentId"]),
    call("CreateTransitGatewayConnectPeer", &["transitGatewayConnectPeer.transitGatewayConnectPeerId"]),
    call("CreateTransitGatewayMeteringPolicy", &["transitGatewayMeteringPolicy.transitGatewayMeteringPolicyId"]),
    call("CreateTransitGatewayMulticastDomain", &["transitGatewayMulticastDomain.transitGatewayMulticastDomainId"]),
    call("CreateTransitGatewayPeeringAttachment", &["transitGatewayPeeringAttachment.transitGatewayAttachmentId"]),
    call("CreateTransitGatewayPolicyTable", &["transitGatewayPolicyTable.transitGatewayPolicyTableId"]),
    call("CreateTransitGatewayRouteTable", &["transitGatewayRouteTable.transitGatewayRouteTableId"]),
    call("CreateTransitGatewayRouteTableAnnouncement", &["transitGatewayRouteTableAnnouncement.transitGatewayRouteTableAnnouncementId"]),
    call("CreateTransitGatewayVpcAttachment", &["transitGatewayVpcAttachment.transitGatewayAttachmentId"]),
    call("CreateVerifiedAccessEndpoint", &["verifiedAccessEndpoint.verifiedAccessEndpointId"]),
    call("CreateVerifiedAccessGroup", &["verifiedAccessGroup.verifiedAccessGroupId"]),
    call("CreateVerifiedAccessInstance", &["verifiedAccessInstance.verifiedAccessInstanceId"]),
    call("CreateVerifiedAccessTrustProvider", &["verifiedAccessTrustProvider.verifiedAccessTrustProviderId"]),
    call("CreateVolume", &["volumeId"]),
    call("CreateVpc", &["vpc.vpcId"]),
    call("CreateVpcBlockPublicAccessExclusion", &["vpcBlockPublicAccessExclusion.exclusionId"]),
    call("CreateVpcEncryptionControl", &["vpcEncryptionControl.vpcEncryptionControlId"]),
    call("CreateVpcEndpoint", &["vpcEndpoint.vpcEndpointId"]),
    call("CreateVpcEndpointServiceConfiguration", &["serviceConfiguration.serviceId"]),
    call("CreateVpcPeeringConnection", &["vpcPeeringConnection.vpcPeeringConnectionId"]),
    call("CreateVpnConcentrator", &["vpnConcentrator.vpnConcentratorId"]),
    call("CreateVpnConnection", &["vpnConnection.vpnConnectionId"]),
    call("CreateVpnGateway", &["vpnGateway.vpnGatewayId"]),
    call("ExportImage", &["exportImageTaskId"]),
    call("ImportImage", &["importTaskId"]),
    call("ImportInstance", &["conversionTask.conversionTaskId"]),
    call("ImportKeyPair", &["keyPairId"]),
    call("ImportSnapshot", &["importTaskId"]),
    call("ImportVolume", &["conversionTask.conversionTaskId"]),
    call("PurchaseCapacityBlock", &["capacityReservation.capacityReservationId", "capacityBlockSet.capacityBlockId"]),
    call("PurchaseHostReservation", &["purchase.hostReservationId"]),
    call("PurchaseReservedInstancesOffering", &["reservedInstancesId"]),
    call("RegisterImage", &["imageId"]),
    call("RequestSpotFleet", &["spotFleetRequestId"]),
    call("RequestSpotInstances", &["spotInstanceRequestSet.spotInstanceRequestId"]),
    call("RestoreSnapshotFromRecycleBin", &["snapshotId"]),
    launch("RunInstances", &["instancesSet.instanceId", "instancesSet.networkInterfaceSet.networkInterfaceId"], Related::VOLUMES),
    launch("RunScheduledInstances", &["instanceIdSet"], ATTACHED),
    call("StartDeclarativePoliciesReport", &["reportId"]),
    call("StartNetworkInsightsAccessScopeAnalysis", &["networkInsightsAccessScopeAnalysis.networkInsightsAccessScopeAnalysisId"]),
    call("StartNetworkInsightsAnalysis", &["networkInsightsAnalysis.networkInsightsAnalysisId"]),
];
