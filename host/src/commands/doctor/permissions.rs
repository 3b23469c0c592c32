//! Whether the host may look up and tag resources in one account and Region. No check has an effect: EC2 gets dry runs,
//! and the tagging API the ARN of a resource that does not exist.

use std::collections::BTreeSet;

use autotag_aws::tagger::{AwsError, AwsErrorKind, failure_of_resource, probe};
use autotag_core::AccountRegion;
use autotag_core::resource::{ResourceArn, partition_of};
use aws_config::SdkConfig;
use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_ec2::types::Tag;

use super::finding::{Check, Findings};
use super::needs::Needs;

/// What EC2 answers to a dry run that would have succeeded.
const WOULD_SUCCEED: &str = "DryRunOperation";

/// An instance that does not exist, for Regions without a resource to try CreateTags on.
const NO_INSTANCE: &str = "i-00000000000000000";

/// The smallest page that EC2's Describe requests allow.
const FEW: i32 = 5;

/// An account and Region that the host is to tag in.
#[derive(Debug)]
pub(super) struct TaggingTarget {
    pub(super) account_region: AccountRegion,
    /// For clients in this account and Region.
    pub(super) sdk: SdkConfig,
}

/// Looks at all that is needed to tag there.
pub(super) async fn examine(
    target: &TaggingTarget,
    needs: &Needs,
    tag_keys: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let whereabouts = target.account_region.to_string();
    let client = aws_sdk_ec2::Client::new(&target.sdk);
    let found = describe(&client, target, needs, &whereabouts, findings).await;
    create_tags(&client, found.as_deref(), tag_keys, &whereabouts, findings).await;
    if !needs.services.is_empty() {
        tagging_api(target, needs, tag_keys, &whereabouts, findings).await;
    }
}

/// The results of several requests that make one finding.
#[derive(Debug, Default)]
struct Tried {
    allowed: Vec<String>,
    refused: Vec<(String, AwsError)>,
    unclear: Vec<(String, AwsError)>,
}

impl Tried {
    fn add(&mut self, action: impl Into<String>, result: Result<(), AwsError>) {
        let action = action.into();
        match result {
            Ok(()) => self.allowed.push(action),
            Err(failure) if failure.kind == AwsErrorKind::NotAllowed => self.refused.push((action, failure)),
            Err(failure) => self.unclear.push((action, failure)),
        }
    }

    /// One finding of all.
    fn conclude(self, check: Check, whereabouts: &str, findings: &mut Findings) {
        if let Some((_, failure)) = self.refused.first() {
            let actions: Vec<_> = self.refused.iter().map(|(action, _)| action.as_str()).collect();
            let says = format!("{whereabouts}: not allowed: {} ({failure})", actions.join(", "));
            let fix = format!(
                "Allow {} to the host's principal there; HostPolicy in infra/autotag.yaml, or the role in infra/member.yaml, does. A \
                 service control policy or a permissions boundary may deny it, too.",
                actions.join(", ")
            );
            return findings.wrong(check, says, fix);
        }
        match self.unclear.first() {
            Some((action, failure)) => findings.unseen(check, &failure.clone().in_context(whereabouts), action),
            None => findings.ok(check, format!("{whereabouts}: allowed: {}", shortened(&self.allowed))),
        }
    }
}

/// A list that fits a line.
fn shortened(actions: &[String]) -> String {
    match actions {
        [first, second, third, rest @ ..] if rest.len() > 3 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        _ => actions.join(", "),
    }
}

/// Tries the Describe requests. Returns a resource that exists, if there is one.
async fn describe(
    client: &aws_sdk_ec2::Client,
    target: &TaggingTarget,
    needs: &Needs,
    whereabouts: &str,
    findings: &mut Findings,
) -> Option<String> {
    let mut tried = Tried::default();
    let instances = client.describe_instances().max_results(FEW).send().await;
    let instances = instances.map_err(|error| AwsError::of("DescribeInstances", error));
    let volumes = client.describe_volumes().max_results(FEW).send().await;
    let volumes = volumes.map_err(|error| AwsError::of("DescribeVolumes", error));
    let interfaces = client.describe_network_interfaces().max_results(FEW).send().await;
    let interfaces = interfaces.map_err(|error| AwsError::of("DescribeNetworkInterfaces", error));
    let snapshots = client.describe_snapshots().owner_ids("self").max_results(FEW).send().await;
    let snapshots = snapshots.map_err(|error| AwsError::of("DescribeSnapshots", error));
    let images = client.describe_images().owners("self").max_results(FEW).send().await;
    let images = images.map_err(|error| AwsError::of("DescribeImages", error));
    let tags = client.describe_tags().max_results(FEW).send().await;
    let tags = tags.map_err(|error| AwsError::of("DescribeTags", error));

    let some_instance = instances.as_ref().ok().and_then(|answer| {
        answer.reservations().iter().flat_map(|reservation| reservation.instances()).find_map(|one| one.instance_id())
    });
    let some_volume =
        || volumes.as_ref().ok().and_then(|answer| answer.volumes().iter().find_map(|one| one.volume_id()));
    let some_interface = || {
        let interfaces = interfaces.as_ref().ok()?;
        interfaces.network_interfaces().iter().find_map(|one| one.network_interface_id())
    };
    let found = some_instance.or_else(some_volume).or_else(some_interface).map(ToOwned::to_owned);

    tried.add("ec2:DescribeInstances", instances.map(drop));
    tried.add("ec2:DescribeVolumes", volumes.map(drop));
    tried.add("ec2:DescribeNetworkInterfaces", interfaces.map(drop));
    tried.add("ec2:DescribeSnapshots", snapshots.map(drop));
    tried.add("ec2:DescribeImages", images.map(drop));
    tried.add("ec2:DescribeTags", tags.map(drop));
    if needs.parents {
        let groups = aws_sdk_autoscaling::Client::new(&target.sdk).describe_tags().max_records(1).send().await;
        tried.add("autoscaling:DescribeTags", groups.map(drop).map_err(|error| AwsError::of("DescribeTags", error)));
    }
    for (action, result) in probe::probe_ec2(&target.sdk).await {
        tried.add(action, result);
    }
    tried.conclude(Check::Describe, whereabouts, findings);
    found
}

/// Tries CreateTags on a resource, with all keys that the host may write.
async fn create_tags(
    client: &aws_sdk_ec2::Client,
    resource: Option<&str>,
    tag_keys: &BTreeSet<String>,
    whereabouts: &str,
    findings: &mut Findings,
) {
    let tags = tag_keys.iter().map(|key| Tag::builder().key(key).value("autotag-doctor").build()).collect();
    let answer =
        client.create_tags().dry_run(true).resources(resource.unwrap_or(NO_INSTANCE)).set_tags(Some(tags)).send().await;
    let keys = tag_keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let tried_on = resource.unwrap_or("an instance that does not exist, since nothing is there");
    match answer {
        Ok(_) => findings.cannot_tell(
            Check::CreateTags,
            format!("{whereabouts}: EC2 took a dry run for real, which the real EC2 never does"),
            "Look at AWS_ENDPOINT_URL: it names something else than AWS.",
        ),
        Err(error) if error.code() == Some(WOULD_SUCCEED) => {
            findings.ok(
                Check::CreateTags,
                format!("{whereabouts}: allowed with the keys {keys} (a dry run on {tried_on})"),
            );
        }
        Err(error) => match AwsError::of("CreateTags", error) {
            failure if failure.kind == AwsErrorKind::NotAllowed => {
                let says = format!("{whereabouts}: not allowed with the keys {keys} on {tried_on}: {failure}");
                let fix = "Allow ec2:CreateTags to the host's principal there, with all of these keys: the parameter TagKeys of \
                           infra/autotag.yaml must have them. A service control policy may deny it, too.";
                findings.wrong(Check::CreateTags, says, fix);
            }
            failure if resource.is_none() && failure.kind == AwsErrorKind::NotFound => findings.cannot_tell(
                Check::CreateTags,
                format!("{whereabouts}: there is nothing to try it on: {failure}"),
                "Make any volume there, and run the doctor again.",
            ),
            failure => findings.unseen(Check::CreateTags, &failure.in_context(whereabouts), "ec2:CreateTags"),
        },
    }
}

/// Tries the tagging API, and each service's own permission behind it.
async fn tagging_api(
    target: &TaggingTarget,
    needs: &Needs,
    tag_keys: &BTreeSet<String>,
    whereabouts: &str,
    findings: &mut Findings,
) {
    let client = aws_sdk_resourcegroupstagging::Client::new(&target.sdk);
    let got = client.get_resources().resources_per_page(1).send().await;
    let mut tried = Tried::default();
    tried.add("tag:GetResources", got.map(drop).map_err(|error| AwsError::of("GetResources", error)));
    for service in &needs.services {
        let Some((arn, action)) = made_up(service, &target.account_region) else {
            findings.cannot_tell(
                Check::TaggingApi,
                format!("{whereabouts}: whether resources of {service} may be tagged"),
                format!("Allow tag:TagResources and {service}'s own permission to tag; the first real event shows whether that is enough."),
            );
            continue;
        };
        tried.add(action, tag_made_up(&client, &arn, tag_keys).await);
        for (action, result) in probe::probe_service(&target.sdk, service, &arn).await {
            tried.add(action, result);
        }
    }
    tried.conclude(Check::TaggingApi, whereabouts, findings);
}

/// A resource that does not exist, and the permission to tag it.
fn made_up(service: &str, account_region: &AccountRegion) -> Option<(ResourceArn, &'static str)> {
    let AccountRegion { account, region } = account_region;
    let partition = partition_of(region);
    let name = format!("autotag-doctor-{:016x}", fastrand::u64(..));
    let (arn, action) = match service {
        "rds" => (format!("arn:{partition}:rds:{region}:{account}:db:{name}"), "rds:AddTagsToResource"),
        // Of a bucket that does not exist S3 says just that, before it checks permissions.
        "s3" => (
            format!("arn:{partition}:s3:::{name}"),
            "tag:TagResources (of S3's own permissions, only a real bucket shows more)",
        ),
        _ => return None,
    };
    ResourceArn::parse(&arn).map(|arn| (arn, action))
}

/// Of a resource that does not exist, AWS says first whether the principal may tag it at all.
async fn tag_made_up(
    client: &aws_sdk_resourcegroupstagging::Client,
    arn: &ResourceArn,
    tag_keys: &BTreeSet<String>,
) -> Result<(), AwsError> {
    let tags = tag_keys.iter().map(|key| (key.clone(), "autotag-doctor".to_owned())).collect();
    let answer = client.tag_resources().resource_arn_list(arn.as_str()).set_tags(Some(tags)).send().await;
    let answer = answer.map_err(|error| AwsError::of("TagResources", error))?;
    match answer.failed_resources_map().and_then(|failed| failed.get(arn.as_str())) {
        Some(info) => match failure_of_resource(arn, info) {
            failure if matches!(failure.kind, AwsErrorKind::NotFound | AwsErrorKind::Unclear) => Ok(()),
            failure => Err(failure),
        },
        None => Ok(()),
    }
}
