//! Why the configuration cannot be used.

use std::path::PathBuf;

use autotag_sandbox::LimitError;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: String,
    },
    /// A file is not of its format, or a value in it is wrong.
    #[error("{}: {error}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        error: String,
    },
    /// A key that does not exist.
    #[error("{location}: unknown key `{key}`; {help}")]
    UnknownKey {
        /// Where it stands.
        location: String,
        /// The key.
        key: String,
        /// The known key that was meant, or where to look.
        help: String,
    },
    /// A bound of plugins is none that the host can keep.
    #[error("{location}: {error}")]
    Limit {
        /// The table that it belongs to: `[limits]`.
        location: String,
        /// What is wrong.
        error: LimitError,
    },
    /// A value that has no default is not set.
    #[error("{what} is not set: pass --{flag}, set {variable}, or `{key}` in the file that --config names")]
    Missing {
        /// What it is.
        what: &'static str,
        /// As a flag.
        flag: &'static str,
        /// In the environment.
        variable: &'static str,
        /// In the file.
        key: &'static str,
    },
    /// A plugin's author wants to say where compiled plugins are found.
    #[error(
        "{}: `cache` is not taken from a file beside a plugin, since what lies there is code that the host runs; remove it \
         there, and pass --cache or name the file with --config", .0.display()
    )]
    CacheBesidePlugin(PathBuf),
    /// A key would decide access that no plugin may write: most likely the keys were renamed in one place only.
    #[error(
        "the access key `{0}` is not among the tag keys; `access_keys` must name those of `tag_keys` that carry the \
         principal id"
    )]
    AccessKey(String),
    /// The key that plugins write the principal id to is not checked.
    #[error(
        "`{0}` is among `tag_keys` and not among `access_keys`: plugins write the principal id to it unless their settings name another key, \
         and the host would not check it; add it to `access_keys`, or take it out of `tag_keys`; if it is really wanted, set `unguarded_identity` \
         (AUTOTAG_UNGUARDED_IDENTITY) to true"
    )]
    UnguardedDefault(String),
    /// No identity would be checked.
    #[error(
        "`access_keys` names no key, so that no identity is checked, and any plugin can give any resource to any principal: name the key that \
         carries the principal id; if that is really wanted, set `unguarded_identity` (AUTOTAG_UNGUARDED_IDENTITY) to true"
    )]
    NoAccessKeys,
    /// A plugin would write the principal id to a key that is not checked.
    #[error(
        "[plugin.{plugin}]: `principal_id_key` is `{key}`, which is not among `access_keys`, so that it is not checked: add it there; if that \
         is really wanted, set `unguarded_identity` (AUTOTAG_UNGUARDED_IDENTITY) to true"
    )]
    UnguardedKey {
        /// The plugin.
        plugin: String,
        /// The key.
        key: String,
    },
    /// What is there would decide who has access.
    #[error(
        "`{0}` is in both `access_keys` and `keep_keys`: the principal that sets it first would get access; remove it from `keep_keys`"
    )]
    KeepAccessKey(String),
    /// The host would leave before the receive that is open when it is told to stop.
    #[error(
        "drain_seconds, {drain}, must be more than wait_seconds, {wait}: the host waits for the open receive before it ends"
    )]
    DrainTooShort {
        /// In seconds.
        drain: u64,
        /// In seconds.
        wait: u64,
    },
    /// A key would stay that no plugin may write: most likely it is misspelt.
    #[error("`{0}` of keep_keys is not among the tag keys, which `tag_keys` names")]
    KeepKey(String),
    /// The address of the collector cannot be one.
    #[error("otlp_endpoint, `{0}`, is no URL of a collector's HTTP port, which looks like http://127.0.0.1:4318")]
    OtlpEndpoint(String),
    /// AWS keeps keys that begin so for itself.
    #[error("`{0}` of tag_keys begins with `aws:`, as only AWS's own keys do")]
    ReservedKey(String),
    /// There is no role to show the external id to.
    #[error("external_id is set and assume_role is not: name the role to assume, or remove external_id")]
    ExternalIdWithoutRole,
    /// The queue's URL says no account, and the configuration neither.
    #[error(
        "the queue URL `{0}` does not name an account, so the accounts to tag in must be set: pass --accounts, set \
         AUTOTAG_ACCOUNTS, or `accounts` in the file that --config names"
    )]
    NoAccount(String),
}
