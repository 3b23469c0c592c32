//! The AWS services that the tagger uses, in one account and Region.

use aws_config::SdkConfig;

use super::auto_scaling::AutoScaling;
use super::ec2::Ec2;
use super::rds::Rds;
use super::s3::S3;
use super::tagging_api::TaggingApi;
use crate::metrics::ServiceMetrics;
use crate::tagger::Rates;

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
            auto_scaling: AutoScaling::start(&aws_sdk_autoscaling::Client::new(sdk), rates, metrics),
            rds: Rds::start(&aws_sdk_rds::Client::new(sdk), rates, metrics),
            s3: S3::start(&aws_sdk_s3::Client::new(sdk), rates, metrics),
        }
    }
}
