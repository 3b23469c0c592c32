//! The host's checks on what a plugin may ask for.
//!
//! Tags decide which principals may stop an instance, so a plugin is not trusted with them. A plugin's answer passes as
//! a whole or not at all:
//!
//! - **Provenance of ids.** Every EC2 id must be a string in the API call's response. One that is also a string of its
//!   own in the request existed before the API call, no matter who created it, and is refused: that also keeps an id
//!   from being smuggled in through a text that EC2 echoes, such as a description or a tag. An ARN is proved part by
//!   part, from the envelope and the response; by its name alone only where the response has no ARN of the service. An
//!   ARN that is a string of its own in the request existed before. So did the resources of an API call whose name is
//!   not that of a creating one.
//! - **Kinds.** Of an API call that the host knows ([`autotag_api_calls`]), only what it creates is taken; EC2
//!   ids come from EC2's API calls alone.
//! - **Ownership.** That the API call returned a resource does not mean that it created it: each resource gets a
//!   verdict ([`crate::ownership`]).
//! - **Provenance of identity.** A key that decides access has exactly the record's `userIdentity.principalId`. Only
//!   the tagger itself puts another one there: that of a parent that the plugin has asked for. What a service made for
//!   itself has none.
//! - **Provenance of the event.** Its source is an AWS service's, which EventBridge lets no other sender use; its
//!   account is one that the operator allows; the record inside it is of the same account and Region; and it comes for
//!   the first time.
//! - **Tags.** Keys are those that the plugin declares and the operator allows; keys, values and counts obey AWS's
//!   limits.

mod conflict;
mod creation;
mod provenance;
mod refusal;
mod tags;

use std::collections::{BTreeMap, BTreeSet};

pub use conflict::{Conflict, conflicts};
use creation::Creation;
use provenance::Provenance;
pub use refusal::Refusal;
pub use tags::{MAX_KEY_CHARS, MAX_TAGS, MAX_VALUE_CHARS, check_key_form};

use crate::event::{Event, Record};
use crate::ownership::{Claim, Judge};
use crate::resource::Resource;
use crate::tagging::{Alterations, ProposedTagging, Related, Tagging};

/// EC2's limit on the resources of one request. No event can name so many: records are cut above 100 KB.
pub const MAX_RESOURCES: usize = 1000;

/// What the operator allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The only keys that any plugin may write.
    pub tag_keys: BTreeSet<String>,
    /// The keys that decide access.
    pub access_keys: BTreeSet<String>,
    /// The accounts to tag in; all if none.
    pub accounts: Option<BTreeSet<String>>,
    /// Whether events from the replay of an archive are taken.
    pub allow_replays: bool,
}

/// What a plugin may do in its answer to one event.
#[derive(Debug, Clone, Copy)]
pub struct PluginScope<'a> {
    /// The tag keys that its manifest says it writes.
    pub tag_keys: &'a BTreeSet<String>,
    /// Whether the operator names the event in the plugin's `events`.
    pub is_chosen: bool,
}

/// An answer that has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is to be tagged; none if there is nothing.
    pub taggings: Vec<Tagging>,
    /// What was altered in them, if anything was.
    pub alterations: Option<Alterations>,
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
    /// ```
    /// use autotag_core::event::decode;
    /// use autotag_core::guard::{Guard, Refusal};
    ///
    /// let event = decode(
    ///     br#"{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVpc", "awsRegion": "eu-central-1",
    ///         "recipientAccountId": "111122223333"}"#,
    /// )
    /// .remove(0)?;
    /// let record = event.record()?;
    /// assert_eq!(Guard::default().admit(&event, &record), Ok(()));
    /// let guard = Guard { accounts: Some(["444455556666".into()].into()), ..Guard::default() };
    /// assert_eq!(guard.admit(&event, &record), Err(Refusal::Account("111122223333".into())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If nothing may be tagged for this event.
    pub fn admit(&self, event: &Event, record: &Record<'_>) -> Result<(), Refusal> {
        if !is_service(&event.source) {
            return Err(Refusal::ForeignSource(event.source.clone()));
        }
        if let (Some(replay), false) = (&event.replay_name, self.allow_replays) {
            return Err(Refusal::Replay(replay.clone()));
        }
        for (field, name) in [(&event.account, "account"), (&event.region, "Region")] {
            if field.is_empty() {
                return Err(Refusal::NoAccountOrRegion(name));
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
                return Err(Refusal::OtherAccountOrRegion { what, record: record.into(), envelope: envelope.clone() });
            }
        }
        Ok(())
    }

    /// Checks a plugin's answer to an admitted event.
    ///
    /// ```
    /// use autotag_core::event::decode;
    /// use autotag_core::guard::{Guard, PluginScope, Refusal};
    /// use autotag_core::tagging::ProposedTagging;
    ///
    /// let event = decode(
    ///     br#"{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVpc", "awsRegion": "eu-central-1",
    ///         "recipientAccountId": "111122223333", "userIdentity": {"principalId": "AIDABOB"},
    ///         "responseElements": {"vpc": {"vpcId": "vpc-1"}}}"#,
    /// )
    /// .remove(0)?;
    /// let record = event.record()?;
    /// let guard = Guard::default();
    /// guard.admit(&event, &record)?;
    ///
    /// let check = |id: &str| {
    ///     let tags = vec![("PrincipalId".into(), "AIDABOB".into())];
    ///     let proposed = ProposedTagging { resources: vec![id.into()], related: vec![], tags };
    ///     let scope = PluginScope { tag_keys: &["PrincipalId".into()].into(), is_chosen: false };
    ///     guard.check(&event, &record, scope, vec![proposed])
    /// };
    /// let checked = check("vpc-1")?;
    /// assert_eq!((checked.taggings.len(), checked.alterations), (1, None));
    /// assert_eq!(check("vpc-2"), Err(Refusal::NotInAnswer("vpc-2".into())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The first violation found.
    pub fn check(
        &self,
        event: &Event,
        record: &Record<'_>,
        scope: PluginScope<'_>,
        mut proposed: Vec<ProposedTagging>,
    ) -> Result<Checked, Refusal> {
        let is_launch = |tagging: &ProposedTagging| tagging.related.contains(&Related::LaunchedInstances);
        proposed.retain(|tagging| !tagging.tags.is_empty() && (!tagging.resources.is_empty() || is_launch(tagging)));
        let all_tags: Vec<_> = proposed.iter_mut().map(|tagging| std::mem::take(&mut tagging.tags)).collect();
        limit("resources", proposed.iter().map(|tagging| tagging.resources.len()).sum(), MAX_RESOURCES)?;
        let provenance = Provenance::of(record, proposed.iter().flat_map(|tagging| &tagging.resources))?;
        let judge = Judge::of(event, record);
        let creation = Creation { event, record, provenance: &provenance, judge: &judge, is_chosen: scope.is_chosen };
        let is_by_service = event.is_by_service();
        let mut altered = Alterations::default();
        let mut taggings = Vec::with_capacity(proposed.len());
        for (tagging, given) in proposed.iter().zip(all_tags) {
            let mut claims: Vec<Claim> = Vec::with_capacity(tagging.resources.len());
            for text in &tagging.resources {
                let resource = creation.prove(text)?;
                if !claims.iter().any(|claim| claim.resource == resource) {
                    claims.push(judge.claim(resource));
                }
            }
            let is_of_others = claims.iter().any(|claim| matches!(claim.resource, Resource::Other(_)));
            let inherits = tagging.related.contains(&Related::Parent);
            limit("tags", given.len(), MAX_TAGS)?;
            let mut tags: BTreeMap<String, String> = BTreeMap::new();
            for (key, value) in given {
                self.check_key(&key, scope.tag_keys)?;
                let mut value = self.check_value(&key, value, record, &mut altered.cut)?;
                // No principal can be a service. A parent's identity may replace this one.
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
            let launch = if is_launch(tagging) { Some(creation.launch()?) } else { None };
            if !tags.is_empty() {
                taggings.push(Tagging { claims, launch, related: tagging.related.clone(), tags });
            }
        }
        if let Some((_, _, conflict)) = conflicts(taggings.iter().map(|tagging| ((), tagging))).into_iter().next() {
            return Err(Refusal::Conflict(Box::new(conflict)));
        }
        Ok(Checked { taggings, alterations: (altered != Alterations::default()).then_some(altered) })
    }
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

#[cfg(test)]
mod tests;
