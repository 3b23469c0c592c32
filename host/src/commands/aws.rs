//! What the commands that send requests to AWS have in common.

use std::time::Duration;

use aws_config::meta::region::RegionProviderChain;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};

use crate::config::QueueUrl;

/// How long one attempt of a request may last. The SDK itself sets no bound, and a connection that went silent would
/// hold its message for ever.
pub(super) const ATTEMPT: Duration = Duration::from_secs(10);
/// How long a request may last with all its attempts.
const OPERATION: Duration = Duration::from_secs(25);

/// What all clients are made from: credentials, Region and endpoints from the SDK's own chain. If that has no Region,
/// the queue's is used.
pub(super) async fn sdk_config(queue_url: Option<&QueueUrl>) -> SdkConfig {
    let region = RegionProviderChain::default_provider().or_else(queue_url.and_then(queue_region));
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
    aws_config::defaults(BehaviorVersion::latest()).region(region).timeout_config(timeouts).load().await
}

/// The queue's Region, where its URL says it.
pub(super) fn queue_region(url: &QueueUrl) -> Option<Region> {
    url.region().map(|region| Region::new(region.to_owned()))
}
