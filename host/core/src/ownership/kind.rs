//! Which kind a resource is of, among those that an API call creates.

use autotag_api_calls::{ApiCall, ResourceKind, ec2};

use crate::resource::{Arn, Resource};

/// The resource's kind, among those that the API call creates; none if it creates nothing of that kind.
///
/// ```
/// use autotag_core::ownership::kind_of;
/// use autotag_core::resource::{Resource, ResourceId};
///
/// let call = autotag_api_calls::find("ec2.amazonaws.com", "RunInstances").ok_or("not in the table")?;
/// let interface = ResourceId::parse("eni-1").map(Resource::Ec2).ok_or("no id")?;
/// assert_eq!(kind_of(call, &interface).map(|kind| kind.prefix), Some("eni"));
/// let vpc = ResourceId::parse("vpc-1").map(Resource::Ec2).ok_or("no id")?;
/// assert!(kind_of(call, &vpc).is_none());
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn kind_of(call: &ApiCall, resource: &Resource) -> Option<&'static ResourceKind> {
    match resource {
        Resource::Ec2(id) => call.kinds.iter().find(|kind| kind.prefix == id.prefix().unwrap_or(ec2::UUID)),
        // EC2's kinds are told by ids, and no ARN is one.
        Resource::Other(_) if call.event_source == ec2::EVENT_SOURCE => None,
        Resource::Other(arn) => {
            let resource = Arn::parse(arn.as_str())?.resource;
            // A bucket's ARN has its name and nothing else.
            let is_bare = !resource.contains([':', '/']);
            call.kinds.iter().find(|kind| match kind.prefix {
                "" => is_bare,
                prefix => resource.starts_with(prefix),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{ResourceArn, ResourceId};

    #[test]
    fn what_existed_before_and_what_another_service_names_is_of_no_kind_of_ec2() {
        let call = |name| autotag_api_calls::find(ec2::EVENT_SOURCE, name).unwrap();
        let snapshot = ResourceId::parse("snap-0123456789abcdef0").map(Resource::Ec2).unwrap();
        assert!(kind_of(call("RestoreSnapshotFromRecycleBin"), &snapshot).is_none());
        assert!(kind_of(call("CreateSnapshot"), &snapshot).is_some());
        let arn = ResourceArn::parse("arn:aws:rds:eu-central-1:111122223333:integration:i").map(Resource::Other);
        assert!(kind_of(call("RunInstances"), &arn.unwrap()).is_none());
    }
}
