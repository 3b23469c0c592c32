//! A plugin's answer, and its translation into the guard's terms.

use autotag_core::tagging::{ProposedTagging, Related};

use crate::bindings::autotag::plugin::types;

/// A plugin's answer about an event: what to tag, or why nothing.
pub type Answer = Result<Vec<types::Tagging>, types::Failure>;

/// How many taggings and resources an answer holds, for the bound `results`.
pub(crate) fn results(taggings: &[types::Tagging]) -> u64 {
    taggings.iter().map(|tagging| 1 + tagging.resources.len() as u64).sum()
}

/// What an answer asks for, in the guard's terms.
pub(crate) fn proposed(taggings: Vec<types::Tagging>) -> Vec<ProposedTagging> {
    let tagging = |types::Tagging { resources, related, tags }| ProposedTagging {
        resources,
        related: related_of(related),
        tags: tags.into_iter().map(|types::Tag { key, value }| (key, value)).collect(),
    };
    taggings.into_iter().map(tagging).collect()
}

fn related_of(flags: types::Related) -> Vec<Related> {
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
