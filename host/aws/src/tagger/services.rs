//! The AWS services that the tagger uses, in one account and Region.

use aws_config::SdkConfig;

use super::ec2::Ec2;
#[cfg(not(feature = "full"))]
pub(super) use super::not_built::{AutoScaling, Rds, S3};
use super::tagging_api::TaggingApi;
#[cfg(feature = "full")]
pub(super) use super::{auto_scaling::AutoScaling, rds::Rds, s3::S3};
use crate::metrics::ServiceMetrics;
use crate::tagger::rates::Rates;

/// All of them, with the same credentials.
#[derive(Debug)]
pub(super) struct Services {
    pub(super) ec2: Ec2,
    pub(super) tagging_api: TaggingApi,
    pub(super) auto_scaling: AutoScaling,
    pub(super) rds: Rds,
    pub(super) s3: S3,
}

impl Services {
    pub(super) fn start(sdk: &SdkConfig, rates: &Rates, metrics: &ServiceMetrics) -> Self {
        Self {
            ec2: Ec2::start(&aws_sdk_ec2::Client::new(sdk), rates, metrics),
            tagging_api: TaggingApi::start(&aws_sdk_resourcegroupstagging::Client::new(sdk), rates, metrics),
            auto_scaling: AutoScaling::start(sdk, rates, metrics),
            rds: Rds::start(sdk, rates, metrics),
            s3: S3::start(sdk, rates, metrics),
        }
    }
}
