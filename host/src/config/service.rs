//! What the operator sets of the service.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use autotag_aws::tagger::{Rate, Rates, RoleInAccounts};

use super::args::ServiceArgs;
use super::error::ConfigError;
use super::numbers::Numbers;
use super::queue_url::QueueUrl;

/// How the service works.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Where messages come from.
    pub queue_url: QueueUrl,
    /// Times, bounds and rates.
    pub numbers: Numbers,
    /// Whether nothing is tagged, and the log alone says what would be done.
    pub dry_run: bool,
    /// Where to serve metrics and health; none: nowhere.
    pub listen: Option<SocketAddr>,
    /// The collector that gets traces; none: what the environment says.
    pub otlp_endpoint: Option<String>,
    /// The role to take on in accounts other than the host's own; none: its own credentials are used everywhere.
    pub role: Option<RoleInAccounts>,
    /// The tag keys whose present values stay.
    pub keep_keys: BTreeSet<String>,
}

impl ServiceConfig {
    /// What is set, else the defaults.
    pub(super) fn merge(
        queue_url: QueueUrl,
        tag_keys: &BTreeSet<String>,
        access_keys: &BTreeSet<String>,
        args: ServiceArgs,
    ) -> Result<Self, ConfigError> {
        let numbers = args.numbers.resolve();
        let (drain, wait) = (numbers.drain_seconds.as_secs(), numbers.wait_seconds.as_secs());
        if drain <= wait {
            return Err(ConfigError::DrainTooShort { drain, wait });
        }
        let role = args.assume_role.map(|role| role.0);
        let role = match (role, args.external_id) {
            (None, Some(_)) => return Err(ConfigError::ExternalIdWithoutRole),
            (role, external_id) => role.map(|name| RoleInAccounts { name, external_id }),
        };
        let keep_keys = match super::keys(args.keep_keys) {
            None => tag_keys.difference(access_keys).cloned().collect(),
            Some(keys) => match keys.difference(tag_keys).next() {
                Some(key) => return Err(ConfigError::KeepKey(key.clone())),
                None => keys,
            },
        };
        if let Some(key) = keep_keys.intersection(access_keys).next() {
            return Err(ConfigError::KeepAccessKey(key.clone()));
        }
        let (listen, otlp_endpoint) = (args.listen, args.otlp_endpoint);
        let is_url = |text: &&String| ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        if let Some(endpoint) = otlp_endpoint.iter().find(|endpoint| !is_url(endpoint)) {
            return Err(ConfigError::OtlpEndpoint(endpoint.clone()));
        }
        let dry_run = args.dry_run.unwrap_or(false);
        Ok(Self { queue_url, numbers, dry_run, listen, otlp_endpoint, role, keep_keys })
    }

    /// How fast AWS may be called.
    #[must_use]
    pub fn rates(&self) -> Rates {
        let numbers = &self.numbers;
        let rate = |burst, per_second| Rate { burst, per_second };
        Rates {
            create_tags: rate(numbers.create_tags_burst, numbers.create_tags_per_second),
            describe: rate(numbers.describe_burst, numbers.describe_per_second),
            tag_resources: rate(numbers.tag_resources_burst, numbers.tag_resources_per_second),
            get_resources: rate(numbers.get_resources_burst, numbers.get_resources_per_second),
            resources_per_call: numbers.resources_per_call,
        }
    }
}
