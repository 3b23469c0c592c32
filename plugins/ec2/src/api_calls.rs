//! Every API call of EC2 that creates something taggable, and where its response names it.
//!
//! A test derives the API calls from EC2's API model, and fails when a new one is missing here.

use autotag_plugin_sdk::{CloudTrailRecord, Failure, Related, find_by_name};
use serde::Deserialize;

/// One API call of EC2.
#[derive(Debug)]
pub struct ApiCall {
    /// Its name: `RunInstances`.
    pub name: &'static str,
    /// Where its response names what it created.
    pub ids: &'static [&'static str],
    /// What the host is to look up from that.
    pub related: Related,
    /// Whether it launches instances.
    pub is_launch: bool,
    /// Whether the instances that it launches carry the client token of its request, so that the host can look them up
    /// by it.
    pub is_found_by_token: bool,
    /// Where its response names what it created, unless a service acts for itself: then that existed before, and says
    /// for whom the service launches.
    pub unless_service: &'static [&'static str],
}

impl ApiCall {
    /// The API call of that name, if it is one that creates something.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        find_by_name(API_CALLS, |call| call.name, name)
    }

    /// What the host is to look up for a launch whose response CloudTrail has omitted; none if it has not, or if it is
    /// no launch that can be found by its client token.
    ///
    /// # Errors
    /// [`Failure::Malformed`] if the request has no client token, or is omitted, too.
    pub(crate) fn launched_by_token(&self, record: &CloudTrailRecord<'_>) -> Result<Option<Related>, Failure> {
        let Some(response) = record.omitted_response().filter(|_| self.is_found_by_token) else { return Ok(None) };
        if !record.request_strings(&["clientToken"])?.is_empty() {
            return Ok(Some(Related::LAUNCHED_INSTANCES | ATTACHED));
        }
        let name = self.name;
        Err(Failure::Malformed(match record.omitted_request() {
            Some(request) => {
                format!("{name}: {response}, and {request}, so there is no client token to look the instances up by")
            }
            None => format!("{name}: {response}, and the request has no client token to look the instances up by"),
        }))
    }

    /// The ids of what the API call created.
    pub(crate) fn created(&self, record: &CloudTrailRecord<'_>, is_by_service: bool) -> Result<Vec<String>, Failure> {
        let unless_service = if is_by_service { &[] } else { self.unless_service };
        record.created(&[self.ids, unless_service].concat()).map_err(|failure| {
            match (&failure, why_nothing_was_created(record)) {
                (Failure::Malformed(_), Some(reason)) => Failure::Skip(format!("{}: {reason}", self.name)),
                _ => failure,
            }
        })
    }
}

/// Why a sound response names nothing that was created, if it says so.
fn why_nothing_was_created(record: &CloudTrailRecord<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Response {
        #[serde(rename = "_return")]
        succeeded: bool,
    }
    // An API call for several resources can succeed as a whole, and create none of them.
    let reasons = record.response_strings(&["unsuccessful.error.message"]).unwrap_or_default();
    if let Some(reason) = reasons.first() {
        return Some(format!("nothing was created: {reason}"));
    }
    // In old records, some API calls say only that they succeeded, though what they created can be tagged.
    record
        .response()
        .is_ok_and(|response: Response| response.succeeded)
        .then(|| "the answer does not name what was created".into())
}

/// The response names all that is created.
const fn creation(name: &'static str, ids: &'static [&'static str]) -> ApiCall {
    ApiCall { name, ids, related: Related::empty(), is_launch: false, is_found_by_token: false, unless_service: &[] }
}

/// An image is made with snapshots that its response does not name.
const fn image(name: &'static str, ids: &'static [&'static str]) -> ApiCall {
    ApiCall { name, ids, related: Related::SNAPSHOTS, is_launch: false, is_found_by_token: false, unless_service: &[] }
}

/// Instances are made with volumes, and perhaps with interfaces, that the response does not name.
///
/// Only those of `RunInstances` carry its client token. A fleet launches with tokens of its own, and for scheduled
/// instances nothing is documented.
const fn launch(name: &'static str, ids: &'static [&'static str], related: Related) -> ApiCall {
    ApiCall { name, ids, related, is_launch: true, is_found_by_token: false, unless_service: &[] }
}

/// What is attached to instances, where the response names none of it.
const ATTACHED: Related = Related::VOLUMES.union(Related::NETWORK_INTERFACES);

/// All of them, sorted by name.
#[rustfmt::skip]
pub const API_CALLS: &[ApiCall] = &[
    creation("AllocateAddress", &["allocationId"]),
    creation("AllocateHosts", &["hostIdSet"]),
    creation("AllocateIpamPoolCidr", &["ipamPoolAllocation.ipamPoolAllocationId"]),
    creation("AssociateIpamResourceDiscovery", &["ipamResourceDiscoveryAssociation.ipamResourceDiscoveryAssociationId"]),
    creation("AuthorizeSecurityGroupEgress", &["securityGroupRuleSet.securityGroupRuleId"]),
    creation("AuthorizeSecurityGroupIngress", &["securityGroupRuleSet.securityGroupRuleId"]),
    creation("CopyFpgaImage", &["fpgaImageId"]),
    image("CopyImage", &["imageId"]),
    creation("CopySnapshot", &["snapshotId"]),
    creation("CopyVolumes", &["volumeSet.volumeId"]),
    creation("CreateApplicationStatusCheck", &["applicationStatusCheck.applicationStatusCheckId"]),
    creation("CreateCapacityManagerDataExport", &["capacityManagerDataExportId"]),
    creation("CreateCapacityReservation", &["capacityReservation.capacityReservationId"]),
    creation("CreateCapacityReservationBySplitting", &["destinationCapacityReservation.capacityReservationId"]),
    creation("CreateCapacityReservationCancellationQuote", &["capacityReservationCancellationQuote.capacityReservationCancellationQuoteId"]),
    creation("CreateCapacityReservationDateChangeQuote", &["capacityReservationModificationQuote.capacityReservationModificationQuoteId"]),
    creation("CreateCapacityReservationFleet", &["capacityReservationFleetId", "fleetCapacityReservationSet.capacityReservationId"]),
    creation("CreateCarrierGateway", &["carrierGateway.carrierGatewayId"]),
    creation("CreateClientVpnEndpoint", &["clientVpnEndpointId"]),
    creation("CreateCoipPool", &["coipPool.poolId"]),
    creation("CreateCustomerGateway", &["customerGateway.customerGatewayId"]),
    creation("CreateDefaultSubnet", &["subnet.subnetId"]),
    creation("CreateDefaultVpc", &["vpc.vpcId"]),
    creation("CreateDelegateMacVolumeOwnershipTask", &["macModificationTask.macModificationTaskId"]),
    creation("CreateDhcpOptions", &["dhcpOptions.dhcpOptionsId"]),
    creation("CreateEgressOnlyInternetGateway", &["egressOnlyInternetGateway.egressOnlyInternetGatewayId"]),
    launch("CreateFleet", &["fleetId", "fleetInstanceSet.instanceIds"], ATTACHED),
    creation("CreateFlowLogs", &["flowLogIdSet"]),
    creation("CreateFpgaImage", &["fpgaImageId"]),
    image("CreateImage", &["imageId"]),
    creation("CreateImageUsageReport", &["reportId"]),
    creation("CreateInstanceConnectEndpoint", &["instanceConnectEndpoint.instanceConnectEndpointId"]),
    creation("CreateInstanceEventWindow", &["instanceEventWindow.instanceEventWindowId"]),
    creation("CreateInstanceExportTask", &["exportTask.exportTaskId"]),
    creation("CreateInternetGateway", &["internetGateway.internetGatewayId"]),
    creation("CreateIpam", &["ipam.ipamId", "ipam.publicDefaultScopeId", "ipam.privateDefaultScopeId"]),
    creation("CreateIpamExternalResourceVerificationToken", &["ipamExternalResourceVerificationToken.ipamExternalResourceVerificationTokenId"]),
    creation("CreateIpamInternetRegistryAssociation", &["ipamInternetRegistryAssociation.ipamInternetRegistryAssociationId"]),
    creation("CreateIpamPolicy", &["ipamPolicy.ipamPolicyId"]),
    creation("CreateIpamPool", &["ipamPool.ipamPoolId"]),
    creation("CreateIpamPrefixListResolver", &["ipamPrefixListResolver.ipamPrefixListResolverId"]),
    creation("CreateIpamPrefixListResolverTarget", &["ipamPrefixListResolverTarget.ipamPrefixListResolverTargetId"]),
    creation("CreateIpamResourceDiscovery", &["ipamResourceDiscovery.ipamResourceDiscoveryId"]),
    creation("CreateIpamScope", &["ipamScope.ipamScopeId"]),
    creation("CreateKeyPair", &["keyPairId"]),
    creation("CreateLaunchTemplate", &["launchTemplate.launchTemplateId"]),
    creation("CreateLocalGatewayRouteTable", &["localGatewayRouteTable.localGatewayRouteTableId"]),
    creation("CreateLocalGatewayRouteTableVirtualInterfaceGroupAssociation", &["localGatewayRouteTableVirtualInterfaceGroupAssociation.localGatewayRouteTableVirtualInterfaceGroupAssociationId"]),
    creation("CreateLocalGatewayRouteTableVpcAssociation", &["localGatewayRouteTableVpcAssociation.localGatewayRouteTableVpcAssociationId"]),
    creation("CreateLocalGatewayVirtualInterface", &["localGatewayVirtualInterface.localGatewayVirtualInterfaceId"]),
    creation("CreateLocalGatewayVirtualInterfaceGroup", &["localGatewayVirtualInterfaceGroup.localGatewayVirtualInterfaceGroupId"]),
    creation("CreateMacSystemIntegrityProtectionModificationTask", &["macModificationTask.macModificationTaskId"]),
    creation("CreateManagedPrefixList", &["prefixList.prefixListId"]),
    creation("CreateNatGateway", &["natGateway.natGatewayId"]),
    creation("CreateNetworkAcl", &["networkAcl.networkAclId"]),
    creation("CreateNetworkInsightsAccessScope", &["networkInsightsAccessScope.networkInsightsAccessScopeId"]),
    creation("CreateNetworkInsightsPath", &["networkInsightsPath.networkInsightsPathId"]),
    creation("CreateNetworkInterface", &["networkInterface.networkInterfaceId"]),
    creation("CreatePlacementGroup", &["placementGroup.groupId"]),
    creation("CreatePublicIpv4Pool", &["poolId"]),
    creation("CreateReplaceRootVolumeTask", &["replaceRootVolumeTask.replaceRootVolumeTaskId"]),
    image("CreateRestoreImageTask", &["imageId"]),
    creation("CreateRouteServer", &["routeServer.routeServerId"]),
    creation("CreateRouteServerEndpoint", &["routeServerEndpoint.routeServerEndpointId"]),
    creation("CreateRouteServerPeer", &["routeServerPeer.routeServerPeerId"]),
    creation("CreateRouteTable", &["routeTable.routeTableId"]),
    creation("CreateSecondaryNetwork", &["secondaryNetwork.secondaryNetworkId"]),
    creation("CreateSecondarySubnet", &["secondarySubnet.secondarySubnetId"]),
    creation("CreateSecurityGroup", &["groupId"]),
    creation("CreateSnapshot", &["snapshotId"]),
    creation("CreateSnapshots", &["snapshotSet.snapshotId"]),
    creation("CreateSubnet", &["subnet.subnetId"]),
    creation("CreateSubnetCidrReservation", &["subnetCidrReservation.subnetCidrReservationId"]),
    creation("CreateTrafficMirrorFilter", &["trafficMirrorFilter.trafficMirrorFilterId"]),
    creation("CreateTrafficMirrorFilterRule", &["trafficMirrorFilterRule.trafficMirrorFilterRuleId"]),
    creation("CreateTrafficMirrorSession", &["trafficMirrorSession.trafficMirrorSessionId"]),
    creation("CreateTrafficMirrorTarget", &["trafficMirrorTarget.trafficMirrorTargetId"]),
    creation("CreateTransitGateway", &["transitGateway.transitGatewayId"]),
    creation("CreateTransitGatewayConnect", &["transitGatewayConnect.transitGatewayAttachmentId"]),
    creation("CreateTransitGatewayConnectPeer", &["transitGatewayConnectPeer.transitGatewayConnectPeerId"]),
    creation("CreateTransitGatewayMeteringPolicy", &["transitGatewayMeteringPolicy.transitGatewayMeteringPolicyId"]),
    creation("CreateTransitGatewayMulticastDomain", &["transitGatewayMulticastDomain.transitGatewayMulticastDomainId"]),
    creation("CreateTransitGatewayNetworkFunctionAttachment", &["transitGatewayNetworkFunctionAttachment.transitGatewayAttachmentId"]),
    creation("CreateTransitGatewayPeeringAttachment", &["transitGatewayPeeringAttachment.transitGatewayAttachmentId"]),
    creation("CreateTransitGatewayPolicyTable", &["transitGatewayPolicyTable.transitGatewayPolicyTableId"]),
    creation("CreateTransitGatewayRouteTable", &["transitGatewayRouteTable.transitGatewayRouteTableId"]),
    creation("CreateTransitGatewayRouteTableAnnouncement", &["transitGatewayRouteTableAnnouncement.transitGatewayRouteTableAnnouncementId"]),
    creation("CreateTransitGatewayVpcAttachment", &["transitGatewayVpcAttachment.transitGatewayAttachmentId"]),
    creation("CreateVerifiedAccessEndpoint", &["verifiedAccessEndpoint.verifiedAccessEndpointId"]),
    creation("CreateVerifiedAccessGroup", &["verifiedAccessGroup.verifiedAccessGroupId"]),
    creation("CreateVerifiedAccessInstance", &["verifiedAccessInstance.verifiedAccessInstanceId"]),
    creation("CreateVerifiedAccessTrustProvider", &["verifiedAccessTrustProvider.verifiedAccessTrustProviderId"]),
    creation("CreateVolume", &["volumeId"]),
    creation("CreateVpc", &["vpc.vpcId"]),
    creation("CreateVpcBlockPublicAccessExclusion", &["vpcBlockPublicAccessExclusion.exclusionId"]),
    creation("CreateVpcEncryptionControl", &["vpcEncryptionControl.vpcEncryptionControlId"]),
    creation("CreateVpcEndpoint", &["vpcEndpoint.vpcEndpointId"]),
    creation("CreateVpcEndpointServiceConfiguration", &["serviceConfiguration.serviceId"]),
    creation("CreateVpcPeeringConnection", &["vpcPeeringConnection.vpcPeeringConnectionId"]),
    creation("CreateVpnConcentrator", &["vpnConcentrator.vpnConcentratorId"]),
    creation("CreateVpnConnection", &["vpnConnection.vpnConnectionId"]),
    creation("CreateVpnGateway", &["vpnGateway.vpnGatewayId"]),
    creation("ExportImage", &["exportImageTaskId"]),
    creation("ImportImage", &["importTaskId"]),
    creation("ImportInstance", &["conversionTask.conversionTaskId"]),
    creation("ImportKeyPair", &["keyPairId"]),
    creation("ImportSnapshot", &["importTaskId"]),
    creation("ImportVolume", &["conversionTask.conversionTaskId"]),
    creation("PurchaseCapacityBlock", &["capacityReservation.capacityReservationId", "capacityBlockSet.capacityBlockId"]),
    creation("PurchaseHostReservation", &["purchase.hostReservationId"]),
    creation("PurchaseReservedInstancesOffering", &["reservedInstancesId"]),
    creation("RegisterImage", &["imageId"]),
    creation("RequestSpotFleet", &["spotFleetRequestId"]),
    creation("RequestSpotInstances", &["spotInstanceRequestSet.spotInstanceRequestId"]),
    // Never tagged, since the request always names the snapshot, which existed before the call: each of its events is
    // skipped, and the reason says so.
    creation("RestoreSnapshotFromRecycleBin", &["snapshotId"]),
    ApiCall { is_found_by_token: true, unless_service: &["instancesSet.spotInstanceRequestId"], ..launch("RunInstances", &["instancesSet.instanceId", "instancesSet.networkInterfaceSet.networkInterfaceId"], Related::VOLUMES) },
    launch("RunScheduledInstances", &["instanceIdSet"], ATTACHED),
    creation("StartDeclarativePoliciesReport", &["reportId"]),
    creation("StartNetworkInsightsAccessScopeAnalysis", &["networkInsightsAccessScopeAnalysis.networkInsightsAccessScopeAnalysisId"]),
    creation("StartNetworkInsightsAnalysis", &["networkInsightsAnalysis.networkInsightsAnalysisId"]),
];
