//! What a plugin answers about an event.

use autotag_core::tagging::{ProposedTagging, Related};

use super::bindings::autotag::plugin::types;

/// What a plugin answers about an event.
pub type Answer = Result<Vec<types::Tagging>, types::Failure>;

/// The taggings of an answer, and their resources.
pub(super) fn results(taggings: &[types::Tagging]) -> u64 {
    taggings.iter().map(|tagging| 1 + tagging.resources.len() as u64).sum()
}

/// What an answer asks for, in the guard's terms.
pub(super) fn proposed(taggings: Vec<types::Tagging>) -> Vec<ProposedTagging> {
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
