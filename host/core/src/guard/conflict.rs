//! One resource, one key, two values.

use std::collections::BTreeMap;

use crate::resource::Resource;
use crate::tagging::{Related, Tagging};

/// One resource would get two values for one key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("conflict: {resource} would get {key} = {one}{} and {key} = {other}{}", by(.one_plugin), by(.other_plugin))]
pub struct Conflict {
    /// The resource that would get both values.
    pub resource: Resource,
    /// The tag key that both values are for.
    pub key: String,
    /// One of the values, as reports show it.
    pub one: String,
    /// The plugin that answered it, if two plugins disagree.
    pub one_plugin: Option<String>,
    /// The value that differs from it, as reports show it.
    pub other: String,
    /// The plugin that answered that one.
    pub other_plugin: Option<String>,
}

fn by(plugin: &Option<String>) -> String {
    plugin.as_ref().map(|plugin| format!(" (from {plugin})")).unwrap_or_default()
}

fn said(value: &str, inherits: bool) -> String {
    if inherits { format!("`{value}` or its parent's") } else { format!("`{value}`") }
}

/// All conflicts between taggings, each with the sources that the caller gave for the two that disagree. Leaves the
/// plugins' names to the caller.
///
/// ```
/// use autotag_core::guard::conflicts;
/// use autotag_core::ownership::{Claim, Proof, Verdict};
/// use autotag_core::resource::{Resource, ResourceId};
/// use autotag_core::tagging::Tagging;
///
/// let resource = ResourceId::parse("vol-1").map(Resource::Ec2).ok_or("no id")?;
/// let claim = Claim { resource, verdict: Verdict::Proved(Proof::Success), is_reusable: false, unique_id: None };
/// let owned_by = |owner: &str| {
///     let tags = [("Owner".into(), owner.into())].into();
///     Tagging { claims: vec![claim.clone()], launch: None, related: vec![], tags }
/// };
/// let (bobs, eves) = (owned_by("bob"), owned_by("eve"));
/// let found = conflicts([("one-plugin", &bobs), ("other-plugin", &eves)].into_iter());
/// let (one, other, conflict) = found.first().ok_or("no conflict")?;
/// assert_eq!((*one, *other), ("one-plugin", "other-plugin"));
/// assert_eq!((conflict.resource.as_str(), conflict.key.as_str()), ("vol-1", "Owner"));
/// # Ok::<(), &str>(())
/// ```
pub fn conflicts<'a, S: Copy>(mut taggings: impl Iterator<Item = (S, &'a Tagging)>) -> Vec<(S, S, Conflict)> {
    // One tagging alone, as nearly every event has, gives each of its keys one value.
    let (Some(first), Some(second)) = (taggings.next(), taggings.next()) else { return Vec::new() };
    let mut given = BTreeMap::new();
    let mut conflicts = Vec::new();
    for (source, tagging) in [first, second].into_iter().chain(taggings) {
        for resource in tagging.claims.iter().map(|claim| &claim.resource) {
            // The parent's value, which replaces this one, is not known yet.
            let inherits = tagging.related.contains(&Related::Parent);
            for (key, value) in &tagging.tags {
                let (first, one, one_inherits) = *given.entry((resource, key)).or_insert((source, value, inherits));
                if one != value || one_inherits != inherits {
                    let conflict = Conflict {
                        resource: resource.clone(),
                        key: key.clone(),
                        one: said(one, one_inherits),
                        one_plugin: None,
                        other: said(value, inherits),
                        other_plugin: None,
                    };
                    conflicts.push((first, source, conflict));
                }
            }
        }
    }
    conflicts
}
