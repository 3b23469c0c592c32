//! A claim that an API call created a resource, and the verdict on it, with its reason.

use std::fmt;
use std::time::SystemTime;

use crate::event::time::format;
use crate::resource::Resource;

/// A resource that an API call is claimed to have created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What the API call is claimed to have created.
    pub resource: Resource,
    /// Whether the API call created it, as far as the record shows.
    pub verdict: Verdict,
    /// Whether its name can be another resource's by now.
    pub is_reusable: bool,
    /// The id in the response that is never reused, of a resource whose name can be.
    pub unique_id: Option<String>,
}

/// Whether an API call created a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Proved(Proof),
    /// The record does not show it.
    Open(Doubt),
    /// It did not.
    Disproved(Contradiction),
}

/// What shows that an API call created a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It was created when the API call was made.
    CreatedAt(SystemTime),
    /// The API call has no client token, and so creates another one or fails.
    Success,
    /// It was made with the instance that the API call launched.
    MadeWithInstance,
    /// AWS shows the id of the response, which is never reused.
    SameUniqueId,
}

/// Why a record does not show whether its API call created a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The host does not know the API call.
    UnknownCall,
    /// The request has a client token, with which the API call is idempotent: repeated, it returns the same.
    ClientToken,
    /// The API call is idempotent by itself: repeated, it returns what is there already.
    ReturnsExisting,
    /// CloudTrail has omitted the request.
    RequestOmitted,
    /// Its time in the response is not the API call's, but it is later, or no recorded response shows that it should be
    /// the same.
    OtherTime(SystemTime),
    /// It came with an instance, and may have existed before.
    MayBeBroughtAlong,
    /// The response has several creation times for it.
    SeveralTimes,
    /// The event's own time cannot be read.
    NoTime,
    /// AWS does not say when it was created.
    NoCreationTime,
    /// It belongs to a resource that may have existed before.
    OfOpenOne,
    /// Its name was free when the API call was made, and may be another resource's by now.
    NameTakenAgain,
}

/// What shows that an API call did not create a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// It existed before the API call.
    CreatedAt {
        /// When it was created.
        created: SystemTime,
        /// When the API call was made.
        called: SystemTime,
    },
    /// No new resource has such a state.
    State {
        /// The state that the response has for it.
        state: String,
        /// The state in which such a resource begins.
        new: &'static str,
    },
    /// The response has it, but not where the API call names what it creates: it may be in a text that AWS echoes.
    Elsewhere,
    /// It was not made with the instance: the request or a launch template brought it along.
    BroughtAlong,
    /// It was attached to the instance later than the launch.
    AttachedLater {
        /// When it was attached.
        attached: SystemTime,
        /// When the API call was made.
        called: SystemTime,
    },
    /// The instance that it belongs to was not launched by the API call.
    OfAnotherLaunch,
    /// The resource that has the name now is not the one that the API call created.
    AnotherId {
        /// The id that AWS shows.
        shown: String,
        /// The id in the response.
        answered: String,
    },
}

impl Verdict {
    /// Its name in reports: `proved`, `open` or `disproved`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proved(_) => "proved",
            Self::Open(_) => "open",
            Self::Disproved(_) => "disproved",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proved(proof) => proof.fmt(formatter),
            Self::Open(doubt) => doubt.fmt(formatter),
            Self::Disproved(contradiction) => contradiction.fmt(formatter),
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreatedAt(time) => write!(formatter, "it was created when the call was made, at {}", format(*time)),
            Self::Success => {
                formatter.write_str("the call succeeded without a client token, so it created another one")
            }
            Self::MadeWithInstance => formatter.write_str("it was made with the instance that the call launched"),
            Self::SameUniqueId => formatter.write_str("it has the id that the call answered, which never comes again"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCall => formatter.write_str("the host does not know what this call creates"),
            Self::ClientToken => formatter
                .write_str("calls with the same client token have the same answer, and this one has no creation time"),
            Self::ReturnsExisting => formatter.write_str("the call answers with what is there if it is made again"),
            Self::RequestOmitted => {
                formatter.write_str("CloudTrail has omitted the request, so it cannot be seen what was there before")
            }
            Self::OtherTime(time) => write!(formatter, "its time in the answer, {}, is not the call's", format(*time)),
            Self::MayBeBroughtAlong => {
                formatter.write_str("it came with the instance, and nothing shows that it was made for it")
            }
            Self::SeveralTimes => formatter.write_str("the answer has several creation times for it"),
            Self::NoTime => formatter.write_str("the event's time cannot be read"),
            Self::NoCreationTime => formatter.write_str("AWS does not say when it was created"),
            Self::OfOpenOne => formatter.write_str("it belongs to something that may have been there before"),
            Self::NameTakenAgain => formatter.write_str("its name may have been taken again since the call"),
        }
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreatedAt { created, called } => write!(
                formatter,
                "it was created at {}, before the call at {}: the call returned what was there",
                format(*created),
                format(*called)
            ),
            Self::State { state, new } => {
                write!(formatter, "its state is `{state}`, and what is new is `{new}`: the call returned what was there")
            }
            Self::Elsewhere => {
                formatter.write_str("it stands in the answer, but not where the call names what it creates")
            }
            Self::BroughtAlong => formatter.write_str(
                "it does not end with the instance, and the request does not make it: a launch template brought it along",
            ),
            Self::AttachedLater { attached, called } => write!(
                formatter,
                "it was attached at {}, later than the launch at {}",
                format(*attached),
                format(*called)
            ),
            Self::OfAnotherLaunch => formatter.write_str("its instance was not launched by this call"),
            Self::AnotherId { shown, answered } => write!(
                formatter,
                "what has this name now is {shown}, and the call created {answered}, which is gone"
            ),
        }
    }
}
