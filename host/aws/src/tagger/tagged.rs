//! What came of tagging.

use std::sync::Arc;

use autotag_core::ownership::rule::{Tags, Withheld};

use super::batcher::{Api, Batcher};
use super::classify::{AwsError, AwsErrorKind};
use super::error::TagError;
use super::recorded_call::RecordedCall;

/// What came of tagging: what has its tags now, what must not have them, and why other resources may lack them.
#[derive(Debug, PartialEq, Eq)]
pub struct Tagged {
    /// How many resources have their tags now.
    pub count: usize,
    /// The resources that have the keys that decide access, and no room for the others.
    pub without_all: Vec<String>,
    /// What nothing was put on, and why.
    pub withheld: Vec<(String, Withheld)>,
    /// The resources that are not there any more.
    pub gone: Vec<String>,
    /// Why a tag may be missing.
    pub problem: Result<(), TagError>,
}

impl Tagged {
    /// Nothing so far.
    #[must_use]
    pub fn nothing() -> Self {
        Self { count: 0, without_all: Vec::new(), withheld: Vec::new(), gone: Vec::new(), problem: Ok(()) }
    }

    pub(super) fn failed(error: TagError) -> Self {
        Self { problem: Err(error), ..Self::nothing() }
    }

    pub(super) fn withhold(&mut self, resource: &impl ToString, withheld: Withheld) {
        self.withheld.push((resource.to_string(), withheld));
    }

    pub(super) fn problem(&mut self, error: TagError) {
        let before = std::mem::replace(&mut self.problem, Ok(()));
        self.problem = TagError::graver(before, Err(error));
    }

    /// Adds why a resource has no tags.
    fn failed_at(&mut self, resource: String, failure: AwsError, call: &RecordedCall<'_>) {
        if failure.kind == AwsErrorKind::NotFound && call.is_over() {
            self.gone.push(resource);
        } else {
            self.problem(TagError::of(failure, Some(&resource), call));
        }
    }

    /// Adds what came of further tagging.
    pub(super) fn add(&mut self, Self { count, without_all, withheld, gone, problem }: Self) {
        self.count += count;
        self.without_all.extend(without_all);
        self.withheld.extend(withheld);
        self.gone.extend(gone);
        if let Err(error) = problem {
            self.problem(error);
        }
    }
}

/// Puts the same tags on all resources, with the API that takes them. Where not all fit, only those whose keys decide
/// access go on. Tells `done` of each resource that has them.
pub(super) async fn put_on<A>(
    api: &Batcher<A>,
    call: &RecordedCall<'_>,
    tags: Tags,
    resources: Vec<A::Item>,
    mut done: impl FnMut(&A::Item),
) -> Tagged
where
    A: Api<Group = Arc<Tags>, Answer = ()>,
{
    let access = call.identity(&tags);
    let may_be_less = !access.is_empty() && access.len() < tags.len();
    let mut all = Tagged::nothing();
    let mut full = Vec::new();
    for (resource, tagged) in api.load(Arc::new(tags), resources).await {
        match tagged {
            Ok(()) => {
                all.count += 1;
                done(&resource);
            }
            Err(failure) if failure.kind == AwsErrorKind::TagLimit && may_be_less => full.push(resource),
            Err(failure) => all.failed_at(resource.to_string(), failure, call),
        }
    }
    for (resource, tagged) in api.load(Arc::new(access), full).await {
        match tagged {
            Ok(()) => {
                all.count += 1;
                all.without_all.push(resource.to_string());
                done(&resource);
            }
            Err(failure) => all.failed_at(resource.to_string(), failure, call),
        }
    }
    all
}
