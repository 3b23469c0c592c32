//! What the doctor looks at, and by which clients.

use aws_config::SdkConfig;

use crate::config::{Config, ServiceConfig};
use crate::resource::partition_of;

/// A host, as it is configured, and the AWS that it is to work on.
#[derive(Debug)]
pub(super) struct Patient<'a> {
    pub(super) config: &'a Config,
    pub(super) service: &'a ServiceConfig,
    /// In the queue's Region.
    pub(super) sdk: SdkConfig,
    /// The queue's Region.
    pub(super) region: String,
    pub(super) event_bus: &'a str,
}

impl Patient<'_> {
    /// The queue's name.
    pub(super) fn queue_name(&self) -> &str {
        self.service.queue_url.as_str().rsplit('/').next().unwrap_or_default()
    }

    /// The ARN that the queue has, whether it is there or not; `own` is the account of the credentials, for a URL that names none.
    pub(super) fn queue_arn(&self, own: &str) -> String {
        let account = self.service.queue_url.account().unwrap_or(own);
        format!("arn:{}:sqs:{}:{account}:{}", partition_of(&self.region), self.region, self.queue_name())
    }

    /// SQS, where the queue is.
    pub(super) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.sdk)
    }
}
