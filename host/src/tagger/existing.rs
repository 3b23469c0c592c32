//! Tags that are there already. The present values of some keys stay, such as an owner that somebody has set by hand; so what
//! is put on can differ from resource to resource.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ec2::Ec2;
use super::{Call, TagError};
use crate::plan::Tagging;
use crate::resource::ResourceId;

type Tags = BTreeMap<String, String>;

/// Which resources get which tags: those of `tagging`, without the keys of `keep_keys` that a resource has with another value.
///
/// `known` are the tags of resources that have been looked up. A resource whose tags cannot be seen gets none of `keep_keys`,
/// and the problem says so.
pub(super) async fn tag_sets(
    ec2: &Ec2,
    call: &Call,
    tagging: &Tagging,
    resources: Vec<ResourceId>,
    mut known: HashMap<ResourceId, Vec<(String, String)>>,
    keep_keys: &BTreeSet<String>,
) -> (BTreeMap<Tags, Vec<ResourceId>>, Result<(), TagError>) {
    let keys: Vec<String> = tagging.tags.keys().filter(|key| keep_keys.contains(*key)).cloned().collect();
    if keys.is_empty() {
        return ([(tagging.tags.clone(), resources)].into(), Ok(()));
    }
    let unknown: Vec<_> = resources.iter().filter(|id| !known.contains_key(id)).cloned().collect();
    let mut problem = Ok(());
    let mut unseen = BTreeSet::new();
    if !unknown.is_empty() {
        for (id, tags) in ec2.tags.ask(keys.clone(), unknown).await {
            match tags {
                Ok(tags) => {
                    known.insert(id, tags);
                }
                Err(failure) => {
                    problem = TagError::graver(problem, Err(TagError::of(failure, Some(&id), call)));
                    unseen.insert(id);
                }
            }
        }
    }
    let mut tag_sets: BTreeMap<Tags, Vec<ResourceId>> = BTreeMap::new();
    for id in resources {
        let present = known.get(&id).map(Vec::as_slice).unwrap_or_default();
        let stays = |key: &String, value: &String| {
            let has_another = present.iter().any(|(other, present)| other == key && present != value);
            keys.contains(key) && (has_another || unseen.contains(&id))
        };
        let tags: Tags = tagging.tags.iter().filter(|(key, value)| !stays(key, value)).map(owned).collect();
        if tags.len() < tagging.tags.len() {
            tracing::debug!(resource = %id, "a tag that was there already stays");
        }
        if !tags.is_empty() {
            tag_sets.entry(tags).or_default().push(id);
        }
    }
    (tag_sets, problem)
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}
