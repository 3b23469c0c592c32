//! Every API call that creates something: what it creates, where its record names that, and how the record shows that
//! it is new.
//!
//! One row says it all. The plugins read from it which events they want and where the ids are; the host reads from its
//! own copy what an API call can have created, and what proves that it did. So a plugin's word for that is never taken.
//!
//! ```
//! use autotag_api_calls::{Evidence, Repeat, find};
//!
//! let call = find("ec2.amazonaws.com", "CreateVolume").ok_or("not in the table")?;
//! assert_eq!(call.repeat, Repeat::CreatesOrFails);
//! assert_eq!(call.paths().collect::<Vec<_>>(), ["volumeId"]);
//! assert_eq!(call.kinds[0].prefix, "vol");
//! assert_eq!(call.kinds[0].evidence, Evidence::Time { time: "createTime", is_recorded: true });
//! # Ok::<(), &str>(())
//! ```

pub mod ec2;
pub mod rds;
pub mod s3;

/// Paths to fields of a request or a response, outermost field first: `volumeSet.volumeId`. Lists on the way are not
/// named.
pub type FieldPaths = &'static [&'static str];

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
    /// Where the response names it: the paths of its id, or of its ARN.
    pub paths: FieldPaths,
    /// Where the response has its name, if its ARN can be put together from that.
    pub name_in_response: FieldPaths,
    /// Where the request has it.
    pub name_in_request: FieldPaths,
    /// What the response shows of its age.
    pub evidence: Evidence,
    /// Whether its id or ARN can be reused once it is gone.
    pub naming: Naming,
    /// What comes into being with it that the response does not name.
    pub companions: Companions,
}

/// What a response shows of the age of a resource that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The response shows nothing of it.
    Nothing,
    /// When it was created.
    Time {
        /// The field with its own creation time, and with no other resource's, beside that with its id.
        time: &'static str,
        /// Whether recorded responses show that it is the API call's own time, to the second. A time that only the
        /// API's model describes can prove, but the resource must be looked up before it disproves.
        is_recorded: bool,
    },
    /// A state that it has at first. That only the very first response has that state is not verified, so that it
    /// disproves and never proves.
    State {
        /// The field with its state, beside that with its id.
        field: &'static str,
        /// The state of a new one.
        new: &'static str,
    },
    /// The launch of an instance: `launchTime`, which changes when it is started again, and the times of its
    /// attachments, which do not. In recorded responses of the API call itself, all are the same.
    Launch,
    /// It came with the launched instances of the same response. If a service makes the launch, the Spot request
    /// existed before, and says for whom the service launches.
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

/// What comes into being with a resource and is not named by the response, so that the host looks it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Companions {
    /// The response names all that comes into being.
    Nothing,
    /// The snapshots behind an image.
    Snapshots,
    /// The volumes of an instance.
    Volumes,
    /// The volumes and the network interfaces of an instance.
    VolumesAndInterfaces,
}

/// The API call of this service and name, if it is in the table.
///
/// ```
/// use autotag_api_calls::{Repeat, find};
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
    /// Whether the instances that it launches carry the client token of its request, so that they can be found by it. A
    /// fleet launches with tokens of its own, and for scheduled instances nothing is documented.
    #[must_use]
    pub fn launches_by_client_token(&self) -> bool {
        self.kinds.iter().any(|kind| kind.evidence == Evidence::Launch)
    }

    /// Where its response names what it created.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.iter().flat_map(|kind| kind.paths).copied()
    }
}

impl ResourceKind {
    /// The field of the response with the resource's id: the last of the path.
    ///
    /// ```
    /// use autotag_api_calls::find;
    ///
    /// let call = find("ec2.amazonaws.com", "CopyVolumes").ok_or("not in the table")?;
    /// assert_eq!((call.kinds[0].paths[0], call.kinds[0].id()), ("volumeSet.volumeId", "volumeId"));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.paths.first().and_then(|path| path.rsplit('.').next()).unwrap_or_default()
    }
}

const fn creates(event_source: &'static str, name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    ApiCall { event_source, name, kinds, repeat: Repeat::CreatesOrFails }
}

const fn idempotent(event_source: &'static str, name: &'static str, kinds: &'static [ResourceKind]) -> ApiCall {
    ApiCall { repeat: Repeat::ReturnsExisting, ..creates(event_source, name, kinds) }
}

/// A kind that is never reused, and whose age the response does not show.
const fn kind(prefix: &'static str, paths: FieldPaths) -> ResourceKind {
    ResourceKind {
        prefix,
        paths,
        name_in_response: &[],
        name_in_request: &[],
        evidence: Evidence::Nothing,
        naming: Naming::Unique,
        companions: Companions::Nothing,
    }
}

/// A kind whose recorded responses have its own creation time.
const fn recorded(prefix: &'static str, paths: FieldPaths, time: &'static str) -> ResourceKind {
    ResourceKind { evidence: Evidence::Time { time, is_recorded: true }, ..kind(prefix, paths) }
}

/// A kind whose responses have its own creation time by the API's model.
const fn modelled(prefix: &'static str, paths: FieldPaths, time: &'static str) -> ResourceKind {
    ResourceKind { evidence: Evidence::Time { time, is_recorded: false }, ..kind(prefix, paths) }
}

/// A kind whose responses have its state.
const fn with_state(prefix: &'static str, paths: FieldPaths, field: &'static str, new: &'static str) -> ResourceKind {
    ResourceKind { evidence: Evidence::State { field, new }, ..kind(prefix, paths) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_stands_twice_in_the_table_and_each_is_found() {
        for call in all() {
            let found = find(call.event_source, call.name).unwrap();
            assert!(std::ptr::eq(call, found), "{} stands twice", call.name);
        }
    }

    #[test]
    fn each_service_has_its_calls_in_the_order_of_their_names() {
        for calls in [ec2::CALLS, rds::CALLS] {
            assert!(calls.is_sorted_by_key(|call| call.name));
        }
        assert!(s3::CALLS.is_sorted_by_key(|call| (call.event_source, call.name)));
    }

    #[test]
    fn the_kinds_of_a_call_have_prefixes_and_paths_of_their_own() {
        for call in all() {
            for (index, kind) in call.kinds.iter().enumerate() {
                assert!(!kind.paths.is_empty(), "{}", call.name);
                let others = call.kinds.iter().skip(index + 1);
                let is_own = |other: &ResourceKind| {
                    other.prefix != kind.prefix && other.paths.iter().all(|path| !kind.paths.contains(path))
                };
                assert!(others.into_iter().all(is_own), "{}", call.name);
            }
        }
    }
}
