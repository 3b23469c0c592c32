//! What stands in for the services whose SDKs only a host with the feature `full` has. What would have to be looked up
//! there is not tagged: its event is retried, since another host on the queue may be able to.

use autotag_core::ownership::rule::Observed;
use autotag_core::resource::ResourceArn;
use aws_config::SdkConfig;

use super::classify::{AwsError, AwsErrorKind};
use super::probe_one::ProbeResults;
use crate::metrics::ServiceMetrics;
use crate::tagger::rates::Rates;

/// Auto Scaling in one account and Region.
#[derive(Debug)]
pub(super) struct AutoScaling;

/// RDS in one account and Region.
#[derive(Debug)]
pub(super) struct Rds;

/// S3 in one account and Region.
#[derive(Debug)]
pub(super) struct S3;

impl AutoScaling {
    pub(super) fn start(_: &SdkConfig, _: &Rates, _: &ServiceMetrics) -> Self {
        Self
    }

    pub(super) async fn tags_of(&self, _group: &str) -> Result<Vec<(String, String)>, AwsError> {
        Err(not_built("Auto Scaling"))
    }
}

impl Rds {
    pub(super) fn start(_: &SdkConfig, _: &Rates, _: &ServiceMetrics) -> Self {
        Self
    }

    pub(super) async fn load(&self, arns: Vec<ResourceArn>) -> Vec<(ResourceArn, Result<Option<Observed>, AwsError>)> {
        arns.into_iter().map(|arn| (arn, Err(not_built("RDS")))).collect()
    }

    pub(super) async fn probe_all(_: &SdkConfig, _: &ResourceArn, _: &mut ProbeResults) {}
}

impl S3 {
    pub(super) fn start(_: &SdkConfig, _: &Rates, _: &ServiceMetrics) -> Self {
        Self
    }

    pub(super) async fn load(&self, arns: Vec<ResourceArn>) -> Vec<(ResourceArn, Result<Option<Observed>, AwsError>)> {
        arns.into_iter().map(|arn| (arn, Err(not_built("S3")))).collect()
    }

    pub(super) async fn probe_all(_: &SdkConfig, _: &ResourceArn, _: &mut ProbeResults) {}
}

fn not_built(service: &str) -> AwsError {
    let why = format!(
        "this host was built for the demo, and cannot look up anything in {service}: `cargo build --bin host` builds one with everything"
    );
    AwsError { kind: AwsErrorKind::NotAllowed, why }
}
