//! What can be set by flag and environment, which clap merges, and in the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use autotag_sandbox::{CacheFolder, LimitOptions};
use clap::Args;
use serde::Deserialize;

use super::values::{
    AccountId, DrainSeconds, FreshSeconds, Instances, MaxInFlight, Pollers, QueueUrl, ResourcesPerCall, RoleName,
    Tokens, VisibilitySeconds, WaitSeconds,
};

/// Defines settings in one place: each field is a flag, a variable in the environment and, by its own name, a key of
/// `host.toml`.
macro_rules! settings {
    (
        $(#[$of_struct:meta])*
        pub struct $name:ident {
            $( $(#[$of_field:meta])* $field:ident: Option<$value:ty>, )*
            $( @flatten $(#[$of_flattened:meta])* $flattened:ident: $options:ty, )?
        }
    ) => {
        $(#[$of_struct])*
        #[derive(Debug, Default, Args, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $( $(#[$of_field])* pub(super) $field: Option<$value>, )*
            $( $(#[$of_flattened])* pub(super) $flattened: $options, )?
        }

        impl $name {
            /// What is set here, and for the rest what is set in `other`.
            pub(super) fn or(self, other: Self) -> Self {
                Self {
                    $( $field: self.$field.or(other.$field), )*
                    $( $flattened: self.$flattened.or(other.$flattened), )?
                }
            }
        }
    };
}

settings! {
/// Where the plugins are.
pub struct FolderArgs {
    /// The folder with the plugins' .wasm files
    #[arg(long, env = "AUTOTAG_PLUGINS", value_name = "DIR")]
    plugins: Option<PathBuf>,
}
}

impl From<PathBuf> for FolderArgs {
    fn from(folder: PathBuf) -> Self {
        Self { plugins: Some(folder) }
    }
}

settings! {
/// What decides what is tagged: the settings of every command that runs plugins.
pub struct DecisionArgs {
    /// The plugins' settings: a JSON object from plugin name to settings object
    #[arg(long, env = "AUTOTAG_SETTINGS", value_name = "FILE")]
    #[serde(skip)]
    settings: Option<PathBuf>,
    /// The only tag keys that plugins may write [default: Owner,PrincipalId]
    #[arg(long, env = "AUTOTAG_TAG_KEYS", value_name = "KEY", value_delimiter = ',')]
    tag_keys: Option<Vec<String>>,
    /// Those of them that decide access: they carry the caller's principal id, or the answer is refused [default:
    /// PrincipalId]
    #[arg(long, env = "AUTOTAG_ACCESS_KEYS", value_name = "KEY", value_delimiter = ',')]
    access_keys: Option<Vec<String>>,
    /// Start even if a principal id that a plugin writes is not checked against the caller: a plugin could then make
    /// any principal the owner of any resource
    #[arg(long, env = "AUTOTAG_UNGUARDED_IDENTITY", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    unguarded_identity: Option<bool>,
    /// Take events that come again by the replay of an EventBridge archive; they are tagged only where no identity
    /// stands
    #[arg(long, env = "AUTOTAG_ALLOW_REPLAYS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_replays: Option<bool>,
    /// The only accounts to tag in [default: the queue's; all, if there is no queue]
    #[arg(long, env = "AUTOTAG_ACCOUNTS", value_name = "ACCOUNT", value_delimiter = ',')]
    accounts: Option<Vec<AccountId>>,
    /// The SQS queue that EventBridge delivers to; its account is the one to tag in unless `accounts` says otherwise
    #[arg(long, env = "AUTOTAG_QUEUE_URL", value_name = "URL")]
    queue_url: Option<QueueUrl>,
    /// Load no plugin whose SHA-256 is not pinned by `sha256` in its [plugin.NAME]
    #[arg(long, env = "AUTOTAG_REQUIRE_PINS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    require_pins: Option<bool>,
    /// Where compiled plugins are kept, a folder that only the host's user can write to; or `off`
    /// [default: autotag in the user's cache folder]
    #[arg(long, env = "AUTOTAG_CACHE", value_name = "DIR")]
    cache: Option<CacheFolder>,
    /// How many instances of plugins there can be at once [default: 4 for each core, at least 8]
    #[arg(long, env = "AUTOTAG_INSTANCES", value_name = "INSTANCES")]
    instances: Option<Instances>,
    @flatten
    #[command(flatten)]
    limits: LimitOptions,
}
}

settings! {
/// The settings of the service.
pub struct ServiceArgs {
    /// How long one receive waits for messages, in seconds: 0 to 20 [default: 20]
    #[arg(long, env = "AUTOTAG_WAIT_SECONDS", value_name = "SECONDS")]
    wait_seconds: Option<WaitSeconds>,
    /// How many receives wait for messages at once: 1 to 100 [default: 8]
    #[arg(long, env = "AUTOTAG_POLLERS", value_name = "RECEIVES")]
    pollers: Option<Pollers>,
    /// For how long a message is hidden from other hosts, in seconds: 2 to 43200. It is extended for as long as the
    /// message is worked on; if the host dies, the message comes again after it [default: 60]
    #[arg(long, env = "AUTOTAG_VISIBILITY_SECONDS", value_name = "SECONDS")]
    visibility_seconds: Option<VisibilitySeconds>,
    /// For how long after its call an event is tagged over what is there, if it proves that the call created it, in
    /// seconds: 0 to
    /// 86400. CloudTrail itself can take a quarter of an hour [default: 3600]
    #[arg(long, env = "AUTOTAG_FRESH_SECONDS", value_name = "SECONDS")]
    fresh_seconds: Option<FreshSeconds>,
    /// How many messages are worked on at once: 1 to 10000 [default: 1000]
    #[arg(long, env = "AUTOTAG_MAX_IN_FLIGHT", value_name = "MESSAGES")]
    max_in_flight: Option<MaxInFlight>,
    /// How long to work on after SIGTERM, SIGINT or SIGHUP, in seconds: 1 to 900 [default: 25]
    #[arg(long, env = "AUTOTAG_DRAIN_SECONDS", value_name = "SECONDS")]
    drain_seconds: Option<DrainSeconds>,
    /// Where to serve /metrics, /livez and /readyz, for example 127.0.0.1:9464 [default: nowhere]
    #[arg(long, env = "AUTOTAG_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The OpenTelemetry collector that gets a span for each message, by OTLP over HTTP, for example
    /// http://127.0.0.1:4318 [default: what OTEL_EXPORTER_OTLP_ENDPOINT says, else nowhere]
    #[arg(long, env = "AUTOTAG_OTLP_ENDPOINT", value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// The name of the role to assume in accounts other than the host's own
    #[arg(long, env = "AUTOTAG_ASSUME_ROLE", value_name = "ROLE")]
    assume_role: Option<RoleName>,
    /// The external id that the role's trust policy asks for
    #[arg(long, env = "AUTOTAG_EXTERNAL_ID", value_name = "ID")]
    external_id: Option<String>,
    /// The tag keys whose values stay where a resource has them already; all others are overwritten [default: all but
    /// those that decide access]
    #[arg(long, env = "AUTOTAG_KEEP_KEYS", value_name = "KEY", value_delimiter = ',')]
    keep_keys: Option<Vec<String>>,
    /// How many resources go into one CreateTags: 1 to 1000 [default: 200]
    #[arg(long, env = "AUTOTAG_RESOURCES_PER_CALL", value_name = "RESOURCES")]
    resources_per_call: Option<ResourcesPerCall>,
    /// How many CreateTags in an account and Region may follow each other at once [default: 100]
    #[arg(long, env = "AUTOTAG_CREATE_TAGS_BURST", value_name = "CALLS")]
    create_tags_burst: Option<Tokens>,
    /// How many CreateTags in an account and Region there may be a second in the long run [default: 10]
    #[arg(long, env = "AUTOTAG_CREATE_TAGS_PER_SECOND", value_name = "CALLS")]
    create_tags_per_second: Option<Tokens>,
    /// How many Describe calls of each kind in an account and Region may follow each other at once [default: 100]
    #[arg(long, env = "AUTOTAG_DESCRIBE_BURST", value_name = "CALLS")]
    describe_burst: Option<Tokens>,
    /// How many Describe calls of each kind in an account and Region there may be a second in the long run [default:
    /// 20]
    #[arg(long, env = "AUTOTAG_DESCRIBE_PER_SECOND", value_name = "CALLS")]
    describe_per_second: Option<Tokens>,
    /// How many TagResources, for what is not EC2's, in an account and Region may follow each other at once [default:
    /// 5]
    #[arg(long, env = "AUTOTAG_TAG_RESOURCES_BURST", value_name = "CALLS")]
    tag_resources_burst: Option<Tokens>,
    /// How many TagResources in an account and Region there may be a second in the long run [default: 5]
    #[arg(long, env = "AUTOTAG_TAG_RESOURCES_PER_SECOND", value_name = "CALLS")]
    tag_resources_per_second: Option<Tokens>,
    /// How many GetResources, for what is not EC2's, in an account and Region may follow each other at once [default:
    /// 15]
    #[arg(long, env = "AUTOTAG_GET_RESOURCES_BURST", value_name = "CALLS")]
    get_resources_burst: Option<Tokens>,
    /// How many GetResources in an account and Region there may be a second in the long run [default: 15]
    #[arg(long, env = "AUTOTAG_GET_RESOURCES_PER_SECOND", value_name = "CALLS")]
    get_resources_per_second: Option<Tokens>,
}
}
