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
