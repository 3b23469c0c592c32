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

/// EC2's limit on the resources of one call. More than one event can ever name: records are cut above 100 KB.
pub const MAX_RESOURCES: usize = 1000;

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
        mut proposed: Vec<ProposedTagging>,
    ) -> Result<(Vec<Tagging>, Option<Alterations>), Refusal> {
        let is_launch = |tagging: &ProposedTagging| tagging.related.contains(&Related::LaunchedInstances);
        proposed.retain(|tagging| !tagging.tags.is_empty() && (!tagging.resources.is_empty() || is_launch(tagging)));
        let all_tags: Vec<_> = proposed.iter_mut().map(|tagging| std::mem::take(&mut tagging.tags)).collect();
        limit("resources", proposed.iter().map(|tagging| tagging.resources.len()).sum(), MAX_RESOURCES)?;
        let provenance = Provenance::of(record, proposed.iter().flat_map(|tagging| &tagging.resources))?;
        let judge = Judge::of(event, record);
        let creation = Creation { event, record, provenance: &provenance, judge: &judge, is_chosen };
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
            let launch = if is_launch(tagging) { Some(creation.launch()?) } else { None };
            if !tags.is_empty() {
                taggings.push(Tagging { claims, launch, related: tagging.related.clone(), tags });
            }
        }
        if let Some((_, _, conflict)) = conflicts(taggings.iter().map(|tagging| ((), tagging))).into_iter().next() {
            return Err(Refusal::Conflict(Box::new(conflict)));
        }
        Ok((taggings, (altered != Alterations::default()).then_some(altered)))
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
