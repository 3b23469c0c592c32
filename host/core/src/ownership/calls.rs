//! Every call that creates something, what it can create, and how its record shows that it did.
//!
//! This is the host's own table, and not the plugins', which are not trusted with it. A test holds the two together.

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

/// What stands for the prefix of an id that is a UUID and nothing else.
const UUID: &str = "(a UUID)";

/// A call.
#[derive(Debug)]
pub struct ApiCall {
    /// The service that is called: `ec2.amazonaws.com`.
    pub event_source: &'static str,
    /// Its name: `RunInstances`.
    pub name: &'static str,
    /// What it can create.
    pub kinds: &'static [ResourceKind],
    /// What becomes of the call if it is made once more.
    pub repeat: Repeat,
}

/// What becomes of a call that is made once more, without a client token in its request. With one, all answer the same again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It creates another one, or fails since the name is taken.
    CreatesOrFails,
    /// It answers with what is there.
    AnswersAgain,
    /// It answers with what is there in this Region, and fails in all others.
    AnswersAgainIn(&'static str),
}

/// Something that a call creates.
#[derive(Debug, Clone, Copy)]
pub struct ResourceKind {
    /// Of EC2's, how the ids begin: `vol`; of others', what an ARN has behind the account: `db:`.
    pub prefix: &'static str,
    /// What the answer shows of its age.
    pub evidence: Evidence,
    /// Whether its id or ARN, once it is gone, can be another's.
    pub name: Naming,
}

/// What an answer shows of the age of what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing.
    Nothing,
    /// When it was created: `time` stands beside `id`.
    Time {
        /// The field with the resource's id.
        id: &'static str,
        /// The field with its own creation time, and with nobody else's.
        time: &'static str,
        /// Whether recorded answers show that it is the call's own time, to the second. What only the API's model says can prove, but
        /// must be looked up before it disproves.
        is_recorded: bool,
    },
    /// A state that it has at first. Whether it has it on the very first answer alone is not verified, so it disproves and never proves.
    State {
        /// The field with the resource's id.
        id: &'static str,
        /// The field with its state.
        field: &'static str,
        /// The state of what is new.
        new: &'static str,
    },
    /// The launch of an instance: `launchTime`, which moves when it is started again, and the times of its attachments, which do not. In
    /// recorded answers to the call itself all are the same.
    Launch,
    /// It came with the instances that the same answer launches.
    WithLaunch,
    /// It is the interface of an instance that the same answer launches: what the request or the template brought along ends without the
    /// instance.
    InterfaceOfLaunch,
}

/// Whether an id or ARN can come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// AWS never gives it again.
    Unique,
    /// It is a name, which can be taken again once it is free. The answer may have an id beside it that never comes again.
    Reusable {
        /// The field with that id.
        unique_id: Option<&'static str>,
    },
}

/// The call of this name, if it is known.
#[must_use]
pub fn find(event_source: &str, name: &str) -> Option<&'static ApiCall> {
    all().find(|call| call.name == name && call.event_source == event_source)
}

/// All calls.
pub fn all() -> impl Iterator<Item = &'static ApiCall> {
    [ec2::CALLS, rds::CALLS, s3::CALLS].into_iter().flatten()
}

impl ApiCall {
    /// Whether it launches instances that its answer names with the time of their launch.
    #[must_use]
    pub fn launches_instances(&self) -> bool {
        self.launched().is_some()
    }

    /// The kind of the instances that it launches.
    pub(super) fn launched(&self) -> Option<&'static ResourceKind> {
        self.kinds.iter().find(|kind| kind.evidence == Evidence::Launch)
    }

    /// What kind of what the call creates the resource is; none if the call creates nothing of its kind.
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
    ApiCall { repeat: Repeat::AnswersAgain, ..creates(event_source, name, kinds) }
}

/// A kind of EC2's of whose age the answer says nothing.
const fn kind(prefix: &'static str) -> ResourceKind {
    ResourceKind { prefix, evidence: Evidence::Nothing, name: Naming::Unique }
}

/// A kind whose answers have been recorded with its own creation time.
const fn recorded(prefix: &'static str, id: &'static str, time: &'static str) -> ResourceKind {
    ResourceKind { evidence: Evidence::Time { id, time, is_recorded: true }, ..kind(prefix) }
}

/// A kind whose answers have its own creation time, as the API's model says.
const fn modelled(prefix: &'static str, id: &'static str, time: &'static str) -> ResourceKind {
    ResourceKind { evidence: Evidence::Time { id, time, is_recorded: false }, ..kind(prefix) }
}

/// An instance that is launched.
const INSTANCE: ResourceKind = ResourceKind { evidence: Evidence::Launch, ..kind("i") };

/// The Spot request by which a launch got its instances.
const SPOT_REQUEST: ResourceKind = ResourceKind { evidence: Evidence::WithLaunch, ..kind("sir") };

/// A network interface that is launched along.
const INTERFACE: ResourceKind = ResourceKind { evidence: Evidence::InterfaceOfLaunch, ..kind("eni") };

/// A kind whose ARN ends with a name.
const fn named(prefix: &'static str) -> ResourceKind {
    ResourceKind { name: Naming::Reusable { unique_id: None }, ..kind(prefix) }
}

/// A kind whose ARN ends with a name, and whose answer has an id that never comes again.
const fn with_unique_id(prefix: &'static str, unique_id: &'static str) -> ResourceKind {
    ResourceKind { name: Naming::Reusable { unique_id: Some(unique_id) }, ..kind(prefix) }
}

/// A kind whose ARN has an id that never comes again.
const fn unique(prefix: &'static str) -> ResourceKind {
    kind(prefix)
}
