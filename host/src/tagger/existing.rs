//! Tags that are there already. The present values of some keys stay, such as an owner that somebody has set by hand; so what
//! is put on can differ from resource to resource. And what already carries somebody's identity is left alone where it may be theirs: by a
//! service that called for itself, and where the call may not have created it.
//!
//! A resource can be so young that AWS does not show it yet, though it can be tagged a moment later. What tags it has been created with is
//! not known then. The kinds of which there are most are asked for by their own Describe calls, which tell what is not there
//! from what has no tags. For all others the event says whether there may be tags to wait for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::hash::Hash;

use super::by_id::Ec2Tagging;
use super::classify::Failure;
use super::ec2::{By, Ec2, Found};
use super::tagging_api::TaggingApi;
use super::{Call, TagError, TagPolicy};
use crate::resource::{ResourceArn, ResourceId};

type Tags = BTreeMap<String, String>;

/// Which resources get which tags: those of `tagging`, as far as `policy` lets them.
///
/// `known` are the tags of resources that have been looked up. A resource whose tags cannot be seen gets none of the keys that may have to
/// stay, and the problem says so.
pub(super) async fn tag_sets_of_ec2(
    ec2: &Ec2,
    call: &Call<'_>,
    tagging: &Ec2Tagging,
    resources: Vec<ResourceId>,
    mut known: HashMap<ResourceId, Vec<(String, String)>>,
    policy: &TagPolicy,
) -> (BTreeMap<Tags, Vec<ResourceId>>, Result<(), TagError>) {
    let rule = Rule::of(call, &tagging.tags, policy);
    let keys = rule.keys_to_see();
    if keys.is_empty() {
        return ([(tagging.tags.clone(), resources)].into(), Ok(()));
    }
    let unknown: Vec<_> = resources.iter().filter(|id| !known.contains_key(id)).cloned().collect();
    let mut problem = Ok(());
    let mut unseen = BTreeSet::new();
    if !unknown.is_empty() {
        let may_hide_tags = call.may_hide_tags(&keys);
        for (id, tags) in present_tags(ec2, &keys, unknown, may_hide_tags).await {
            match tags {
                Ok(Some(tags)) => {
                    known.insert(id, tags);
                }
                Ok(None) if call.is_recent() => {
                    let not_yet = TagError::not_yet(format!("{id} is not shown by EC2 yet: its tags are not known"));
                    problem = TagError::graver(problem, Err(not_yet));
                    unseen.insert(id);
                }
                // It does not exist: CreateTags will say so.
                Ok(None) => {}
                Err(failure) => {
                    problem = TagError::graver(problem, Err(TagError::of(failure, Some(id.as_str()), call)));
                    unseen.insert(id);
                }
            }
        }
    }
    (rule.tag_sets(resources, &known, &unseen), problem)
}

/// The same for resources of other services.
pub(super) async fn tag_sets_of_arns(
    api: &TaggingApi,
    call: &Call<'_>,
    tags: &Tags,
    resources: Vec<ResourceArn>,
    policy: &TagPolicy,
) -> (BTreeMap<Tags, Vec<ResourceArn>>, Result<(), TagError>) {
    let mut rule = Rule::of(call, tags, policy);
    // S3's oldest Region answers nothing to who creates a bucket that they own already, whoever of the account has created it.
    rule.may_be_old = resources.iter().any(|arn| !call.says(arn.as_str()));
    let keys = rule.keys_to_see();
    if keys.is_empty() {
        return ([(tags.clone(), resources)].into(), Ok(()));
    }
    let may_hide_tags = call.may_hide_tags(&keys);
    let mut problem = Ok(());
    let (mut known, mut unseen) = (HashMap::new(), BTreeSet::new());
    for (arn, shown) in api.get_resources.ask((), resources.clone()).await {
        let error = match shown {
            Ok(Some(tags)) => {
                known.insert(arn, tags);
                continue;
            }
            // The API shows nothing of what has no tags, nor, for a while, of what was created with some.
            Ok(None) if may_hide_tags => {
                TagError::not_yet(format!("{arn} is not shown by the tagging API yet: its tags are not known"))
            }
            Ok(None) => continue,
            Err(failure) => TagError::of(failure, Some(arn.as_str()), call),
        };
        problem = TagError::graver(problem, Err(error));
        unseen.insert(arn);
    }
    (rule.tag_sets(resources, &known, &unseen), problem)
}

/// What present tags mean for those that are to be put on.
struct Rule<'a> {
    tags: &'a Tags,
    policy: &'a TagPolicy,
    /// Whether a service called for itself: what it makes may be for somebody, who has a call of their own that says so. Whichever of the
    /// two comes first, the person stays.
    is_by_service: bool,
    /// Whether the resources may have existed before the call, since it did not answer with them.
    may_be_old: bool,
}

impl<'a> Rule<'a> {
    fn of(call: &Call<'_>, tags: &'a Tags, policy: &'a TagPolicy) -> Self {
        Self { tags, policy, is_by_service: call.event.is_by_service(), may_be_old: false }
    }

    /// The keys whose present values matter.
    fn keys_to_see(&self) -> Vec<String> {
        let kept = self.tags.keys().filter(|key| self.policy.keep_keys.contains(*key));
        let withholds = self.is_by_service || self.may_be_old;
        let identities = self.policy.access_keys.iter().filter(|_| withholds || kept.clone().next().is_some());
        kept.clone().chain(identities).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Which resources get which tags.
    fn tag_sets<R: Eq + Hash + Ord + fmt::Display>(
        &self,
        resources: Vec<R>,
        known: &HashMap<R, Vec<(String, String)>>,
        unseen: &BTreeSet<R>,
    ) -> BTreeMap<Tags, Vec<R>> {
        let mut tag_sets: BTreeMap<Tags, Vec<R>> = BTreeMap::new();
        for resource in resources {
            let present = known.get(&resource).map(Vec::as_slice).unwrap_or_default();
            let tags = self.put_on(&resource, present, unseen.contains(&resource));
            if !tags.is_empty() {
                tag_sets.entry(tags).or_default().push(resource);
            }
        }
        tag_sets
    }

    /// What is put on one resource.
    fn put_on<R: fmt::Display>(&self, resource: &R, present: &[(String, String)], is_unseen: bool) -> Tags {
        let another = self.policy.another_identity(self.tags, present);
        if let (Some((key, value)), true) = (another, self.is_by_service || self.may_be_old) {
            tracing::warn!(%resource, key, value, "not tagged: it already carries another identity");
            return Tags::new();
        }
        // Another identity on what is new has been copied there, or put there by somebody who must not; and so has what goes with it.
        let stays = |(key, value): &(&String, &String)| {
            let has_another = present.iter().any(|(other, present)| other == *key && present != *value);
            let is_kept = self.policy.keep_keys.contains(*key) && another.is_none() && (has_another || is_unseen);
            is_kept || (is_unseen && (self.is_by_service || self.may_be_old))
        };
        let put_on: Tags = self.tags.iter().filter(|tag| !stays(tag)).map(owned).collect();
        if put_on.len() < self.tags.len() {
            tracing::debug!(%resource, "a tag that was there already stays");
        }
        put_on
    }
}

/// The present tags of each resource; none of one that EC2 does not show. Of kinds that are not asked for by their own Describe call,
/// what is not shown has no tags, unless it `may_hide_tags`.
async fn present_tags(
    ec2: &Ec2,
    keys: &[String],
    resources: Vec<ResourceId>,
    may_hide_tags: bool,
) -> Vec<(ResourceId, Result<Option<Vec<(String, String)>>, Failure>)> {
    let mut rest = resources;
    let mut take = |is_wanted: fn(&ResourceId) -> bool| -> Vec<String> {
        rest.extract_if(.., |id| is_wanted(id)).map(|id| id.to_string()).collect()
    };
    let instances = take(ResourceId::is_instance);
    let volumes = take(ResourceId::is_volume);
    let interfaces = take(ResourceId::is_network_interface);
    let images = take(ResourceId::is_image);
    let snapshots = take(ResourceId::is_snapshot);
    let (instances, volumes, interfaces, images, snapshots, others) = tokio::join!(
        ec2.instances.ask((), instances),
        ec2.volumes.ask(By::Id, volumes),
        ec2.network_interfaces.ask(By::Id, interfaces),
        ec2.images.ask((), images),
        ec2.snapshots.ask((), snapshots),
        ec2.tags.ask(keys.to_vec(), rest),
    );
    let first = |found: Vec<Found>| found.into_iter().next().map(|found| found.tags);
    let instances = instances.into_iter().map(|(id, shown)| (id, shown.map(|instance| instance.tags)));
    let images = images.into_iter().map(|(id, shown)| (id, shown.map(|image| image.tags)));
    let snapshots = snapshots.into_iter().map(|(id, shown)| (id, shown.map(|found| found.map(|found| found.tags))));
    let attached = volumes.into_iter().chain(interfaces).map(|(id, shown)| (id, shown.map(first)));
    let shown = instances.chain(images).chain(snapshots).chain(attached);
    let shown = shown.filter_map(|(id, tags)| Some((ResourceId::parse(&id)?, tags)));
    let is_known = |tags: &Vec<(String, String)>| !(tags.is_empty() && may_hide_tags);
    shown.chain(others.into_iter().map(|(id, tags)| (id, tags.map(|tags| Some(tags).filter(is_known))))).collect()
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}
