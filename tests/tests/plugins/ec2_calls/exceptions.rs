//! API calls that seem to create something, and why the plugin leaves them out.

/// The API call, and why it is no row of the plugin's table.
pub const EXCEPTIONS: [(&str, &str); 16] = [
    (
        "AcceptAddressTransfer",
        "an address changes its account; it is not documented whether the allocation in the answer is the new one or that in the other account",
    ),
    ("AcceptTransitGatewayPeeringAttachment", "accepts what CreateTransitGatewayPeeringAttachment has created"),
    ("AcceptTransitGatewayVpcAttachment", "accepts what CreateTransitGatewayVpcAttachment has created"),
    ("AcceptVpcPeeringConnection", "accepts what CreateVpcPeeringConnection has created"),
    ("AssociateInstanceEventWindow", "gives a window that exists further instances"),
    ("AssociateTrunkInterface", "an association has tags in its answer, but is none of the types that can be tagged"),
    ("AttachVerifiedAccessTrustProvider", "both the provider and the instance exist"),
    (
        "CreateInterruptibleCapacityReservationAllocation",
        "answers with the id of the reservation that it takes from, alone",
    ),
    ("CreateLaunchTemplateVersion", "a version cannot be tagged; the tags in it are for what is launched by it"),
    (
        "CreateMetricCategory",
        "how the ids of metric categories begin is documented nowhere, so that the guard could not know one",
    ),
    (
        "CreateNetworkingFlexCostAllocationPolicy",
        "how the ids of these policies begin is documented nowhere, so that the guard could not know one",
    ),
    ("CreateReservedInstancesListing", "a listing cannot be tagged, and the instances that it offers exist"),
    ("EnableInstanceSqlHaStandbyDetections", "watches instances that exist"),
    ("EnableIpamInternetRegistryAssociation", "enables what CreateIpamInternetRegistryAssociation has created"),
    ("MoveCapacityReservationInstances", "moves capacity between two reservations that exist"),
    ("RestoreManagedPrefixListVersion", "a list that exists goes back to what it once was"),
];
