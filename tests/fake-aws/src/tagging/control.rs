//! What tests do with resources of services other than EC2.

use super::super::ec2::model::{Detail, Other, Resource};
use super::super::rds;
use super::super::world::RegionHandle;
use super::arn::Arn;

/// Resources of services other than EC2. They are used like EC2's, but by their ARNs: [`RegionHandle::tags`],
/// [`RegionHandle::taggable_after`] and so on.
impl RegionHandle {
    /// Puts a resource that the Resource Groups Tagging API can tag. A bucket, whose ARN has neither account nor
    /// Region, is in this account and Region only. Tags may be AWS's own (`aws:…`).
    ///
    /// S3 shows it if it is a bucket, and RDS if it is a database, a cluster or a snapshot: created now
    /// ([`RegionHandle::born`] changes that), `available` ([`RegionHandle::set_state`]), and with a unique id
    /// ([`RegionHandle::unique_id`]) that not even an earlier resource of that ARN has.
    ///
    /// # Panics
    ///
    /// If the ARN is malformed, of EC2, or of another account or Region.
    #[track_caller]
    pub fn put_arn(&self, arn: &str, tags: &[(&str, &str)]) {
        let parsed = Arn::parse(arn).unwrap_or_else(|| panic!("{arn} is no ARN"));
        assert!(parsed.service != "ec2", "{arn} is put by its id");
        let (account, region) = (self.account(), self.region());
        assert!(parsed.can_be_in(account, region), "{arn} cannot be in {account}, {region}");
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let other = Other::new(self.shared.update(|world| world.next_serial()), rds::first_state(&parsed));
        self.update(|region| region.resources.insert(arn, Resource::new(tags, Detail::Other(other))));
    }
}
