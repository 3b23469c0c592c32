//! What tests do with databases and clusters, beside what they do with every resource that has an ARN.

use std::time::SystemTime;

use super::super::ec2::model::Detail;
use super::super::tagging::arn::Arn;
use super::super::world::RegionHandle;
use super::resource_types;

/// RDS's databases and clusters, which [`RegionHandle::put_arn`] has put.
impl RegionHandle {
    /// Sets when a snapshot was taken, some time after it was requested.
    ///
    /// # Panics
    ///
    /// If the test has put no resource of this ARN.
    #[track_caller]
    pub fn taken(&self, arn: &str, at: SystemTime) {
        self.change(arn, |resource| match &mut resource.detail {
            Detail::Other(other) => other.taken = Some(at),
            _ => panic!("{arn} is of EC2"),
        });
    }

    /// Sets the `DbiResourceId` (`db-…`) of a database, or the `DbClusterResourceId` (`cluster-…`) of a cluster: the id
    /// that no earlier or later resource of its name has.
    ///
    /// # Panics
    ///
    /// If the test has put no resource of this ARN, or its type has no such id.
    #[track_caller]
    pub fn unique_id(&self, arn: &str, id: &str) {
        let found = Arn::parse(arn).and_then(|parsed| resource_types::of_arn(&parsed));
        let prefix = found.and_then(|(resource_type, _)| resource_type.unique.as_ref()).map(|unique| unique.prefix);
        let prefix = prefix.unwrap_or_else(|| panic!("{arn} is neither a database nor a cluster"));
        assert!(id.starts_with(prefix), "the unique id of {arn} must begin with {prefix}");
        self.change(arn, |resource| match &mut resource.detail {
            Detail::Other(other) => other.unique_id = Some(id.to_owned()),
            _ => panic!("{arn} is of EC2"),
        });
    }
}
