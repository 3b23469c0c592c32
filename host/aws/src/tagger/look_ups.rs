//! Tries the look-ups that the tagger makes only now and then, so that a missing permission shows before it matters.
//! Each is about what does not exist: AWS checks the permission first.

use autotag_core::resource::{ResourceArn, ResourceId};
use aws_config::SdkConfig;

use super::batcher::Api;
use super::classify::{AwsError, AwsErrorKind};
use super::ec2::{DescribeFleets, Kinds};
use super::rds;
use super::s3;

/// The actions that were tried, as IAM calls them, and what became of each.
pub type Tried = Vec<(String, Result<(), AwsError>)>;

/// Tries the look-ups of EC2.
pub async fn try_ec2(sdk: &SdkConfig) -> Tried {
    let client = aws_sdk_ec2::Client::new(sdk);
    let mut tried = Vec::new();
    let fleet = ResourceId::parse("fleet-00000000-0000-0000-0000-000000000000");
    try_one("ec2", &DescribeFleets(client.clone()), &(), fleet, &mut tried).await;
    Kinds::try_all(&client, &mut tried).await;
    tried
}

/// Tries the look-ups of a service, about `missing`, a resource of it that does not exist. In most services the tagger
/// looks nothing up.
pub async fn try_service(sdk: &SdkConfig, service: &str, missing: &ResourceArn) -> Tried {
    let mut tried = Vec::new();
    match service {
        "rds" => rds::try_all(&aws_sdk_rds::Client::new(sdk), missing, &mut tried).await,
        "s3" => s3::try_all(&aws_sdk_s3::Client::new(sdk), missing, &mut tried).await,
        _ => {}
    }
    tried
}

/// Sends one request to an API.
pub(super) async fn try_one<A: Api>(
    service: &str,
    api: &A,
    group: &A::Group,
    item: Option<A::Item>,
    tried: &mut Tried,
) {
    let Some(item) = item else { return };
    let result = match api.send(group, &[item]).await {
        // Only a principal with the permission is told that it does not exist, or is invalid.
        Err(failure)
            if !matches!(failure.kind, AwsErrorKind::NotFound | AwsErrorKind::Unclear | AwsErrorKind::BadResource) =>
        {
            Err(failure)
        }
        _ => Ok(()),
    };
    tried.push((format!("{service}:{}", A::NAME), result));
}
