//! Every API call that creates something, what it can create, and how its record shows that it did.
//!
//! The host has this table of its own, since plugins are not trusted with it. A test keeps it and the plugins in step.

mod ec2;
mod rds;
mod s3;

use crate::resource::{Arn, Resource};

/// EC2, as CloudTrail names it.
pub(crate) const EC2: &str = "ec2.amazonaws.com";
/// RDS, as CloudTrail names it.
const RDS: &str = "rds.amazonaws.com";
/// S3, as CloudTrail names it.
const S3: &str = "s3.amazonaws.com";
/// S3 Express One Zone, as CloudTrail names it.
const S3_EXPRESS: &str = "s3express.amazonaws.com";

/// In place of the prefix, for ids that are a UUID and nothing else.
const UUID: &str = "(a UUID)";

/// An API call that creates resources.
#[derive(Debug)]
pub struct ApiCall {
    /// The service that receives it: `ec2.amazonaws.com`.
    pub event_source: &'static str,
    /// Its name: `RunInstances`.
    pub name: &'static str,
    /// What it can create.
    pub kinds: &'static [ResourceKind],
    /// What happens if it is repeated.
    pub repeat: Repeat,
}

/// What happens if an API call is repeated without a client token. With one, every API call is idempotent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It creates another one, or fails since the name is taken.
    CreatesOrFails,
    /// It is idempotent: it returns what is there already.
    ReturnsExisting,
    /// It is idempotent in this Region, and fails in all other Regions.
    ReturnsExistingIn(&'static str),
}

/// A kind of resource that an API call creates.
#[derive(Debug, Clone, Copy)]
pub struct ResourceKind {
    /// For EC2, the prefix of the ids: `vol`; for other services, what follows the account in the ARN: `db:`.
    pub prefix: &'static str,
    /// What the response shows of its age.
    pub evidence: Evidence,
    /// Whether its id or ARN can be reused once it is gone.
    pub name: Naming,
}

/// What a response shows of the age of a resource that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing.
    Nothing,
    /// When it was created: `time`, beside `id`.
    Time {
        /// The field with the resource's id.
        id: &'static str,
        /// The field with its own creation time, and with no other resource's.
        time: &'static str,
        /// Whether recorded responses show that it is the API call's own time, to the second. A time that only the
        /// API's model describes can prove, but the resource must be looked up before it disproves.
        is_recorded: bool,
    },
    /// A state that it has at first. That only the very first response has that state is not verified, so that it
    /// disproves and never proves.
    State {
        /// The field with the resource's id.
        id: &'static str,
        /// The field with its state.
        field: &'static str,
        /// The state of a new one.
        new: &'static str,
    },
    /// The launch of an instance: `launchTime`, which changes when it is started again, and the times of its
    /// attachments, which do not. In recorded responses of the API call itself, all are the same.
    Launch,
    /// It came with the launched instances of the same response.
    WithLaunch,
    /// It is the interface of a launched instance of the same response. One that the request or a template brought
    /// along does not end with the instance.
    InterfaceOfLaunch,
}

/// Whether an id or ARN can be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// AWS never reuses it.
    Unique,
    /// It is a name, which can be taken again once it is free. The response may have an id beside it that is never
    /// reused.
    Reusable {
        /// The field with that id.
        unique_id: Option<&'static str>,
    },
}

/// The API call of this service and name, if the host knows it.
///
/// ```
/// use autotag_core::ownership::calls::{Repeat, find};
///
/// let call = find("ec2.amazonaws.com", "CreateVpnConnection").ok_or("not in the table")?;
/// assert_eq!(call.repeat, Repeat::ReturnsExisting);
/// assert!(find("ec2.amazonaws.com", "DescribeInstances").is_none());
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn find(event_source: &str, name: &str) -> Option<&'static ApiCall> {
    all().find(|call| call.name == name && call.event_source == event_source)
}

/// All API calls of the table.
pub fn all() -> impl Iterator<Item = &'static ApiCall> {
    [ec2::CALLS, rds::CALLS, s3::CALLS].into_iter().flatten()
}

impl ApiCall {
    /// Whether it launches instances, which its response names with their launch time.
    #[must_use]
    pub fn launches_instances(&self) -> bool {
        self.launched().is_some()
    }

    /// The kind of the instances that it launches.
    pub(super) fn launched(&self) -> Option<&'static ResourceKind> {
        self.kinds.iter().find(|kind| kind.evidence == Evidence::Launch)
    }

    /// The resource's kind, among those that the API call creates; none if it creates nothing of that kind.
    ///
    /// ```
    /// use autotag_core::ownership::calls::find;
    /// use autotag_core::resource::{Resource, ResourceId};
    ///
    /// let call = find("ec2.amazonaws.com", "RunInstances").ok_or("not in the table")?;
    /// let interface = ResourceId::parse("eni-1").map(Resource::Ec2).ok_or("no id")?;
    /// assert_eq!(call.kind_of(&interface).map(|kind| kind.prefix), Some("eni"));
    /// let vpc = ResourceId::parse("vpc-1").map(Resource::Ec2).ok_or("no id")?;
    /// assert!(call.kind_of(&vpc).is_none());
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn kind_of(&self, resource: &Resource) -> Option<&'static ResourceKind> {
        match resource {
            Resource::Ec2(id) => self.kinds.iter().find(|kind| kind.prefix == id.prefix().unwrap_or(UUID)),
            Resource::Other(arn) => {
                let resource = Arn::parse(arn.as_str())?.resource;
                // A bucket's ARN has its name and nothing else.
                let is_bare = !resource.contains([':', '/']);
                self.kinds.iter().find(|kind| match kind.prefix {
                    "" => is_bare,
                    prefix => resource.starts_with(prefix),
                })
            }
        }
    }
}

const fn creates(event_source: &'static str, name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    ApiCall { event_source, name, kinds, repeat: Repeat::CreatesOrFails }
}

const fn answers_again(event_source: &'static str, name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    ApiCall { repeat: Repeat::ReturnsExisting, ..creates(event_source, name, kinds) }
}

/// An EC2 kind whose age the response does not show.
const fn kind(prefix: &'static str) -> ResourceKind {
    ResourceKind { prefix, evidence: Evidence::Nothing, name: Naming::Unique }
}

/// A kind whose recorded responses have its own creation time.
const fn recorded(prefix: &'static str, id: &'static str, time: &'static str) -> ResourceKind {
    ResourceKind { evidence: Evidence::Time { id, time, is_recorded: true }, ..kind(prefix) }
}

/// A kind whose responses have its own creation time by the API's model.
const fn modelled(prefix: &'static str, id: &'static str, time: &'static str) -> ResourceKind {
    ResourceKind { evidence: Evidence::Time { id, time, is_recorded: false }, ..kind(prefix) }
}

/// An instance that is launched.
const INSTANCE: ResourceKind = ResourceKind { evidence: Evidence::Launch, ..kind("i") };

/// The Spot request by which a launch got its instances.
const SPOT_REQUEST: ResourceKind = ResourceKind { evidence: Evidence::WithLaunch, ..kind("sir") };

/// A network interface that is launched with an instance.
const INTERFACE: ResourceKind = ResourceKind { evidence: Evidence::InterfaceOfLaunch, ..kind("eni") };

/// A kind whose ARN ends with a name.
const fn named(prefix: &'static str) -> ResourceKind {
    ResourceKind { name: Naming::Reusable { unique_id: None }, ..kind(prefix) }
}

/// A kind whose ARN ends with a name, and whose response has an id that is never reused.
const fn with_unique_id(prefix: &'static str, unique_id: &'static str) -> ResourceKind {
    ResourceKind { name: Naming::Reusable { unique_id: Some(unique_id) }, ..kind(prefix) }
}

/// A kind whose ARN has an id that is never reused.
const fn unique(prefix: &'static str) -> ResourceKind {
    kind(prefix)
}
