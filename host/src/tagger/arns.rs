//! Resources of other services than EC2, by their ARNs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::existing::tag_sets;
use super::tagging_api::TaggingApi;
use super::{Call, TagError};
use crate::resource::ResourceArn;

/// Puts the tags on all of `resources`, and leaves alone what they have for one of `keep_keys`. Answers how many have them now.
pub(super) async fn tag(
    api: &TaggingApi,
    call: &Call<'_>,
    tags: &BTreeMap<String, String>,
    resources: Vec<ResourceArn>,
    keep_keys: &BTreeSet<String>,
) -> (usize, Result<(), TagError>) {
    let mut problem = Ok(());
    let mut known = HashMap::new();
    let mut unseen = BTreeSet::new();
    let kept: Vec<_> = tags.keys().filter(|key| keep_keys.contains(*key)).collect();
    if !kept.is_empty() {
        for (arn, shown) in api.resources.ask((), resources.clone()).await {
            match shown {
                Ok(Some(tags)) => {
                    known.insert(arn, tags);
                }
                // The API shows nothing of what has no tags, nor, for a while, of what was created with some.
                Ok(None) if call.may_hide_tags(kept.iter().copied()) => {
                    let why = format!("{arn} is not shown by the tagging API yet: its tags are not known");
                    problem = TagError::graver(problem, Err(TagError::not_yet(why)));
                    unseen.insert(arn);
                }
                Ok(None) => {}
                Err(failure) => {
                    problem = TagError::graver(problem, Err(TagError::of(failure, Some(arn.as_str()), call)));
                    unseen.insert(arn);
                }
            }
        }
    }
    let mut count = 0;
    for (tags, resources) in tag_sets(tags, resources, &known, &unseen, keep_keys) {
        for (arn, tagged) in api.tag_resources.ask(Arc::new(tags), resources).await {
            match tagged {
                Ok(_) => count += 1,
                Err(failure) => {
                    problem = TagError::graver(problem, Err(TagError::of(failure, Some(arn.as_str()), call)));
                }
            }
        }
    }
    (count, problem)
}
