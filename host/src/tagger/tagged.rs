//! What came of tagging.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::coalesce::{Api, Coalescer};
use super::{Call, TagError};

/// How many resources have their tags now, and why others may not.
pub(super) struct Tagged {
    pub(super) count: usize,
    pub(super) problem: Result<(), TagError>,
}

impl Tagged {
    /// Nothing so far.
    pub(super) fn nothing() -> Self {
        Self { count: 0, problem: Ok(()) }
    }

    /// Adds what came of more.
    pub(super) fn add(&mut self, Self { count, problem }: Self) {
        self.count += count;
        let before = std::mem::replace(&mut self.problem, Ok(()));
        self.problem = TagError::graver(before, problem);
    }
}

/// Puts the same tags on all resources, with whichever API takes them.
pub(super) async fn put_on<A>(
    api: &Coalescer<A>,
    call: &Call<'_>,
    tags: BTreeMap<String, String>,
    resources: Vec<A::Item>,
) -> Tagged
where
    A: Api<Group = Arc<BTreeMap<String, String>>, Answer = ()>,
{
    let mut all = Tagged::nothing();
    for (resource, tagged) in api.ask(Arc::new(tags), resources).await {
        match tagged {
            Ok(()) => all.count += 1,
            Err(failure) => {
                let error = TagError::of(failure, Some(&resource.to_string()), call);
                all.add(Tagged { count: 0, problem: Err(error) });
            }
        }
    }
    all
}
