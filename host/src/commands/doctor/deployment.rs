//! What the doctor looks at, and the clients for it.

use autotag_core::resource::partition_of;
use aws_config::SdkConfig;

use crate::commands::queue_endpoint::QueueEndpoint;
use crate::config::{Config, ServiceConfig};

/// A host, as it is configured, and the AWS that it is to work on.
#[derive(Debug)]
pub(super) struct Deployment<'a> {
    pub(super) config: &'a Config,
    pub(super) service: &'a ServiceConfig,
    /// In the queue's Region.
    pub(super) sdk: SdkConfig,
    /// The Region that the queue is in, and that `sdk` asks.
    pub(super) region: String,
    /// The event buses whose rules are looked at; all, if none is named.
    pub(super) event_buses: &'a [String],
}

impl Deployment<'_> {
    /// The ARN that the queue has, whether it is there or not. The configuration refuses a URL that names no account,
    /// unless it says which accounts to tag in; the queue is then taken for one of the host's own account.
    pub(super) fn queue_arn(&self, own: &str) -> String {
        let url = &self.service.queue_url;
        url.arn(Some(&self.region)).unwrap_or_else(|| {
            let name = url.as_str().rsplit('/').next().unwrap_or_default();
            format!("arn:{}:sqs:{}:{own}:{name}", partition_of(&self.region), self.region)
        })
    }

    /// A client for SQS in the queue's Region.
    pub(super) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.sdk)
    }

    /// The same, which notes where its requests go.
    pub(super) fn watched_sqs(&self) -> (aws_sdk_sqs::Client, QueueEndpoint) {
        let endpoint = QueueEndpoint::of(&self.service.queue_url);
        let config = aws_sdk_sqs::config::Builder::from(&self.sdk).interceptor(endpoint.clone());
        (aws_sdk_sqs::Client::from_conf(config.build()), endpoint)
    }
}
