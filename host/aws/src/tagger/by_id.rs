//! Tagging resources of EC2, by their ids, with EC2's own CreateTags.

use std::collections::{BTreeMap, BTreeSet};

use autotag_core::ownership::Claim;
use autotag_core::ownership::rule::{Tags, Withheld};
use autotag_core::resource::{Resource, ResourceId};
use autotag_core::tagging::Related;

use super::classify::AwsErrorKind;
use super::error::TagError;
use super::observe::{ObservedEc2, observe_ec2};
use super::ownership_cache::Standing;
use super::recorded_call::RecordedCall;
use super::related::{self, Belonging};
use super::services::Services;
use super::tag_sets::{Ruled, TagSets};
use super::tagged::Tagged;

/// The tag in which EC2 writes the fleet that an instance was launched for.
const FLEET: &str = "aws:ec2:fleet-id";

/// What a tagging asks of EC2.
#[derive(Debug, Clone)]
pub(super) struct Ec2Tagging {
    /// What the event names, or what a launch made whose response CloudTrail has omitted.
    pub(super) claims: Vec<Claim>,
    pub(super) related: Vec<Related>,
    pub(super) tags: Tags,
}

/// Puts the tags on the resources and on what belongs to them.
pub(super) async fn tag(services: &Services, call: &RecordedCall<'_>, tagging: Ec2Tagging) -> Tagged {
    let (tags, keys) = (&tagging.tags, call.keys_to_see(&tagging.tags));
    let wants_related = |id: &ResourceId| {
        let wants = |related| tagging.related.contains(&related);
        (id.is_instance() && (wants(Related::Volumes) || wants(Related::NetworkInterfaces)))
            || (id.is_image() && wants(Related::Snapshots))
    };
    let named = ids(&tagging.claims);
    let looked: Vec<_> = named
        .iter()
        .filter(|(id, claim)| wants_related(id) || call.rule(claim, tags).wants_look(claim, tags))
        .map(|(id, _)| (*id).clone())
        .collect();
    let mut seen = observe_ec2(&services.ec2, call, &keys, looked).await;
    let problem = seen.problem.take().map_or(Ok(()), Err);
    let mut sets = TagSets::new(call, tags, problem);
    match instant_fleet(services, call, &tagging, &seen).await {
        Ok(None) => {}
        Ok(Some(fleet)) => {
            for (id, _) in named {
                sets.tagged.withhold(id, Withheld::OfInstantFleet { fleet: fleet.clone() });
            }
            return sets.tagged;
        }
        Err(error) => return Tagged::failed(error),
    }
    let mut created = BTreeMap::new();
    sets.tagged.gone.extend(seen.gone.iter().map(ToString::to_string));
    // A resource that EC2 does not know would fail the request for all others in it.
    let is_known = |(id, _): &(&ResourceId, &Claim)| !seen.not_yet.contains(*id) && !seen.gone.contains(*id);
    for (id, claim) in named.into_iter().filter(is_known) {
        match sets.rule(claim, id, Standing::Named, seen.shown.get(id)) {
            Ruled::Withheld => {}
            ruled => {
                created.insert(id.clone(), ruled);
            }
        }
    }
    let Belonging { claims, seen, problem } =
        related::look_up(&services.ec2, call, &tagging.related, &created, &seen).await;
    if let Err(error) = problem {
        sets.tagged.problem(error);
    }
    for (id, claim) in ids(&claims) {
        if !created.contains_key(id) {
            sets.rule(claim, id, Standing::Along, seen.shown.get(id));
        }
    }
    sets.put_on(&services.ec2.create_tags).await
}

/// The EC2 ids among claims.
fn ids(claims: &[Claim]) -> Vec<(&ResourceId, &Claim)> {
    claims
        .iter()
        .filter_map(|claim| match &claim.resource {
            Resource::Ec2(id) => Some((id, claim)),
            Resource::Other(_) => None,
        })
        .collect()
}

/// The instant fleet that a service launched instances for. The event of the fleet's own creation names the instances,
/// too, so that the two events would race for the owner. That event may be a service's as well: it names the fleet, and
/// so its tagging goes on.
async fn instant_fleet(
    services: &Services,
    call: &RecordedCall<'_>,
    tagging: &Ec2Tagging,
    seen: &ObservedEc2,
) -> Result<Option<String>, TagError> {
    if !call.is_by_service || tagging.related.contains(&Related::Parent) {
        return Ok(None);
    }
    let fleets = seen.instances.values().flat_map(|instance| &instance.tags).filter(|(key, _)| key == FLEET);
    let fleets: BTreeSet<_> = fleets.filter_map(|(_, fleet)| ResourceId::parse(fleet)).collect();
    for (id, fleet) in services.ec2.fleets.load((), fleets.into_iter().collect()).await {
        match fleet {
            Ok(fleet) if fleet.is_instant && !ids(&tagging.claims).iter().any(|(named, _)| **named == id) => {
                return Ok(Some(id.to_string()));
            }
            Ok(_) => {}
            Err(failure) if failure.kind == AwsErrorKind::NotFound => {}
            Err(failure) => return Err(TagError::of(failure, Some(id.as_str()), call)),
        }
    }
    Ok(None)
}
