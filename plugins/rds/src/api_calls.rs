//! Every API call of RDS that creates something taggable, and where its record names it.
//!
//! A response is flat, `{"dBInstanceArn": …}`, except for those of proxies and of blue/green deployments. It names much
//! that existed before: subnet groups, roles, topics, the source of a copy. So a row names the one field that holds
//! what is new.

use autotag_plugin_sdk::arn::{ArnPaths, Scope};
use autotag_plugin_sdk::find_by_name;

/// One API call of RDS.
#[derive(Debug)]
pub struct ApiCall {
    /// Its name: `CreateDBInstance`.
    pub name: &'static str,
    /// Where its record names what it created.
    pub paths: ArnPaths,
}

impl ApiCall {
    /// The API call of that name, if it is one that creates something.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        find_by_name(API_CALLS, |call| call.name, name)
    }
}

type Paths = &'static [&'static str];

/// What the functions below start from: a name that is unique in a Region, and no paths.
const NOWHERE: ArnPaths =
    ArnPaths { arn: &[], scope: Scope::Region, resource_prefix: "", in_response: &[], in_request: &[] };

/// A resource whose name the caller chooses, so that its ARN can be put together from the response or from the request.
const fn named_by_caller(
    name: &'static str,
    arn: Paths,
    resource_prefix: &'static str,
    in_response: Paths,
    in_request: Paths,
) -> ApiCall {
    ApiCall { name, paths: ArnPaths { arn, resource_prefix, in_response, in_request, ..NOWHERE } }
}

/// A resource whose id RDS chooses, so that the request does not have it.
const fn named_by_rds(name: &'static str, arn: Paths, resource_prefix: &'static str, in_response: Paths) -> ApiCall {
    ApiCall { name, paths: ArnPaths { arn, resource_prefix, in_response, ..NOWHERE } }
}

/// A resource whose ARN holds more than the response has a field for, so that it cannot be put together.
const fn arn_only(name: &'static str, arn: Paths) -> ApiCall {
    ApiCall { name, paths: ArnPaths { arn, ..NOWHERE } }
}

/// All of them, sorted by name. `StartExportTask` is missing, since export tasks have no tags, and so is
/// `CreateBlueGreenDeployment`, whose response has the ARNs of what exists, but none of its own.
#[rustfmt::skip]
pub const API_CALLS: &[ApiCall] = &[
    named_by_caller("CopyDBClusterParameterGroup", &["dBClusterParameterGroupArn"], "cluster-pg:", &["dBClusterParameterGroupName"], &["targetDBClusterParameterGroupIdentifier"]),
    named_by_caller("CopyDBClusterSnapshot", &["dBClusterSnapshotArn"], "cluster-snapshot:", &["dBClusterSnapshotIdentifier"], &["targetDBClusterSnapshotIdentifier"]),
    named_by_caller("CopyDBParameterGroup", &["dBParameterGroupArn"], "pg:", &["dBParameterGroupName"], &["targetDBParameterGroupIdentifier"]),
    named_by_caller("CopyDBSnapshot", &["dBSnapshotArn"], "snapshot:", &["dBSnapshotIdentifier"], &["targetDBSnapshotIdentifier"]),
    named_by_caller("CopyOptionGroup", &["optionGroupArn"], "og:", &["optionGroupName"], &["targetOptionGroupIdentifier"]),
    arn_only("CreateCustomDBEngineVersion", &["dBEngineVersionArn"]),
    named_by_caller("CreateDBCluster", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    named_by_caller("CreateDBClusterEndpoint", &["dBClusterEndpointArn"], "cluster-endpoint:", &["dBClusterEndpointIdentifier"], &["dBClusterEndpointIdentifier"]),
    named_by_caller("CreateDBClusterParameterGroup", &["dBClusterParameterGroupArn"], "cluster-pg:", &["dBClusterParameterGroupName"], &["dBClusterParameterGroupName"]),
    named_by_caller("CreateDBClusterSnapshot", &["dBClusterSnapshotArn"], "cluster-snapshot:", &["dBClusterSnapshotIdentifier"], &["dBClusterSnapshotIdentifier"]),
    named_by_caller("CreateDBInstance", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    named_by_caller("CreateDBInstanceReadReplica", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    named_by_caller("CreateDBParameterGroup", &["dBParameterGroupArn"], "pg:", &["dBParameterGroupName"], &["dBParameterGroupName"]),
    arn_only("CreateDBProxy", &["dBProxy.dBProxyArn"]),
    arn_only("CreateDBProxyEndpoint", &["dBProxyEndpoint.dBProxyEndpointArn"]),
    named_by_caller("CreateDBSecurityGroup", &["dBSecurityGroupArn"], "secgrp:", &["dBSecurityGroupName"], &["dBSecurityGroupName"]),
    arn_only("CreateDBShardGroup", &["dBShardGroupArn"]),
    named_by_caller("CreateDBSnapshot", &["dBSnapshotArn"], "snapshot:", &["dBSnapshotIdentifier"], &["dBSnapshotIdentifier"]),
    named_by_caller("CreateDBSubnetGroup", &["dBSubnetGroupArn"], "subgrp:", &["dBSubnetGroupName"], &["dBSubnetGroupName"]),
    named_by_caller("CreateEventSubscription", &["eventSubscriptionArn"], "es:", &["custSubscriptionId"], &["subscriptionName"]),
    ApiCall {
        name: "CreateGlobalCluster",
        paths: ArnPaths {
            arn: &["globalClusterArn"],
            scope: Scope::Account,
            resource_prefix: "global-cluster:",
            in_response: &["globalClusterIdentifier"],
            in_request: &["globalClusterIdentifier"],
        },
    },
    arn_only("CreateIntegration", &["integrationArn"]),
    named_by_caller("CreateOptionGroup", &["optionGroupArn"], "og:", &["optionGroupName"], &["optionGroupName"]),
    named_by_rds("CreateTenantDatabase", &["tenantDatabaseARN"], "tenant-database:", &["tenantDatabaseResourceId"]),
    named_by_caller("PurchaseReservedDBInstancesOffering", &["reservedDBInstanceArn"], "ri:", &["reservedDBInstanceId"], &["reservedDBInstanceId"]),
    named_by_caller("RestoreDBClusterFromS3", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    named_by_caller("RestoreDBClusterFromSnapshot", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    named_by_caller("RestoreDBClusterToPointInTime", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    named_by_caller("RestoreDBInstanceFromDBSnapshot", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    named_by_caller("RestoreDBInstanceFromS3", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    named_by_caller("RestoreDBInstanceToPointInTime", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["targetDBInstanceIdentifier"]),
];
