//! What stands in for `optional.rs` in a host without the feature `full`. What would have to be looked up there is not
//! tagged: its event is retried, since another host on the queue may be able to.

use autotag_core::ownership::rule::Observed;
use autotag_core::resource::ResourceArn;
use aws_config::SdkConfig;

use crate::metrics::ServiceMetrics;
use crate::tagger::classify::{AwsError, AwsErrorKind};
use crate::tagger::probe_one::ProbeResults;
use crate::tagger::rates::Rates;

/// Auto Scaling in one account and Region.
#[derive(Debug)]
pub(in crate::tagger) struct AutoScaling;

/// RDS in one account and Region.
#[derive(Debug)]
pub(in crate::tagger) struct Rds;

/// S3 in one account and Region.
#[derive(Debug)]
pub(in crate::tagger) struct S3;

impl AutoScaling {
    pub(in crate::tagger) fn start(_: &SdkConfig, _: &Rates, _: &ServiceMetrics) -> Self {
        Self
    }

    pub(in crate::tagger) async fn tags_of(&self, _group: &str) -> Result<Vec<(String, String)>, AwsError> {
        Err(not_built("Auto Scaling"))
    }
}

impl Rds {
    pub(in crate::tagger) fn start(_: &SdkConfig, _: &Rates, _: &ServiceMetrics) -> Self {
        Self
    }

    pub(in crate::tagger) async fn load(
        &self,
        arns: Vec<ResourceArn>,
    ) -> Vec<(ResourceArn, Result<Option<Observed>, AwsError>)> {
        arns.into_iter().map(|arn| (arn, Err(not_built("RDS")))).collect()
    }

    pub(in crate::tagger) async fn probe_all(_: &SdkConfig, _: &ResourceArn, _: &mut ProbeResults) {}
}

impl S3 {
    pub(in crate::tagger) fn start(_: &SdkConfig, _: &Rates, _: &ServiceMetrics) -> Self {
        Self
    }

    pub(in crate::tagger) async fn load(
        &self,
        arns: Vec<ResourceArn>,
    ) -> Vec<(ResourceArn, Result<Option<Observed>, AwsError>)> {
        arns.into_iter().map(|arn| (arn, Err(not_built("S3")))).collect()
    }

    pub(in crate::tagger) async fn probe_all(_: &SdkConfig, _: &ResourceArn, _: &mut ProbeResults) {}
}

fn not_built(service: &str) -> AwsError {
    let why = format!(
        "this host was built for the demo, and cannot look up anything in {service}: `cargo build --bin host` builds one with everything"
    );
    AwsError { kind: AwsErrorKind::NotAllowed, why }
}
