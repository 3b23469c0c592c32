//! Tagging resources of other services than EC2, by their ARNs, through the Resource Groups Tagging API.

use std::collections::BTreeMap;

use super::Call;
use super::services::Services;
use super::shown::look_at_arns;
use super::tagged::{Tagged, put_on};
use crate::ownership::Claim;
use crate::ownership::rule::{Ruling, Tags};
use crate::resource::{Resource, ResourceArn};

/// Puts the tags on all that is claimed, as far as ownership lets them.
pub(super) async fn tag(services: &Services, call: &Call<'_>, tags: &Tags, claims: Vec<Claim>) -> Tagged {
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
    let (seen, problem) = look_at_arns(services, call, &call.keys_to_see(tags), looked).await;
    let mut all = Tagged { problem, ..Tagged::nothing() };
    let mut tag_sets: BTreeMap<Tags, Vec<ResourceArn>> = BTreeMap::new();
    for (arn, claim) in arns.zip(&claims) {
        match call.rule(claim, tags).apply(claim, tags, seen.get(&arn)) {
            Ruling::Write { tags, .. } => tag_sets.entry(tags).or_default().push(arn),
            Ruling::Withhold(withheld) => all.withhold(&arn, withheld),
            Ruling::Look => {}
        }
    }
    for (tags, resources) in tag_sets {
        if tags.is_empty() {
            all.count += resources.len();
            continue;
        }
        all.add(put_on(&services.tagging_api.tag_resources, call, tags, resources, |_| {}).await);
    }
    all
}
