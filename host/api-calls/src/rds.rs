//! RDS's API calls. None of them takes a client token, and a name that is taken is an error. But a name can be taken
//! again once it is free.
//!
//! A response is flat, `{"dBInstanceArn": …}`, except for those of proxies and of blue/green deployments. It names much
//! that existed before: subnet groups, roles, topics, the source of a copy. So a row names the one field that holds
//! what is new.
//!
//! `StartExportTask` is missing, since export tasks have no tags, and so is `CreateBlueGreenDeployment`, whose response
//! has the ARNs of what exists, but none of its own.

use super::{ApiCall, FieldPaths, Naming, ResourceKind, kind};

/// RDS, as CloudTrail names it.
pub const EVENT_SOURCE: &str = "rds.amazonaws.com";

const fn creates(name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    super::creates(EVENT_SOURCE, name, kinds)
}

/// A resource whose name the caller chooses, so that its ARN can be put together from the response or from the request.
const fn named(prefix: &'static str, arn: FieldPaths, in_response: FieldPaths, in_request: FieldPaths) -> ResourceKind {
    let naming = Naming::Reusable { unique_id: None };
    ResourceKind { naming, name_in_response: in_response, name_in_request: in_request, ..kind(prefix, arn) }
}

/// The same, if its response has an id beside the name that is never reused.
const fn with_unique_id(
    prefix: &'static str,
    arn: FieldPaths,
    in_response: FieldPaths,
    in_request: FieldPaths,
    unique_id: &'static str,
) -> ResourceKind {
    let naming = Naming::Reusable { unique_id: Some(unique_id) };
    ResourceKind { naming, ..named(prefix, arn, in_response, in_request) }
}

/// A resource whose id RDS chooses, so that the request does not have it. Its ARN can be put together only if the
/// response has a field for all that the ARN holds.
const fn unique(prefix: &'static str, arn: FieldPaths, in_response: FieldPaths) -> ResourceKind {
    ResourceKind { name_in_response: in_response, ..kind(prefix, arn) }
}

/// All of them, sorted by name.
#[rustfmt::skip]
pub const CALLS: &[ApiCall] = &[
    creates("CopyDBClusterParameterGroup", &[named("cluster-pg:", &["dBClusterParameterGroupArn"], &["dBClusterParameterGroupName"], &["targetDBClusterParameterGroupIdentifier"])]),
    creates("CopyDBClusterSnapshot", &[named("cluster-snapshot:", &["dBClusterSnapshotArn"], &["dBClusterSnapshotIdentifier"], &["targetDBClusterSnapshotIdentifier"])]),
    creates("CopyDBParameterGroup", &[named("pg:", &["dBParameterGroupArn"], &["dBParameterGroupName"], &["targetDBParameterGroupIdentifier"])]),
    creates("CopyDBSnapshot", &[named("snapshot:", &["dBSnapshotArn"], &["dBSnapshotIdentifier"], &["targetDBSnapshotIdentifier"])]),
    creates("CopyOptionGroup", &[named("og:", &["optionGroupArn"], &["optionGroupName"], &["targetOptionGroupIdentifier"])]),
    creates("CreateCustomDBEngineVersion", &[unique("cev:", &["dBEngineVersionArn"], &[])]),
    creates("CreateDBCluster", &[with_unique_id("cluster:", &["dBClusterArn"], &["dBClusterIdentifier"], &["dBClusterIdentifier"], "dbClusterResourceId")]),
    creates("CreateDBClusterEndpoint", &[named("cluster-endpoint:", &["dBClusterEndpointArn"], &["dBClusterEndpointIdentifier"], &["dBClusterEndpointIdentifier"])]),
    creates("CreateDBClusterParameterGroup", &[named("cluster-pg:", &["dBClusterParameterGroupArn"], &["dBClusterParameterGroupName"], &["dBClusterParameterGroupName"])]),
    creates("CreateDBClusterSnapshot", &[named("cluster-snapshot:", &["dBClusterSnapshotArn"], &["dBClusterSnapshotIdentifier"], &["dBClusterSnapshotIdentifier"])]),
    creates("CreateDBInstance", &[with_unique_id("db:", &["dBInstanceArn"], &["dBInstanceIdentifier"], &["dBInstanceIdentifier"], "dbiResourceId")]),
    creates("CreateDBInstanceReadReplica", &[with_unique_id("db:", &["dBInstanceArn"], &["dBInstanceIdentifier"], &["dBInstanceIdentifier"], "dbiResourceId")]),
    creates("CreateDBParameterGroup", &[named("pg:", &["dBParameterGroupArn"], &["dBParameterGroupName"], &["dBParameterGroupName"])]),
    creates("CreateDBProxy", &[unique("db-proxy:", &["dBProxy.dBProxyArn"], &[])]),
    creates("CreateDBProxyEndpoint", &[unique("db-proxy-endpoint:", &["dBProxyEndpoint.dBProxyEndpointArn"], &[])]),
    creates("CreateDBSecurityGroup", &[named("secgrp:", &["dBSecurityGroupArn"], &["dBSecurityGroupName"], &["dBSecurityGroupName"])]),
    creates("CreateDBShardGroup", &[unique("shard-group:", &["dBShardGroupArn"], &[])]),
    creates("CreateDBSnapshot", &[named("snapshot:", &["dBSnapshotArn"], &["dBSnapshotIdentifier"], &["dBSnapshotIdentifier"])]),
    creates("CreateDBSubnetGroup", &[named("subgrp:", &["dBSubnetGroupArn"], &["dBSubnetGroupName"], &["dBSubnetGroupName"])]),
    creates("CreateEventSubscription", &[named("es:", &["eventSubscriptionArn"], &["custSubscriptionId"], &["subscriptionName"])]),
    creates("CreateGlobalCluster", &[with_unique_id("global-cluster:", &["globalClusterArn"], &["globalClusterIdentifier"], &["globalClusterIdentifier"], "globalClusterResourceId")]),
    creates("CreateIntegration", &[unique("integration:", &["integrationArn"], &[])]),
    creates("CreateOptionGroup", &[named("og:", &["optionGroupArn"], &["optionGroupName"], &["optionGroupName"])]),
    creates("CreateTenantDatabase", &[unique("tenant-database:", &["tenantDatabaseARN"], &["tenantDatabaseResourceId"])]),
    creates("PurchaseReservedDBInstancesOffering", &[named("ri:", &["reservedDBInstanceArn"], &["reservedDBInstanceId"], &["reservedDBInstanceId"])]),
    creates("RestoreDBClusterFromS3", &[with_unique_id("cluster:", &["dBClusterArn"], &["dBClusterIdentifier"], &["dBClusterIdentifier"], "dbClusterResourceId")]),
    creates("RestoreDBClusterFromSnapshot", &[with_unique_id("cluster:", &["dBClusterArn"], &["dBClusterIdentifier"], &["dBClusterIdentifier"], "dbClusterResourceId")]),
    creates("RestoreDBClusterToPointInTime", &[with_unique_id("cluster:", &["dBClusterArn"], &["dBClusterIdentifier"], &["dBClusterIdentifier"], "dbClusterResourceId")]),
    creates("RestoreDBInstanceFromDBSnapshot", &[with_unique_id("db:", &["dBInstanceArn"], &["dBInstanceIdentifier"], &["dBInstanceIdentifier"], "dbiResourceId")]),
    creates("RestoreDBInstanceFromS3", &[with_unique_id("db:", &["dBInstanceArn"], &["dBInstanceIdentifier"], &["dBInstanceIdentifier"], "dbiResourceId")]),
    creates("RestoreDBInstanceToPointInTime", &[with_unique_id("db:", &["dBInstanceArn"], &["dBInstanceIdentifier"], &["targetDBInstanceIdentifier"], "dbiResourceId")]),
];
