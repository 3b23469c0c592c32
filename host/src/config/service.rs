//! What the operator sets of the service.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use autotag_aws::tagger::{Rate, Rates, RoleInAccounts};

use super::args::ServiceArgs;
use super::error::ConfigError;
use super::values::{
    DrainSeconds, FreshSeconds, MaxInFlight, Pollers, QueueUrl, ResourcesPerCall, Tokens, VisibilitySeconds,
    WaitSeconds,
};

/// How the service works.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// Where messages come from.
    pub queue_url: QueueUrl,
    /// How long one receive waits.
    pub wait: Duration,
    /// How many receives wait at once.
    pub pollers: usize,
    /// For how long a receive hides its messages from other hosts.
    pub visibility: Duration,
    /// For how long after its call what an event proves goes over what is there.
    pub fresh: Duration,
    /// How many messages are worked on at once.
    pub max_in_flight: usize,
    /// How long to work on after SIGTERM.
    pub drain: Duration,
    /// Where to serve metrics and health; none: nowhere.
    pub listen: Option<SocketAddr>,
    /// The collector that gets traces; none: what the environment says.
    pub otlp_endpoint: Option<String>,
    /// The role to take on in accounts other than the host's own; none: its own credentials are used everywhere.
    pub role: Option<RoleInAccounts>,
    /// How fast AWS may be called.
    pub rates: Rates,
    /// The tag keys whose present values stay.
    pub keep_keys: BTreeSet<String>,
}

impl ServiceConfig {
    /// What is set, else the defaults.
    pub(super) fn merge(
        url: QueueUrl,
        tag_keys: &BTreeSet<String>,
        access_keys: &BTreeSet<String>,
        args: ServiceArgs,
    ) -> Result<Self, ConfigError> {
        let wait = args.wait_seconds.unwrap_or(WaitSeconds(20)).0;
        let drain = args.drain_seconds.unwrap_or(DrainSeconds(25)).0;
        if drain <= wait {
            return Err(ConfigError::DrainTooShort { drain, wait });
        }
        let pollers = args.pollers.unwrap_or(Pollers(8)).0;
        let visibility = args.visibility_seconds.unwrap_or(VisibilitySeconds(60)).0;
        let fresh = args.fresh_seconds.unwrap_or(FreshSeconds(3600)).0;
        let max_in_flight = args.max_in_flight.unwrap_or(MaxInFlight(1000)).0;
        let role = args.assume_role.map(|role| role.0);
        let role = match (role, args.external_id) {
            (None, Some(_)) => return Err(ConfigError::ExternalIdWithoutRole),
            (role, external_id) => role.map(|name| RoleInAccounts { name, external_id }),
        };
        // EC2's own buckets, as far as they are known, and the tagging API's quotas.
        let rate = |burst: Option<Tokens>, per_second: Option<Tokens>, usual: (u64, u64)| {
            let tokens = |set: Option<Tokens>, usual| as_f64(set.unwrap_or(Tokens(usual)));
            Rate { burst: tokens(burst, usual.0), per_second: tokens(per_second, usual.1) }
        };
        let rates = Rates {
            create_tags: rate(args.create_tags_burst, args.create_tags_per_second, (100, 10)),
            describe: rate(args.describe_burst, args.describe_per_second, (100, 20)),
            tag_resources: rate(args.tag_resources_burst, args.tag_resources_per_second, (5, 5)),
            get_resources: rate(args.get_resources_burst, args.get_resources_per_second, (15, 15)),
            resources_per_call: as_usize(args.resources_per_call.unwrap_or(ResourcesPerCall(200)).0),
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
        Ok(Self {
            queue_url: url,
            wait: Duration::from_secs(wait),
            pollers: as_usize(pollers),
            visibility: Duration::from_secs(visibility),
            fresh: Duration::from_secs(fresh),
            max_in_flight: as_usize(max_in_flight),
            drain: Duration::from_secs(drain),
            listen: args.listen,
            otlp_endpoint: args.otlp_endpoint,
            role,
            rates,
            keep_keys,
        })
    }
}

fn as_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn as_f64(Tokens(number): Tokens) -> f64 {
    // Exact: it is at most a million.
    number as f64
}
