//! What the commands that send requests to AWS have in common.

use std::time::Duration;

use autotag_aws::connections;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;

use super::credentials_chain::CredentialsChain;
use crate::config::QueueUrl;

/// How long one attempt of a request may last. The SDK itself sets no bound, and a connection that went silent would
/// hold its message for ever.
pub(super) const ATTEMPT: Duration = Duration::from_secs(10);
/// How long a request may last with all its attempts.
const OPERATION: Duration = Duration::from_secs(25);

/// What all clients are made from: credentials, Region and endpoints from the SDK's own chain. If that has no Region,
/// the queue's is used.
pub(super) async fn sdk_config(queue_url: Option<&QueueUrl>) -> SdkConfig {
    let region = queue_url.and_then(queue_region);
    let sdk = load(region.clone()).await;
    let chain = CredentialsChain::new(region, sdk.credentials_provider());
    sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(chain)).build()
}

/// What the SDK's own chain says. If that has no Region, this one is used.
pub(super) async fn load(region: Option<Region>) -> SdkConfig {
    let http = connections::unbounded();
    let provider = ProviderConfig::default().with_http_client(http.clone());
    // The default chain, which cannot be given an HTTP client.
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(ImdsRegionProvider::builder().configure(&provider).build())
        .or_else(region);
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(region)
        .timeout_config(timeouts)
        .load()
        .await
}

/// What to do about a bundle of certificates that other tools of AWS read, and the SDK for Rust does not.
pub(super) fn ca_bundle_fix() -> Option<&'static str> {
    let is_set = |name| std::env::var_os(name).is_some();
    (is_set("AWS_CA_BUNDLE") && !is_set("SSL_CERT_FILE"))
        .then_some("AWS_CA_BUNDLE is not read by this program: set SSL_CERT_FILE to the same file")
}

/// The queue's Region, where its URL says it.
pub(super) fn queue_region(url: &QueueUrl) -> Option<Region> {
    url.region().map(|region| Region::new(region.to_owned()))
}
