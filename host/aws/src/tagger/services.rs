//! The AWS services that the tagger uses, in one account and Region.

#[cfg_attr(not(feature = "full"), path = "services/not_built.rs")]
mod optional;

use aws_config::SdkConfig;
pub(super) use optional::{AutoScaling, Rds, S3};

use super::ec2::Ec2;
use super::tagging_api::TaggingApi;
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
