//! Why an event or a plugin's answer does not pass.

use super::Conflict;
use super::tags::MAX_KEY_CHARS;

/// Why an event or a plugin's answer does not pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The source is not an AWS service's, so any principal may have sent the event.
    #[error("the event's source `{0}` is not an AWS service's (`aws.…`), so any principal may have sent it")]
    ForeignSource(String),
    /// The event comes from a replay: its resources may have changed hands since.
    #[error(
        "the event comes again by the replay `{0}` of an archive, long after it happened; `allow_replays` in the configuration allows that"
    )]
    Replay(String),
    /// The envelope and the record disagree.
    #[error("the record's {what}, {record}, is not its envelope's, {envelope}")]
    OtherAccountOrRegion {
        /// `account` or `Region`.
        what: &'static str,
        /// What the record says.
        record: String,
        /// What the envelope says.
        envelope: String,
    },
    /// The event lacks its account or Region, without which ids mean nothing.
    #[error("the event does not say its {0}")]
    NoAccountOrRegion(&'static str),
    /// The operator does not tag in this account.
    #[error("account {0} is not among the accounts that this host may tag in")]
    Account(String),
    /// The id or ARN is not in the response.
    #[error("{0} is not in what the call answered")]
    NotInAnswer(String),
    /// CloudTrail has omitted the response, so nothing shows that it has the id.
    #[error("{id} cannot be what the call created: CloudTrail has omitted what it answered ({omitted})")]
    AnswerOmitted {
        /// The id or ARN that the plugin answered.
        id: String,
        /// What CloudTrail says of the omitted response.
        omitted: String,
    },
    /// The API call creates no resources of this kind.
    #[error("{resource}: {event_name} creates nothing of its kind")]
    NotCreated {
        /// The id or ARN that the plugin answered.
        resource: String,
        /// The name of the event's API call: `RunInstances`.
        event_name: String,
    },
    /// The id is EC2's, but the API call is another service's.
    #[error("{0}: only calls of EC2 create what has an id of EC2's")]
    NotOfEc2(String),
    /// The id or ARN existed before the API call.
    #[error("{0} stands in the request, so it existed before the call")]
    InRequest(String),
    /// The record cannot be searched, such as one that is nested too deep.
    #[error("the record cannot be searched for the answer's ids: {0}")]
    Unsearchable(String),
    /// A part of an ARN contradicts the event.
    #[error("{arn}: its {part} is not the event's, `{expected}`")]
    ArnPart {
        /// The ARN that the plugin answered.
        arn: String,
        /// `partition`, `service`, `Region` or `account`.
        part: &'static str,
        /// What it must be.
        expected: String,
    },
    /// The host does not know the API call to create anything.
    #[error(
        "{resource}: {event_name} is no call that the host knows to create something; if it is one, name it in `events` of the plugin's \
         configuration"
    )]
    NotCreating {
        /// The id or ARN that the plugin answered.
        resource: String,
        /// The name of the event's API call: `RunInstances`.
        event_name: String,
    },
    /// Only what a service made for itself has a parent.
    #[error("the plugin asks for the parent of what was launched, but it was not a service that called for itself")]
    ParentOfPersons,
    /// The instances of the launch cannot be looked up, or need not be.
    #[error("the plugin asks for the instances of a launch, but {0}")]
    NoLaunch(&'static str),
    /// Neither an id that EC2 tags, nor an ARN.
    #[error("`{0}` is not the id of anything that EC2 can tag, nor an ARN")]
    NotTaggable(String),
    /// A key that decides access, with another principal's identity.
    #[error("{key} must be the caller's principal id, {}, not `{given}`", .actual.as_ref().map_or_else(|| "of which the event has none".into(), |id| format!("`{id}`")))]
    Identity {
        /// The access key in the plugin's answer.
        key: String,
        /// The value that the plugin answered.
        given: String,
        /// The record's principal id; none if it has none.
        actual: Option<String>,
    },
    /// A principal id that the tagging API would not take as a value.
    #[error("{key} would be `{value}`, but the Resource Groups Tagging API does not take all of its characters")]
    IdentityCharacters {
        /// The access key that would carry it.
        key: String,
        /// The record's principal id.
        value: String,
    },
    /// A key that the tagging API would not take.
    #[error("the Resource Groups Tagging API does not take all characters of the tag key `{0}`")]
    KeyCharacters(String),
    /// The plugin never declared this key.
    #[error("the plugin did not declare the tag key `{0}`")]
    UndeclaredKey(String),
    /// The operator does not allow this key.
    #[error("the tag key `{0}` is not allowed; `tag_keys` in the configuration allows keys")]
    ForbiddenKey(String),
    /// One of two values would silently win.
    #[error("the tag key `{0}` stands twice in one tagging")]
    KeyTwice(String),
    /// A key that AWS reserves for itself.
    #[error("the tag key `{0}` is reserved by AWS")]
    ReservedKey(String),
    /// A key that is empty or too long.
    #[error("the tag key `{0}` is not of 1 to {MAX_KEY_CHARS} characters")]
    KeyLength(String),
    /// More resources or tags than one event can be about.
    #[error("{count} {what}; the limit is {limit}")]
    TooMany {
        /// What is counted: `resources`, `tags` or the like.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// One resource, one key, two values.
    #[error(transparent)]
    Conflict(Box<Conflict>),
}

impl Refusal {
    /// The refusal's name in metrics.
    ///
    /// ```
    /// use autotag_core::guard::Refusal;
    ///
    /// assert_eq!(Refusal::NotInAnswer("vol-1".into()).kind(), "not_in_answer");
    /// assert_eq!(Refusal::Account("111122223333".into()).kind(), "account");
    /// ```
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ForeignSource(_) => "foreign_source",
            Self::Replay(_) => "replay",
            Self::OtherAccountOrRegion { .. } => "other_place",
            Self::AnswerOmitted { .. } => "answer_omitted",
            Self::NotCreated { .. } => "not_created",
            Self::NotOfEc2(_) => "not_of_ec2",
            Self::NoLaunch(_) => "no_launch",
            Self::NoAccountOrRegion(_) => "no_place",
            Self::Account(_) => "account",
            Self::NotInAnswer(_) => "not_in_answer",
            Self::InRequest(_) => "in_request",
            Self::Unsearchable(_) => "unsearchable",
            Self::ArnPart { .. } => "arn_part",
            Self::NotTaggable(_) => "not_taggable",
            Self::NotCreating { .. } => "not_creating",
            Self::ParentOfPersons => "parent_of_persons",
            Self::IdentityCharacters { .. } => "identity_characters",
            Self::KeyCharacters(_) => "key_characters",
            Self::Identity { .. } => "identity",
            Self::UndeclaredKey(_) => "undeclared_key",
            Self::ForbiddenKey(_) => "forbidden_key",
            Self::KeyTwice(_) => "key_twice",
            Self::ReservedKey(_) => "reserved_key",
            Self::KeyLength(_) => "key_length",
            Self::TooMany { .. } => "too_many",
            Self::Conflict(_) => "conflict",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_and_reports_go_by_the_names_that_dashboards_know() {
        for (refusal, kind) in [
            (Refusal::ForeignSource("x".into()), "foreign_source"),
            (Refusal::NoAccountOrRegion("account"), "no_place"),
            (Refusal::NotInAnswer("i-1".into()), "not_in_answer"),
            (Refusal::InRequest("i-1".into()), "in_request"),
            (Refusal::ParentOfPersons, "parent_of_persons"),
            (Refusal::KeyTwice("Owner".into()), "key_twice"),
        ] {
            assert_eq!(refusal.kind(), kind, "{refusal}");
        }
    }
}
