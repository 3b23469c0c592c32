//! What is to get which tags: as a plugin proposes it, and as the guard lets it pass.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::event::Omitted;
use crate::ownership::{Claim, Contradiction, Verdict};
use crate::resource::Resource;

/// What a plugin asks for: nothing of it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedTagging {
    /// Ids or ARNs.
    pub resources: Vec<String>,
    /// What to look up from them.
    pub related: Vec<Related>,
    /// Keys and values, of which a key may stand more than once.
    pub tags: Vec<(String, String)>,
}

/// Resources, and the tags that all of them get. The call returned them, as the guard has proved; whether it created them, each claim says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagging {
    /// What the event names.
    pub claims: Vec<Claim>,
    /// The launch whose instances are to be looked up, since CloudTrail has omitted what it answered.
    pub launch: Option<Launch>,
    /// What to look up from them: to tag along, and whose they are.
    pub related: Vec<Related>,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
}

/// In the form of reports: what may get the tags, and of each resource whether the call created it.
impl Serialize for Tagging {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Ownership {
            verdict: &'static str,
            reason: String,
        }
        let of = |claim: &Claim| Ownership { verdict: claim.verdict.name(), reason: claim.verdict.to_string() };
        let ownership: BTreeMap<&str, Ownership> =
            self.claims.iter().map(|claim| (claim.resource.as_str(), of(claim))).collect();
        let mut fields = serializer.serialize_struct("Tagging", 4)?;
        fields.serialize_field("resources", &self.resources().collect::<Vec<_>>())?;
        fields.serialize_field("related", &self.related)?;
        fields.serialize_field("tags", &self.tags)?;
        fields.serialize_field("ownership", &ownership)?;
        fields.end()
    }
}

impl Tagging {
    /// What may get the tags: all that is not disproved.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        let claims = self.claims.iter().filter(|claim| !matches!(claim.verdict, Verdict::Disproved(_)));
        claims.map(|claim| &claim.resource)
    }

    /// What the call did not create, and why that is so.
    pub fn disproved(&self) -> impl Iterator<Item = (&Resource, &Contradiction)> {
        self.claims.iter().filter_map(|claim| match &claim.verdict {
            Verdict::Disproved(contradiction) => Some((&claim.resource, contradiction)),
            _ => None,
        })
    }

    /// Whether there is anything that may get the tags.
    #[must_use]
    pub fn is_for_something(&self) -> bool {
        self.launch.is_some() || self.resources().next().is_some()
    }
}

/// A launch whose answer CloudTrail has omitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// By what its instances are looked up: all have it.
    pub client_token: String,
    /// How many it launched at least: it fails as a whole if it cannot.
    pub min_count: usize,
    /// How many it launched at most.
    pub max_count: usize,
    /// What CloudTrail says of the answer.
    pub omitted: Omitted,
}

/// What an event does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Related {
    /// The volumes attached to the tagging's instances.
    Volumes,
    /// The network interfaces attached to the tagging's instances.
    NetworkInterfaces,
    /// The snapshots behind the tagging's images.
    Snapshots,
    /// What the tagging's instances were launched for. It is not tagged; the tagging's keys take their values from it.
    Parent,
    /// The instances that the call launched, of which CloudTrail has omitted the answer.
    LaunchedInstances,
}

/// What the host changed in values, for AWS to take them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alterations {
    /// The keys of values that were too long: only the beginning remains.
    pub cut: BTreeSet<String>,
    /// The keys of values with characters that the Resource Groups Tagging API does not take: an underscore stands for each.
    pub replaced: BTreeSet<String>,
    /// The keys that decide access of what a service made for itself: nobody can be a service.
    pub left_out: BTreeSet<String>,
}

impl fmt::Display for Alterations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let and = |keys: &BTreeSet<String>| keys.iter().map(String::as_str).collect::<Vec<_>>().join(" and ");
        let mut words = Vec::new();
        if !self.cut.is_empty() {
            words.push(format!("the value of {} was cut to 256 characters", and(&self.cut)));
        }
        if !self.replaced.is_empty() {
            words.push(format!(
                "characters that the Resource Groups Tagging API does not take were replaced in the value of {}",
                and(&self.replaced)
            ));
        }
        if !self.left_out.is_empty() {
            words.push(format!("{} was left out, since nobody can be a service", and(&self.left_out)));
        }
        formatter.write_str(&words.join("; "))
    }
}
