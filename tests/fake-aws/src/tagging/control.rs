//! What tests do with the resources of other services than EC2.

use super::super::ec2::model::{Detail, Other, Resource};
use super::super::rds;
use super::super::world::AccountRegion;
use super::arn::Arn;

/// Resources of other services than EC2. All that is done with EC2's is done with them in the same way, such as
/// [`AccountRegion::tags`] and [`AccountRegion::taggable_after`], by their ARNs.
impl AccountRegion {
    /// Puts a resource that the Resource Groups Tagging API can tag. A bucket, whose ARN names no account and no Region, is
    /// here and nowhere else. Tags may be of AWS's own (`aws:…`).
    ///
    /// S3 shows it if it is a bucket, and RDS if it is a database, a cluster or a snapshot: made now ([`AccountRegion::born`] says
    /// otherwise), `available` ([`AccountRegion::set_state`]), and with a unique id ([`AccountRegion::unique_id`]) that no other one has, not
    /// even the one of that ARN before.
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
