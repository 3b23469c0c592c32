//! Tries the look-ups that the tagger makes only now and then, so that a missing permission shows before it matters.
//! Each is about what does not exist: AWS checks the permission first.

use autotag_core::resource::{ResourceArn, ResourceId};
use aws_config::SdkConfig;

use super::ec2::{DescribeFleets, ResourceTypes};
pub use super::probe_one::ProbeResults;
use super::probe_one::probe_one;
use super::services::{Rds, S3};

/// Tries the look-ups of EC2.
pub async fn probe_ec2(sdk: &SdkConfig) -> ProbeResults {
    let client = aws_sdk_ec2::Client::new(sdk);
    let mut tried = Vec::new();
    let fleet = ResourceId::parse("fleet-00000000-0000-0000-0000-000000000000");
    probe_one("ec2", &DescribeFleets(client.clone()), &(), fleet, &mut tried).await;
    ResourceTypes::probe_all(&client, &mut tried).await;
    tried
}

/// Tries the look-ups of a service, about `missing`, a resource of it that does not exist. In most services the tagger
/// looks nothing up.
pub async fn probe_service(sdk: &SdkConfig, service: &str, missing: &ResourceArn) -> ProbeResults {
    let mut tried = Vec::new();
    match service {
        "rds" => Rds::probe_all(sdk, missing, &mut tried).await,
        "s3" => S3::probe_all(sdk, missing, &mut tried).await,
        _ => {}
    }
    tried
}
