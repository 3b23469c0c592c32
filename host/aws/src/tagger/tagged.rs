//! What came of tagging.

use std::collections::BTreeMap;
use std::sync::Arc;

use autotag_core::ownership::rule::{Tags, Withheld};
use autotag_core::text::sanitize;

use super::batcher::{Api, Batcher};
use super::classify::{AwsError, AwsErrorKind};
use super::error::TagError;
use super::recorded_call::RecordedCall;

/// What came of tagging: what has its tags now, what must not have them, and why other resources may lack them.
#[derive(Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The resources that have their tags now.
    pub resources: TaggedResources,
    /// The resources that have the keys that decide access, and no room for the others.
    pub without_all: Vec<String>,
    /// What nothing was put on, and why.
    pub withheld: Vec<(String, Withheld)>,
    /// The resources that are not there any more.
    pub gone: Vec<String>,
    /// Why a tag may be missing.
    pub problem: Result<(), TagError>,
}

/// Resources, each with the tags that were put on it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TaggedResources(BTreeMap<String, Arc<Tags>>);

/// How many resources a line of the log names.
const MAX_NAMED: usize = 20;

impl TaggedResources {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds that these tags were put on the resource.
    pub(crate) fn add(&mut self, resource: String, tags: &Arc<Tags>) {
        let all = self.0.entry(resource).or_insert_with(|| Arc::clone(tags));
        if all != tags {
            Arc::make_mut(all).extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }

    /// Their ids or ARNs, for the log; none if there are no resources.
    #[must_use]
    pub fn ids(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| named(&self.0.keys().map(String::as_str).collect::<Vec<_>>()))
    }

    /// The tags that were put on them, for the log: those of most of them, and then what differs; none if there are no
    /// resources.
    #[must_use]
    pub fn tags(&self) -> Option<String> {
        let mut by_tags: BTreeMap<&Tags, Vec<&str>> = BTreeMap::new();
        for (resource, tags) in &self.0 {
            by_tags.entry(tags).or_default().push(resource);
        }
        let mut groups: Vec<_> = by_tags.into_iter().collect();
        groups.sort_by_key(|(_, resources)| std::cmp::Reverse(resources.len()));
        let (most, others) = groups.split_first()?;
        let others = others.iter().map(|(tags, resources)| format!("; {}: {}", named(resources), tags_text(tags)));
        Some(std::iter::once(tags_text(most.0)).chain(others).collect())
    }
}

/// The first of them, and how many more there are.
fn named(resources: &[&str]) -> String {
    let first = resources.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = resources.len().saturating_sub(MAX_NAMED);
    sanitize(&if more > 0 { format!("{first} and {more} more") } else { first })
}

fn tags_text(tags: &Tags) -> String {
    if tags.is_empty() {
        return "none, since all were there".into();
    }
    sanitize(&tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", "))
}

impl Tagged {
    /// Nothing so far.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            resources: TaggedResources::default(),
            without_all: Vec::new(),
            withheld: Vec::new(),
            gone: Vec::new(),
            problem: Ok(()),
        }
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
    pub(super) fn add(&mut self, Self { resources, without_all, withheld, gone, problem }: Self) {
        for (resource, tags) in resources.0 {
            self.resources.add(resource, &tags);
        }
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
    let (tags, access) = (Arc::new(tags), Arc::new(access));
    let mut all = Tagged::nothing();
    let mut full = Vec::new();
    for (resource, tagged) in api.load(Arc::clone(&tags), resources).await {
        match tagged {
            Ok(()) => {
                all.resources.add(resource.to_string(), &tags);
                done(&resource);
            }
            Err(failure) if failure.kind == AwsErrorKind::TagLimit && may_be_less => full.push(resource),
            Err(failure) => all.failed_at(resource.to_string(), failure, call),
        }
    }
    for (resource, tagged) in api.load(Arc::clone(&access), full).await {
        match tagged {
            Ok(()) => {
                all.resources.add(resource.to_string(), &access);
                all.without_all.push(resource.to_string());
                done(&resource);
            }
            Err(failure) => all.failed_at(resource.to_string(), failure, call),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<const N: usize>(tags: [(&str, &str); N]) -> Arc<Tags> {
        Arc::new(tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into())
    }

    #[test]
    fn the_log_names_the_first_resources_and_how_many_more_there_are() {
        let mut all = TaggedResources::default();
        assert_eq!((all.ids(), all.tags(), all.count()), (None, None, 0));
        let bobs = tags([("Owner", "bob"), ("PrincipalId", "AIDABOB")]);
        (0..MAX_NAMED).for_each(|number| all.add(format!("i-{number:02}"), &bobs));
        assert!(all.ids().unwrap().ends_with("i-18, i-19"));
        (20..25).for_each(|number| all.add(format!("i-{number:02}"), &bobs));
        assert!(all.ids().unwrap().ends_with("i-18, i-19 and 5 more"));
        assert_eq!((all.tags().as_deref(), all.count()), (Some("Owner=bob, PrincipalId=AIDABOB"), 25));
    }

    #[test]
    fn the_log_says_of_which_resources_the_tags_differ() {
        let mut all = TaggedResources::default();
        all.add("i-1".into(), &tags([("Owner", "bob")]));
        all.add("i-1".into(), &tags([("PrincipalId", "AIDABOB")]));
        all.add("i-2".into(), &tags([("Owner", "bob"), ("PrincipalId", "AIDABOB")]));
        all.add("vol-1".into(), &tags([("PrincipalId", "AIDABOB")]));
        all.add("vol-2".into(), &tags([]));
        let said = all.tags().unwrap();
        assert!(said.starts_with("Owner=bob, PrincipalId=AIDABOB; "), "{said}");
        assert!(said.contains("; vol-1: PrincipalId=AIDABOB"), "{said}");
        assert!(said.contains("; vol-2: none, since all were there"), "{said}");
        assert_eq!((all.ids().as_deref(), all.count()), (Some("i-1, i-2, vol-1, vol-2"), 4));
    }
}
