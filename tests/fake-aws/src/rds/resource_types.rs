//! RDS's names for its resource types, and the actions that describe them.

use super::super::reply::ApiError;
use super::super::tagging::arn::Arn;

/// One resource type that can be described, and the names that its action uses.
pub(super) struct ResourceType {
    action: &'static str,
    /// Its name in ARNs.
    resource: &'static str,
    /// The parameter that names one resource.
    pub parameter: &'static str,
    /// The filter by name.
    pub filter: &'static str,
    /// Whether that filter accepts ARNs too.
    pub filter_takes_arns: bool,
    /// The element that holds the results, and the element of each.
    pub set: (&'static str, &'static str),
    /// The elements of name, ARN, time of creation, and status.
    pub name: &'static str,
    pub arn: &'static str,
    pub created: &'static str,
    /// The element of the time when it was requested, if that differs from when it was done.
    pub asked: Option<&'static str>,
    pub status: &'static str,
    /// Whether it shows no time of creation while it is being created.
    pub created_when_done: bool,
    /// What tells it from other resources of its name.
    pub unique: Option<Unique>,
}

/// The id that an RDS resource has beside its name: its element, the filter by it, and its prefix.
pub(super) struct Unique {
    pub element: &'static str,
    pub filter: &'static str,
    pub prefix: &'static str,
}

const RESOURCE_TYPES: [ResourceType; 4] = [
    ResourceType {
        action: "DescribeDBInstances",
        resource: "db",
        parameter: "DBInstanceIdentifier",
        filter: "db-instance-id",
        filter_takes_arns: true,
        set: ("DBInstances", "DBInstance"),
        name: "DBInstanceIdentifier",
        arn: "DBInstanceArn",
        created: "InstanceCreateTime",
        asked: None,
        status: "DBInstanceStatus",
        created_when_done: true,
        unique: Some(Unique { element: "DbiResourceId", filter: "dbi-resource-id", prefix: "db-" }),
    },
    ResourceType {
        action: "DescribeDBClusters",
        resource: "cluster",
        parameter: "DBClusterIdentifier",
        filter: "db-cluster-id",
        filter_takes_arns: true,
        set: ("DBClusters", "DBCluster"),
        name: "DBClusterIdentifier",
        arn: "DBClusterArn",
        created: "ClusterCreateTime",
        asked: None,
        status: "Status",
        created_when_done: false,
        unique: Some(Unique { element: "DbClusterResourceId", filter: "db-cluster-resource-id", prefix: "cluster-" }),
    },
    ResourceType {
        action: "DescribeDBSnapshots",
        resource: "snapshot",
        parameter: "DBSnapshotIdentifier",
        filter: "db-snapshot-id",
        filter_takes_arns: false,
        set: ("DBSnapshots", "DBSnapshot"),
        name: "DBSnapshotIdentifier",
        arn: "DBSnapshotArn",
        created: "SnapshotCreateTime",
        asked: Some("OriginalSnapshotCreateTime"),
        status: "Status",
        created_when_done: true,
        unique: None,
    },
    ResourceType {
        action: "DescribeDBClusterSnapshots",
        resource: "cluster-snapshot",
        parameter: "DBClusterSnapshotIdentifier",
        filter: "db-cluster-snapshot-id",
        filter_takes_arns: false,
        set: ("DBClusterSnapshots", "DBClusterSnapshot"),
        name: "DBClusterSnapshotIdentifier",
        arn: "DBClusterSnapshotArn",
        created: "SnapshotCreateTime",
        asked: None,
        status: "Status",
        created_when_done: false,
        unique: None,
    },
];

pub(super) fn of_action(action: &str) -> Option<&'static ResourceType> {
    RESOURCE_TYPES.iter().find(|resource_type| resource_type.action == action)
}

/// The resource type and the name of an ARN.
pub(super) fn of_arn<'a>(arn: &Arn<'a>) -> Option<(&'static ResourceType, &'a str)> {
    let (resource, name) = arn.resource.split_once(':').filter(|_| arn.service == "rds")?;
    RESOURCE_TYPES.iter().find(|known| known.resource == resource).map(|resource_type| (resource_type, name))
}

/// The error for a name or an ARN that does not exist, with the message of its resource type. `resource` is that type's
/// name in ARNs.
pub(super) fn not_found(resource: &str, name: &str) -> Option<ApiError> {
    let (noun, code) = match resource {
        "db" => ("DBInstance", "DBInstanceNotFound"),
        "cluster" => ("DBCluster", "DBClusterNotFoundFault"),
        "snapshot" => ("DBSnapshot", "DBSnapshotNotFound"),
        "cluster-snapshot" => ("DBClusterSnapshot", "DBClusterSnapshotNotFoundFault"),
        "cluster-endpoint" => ("DBClusterEndpoint", "DBClusterEndpointNotFoundFault"),
        "cluster-pg" | "pg" => ("DBParameterGroup", "DBParameterGroupNotFound"),
        "cev" => ("Custom DB engine version", "CustomDBEngineVersionNotFoundFault"),
        "db-proxy" => ("DBProxy", "DBProxyNotFoundFault"),
        "db-proxy-endpoint" => ("DBProxyEndpoint", "DBProxyEndpointNotFoundFault"),
        "es" => ("Event subscription", "SubscriptionNotFound"),
        "global-cluster" => ("Global cluster", "GlobalClusterNotFoundFault"),
        "integration" => ("Integration", "IntegrationNotFoundFault"),
        "og" => ("Option group", "OptionGroupNotFoundFault"),
        "ri" => ("Reserved DBInstance", "ReservedDBInstanceNotFound"),
        "secgrp" => ("DBSecurityGroup", "DBSecurityGroupNotFound"),
        "shard-group" => ("DBShardGroup", "DBShardGroupNotFound"),
        "subgrp" => ("DBSubnetGroup", "DBSubnetGroupNotFoundFault"),
        "tenant-database" => ("Tenant database", "TenantDatabaseNotFound"),
        _ => return None,
    };
    Some(ApiError::new(404, code, format!("{noun} {name} not found.")))
}

impl ResourceType {
    pub fn not_found(&self, name: &str) -> ApiError {
        let unknown = || ApiError::invalid_value(format!("There is no {name}"));
        not_found(self.resource, name).unwrap_or_else(unknown)
    }
}
