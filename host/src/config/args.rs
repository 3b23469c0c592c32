//! What can be set by flag and environment, which clap merges, and in the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use autotag_sandbox::{CacheFolder, LimitOptions};
use clap::Args;
use serde::Deserialize;

use super::numbers::{Number, NumberArgs};
use super::queue_url::QueueUrl;
use super::values::{AccountId, RoleName};

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
        #[derive(Debug, Default, Args, Deserialize)]
        #[serde(default)]
        $(#[$of_struct])*
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
#[command(next_help_heading = "What is tagged")]
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
#[command(next_help_heading = "What is tagged")]
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
    instances: Option<Number<1, 1_000>>,
    @flatten
    #[command(flatten)]
    limits: LimitOptions,
}
}

settings! {
/// The settings of the service.
#[command(next_help_heading = "The service")]
pub struct ServiceArgs {
    /// Tag nothing: receive, decide, log what would be done, and give each message back, hidden for eleven hours
    #[arg(long, env = "AUTOTAG_DRY_RUN", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    dry_run: Option<bool>,
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
    #[arg(long, env = "AUTOTAG_EXTERNAL_ID", value_name = "ID", hide_env_values = true)]
    external_id: Option<String>,
    /// The tag keys whose values stay where a resource has them already; all others are overwritten; none if it is
    /// empty [default: all but those that decide access]
    #[arg(long, env = "AUTOTAG_KEEP_KEYS", value_name = "KEY", value_delimiter = ',')]
    keep_keys: Option<Vec<String>>,
    @flatten
    #[command(flatten)]
    #[serde(flatten)]
    numbers: NumberArgs,
}
}
