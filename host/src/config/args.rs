//! What can be set by flag and environment, which clap merges, and in the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::values::{AccountId, DrainSeconds, Instances, MaxInFlight, QueueUrl, WaitSeconds};
use crate::plugin::{CacheFolder, LimitOptions};

/// Where the plugins are.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(default)]
pub struct FolderArgs {
    /// The folder with the plugins' .wasm files
    #[arg(long, env = "AUTOTAG_PLUGINS", value_name = "DIR")]
    pub(super) plugins: Option<PathBuf>,
}

impl From<PathBuf> for FolderArgs {
    fn from(folder: PathBuf) -> Self {
        Self { plugins: Some(folder) }
    }
}

/// What decides what is tagged: the settings of every command that runs plugins.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(default)]
pub struct DecisionArgs {
    /// The plugins' settings: a JSON object from plugin name to settings object
    #[arg(long, env = "AUTOTAG_SETTINGS", value_name = "FILE")]
    #[serde(skip)]
    pub(super) settings: Option<PathBuf>,
    /// The only tag keys that plugins may write [default: Owner,PrincipalId]
    #[arg(long, env = "AUTOTAG_TAG_KEYS", value_name = "KEY", value_delimiter = ',')]
    pub(super) tag_keys: Option<Vec<String>>,
    /// Those of them that decide access: they carry the caller's principal id, or the answer is refused [default: PrincipalId]
    #[arg(long, env = "AUTOTAG_ACCESS_KEYS", value_name = "KEY", value_delimiter = ',')]
    pub(super) access_keys: Option<Vec<String>>,
    /// The only accounts to tag in [default: the queue's; all, if there is no queue]
    #[arg(long, env = "AUTOTAG_ACCOUNTS", value_name = "ACCOUNT", value_delimiter = ',')]
    pub(super) accounts: Option<Vec<AccountId>>,
    /// The SQS queue that EventBridge delivers to; replay takes nothing from it but the account to tag in
    #[arg(long, env = "AUTOTAG_QUEUE_URL", value_name = "URL")]
    pub(super) queue_url: Option<QueueUrl>,
    /// Load no plugin whose SHA-256 is not pinned by `sha256` in its [plugin.NAME]
    #[arg(long, env = "AUTOTAG_REQUIRE_PINS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(super) require_pins: Option<bool>,
    /// Where compiled plugins are kept, a folder that only the host's user can write to; or `off`
    /// [default: autotag in the user's cache folder]
    #[arg(long, env = "AUTOTAG_CACHE", value_name = "DIR")]
    pub(super) cache: Option<CacheFolder>,
    /// How many instances of plugins there can be at once [default: 4 for each core, at least 8]
    #[arg(long, env = "AUTOTAG_INSTANCES", value_name = "INSTANCES")]
    pub(super) instances: Option<Instances>,
    #[command(flatten)]
    pub(super) limits: LimitOptions,
}

/// The settings of the service.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(default)]
pub struct ServiceArgs {
    /// How long one receive waits for messages, in seconds: 0 to 20 [default: 20]
    #[arg(long, env = "AUTOTAG_WAIT_SECONDS", value_name = "SECONDS")]
    pub(super) wait_seconds: Option<WaitSeconds>,
    /// How many messages are worked on at once: 1 to 1000 [default: 20]
    #[arg(long, env = "AUTOTAG_MAX_IN_FLIGHT", value_name = "MESSAGES")]
    pub(super) max_in_flight: Option<MaxInFlight>,
    /// How long to work on after SIGTERM, in seconds: 1 to 900 [default: 25]
    #[arg(long, env = "AUTOTAG_DRAIN_SECONDS", value_name = "SECONDS")]
    pub(super) drain_seconds: Option<DrainSeconds>,
    /// Where to serve /metrics, /livez and /readyz, for example 127.0.0.1:9464 [default: nowhere]
    #[arg(long, env = "AUTOTAG_LISTEN", value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
}
