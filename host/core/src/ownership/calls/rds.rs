//! RDS's API calls. None of them takes a client token, and a name that is taken is an error. But a name can be taken
//! again once it is free.

use super::{ApiCall, RDS, ResourceKind, named, unique, with_unique_id};

const fn creates(name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    super::creates(RDS, name, kinds)
}

/// All of them, by name.
#[rustfmt::skip]
pub(super) const CALLS: &[ApiCall] = &[
    creates("CopyDBClusterParameterGroup", &[named("cluster-pg:")]),
    creates("CopyDBClusterSnapshot", &[named("cluster-snapshot:")]),
    creates("CopyDBParameterGroup", &[named("pg:")]),
    creates("CopyDBSnapshot", &[named("snapshot:")]),
    creates("CopyOptionGroup", &[named("og:")]),
    creates("CreateCustomDBEngineVersion", &[unique("cev:")]),
    creates("CreateDBCluster", &[with_unique_id("cluster:", "dbClusterResourceId")]),
    creates("CreateDBClusterEndpoint", &[named("cluster-endpoint:")]),
    creates("CreateDBClusterParameterGroup", &[named("cluster-pg:")]),
    creates("CreateDBClusterSnapshot", &[named("cluster-snapshot:")]),
    creates("CreateDBInstance", &[with_unique_id("db:", "dbiResourceId")]),
    creates("CreateDBInstanceReadReplica", &[with_unique_id("db:", "dbiResourceId")]),
    creates("CreateDBParameterGroup", &[named("pg:")]),
    creates("CreateDBProxy", &[unique("db-proxy:")]),
    creates("CreateDBProxyEndpoint", &[unique("db-proxy-endpoint:")]),
    creates("CreateDBSecurityGroup", &[named("secgrp:")]),
    creates("CreateDBShardGroup", &[unique("shard-group:")]),
    creates("CreateDBSnapshot", &[named("snapshot:")]),
    creates("CreateDBSubnetGroup", &[named("subgrp:")]),
    creates("CreateEventSubscription", &[named("es:")]),
    creates("CreateGlobalCluster", &[with_unique_id("global-cluster:", "globalClusterResourceId")]),
    creates("CreateIntegration", &[unique("integration:")]),
    creates("CreateOptionGroup", &[named("og:")]),
    creates("CreateTenantDatabase", &[unique("tenant-database:")]),
    creates("PurchaseReservedDBInstancesOffering", &[named("ri:")]),
    creates("RestoreDBClusterFromS3", &[with_unique_id("cluster:", "dbClusterResourceId")]),
    creates("RestoreDBClusterFromSnapshot", &[with_unique_id("cluster:", "dbClusterResourceId")]),
    creates("RestoreDBClusterToPointInTime", &[with_unique_id("cluster:", "dbClusterResourceId")]),
    creates("RestoreDBInstanceFromDBSnapshot", &[with_unique_id("db:", "dbiResourceId")]),
    creates("RestoreDBInstanceFromS3", &[with_unique_id("db:", "dbiResourceId")]),
    creates("RestoreDBInstanceToPointInTime", &[with_unique_id("db:", "dbiResourceId")]),
];
