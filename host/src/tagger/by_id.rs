//! Tagging resources of EC2, by their ids, with EC2's own CreateTags.

use std::collections::{BTreeMap, BTreeSet};

use super::ec2::ByInstance;
use super::related::{self, Belonging};
use super::services::Services;
use super::shown::{Seen, look_at_ec2};
use super::tagged::{Tagged, put_on};
use super::{Call, TagError};
use crate::ownership::rule::{Ruling, Tags, Withheld};
use crate::ownership::{Claim, Doubt, Verdict};
use crate::plan::Related;
use crate::resource::{Resource, ResourceId};

/// The tag in which EC2 writes the fleet that an instance was launched for.
const FLEET: &str = "aws:ec2:fleet-id";

/// What a tagging asks of EC2.
#[derive(Debug, Clone)]
pub(super) struct Ec2Tagging {
    /// What the event names.
    pub(super) claims: Vec<Claim>,
    /// By what the instances of a launch are looked up whose answer CloudTrail has omitted.
    pub(super) client_token: Option<String>,
    pub(super) related: Vec<Related>,
    pub(super) tags: Tags,
}

/// Puts the tags on the resources and on what belongs to them.
pub(super) async fn tag(services: &Services, call: &Call<'_>, mut tagging: Ec2Tagging) -> Tagged {
    if let Some(token) = tagging.client_token.take() {
        match launched(services, call, &token).await {
            Ok(claims) => tagging.claims.extend(claims),
            Err(error) => return Tagged::failed(error),
        }
    }
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
    let mut seen = look_at_ec2(&services.ec2, call, &keys, looked).await;
    let mut all = Tagged { problem: seen.problem.take().map_or(Ok(()), Err), ..Tagged::nothing() };
    match instant_fleet(services, call, &tagging, &seen).await {
        Ok(None) => {}
        Ok(Some(fleet)) => {
            for (id, _) in named {
                all.withhold(id, Withheld::OfInstantFleet { fleet: fleet.clone() });
            }
            return all;
        }
        Err(error) => return Tagged::failed(error),
    }
    let mut put = TagSets::default();
    let mut created = BTreeSet::new();
    for (id, claim) in named {
        if put.rule(call, claim, id, tags, &seen, &mut all) {
            created.insert(id.clone());
        }
    }
    let Belonging { claims, seen, problem } =
        related::look_up(&services.ec2, call, &tagging.related, &created, &seen).await;
    if let Err(error) = problem {
        all.problem(error);
    }
    for (id, claim) in ids(&claims) {
        if !created.contains(id) {
            put.rule(call, claim, id, tags, &seen, &mut all);
        }
    }
    put.put_on(services, call, &mut all).await;
    all
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

/// What gets which tags.
#[derive(Default)]
struct TagSets {
    by_tags: BTreeMap<Tags, BTreeSet<ResourceId>>,
    /// What is proved to be the caller's.
    proved: BTreeSet<ResourceId>,
}

impl TagSets {
    /// Rules on one claim. Says whether the resource may be the caller's.
    fn rule(
        &mut self,
        call: &Call<'_>,
        claim: &Claim,
        id: &ResourceId,
        tags: &Tags,
        seen: &Seen,
        all: &mut Tagged,
    ) -> bool {
        match call.rule(claim, tags).apply(claim, tags, seen.shown.get(id)) {
            Ruling::Withhold(withheld) => {
                all.withhold(id, withheld);
                return false;
            }
            Ruling::Look => {}
            Ruling::Write { tags: put, is_proved } => {
                if is_proved {
                    if let Some(holder) = call.holder(id, tags) {
                        all.withhold(id, Withheld::Contested { holder });
                        return false;
                    }
                    self.proved.insert(id.clone());
                }
                self.by_tags.entry(put).or_default().insert(id.clone());
            }
        }
        true
    }

    async fn put_on(self, services: &Services, call: &Call<'_>, all: &mut Tagged) {
        for (tags, resources) in self.by_tags {
            if tags.is_empty() {
                all.count += resources.len();
                continue;
            }
            let done = |id: &ResourceId| {
                if self.proved.contains(id) {
                    call.remember(id, &tags);
                }
            };
            all.add(put_on(&services.ec2.create_tags, call, tags.clone(), resources.into_iter().collect(), done).await);
        }
    }
}

/// The instances that a launch with this client token made. A launch that was made again has the same, so that their own time has to tell.
async fn launched(services: &Services, call: &Call<'_>, token: &str) -> Result<Vec<Claim>, TagError> {
    let asked = services.ec2.instances.ask(ByInstance::ClientToken, vec![token.to_owned()]).await;
    let mut claims = Vec::new();
    for (_, instances) in asked {
        let instances = instances.map_err(|failure| TagError::of(failure, None, call))?;
        claims.extend(instances.into_iter().map(|instance| Claim {
            resource: Resource::Ec2(instance.id),
            verdict: Verdict::Open(Doubt::ClientToken),
            is_reusable: false,
            unique_id: None,
        }));
    }
    if claims.is_empty() {
        let why = format!("no instance with the client token {token} of the request is shown by EC2");
        return Err(if call.is_recent() { TagError::not_yet(why + " yet") } else { TagError::gone(why) });
    }
    Ok(claims)
}

/// The instant fleet that a service launched for. Whoever made it has the instances in the answer, so that they have an event of their own,
/// and no two of them race for the owner.
async fn instant_fleet(
    services: &Services,
    call: &Call<'_>,
    tagging: &Ec2Tagging,
    seen: &Seen,
) -> Result<Option<String>, TagError> {
    if !call.is_by_service || tagging.related.contains(&Related::Parent) {
        return Ok(None);
    }
    let fleets = seen.instances.values().flat_map(|instance| &instance.tags).filter(|(key, _)| key == FLEET);
    let fleets: BTreeSet<_> = fleets.filter_map(|(_, fleet)| ResourceId::parse(fleet)).collect();
    for (id, fleet) in services.ec2.fleets.ask((), fleets.into_iter().collect()).await {
        match fleet {
            Ok(fleet) if fleet.is_instant => return Ok(Some(id.to_string())),
            Ok(_) => {}
            Err(failure) => return Err(TagError::of(failure, Some(id.as_str()), call)),
        }
    }
    Ok(None)
}
