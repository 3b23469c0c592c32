//! The buckets of an account, in all Regions.

use std::time::Instant;

use super::super::ec2::model::Resource;
use super::super::tagging::arn::Arn;
use super::super::world::World;

/// A bucket's name, its Region and its state.
pub(super) struct Bucket<'a> {
    pub name: &'a str,
    pub region: &'a str,
    pub resource: &'a Resource,
}

/// All buckets of an account, in the order of their names.
pub(super) fn of<'a>(world: &'a World, account: &'a str) -> Vec<Bucket<'a>> {
    let now = Instant::now();
    let all = world.regions_of(account).flat_map(|(region, state)| {
        let arns = state.resources.beginning("arn:").filter(|(_, resource)| resource.describable(now));
        arns.filter_map(move |(arn, resource)| {
            // An access point's ARN has a Region, and an object's key follows a slash.
            let name = Arn::parse(arn).filter(|arn| arn.service == "s3" && arn.is_of_no_region())?.resource;
            (!name.contains('/')).then_some(Bucket { name, region, resource })
        })
    });
    let mut all: Vec<Bucket> = all.collect();
    all.sort_by_key(|bucket| (bucket.name, bucket.region));
    all
}

/// What a request for a bucket's tags finds.
pub(super) enum Asked<'a> {
    Here(Bucket<'a>),
    InAnotherRegion,
    OfAnotherAccount,
    Nowhere,
}

/// The bucket of a name. Names are unique across all accounts, unless a test has put duplicates.
pub(super) fn find<'a>(world: &'a World, account: &'a str, region: &str, name: &str) -> Asked<'a> {
    let own: Vec<Bucket> = of(world, account).into_iter().filter(|bucket| bucket.name == name).collect();
    let elsewhere = !own.is_empty();
    match own.into_iter().find(|bucket| bucket.region == region) {
        Some(bucket) => Asked::Here(bucket),
        None if elsewhere => Asked::InAnotherRegion,
        None if world.accounts().any(|other| of(world, other).iter().any(|bucket| bucket.name == name)) => {
            Asked::OfAnotherAccount
        }
        None => Asked::Nowhere,
    }
}
