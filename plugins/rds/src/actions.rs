//! Every call of RDS that creates something taggable, and where its record names it.
//!
//! An answer is flat, `{"dBInstanceArn": …}`, but for those of proxies and of blue/green deployments. It is full of what existed before:
//! subnet groups, roles, topics, the source of a copy. So a row names the one field that holds what is new.

use autotag_plugin_sdk::arn::{ArnPaths, Scope};
use autotag_plugin_sdk::by_name;

/// One call of RDS.
#[derive(Debug)]
pub struct Action {
    /// Its name: `CreateDBInstance`.
    pub name: &'static str,
    /// Where its record names what it created.
    pub paths: ArnPaths,
}

impl Action {
    /// The call of that name, if it is one that creates something.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        by_name(ACTIONS, |action| action.name, name)
    }
}

type Paths = &'static [&'static str];

/// A resource whose name the caller chooses, so that its ARN can be put together from the answer or from the request.
const fn chosen(
    name: &'static str,
    arn: Paths,
    resource_prefix: &'static str,
    in_response: Paths,
    in_request: Paths,
) -> Action {
    Action { name, paths: ArnPaths { arn, scope: Scope::Region, resource_prefix, in_response, in_request } }
}

/// A resource that RDS gives an id, of which the request knows nothing.
const fn given(name: &'static str, arn: Paths, resource_prefix: &'static str, in_response: Paths) -> Action {
    chosen(name, arn, resource_prefix, in_response, &[])
}

/// A resource whose ARN holds more than the answer has a field for: it is in the answer or nowhere.
const fn answered(name: &'static str, arn: Paths) -> Action {
    given(name, arn, "", &[])
}

/// All of them, by name. `StartExportTask` is missing, since export tasks have no tags.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    chosen("CopyDBClusterParameterGroup", &["dBClusterParameterGroupArn"], "cluster-pg:", &["dBClusterParameterGroupName"], &["targetDBClusterParameterGroupIdentifier"]),
    chosen("CopyDBClusterSnapshot", &["dBClusterSnapshotArn"], "cluster-snapshot:", &["dBClusterSnapshotIdentifier"], &["targetDBClusterSnapshotIdentifier"]),
    chosen("CopyDBParameterGroup", &["dBParameterGroupArn"], "pg:", &["dBParameterGroupName"], &["targetDBParameterGroupIdentifier"]),
    chosen("CopyDBSnapshot", &["dBSnapshotArn"], "snapshot:", &["dBSnapshotIdentifier"], &["targetDBSnapshotIdentifier"]),
    chosen("CopyOptionGroup", &["optionGroupArn"], "og:", &["optionGroupName"], &["targetOptionGroupIdentifier"]),
    // The answer has no ARN, but those of the two sides.
    given("CreateBlueGreenDeployment", &[], "deployment:", &["blueGreenDeployment.blueGreenDeploymentIdentifier"]),
    answered("CreateCustomDBEngineVersion", &["dBEngineVersionArn"]),
    chosen("CreateDBCluster", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    chosen("CreateDBClusterEndpoint", &["dBClusterEndpointArn"], "cluster-endpoint:", &["dBClusterEndpointIdentifier"], &["dBClusterEndpointIdentifier"]),
    chosen("CreateDBClusterParameterGroup", &["dBClusterParameterGroupArn"], "cluster-pg:", &["dBClusterParameterGroupName"], &["dBClusterParameterGroupName"]),
    chosen("CreateDBClusterSnapshot", &["dBClusterSnapshotArn"], "cluster-snapshot:", &["dBClusterSnapshotIdentifier"], &["dBClusterSnapshotIdentifier"]),
    chosen("CreateDBInstance", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    chosen("CreateDBInstanceReadReplica", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    chosen("CreateDBParameterGroup", &["dBParameterGroupArn"], "pg:", &["dBParameterGroupName"], &["dBParameterGroupName"]),
    answered("CreateDBProxy", &["dBProxy.dBProxyArn"]),
    answered("CreateDBProxyEndpoint", &["dBProxyEndpoint.dBProxyEndpointArn"]),
    chosen("CreateDBSecurityGroup", &["dBSecurityGroupArn"], "secgrp:", &["dBSecurityGroupName"], &["dBSecurityGroupName"]),
    answered("CreateDBShardGroup", &["dBShardGroupArn"]),
    chosen("CreateDBSnapshot", &["dBSnapshotArn"], "snapshot:", &["dBSnapshotIdentifier"], &["dBSnapshotIdentifier"]),
    chosen("CreateDBSubnetGroup", &["dBSubnetGroupArn"], "subgrp:", &["dBSubnetGroupName"], &["dBSubnetGroupName"]),
    chosen("CreateEventSubscription", &["eventSubscriptionArn"], "es:", &["custSubscriptionId"], &["subscriptionName"]),
    Action {
        name: "CreateGlobalCluster",
        paths: ArnPaths {
            arn: &["globalClusterArn"],
            scope: Scope::Account,
            resource_prefix: "global-cluster:",
            in_response: &["globalClusterIdentifier"],
            in_request: &["globalClusterIdentifier"],
        },
    },
    answered("CreateIntegration", &["integrationArn"]),
    chosen("CreateOptionGroup", &["optionGroupArn"], "og:", &["optionGroupName"], &["optionGroupName"]),
    given("CreateTenantDatabase", &["tenantDatabaseARN"], "tenant-database:", &["tenantDatabaseResourceId"]),
    chosen("PurchaseReservedDBInstancesOffering", &["reservedDBInstanceArn"], "ri:", &["reservedDBInstanceId"], &["reservedDBInstanceId"]),
    chosen("RestoreDBClusterFromS3", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    chosen("RestoreDBClusterFromSnapshot", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    chosen("RestoreDBClusterToPointInTime", &["dBClusterArn"], "cluster:", &["dBClusterIdentifier"], &["dBClusterIdentifier"]),
    chosen("RestoreDBInstanceFromDBSnapshot", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    chosen("RestoreDBInstanceFromS3", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["dBInstanceIdentifier"]),
    chosen("RestoreDBInstanceToPointInTime", &["dBInstanceArn"], "db:", &["dBInstanceIdentifier"], &["targetDBInstanceIdentifier"]),
    // `dBInstanceArn` is in the answer, too: the instance whose backups are replicated.
    answered("StartDBInstanceAutomatedBackupsReplication", &["dBInstanceAutomatedBackupsArn"]),
];
