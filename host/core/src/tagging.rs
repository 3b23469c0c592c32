//! Which resources are to get which tags: as a plugin proposes it, and as the guard lets it pass.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::event::Omission;
use crate::ownership::{Claim, Contradiction, Verdict};
use crate::resource::Resource;

/// What a plugin asks for, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedTagging {
    /// Ids or ARNs.
    pub resources: Vec<String>,
    /// What else to look up, starting from them.
    pub related: Vec<Related>,
    /// Keys and values. A key may occur more than once.
    pub tags: Vec<(String, String)>,
}

/// Resources, and the tags that all of them get. The guard has proved that the API call returned them; each claim says
/// whether it created them.
///
/// ```
/// use autotag_core::ownership::{Claim, Contradiction, Proof, Verdict};
/// use autotag_core::resource::{Resource, ResourceId};
/// use autotag_core::tagging::Tagging;
///
/// let id = |text: &str| ResourceId::parse(text).map(Resource::Ec2).ok_or("no id");
/// let new = Verdict::Proved(Proof::Success);
/// let old = Verdict::Disproved(Contradiction::BroughtAlong);
/// let claims = vec![
///     Claim { resource: id("i-1")?, verdict: new, is_reusable: false, unique_id: None },
///     Claim { resource: id("eni-1")?, verdict: old, is_reusable: false, unique_id: None },
/// ];
/// let tags = [("PrincipalId".into(), "AIDABOB".into())].into();
/// let tagging = Tagging { claims, launch: None, related: vec![], tags };
/// assert_eq!(tagging.resources().map(Resource::as_str).collect::<Vec<_>>(), ["i-1"]);
/// assert!(tagging.disproved().any(|(resource, _)| resource.as_str() == "eni-1"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagging {
    /// The resources that the event names, each with a verdict.
    pub claims: Vec<Claim>,
    /// The launch whose instances are to be looked up, since CloudTrail has omitted its response.
    pub launch: Option<Launch>,
    /// What to look up from them: more resources to tag, or their parent.
    pub related: Vec<Related>,
    /// The tags, by key.
    pub tags: BTreeMap<String, String>,
}

/// The form of reports: what may get the tags, and for each resource whether the API call created it.
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
    /// The resources that may get the tags: all that are not disproved.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        let claims = self.claims.iter().filter(|claim| !matches!(claim.verdict, Verdict::Disproved(_)));
        claims.map(|claim| &claim.resource)
    }

    /// The resources that the API call did not create, and what shows that.
    pub fn disproved(&self) -> impl Iterator<Item = (&Resource, &Contradiction)> {
        self.claims.iter().filter_map(|claim| match &claim.verdict {
            Verdict::Disproved(contradiction) => Some((&claim.resource, contradiction)),
            _ => None,
        })
    }

    /// Whether any resource may get the tags.
    ///
    /// ```
    /// use autotag_core::event::Omission;
    /// use autotag_core::tagging::{Launch, Related, Tagging};
    ///
    /// let omitted = Omission::default();
    /// let launch = Launch { client_token: "t".into(), min_count: 1, max_count: 2, omitted };
    /// let tags = [("PrincipalId".into(), "AIDABOB".into())].into();
    /// let related = vec![Related::LaunchedInstances];
    /// // The instances of a launch have yet to be looked up.
    /// let tagging = Tagging { claims: vec![], launch: Some(launch), related, tags };
    /// assert!(tagging.is_for_something());
    /// let nothing = Tagging { launch: None, ..tagging };
    /// assert!(!nothing.is_for_something());
    /// ```
    #[must_use]
    pub fn is_for_something(&self) -> bool {
        self.launch.is_some() || self.resources().next().is_some()
    }
}

/// A launch whose response CloudTrail has omitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The token by which its instances are looked up: all of them have it.
    pub client_token: String,
    /// How many instances it launched at least: it fails as a whole if it cannot.
    pub min_count: usize,
    /// How many instances it launched at most.
    pub max_count: usize,
    /// What CloudTrail says of the omitted response.
    pub omitted: Omission,
}

/// What has to be looked up, since the event does not name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Related {
    /// The volumes attached to the tagging's instances.
    Volumes,
    /// The network interfaces attached to the tagging's instances.
    NetworkInterfaces,
    /// The snapshots behind the tagging's images.
    Snapshots,
    /// The resource for which the tagging's instances were launched. It is not tagged; the tagging's keys take their
    /// values from it.
    Parent,
    /// The instances of a launch whose response CloudTrail has omitted.
    LaunchedInstances,
}

/// What the host changed in proposed tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alterations {
    /// The keys whose values were too long for AWS, and were cut.
    pub cut: BTreeSet<String>,
    /// The keys whose values had characters that the Resource Groups Tagging API does not take: an underscore replaces
    /// each.
    pub replaced: BTreeSet<String>,
    /// The keys that decide access, left out where a service made the resource for itself: no principal can be a
    /// service.
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
            words.push(format!("{} was left out, since the caller is a service", and(&self.left_out)));
        }
        formatter.write_str(&words.join("; "))
    }
}
