//! The host's law over what a plugin may ask.
//!
//! Tags decide who may stop a machine, so a plugin is not trusted with them. An answer passes as a whole or not at all:
//!
//! - **Provenance of ids.** Every EC2 id must be a string in what the call answered. One that is also a string of its own in
//!   the request existed before the call, whoever made it, and is refused: that also keeps an id from being smuggled in through
//!   a text that EC2 echoes, such as a description or a tag. An ARN is proved part by part, from the envelope and the
//!   answer; by its name alone only where the answer has no ARN of the service. One that stands in the request as a whole existed
//!   before, and so did whatever a call is about that does not create, by its name.
//! - **Kinds.** Of a call that the host knows ([`crate::ownership::calls`]), only what it creates is taken; EC2's ids come from EC2's calls
//!   alone.
//! - **Ownership.** That the call returned something is not that it created it: each resource gets a verdict ([`crate::ownership`]).
//! - **Provenance of identity.** A key that decides access carries exactly the record's `userIdentity.principalId`. Only the tagger
//!   itself puts another one there: that of a parent that the plugin has asked for. What a service made for itself has none.
//! - **Provenance of the event.** Its source is an AWS service's, which EventBridge lets nobody else use; its account is one
//!   that the operator allows; the record inside it is of the same account and Region; and it comes for the first time.
//! - Keys are the plugin's own and the operator's to allow; keys, values and counts obey AWS's limits.

mod conflict;
mod provenance;

use std::collections::{BTreeMap, BTreeSet};

pub use conflict::{Conflict, conflicts};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use provenance::Provenance;

use crate::event::{Event, Record};
use crate::ownership::calls::{Call, EC2};
use crate::ownership::{Claim, Judge, client_token_in};
use crate::plan::{Altered, Related, Tagging};
use crate::plugin::types;
use crate::resource::{Arn, Resource, ResourceArn, ResourceId, partition_of};

/// AWS's limit on a tag's key, in characters.
pub const MAX_KEY_CHARS: usize = 128;
/// AWS's limit on a tag's value, in characters.
pub const MAX_VALUE_CHARS: usize = 256;
/// AWS's limit on the tags of a resource.
pub const MAX_TAGS: usize = 50;
/// EC2's limit on the resources of one call. More than one event can ever name: records are cut above 100 KB.
pub const MAX_RESOURCES: usize = 1000;

/// How the names of calls begin that create something: an ARN in the answer of any other call may be of what has long been there. Of EC2's
/// ids it need not be asked, since a request names what exists by the same id.
const CREATING: [&str; 16] = [
    "Allocate",
    "Associate",
    "Authorize",
    "Build",
    "Clone",
    "Copy",
    "Create",
    "Export",
    "Import",
    "Issue",
    "Provision",
    "Publish",
    "Purchase",
    "Register",
    "Request",
    "Restore",
];

/// Why an answer does not pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Anybody can send events of other sources.
    #[error("the event's source `{0}` is not an AWS service's (`aws.…`), so anybody may have sent it")]
    ForeignSource(String),
    /// It is not the first time that the event comes: things may have changed hands since.
    #[error(
        "the event comes again by the replay `{0}` of an archive, long after it happened; `allow_replays` in the configuration allows that"
    )]
    Replay(String),
    /// The envelope is not the record's.
    #[error("the record's {what}, {record}, is not its envelope's, {envelope}")]
    OtherPlace {
        /// `account` or `Region`.
        what: &'static str,
        /// What the record says.
        record: String,
        /// What the envelope says.
        envelope: String,
    },
    /// Without account and Region, ids mean nothing.
    #[error("the event does not say its {0}")]
    NoPlace(&'static str),
    /// The operator does not tag in this account.
    #[error("account {0} is not among the accounts that this host may tag in")]
    Account(String),
    /// The id is not what the call created.
    #[error("{0} is not in what the call answered")]
    NotInAnswer(String),
    /// The id cannot be seen.
    #[error("{id} cannot be what the call created: CloudTrail has omitted what it answered ({omitted})")]
    AnswerOmitted {
        /// The id.
        id: String,
        /// What CloudTrail says of it.
        omitted: String,
    },
    /// The call creates nothing like it.
    #[error("{resource}: {event_name} creates nothing of its kind")]
    NotCreated {
        /// The id or ARN.
        resource: String,
        /// The call.
        event_name: String,
    },
    /// Only EC2's calls answer with EC2's ids.
    #[error("{0}: only calls of EC2 create what has an id of EC2's")]
    NotOfEc2(String),
    /// The id existed before the call.
    #[error("{0} stands in the request, so it existed before the call")]
    InRequest(String),
    /// Nothing can be looked up in the record.
    #[error("the record cannot be searched for the answer's ids: {0}")]
    Unsearchable(String),
    /// A part of an ARN contradicts the event.
    #[error("{arn}: its {part} is not the event's, `{expected}`")]
    ArnPart {
        /// The ARN.
        arn: String,
        /// `partition`, `service`, `Region` or `account`.
        part: &'static str,
        /// What it must be.
        expected: String,
    },
    /// Nothing was created.
    #[error(
        "{resource}: {event_name} is no call that the host knows to create something; if it is one, name it in `events` of the plugin's \
         configuration"
    )]
    NotCreating {
        /// The id or ARN.
        resource: String,
        /// The call.
        event_name: String,
    },
    /// Nobody's launch but a service's own is for a parent.
    #[error("the plugin asks for the parent of what was launched, but it was not a service that called for itself")]
    ParentOfPersons,
    /// There is nothing to look up the instances of a launch by, or no need to.
    #[error("the plugin asks for the instances of a launch, but {0}")]
    NoLaunch(&'static str),
    /// Neither an id that EC2 tags, nor an ARN.
    #[error("`{0}` is not the id of anything that EC2 can tag, nor an ARN")]
    NotTaggable(String),
    /// A key that decides access, with somebody else's identity.
    #[error("{key} must be the caller's principal id, {}, not `{given}`", .actual.as_ref().map_or_else(|| "of which the event has none".into(), |id| format!("`{id}`")))]
    Identity {
        /// The key.
        key: String,
        /// What the plugin answered.
        given: String,
        /// What the record says.
        actual: Option<String>,
    },
    /// A principal id that cannot be written down where it is needed.
    #[error("{key} would be `{value}`, but the Resource Groups Tagging API does not take all of its characters")]
    IdentityCharacters {
        /// The key.
        key: String,
        /// What the record says.
        value: String,
    },
    /// A key that cannot be written down where it is needed.
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
    /// AWS keeps these for itself.
    #[error("the tag key `{0}` is reserved by AWS")]
    ReservedKey(String),
    /// A key of no characters or too many.
    #[error("the tag key `{0}` is not of 1 to {MAX_KEY_CHARS} characters")]
    KeyLength(String),
    /// More resources or tags than one event can be about.
    #[error("{count} {what}; the limit is {limit}")]
    TooMany {
        /// `resources` or `tags`
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
    /// Which refusal it is, in one of a few words, for metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ForeignSource(_) => "foreign_source",
            Self::Replay(_) => "replay",
            Self::OtherPlace { .. } => "other_place",
            Self::AnswerOmitted { .. } => "answer_omitted",
            Self::NotCreated { .. } => "not_created",
            Self::NotOfEc2(_) => "not_of_ec2",
            Self::NoLaunch(_) => "no_launch",
            Self::NoPlace(_) => "no_place",
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

/// What the operator allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The only keys that any plugin may write.
    pub tag_keys: BTreeSet<String>,
    /// The keys that decide access.
    pub access_keys: BTreeSet<String>,
    /// The accounts to tag in; none: all.
    pub accounts: Option<BTreeSet<String>>,
    /// Whether events that come again by the replay of an archive are taken.
    pub allow_replays: bool,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            tag_keys: ["Owner", "PrincipalId"].map(Into::into).into(),
            access_keys: ["PrincipalId"].map(Into::into).into(),
            accounts: None,
            allow_replays: false,
        }
    }
}

impl Guard {
    /// Checks the event itself, and its record, before a plugin sees it.
    ///
    /// # Errors
    /// If nothing may be tagged on the word of this event.
    pub fn admit(&self, event: &Event, record: &Record<'_>) -> Result<(), Refusal> {
        if !is_service(&event.source) {
            return Err(Refusal::ForeignSource(event.source.clone()));
        }
        if let (Some(replay), false) = (&event.replay_name, self.allow_replays) {
            return Err(Refusal::Replay(replay.clone()));
        }
        for (field, name) in [(&event.account, "account"), (&event.region, "Region")] {
            if field.is_empty() {
                return Err(Refusal::NoPlace(name));
            }
        }
        if let Some(accounts) = &self.accounts
            && !accounts.contains(&event.account)
        {
            return Err(Refusal::Account(event.account.clone()));
        }
        for (what, record, envelope) in
            [("account", &record.recipient_account_id, &event.account), ("Region", &record.aws_region, &event.region)]
        {
            if let Some(record) = record.as_deref().filter(|record| !record.is_empty() && record != envelope) {
                return Err(Refusal::OtherPlace { what, record: record.into(), envelope: envelope.clone() });
            }
        }
        Ok(())
    }

    /// Checks a plugin's answer to an admitted event. `declared` are the keys that the plugin says it writes; `is_chosen` is whether the
    /// operator names the event in the plugin's `events`.
    ///
    /// Answers the taggings that remain, none if there is nothing to tag.
    ///
    /// # Errors
    /// The first thing found that may not be.
    pub fn check(
        &self,
        event: &Event,
        record: &Record<'_>,
        declared: &BTreeSet<String>,
        is_chosen: bool,
        mut answer: Vec<types::Tagging>,
    ) -> Result<(Vec<Tagging>, Option<Altered>), Refusal> {
        let is_launch = |tagging: &types::Tagging| tagging.related.contains(types::Related::LAUNCHED_INSTANCES);
        answer.retain(|tagging| !tagging.tags.is_empty() && (!tagging.resources.is_empty() || is_launch(tagging)));
        let all_tags: Vec<_> = answer.iter_mut().map(|tagging| std::mem::take(&mut tagging.tags)).collect();
        limit("resources", answer.iter().map(|tagging| tagging.resources.len()).sum(), MAX_RESOURCES)?;
        let provenance = Provenance::of(record, answer.iter().flat_map(|tagging| &tagging.resources))?;
        let judge = Judge::of(event, record);
        let law = Law { event, record, provenance: &provenance, judge: &judge, is_chosen };
        let is_by_service = event.is_by_service();
        let mut altered = Altered::default();
        let mut taggings = Vec::with_capacity(answer.len());
        for (tagging, given) in answer.iter().zip(all_tags) {
            let mut claims: Vec<Claim> = Vec::with_capacity(tagging.resources.len());
            for text in &tagging.resources {
                let resource = law.prove(text)?;
                if !claims.iter().any(|claim| claim.resource == resource) {
                    claims.push(judge.claim(resource));
                }
            }
            let is_of_others = claims.iter().any(|claim| matches!(claim.resource, Resource::Other(_)));
            let related = related(tagging.related);
            let inherits = related.contains(&Related::Parent);
            limit("tags", given.len(), MAX_TAGS)?;
            let mut tags: BTreeMap<String, String> = BTreeMap::new();
            for types::Tag { key, value } in given {
                self.check_key(&key, declared)?;
                let mut value = self.check_value(&key, value, record, &mut altered.cut)?;
                // Nobody can be a service. A parent's identity may take the place of this one.
                if is_by_service && !inherits && self.access_keys.contains(&key) {
                    altered.left_out.insert(key);
                    continue;
                }
                if is_of_others && self.replace_characters(&key, &mut value)? {
                    altered.replaced.insert(key.clone());
                }
                if tags.contains_key(&key) {
                    return Err(Refusal::KeyTwice(key));
                }
                tags.insert(key, value);
            }
            if inherits && !is_by_service {
                return Err(Refusal::ParentOfPersons);
            }
            let client_token = if is_launch(tagging) { Some(law.launch()?) } else { None };
            if !tags.is_empty() {
                taggings.push(Tagging { claims, client_token, related, tags });
            }
        }
        if let Some((_, _, conflict)) = conflicts(taggings.iter().map(|tagging| ((), tagging))).into_iter().next() {
            return Err(Refusal::Conflict(Box::new(conflict)));
        }
        Ok((taggings, (altered != Altered::default()).then_some(altered)))
    }

    fn check_key(&self, key: &str, declared: &BTreeSet<String>) -> Result<(), Refusal> {
        check_key_form(key)?;
        if !declared.contains(key) {
            return Err(Refusal::UndeclaredKey(key.into()));
        }
        if !self.tag_keys.contains(key) {
            return Err(Refusal::ForbiddenKey(key.into()));
        }
        Ok(())
    }

    fn check_value(
        &self,
        key: &str,
        mut value: String,
        record: &Record<'_>,
        cut_keys: &mut BTreeSet<String>,
    ) -> Result<String, Refusal> {
        if self.access_keys.contains(key) && record.principal_id.as_deref() != Some(value.as_str()) {
            let actual = record.principal_id.as_deref().map(Into::into);
            return Err(Refusal::Identity { key: key.into(), given: value, actual });
        }
        if let Some((end, _)) = value.char_indices().nth(MAX_VALUE_CHARS) {
            // A part of a principal id is nobody's.
            if self.access_keys.contains(key) {
                let count = value.chars().count();
                return Err(Refusal::TooMany { what: "characters in a principal id", count, limit: MAX_VALUE_CHARS });
            }
            value.truncate(end);
            cut_keys.insert(key.into());
        }
        Ok(value)
    }

    /// Makes a value one that the tagging API takes, if it is not.
    fn replace_characters(&self, key: &str, value: &mut String) -> Result<bool, Refusal> {
        if !key.chars().all(is_taken_by_the_tagging_api) {
            return Err(Refusal::KeyCharacters(key.into()));
        }
        if value.chars().all(is_taken_by_the_tagging_api) {
            return Ok(false);
        }
        // Another character makes another principal.
        if self.access_keys.contains(key) {
            return Err(Refusal::IdentityCharacters { key: key.into(), value: value.clone() });
        }
        *value = value.chars().map(|char| if is_taken_by_the_tagging_api(char) { char } else { '_' }).collect();
        Ok(true)
    }
}

/// Checks what AWS asks of every key.
///
/// # Errors
/// If it is reserved, empty or too long.
pub fn check_key_form(key: &str) -> Result<(), Refusal> {
    if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        return Err(Refusal::ReservedKey(key.into()));
    }
    if key.is_empty() || key.chars().count() > MAX_KEY_CHARS {
        return Err(Refusal::KeyLength(key.chars().take(MAX_KEY_CHARS).collect()));
    }
    Ok(())
}

/// Whether the Resource Groups Tagging API takes the character in a tag: its `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
fn is_taken_by_the_tagging_api(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphanumeric() || " _.:/=+-@".contains(char);
    }
    let taken = GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Number).union(GeneralCategoryGroup::Separator);
    taken.contains(CodePointMapData::<GeneralCategory>::new().get(char))
}

fn limit(what: &'static str, count: usize, limit: usize) -> Result<(), Refusal> {
    if count > limit { Err(Refusal::TooMany { what, count, limit }) } else { Ok(()) }
}

/// Whether a source is an AWS service's. Partners have `aws.partner/…`, and write all of their events themselves.
fn is_service(source: &str) -> bool {
    let is_of_names = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || matches!(char, '-' | '.');
    source
        .strip_prefix("aws.")
        .is_some_and(|service| !service.is_empty() && service != "partner" && service.chars().all(is_of_names))
}

/// What one event's record says of what its call created.
struct Law<'a> {
    event: &'a Event,
    record: &'a Record<'a>,
    provenance: &'a Provenance<'a>,
    judge: &'a Judge<'a>,
    is_chosen: bool,
}

impl Law<'_> {
    /// Proves that the call returned the resource, and can have created it.
    fn prove(&self, text: &str) -> Result<Resource, Refusal> {
        let resource = self.returned(text)?;
        let event_name = || self.record.event_name.to_string();
        let (is_ec2, is_named) = match &resource {
            // A request names what exists by the same id, so that EC2's own calls need no name that says so.
            Resource::Ec2(_) => (true, self.is_chosen),
            Resource::Other(_) => {
                (false, self.is_chosen || CREATING.iter().any(|verb| self.record.event_name.starts_with(verb)))
            }
        };
        if is_ec2 && (self.event.source != "aws.ec2" || self.record.event_source.as_deref() != Some(EC2)) {
            return Err(Refusal::NotOfEc2(text.into()));
        }
        match self.judge.call() {
            Some(call) if call.kind_of(&resource).is_none() => {
                Err(Refusal::NotCreated { resource: text.into(), event_name: event_name() })
            }
            None if !is_named => Err(Refusal::NotCreating { resource: text.into(), event_name: event_name() }),
            _ => Ok(resource),
        }
    }

    /// Proves that the call returned the resource.
    fn returned(&self, text: &str) -> Result<Resource, Refusal> {
        let Some(arn) = Arn::parse(text) else {
            let id = ResourceId::parse(text).ok_or_else(|| Refusal::NotTaggable(text.into()))?;
            self.provenance.prove_id(text)?;
            return Ok(Resource::Ec2(id));
        };
        let event = self.event;
        let service = event.source.strip_prefix("aws.").unwrap_or_default();
        for (part, given, expected, may_be_empty) in [
            ("partition", arn.partition, partition_of(&event.region), false),
            ("service", arn.service, service, false),
            ("Region", arn.region, event.region.as_str(), true),
            ("account", arn.account, event.account.as_str(), true),
        ] {
            if given != expected && !(may_be_empty && given.is_empty()) {
                return Err(Refusal::ArnPart { arn: text.into(), part, expected: expected.into() });
            }
        }
        let not_taggable = || Refusal::NotTaggable(text.into());
        if arn.service != "ec2" {
            self.provenance.prove_arn(text, &arn, self.judge.call().is_some())?;
            return ResourceArn::parse(text).map(Resource::Other).ok_or_else(not_taggable);
        }
        let id = ResourceId::parse(arn.name()).ok_or_else(not_taggable)?;
        self.provenance.prove_id(arn.name())?;
        Ok(Resource::Ec2(id))
    }

    /// The client token by which the instances of a launch are looked up, whose answer CloudTrail has omitted.
    fn launch(&self) -> Result<String, Refusal> {
        if !self.judge.call().is_some_and(Call::launches_instances) {
            return Err(Refusal::NoLaunch("the call launches none"));
        }
        if !self.record.response_elements.is_omitted() {
            return Err(Refusal::NoLaunch("CloudTrail has not omitted what the call answered"));
        }
        let token = self.record.request_parameters.json().and_then(client_token_in);
        token.ok_or(Refusal::NoLaunch("the request has no client token to look them up by"))
    }
}

fn related(flags: types::Related) -> Vec<Related> {
    [
        (types::Related::VOLUMES, Related::Volumes),
        (types::Related::NETWORK_INTERFACES, Related::NetworkInterfaces),
        (types::Related::SNAPSHOTS, Related::Snapshots),
        (types::Related::PARENT, Related::Parent),
        (types::Related::LAUNCHED_INSTANCES, Related::LaunchedInstances),
    ]
    .into_iter()
    .filter_map(|(flag, related)| flags.contains(flag).then_some(related))
    .collect()
}

#[cfg(test)]
mod tests;
