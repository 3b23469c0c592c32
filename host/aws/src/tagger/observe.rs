//! What AWS shows of resources: since when they exist, and with which tags.
//!
//! AWS is eventually consistent: a resource can be so young that it is not shown yet, though it can be tagged a moment
//! later. The tags that it was created with are not known then. The most common resource types, and those whose API
//! calls prove nothing, are looked up with their own Describe APIs, which are up to date at once and tell what is not
//! there from what has no tags. For all others there is an index of tags, which lags; the event says whether there may
//! be tags to wait for.

use std::collections::{BTreeSet, HashMap};

use autotag_core::ownership::rule::Observed;
use autotag_core::resource::{ResourceArn, ResourceId};

use super::arns::{bucket, is_of_rds, shows_time};
use super::classify::{AwsError, AwsErrorKind};
use super::ec2::{By, ByInstance, Ec2, Found, ImageSnapshots, Instance, ResourceTypes};
use super::error::TagError;
use super::recorded_call::RecordedCall;
use super::services::Services;

/// What was seen of EC2's resources.
#[derive(Debug, Default)]
pub(super) struct ObservedEc2 {
    /// What each shows of itself. What is missing is not shown, or could not be asked for.
    pub(super) shown: HashMap<ResourceId, Observed>,
    /// More of the instances among them.
    pub(super) instances: HashMap<ResourceId, Instance>,
    /// More of the images among them.
    pub(super) images: HashMap<ResourceId, ImageSnapshots>,
    /// What is not shown yet: it is not to be tagged before it is.
    pub(super) not_yet: BTreeSet<ResourceId>,
    /// What is not there any more.
    pub(super) gone: BTreeSet<ResourceId>,
    /// Why something was not seen that has to be.
    pub(super) problem: Option<TagError>,
}

impl ObservedEc2 {
    fn problem(&mut self, error: TagError) {
        let before = self.problem.take().map_or(Ok(()), Err);
        self.problem = TagError::graver(before, Err(error)).err();
    }

    /// Adds what was seen of one resource.
    fn take(&mut self, id: ResourceId, shown: Result<Option<Observed>, AwsError>, call: &RecordedCall<'_>) {
        // Some requests ask by a list of ids, and fail if one is not there.
        let shown = match shown {
            Err(failure) if failure.kind == AwsErrorKind::NotFound => Ok(None),
            shown => shown,
        };
        match shown {
            Ok(Some(shown)) => {
                self.shown.insert(id, shown);
            }
            Ok(None) if call.is_recent() => {
                self.problem(TagError::not_yet(format!("{id} is not shown by EC2 yet: its tags are not known")));
                self.not_yet.insert(id);
            }
            Ok(None) if call.is_over() => {
                self.gone.insert(id);
            }
            // CreateTags will say what is wrong with it.
            Ok(None) => {
                self.shown.insert(id, Observed::of(Vec::new()));
            }
            Err(failure) => self.problem(TagError::of(failure, Some(id.as_str()), call)),
        }
    }
}

/// Looks at resources of EC2. `keys` are those whose values matter.
pub(super) async fn observe_ec2(
    ec2: &Ec2,
    call: &RecordedCall<'_>,
    keys: &[String],
    resources: Vec<ResourceId>,
) -> ObservedEc2 {
    let mut rest = resources;
    let mut take =
        |is_wanted: fn(&ResourceId) -> bool| rest.extract_if(.., |id| is_wanted(id)).collect::<Vec<ResourceId>>();
    let instances = take(ResourceId::is_instance);
    let volumes = take(ResourceId::is_volume);
    let interfaces = take(ResourceId::is_network_interface);
    let images = take(ResourceId::is_image);
    let snapshots = take(ResourceId::is_snapshot);
    let fleets = take(|id| id.prefix() == Some("fleet"));
    let further = take(ResourceTypes::shows);
    let texts = |ids: Vec<ResourceId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (instances, volumes, interfaces, images, snapshots, fleets, further, others) = tokio::join!(
        ec2.instances.load(ByInstance::Id, texts(instances)),
        ec2.volumes.load(By::Id, texts(volumes)),
        ec2.network_interfaces.load(By::Id, texts(interfaces)),
        ec2.images.load((), texts(images)),
        ec2.snapshots.load((), texts(snapshots)),
        ec2.fleets.load((), fleets),
        ec2.resource_types.load(further),
        ec2.tags.load(keys.to_vec(), rest),
    );
    let mut seen = ObservedEc2::default();
    for (id, shown) in instances {
        let Some(id) = ResourceId::parse(&id) else { continue };
        let instance = shown.map(|instances| instances.into_iter().next());
        seen.take(
            id.clone(),
            instance.as_ref().map(|one| one.as_ref().map(Instance::shown)).map_err(Clone::clone),
            call,
        );
        if let Ok(Some(instance)) = instance {
            seen.instances.insert(id, instance);
        }
    }
    for (id, shown) in images {
        let Some(id) = ResourceId::parse(&id) else { continue };
        seen.take(id.clone(), shown.as_ref().map(|image| image.shown.clone()).map_err(Clone::clone), call);
        if let Ok(image) = shown {
            seen.images.insert(id, image);
        }
    }
    let first = |found: Vec<Found>| found.first().map(Found::shown);
    let attached = volumes.into_iter().chain(interfaces).map(|(id, shown)| (id, shown.map(first)));
    let snapshots = snapshots.into_iter().map(|(id, shown)| (id, shown.map(|found| found.as_ref().map(Found::shown))));
    for (id, shown) in attached.chain(snapshots) {
        if let Some(id) = ResourceId::parse(&id) {
            seen.take(id, shown, call);
        }
    }
    let fleets = fleets.into_iter().map(|(id, shown)| (id, shown.map(|fleet| fleet.shown)));
    for (id, shown) in fleets.chain(further) {
        seen.take(id, shown, call);
    }
    let may_hide_tags = call.may_hide_tags(keys);
    for (id, tags) in others {
        let shown = tags.map(|tags| (!(tags.is_empty() && may_hide_tags)).then_some(Observed::of(tags)));
        seen.take(id, shown, call);
    }
    seen
}

/// What was seen of resources that have ARNs.
#[derive(Debug, Default)]
pub(super) struct ObservedArns {
    /// What each shows of itself. What is missing is not shown, or could not be asked for.
    pub(super) shown: HashMap<ResourceArn, Observed>,
    /// What is not there any more.
    pub(super) gone: BTreeSet<ResourceArn>,
}

/// What the services of ARNs show of them; an error says why something was not seen that has to be.
pub(super) async fn observe_arns(
    services: &Services,
    call: &RecordedCall<'_>,
    keys: &[String],
    resources: Vec<ResourceArn>,
) -> (ObservedArns, Result<(), TagError>) {
    let mut rest = resources;
    let of_rds = rest.extract_if(.., |arn| is_of_rds(arn)).collect::<Vec<_>>();
    let buckets = rest.extract_if(.., |arn| bucket(arn).is_some()).collect::<Vec<_>>();
    let (of_rds, buckets, others) = tokio::join!(
        services.rds.load(of_rds),
        services.s3.load(buckets),
        services.tagging_api.get_resources.load((), rest),
    );
    let (mut seen, mut problem) = (ObservedArns::default(), Ok(()));
    let own = of_rds.into_iter().chain(buckets);
    let may_hide_tags = call.may_hide_tags(keys);
    // The tagging API shows nothing of what has no tags, nor, for a while, of what was created with some.
    let of_index = |shown: Option<Vec<(String, String)>>| match shown {
        None if may_hide_tags => None,
        tags => Some(Observed::of(tags.unwrap_or_default())),
    };
    let others = others.into_iter().map(|(arn, shown)| (arn, shown.map(of_index)));
    // Tags that were copied from another resource are there from the start; what tells whether they were comes later.
    let is_told_later = |shown: &Observed| {
        let has_identity = shown.tags.iter().any(|(key, _)| call.policy.access_keys.contains(key));
        let may_come = shown.is_being_made || call.is_recent();
        has_identity && shown.created.is_empty() && shown.unique_id.is_none() && may_come
    };
    for (arn, shown) in own.chain(others) {
        let error = match shown {
            Ok(Some(shown)) if shows_time(&arn) && is_told_later(&shown) => {
                let why = format!("{arn} is not shown with its time yet, and carries an identity already");
                if shown.is_being_made { TagError::being_made(why) } else { TagError::not_yet(why) }
            }
            Ok(Some(shown)) => {
                seen.shown.insert(arn, shown);
                continue;
            }
            Ok(None) if call.is_recent() => {
                TagError::not_yet(format!("{arn} is not shown by its service yet: its tags are not known"))
            }
            // For other services there is only an index of tags, which shows nothing of what has none.
            Ok(None) if call.is_over() && (is_of_rds(&arn) || bucket(&arn).is_some()) => {
                seen.gone.insert(arn);
                continue;
            }
            // TagResources will say what is wrong with it.
            Ok(None) => {
                seen.shown.insert(arn, Observed::of(Vec::new()));
                continue;
            }
            Err(failure) => TagError::of(failure, Some(arn.as_str()), call),
        };
        problem = TagError::graver(problem, Err(error));
    }
    (seen, problem)
}

#[cfg(test)]
mod tests {
    use super::super::error::TagErrorKind;
    use super::super::recorded_call::tests::{USER, event, of};
    use super::*;

    /// What is made of one answer of EC2's to an event of this age in seconds, or of unknown age.
    fn taken(age: Option<i64>, shown: Result<Option<Observed>, AwsErrorKind>) -> ObservedEc2 {
        let mut seen = ObservedEc2::default();
        let shown = shown.map_err(|kind| AwsError { kind, why: "as the test asked for".into() });
        let id = ResourceId::parse("vol-0123456789abcdef0").unwrap();
        of(&event(age, USER), |call| seen.take(id, shown, call));
        seen
    }

    #[test]
    fn what_is_not_shown_is_waited_for_and_later_gone_and_tried_if_the_age_is_unknown() {
        for missing in [Ok(None), Err(AwsErrorKind::NotFound)] {
            let recent = taken(Some(1), missing.clone());
            assert_eq!(recent.problem.map(|error| error.kind), Some(TagErrorKind::NotYet));
            assert_eq!((recent.not_yet.len(), recent.gone.len(), recent.shown.len()), (1, 0, 0));
            let over = taken(Some(3600), missing.clone());
            assert_eq!(over.problem, None);
            assert_eq!((over.not_yet.len(), over.gone.len(), over.shown.len()), (0, 1, 0));
            let unknown = taken(None, missing);
            assert_eq!(unknown.problem, None);
            assert_eq!((unknown.not_yet.len(), unknown.gone.len(), unknown.shown.len()), (0, 0, 1));
        }
    }

    #[test]
    fn what_is_shown_is_seen_and_another_failure_is_a_problem() {
        let seen = taken(Some(3600), Ok(Some(Observed::of(Vec::new()))));
        assert_eq!((seen.problem, seen.shown.len()), (None, 1));
        let failed = taken(Some(3600), Err(AwsErrorKind::Throttled));
        assert_eq!(failed.problem.map(|error| error.kind), Some(TagErrorKind::Api(AwsErrorKind::Throttled)));
        assert_eq!((failed.not_yet.len(), failed.gone.len(), failed.shown.len()), (0, 0, 0));
    }
}
