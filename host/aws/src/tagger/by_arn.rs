//! Tagging resources of other services than EC2, by their ARNs, through the Resource Groups Tagging API.

use autotag_core::ownership::Claim;
use autotag_core::ownership::rule::Tags;
use autotag_core::resource::{Resource, ResourceArn};

use super::observe::observe_arns;
use super::ownership_cache::Standing;
use super::recorded_call::RecordedCall;
use super::services::Services;
use super::tag_sets::TagSets;
use super::tagged::Tagged;

/// Puts the tags on all that is claimed, as far as ownership allows.
pub(super) async fn tag(services: &Services, call: &RecordedCall<'_>, tags: &Tags, claims: Vec<Claim>) -> Tagged {
    let arns = claims.iter().filter_map(|claim| match &claim.resource {
        Resource::Other(arn) => Some(arn.clone()),
        Resource::Ec2(_) => None,
    });
    let looked: Vec<ResourceArn> = arns
        .clone()
        .zip(&claims)
        .filter(|(_, claim)| call.rule(claim, tags).wants_look(claim, tags))
        .map(|(arn, _)| arn)
        .collect();
    let (seen, problem) = observe_arns(services, call, &call.keys_to_see(tags), looked).await;
    let mut sets = TagSets::new(call, tags, problem);
    for (arn, claim) in arns.zip(&claims).filter(|(arn, _)| !seen.gone.contains(arn)) {
        sets.rule(claim, &arn, Standing::ByName, seen.shown.get(&arn));
    }
    sets.tagged.gone.extend(seen.gone.iter().map(ToString::to_string));
    sets.put_on(&services.tagging_api.tag_resources).await
}
