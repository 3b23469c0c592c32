//! What the operator sets: flags, which win over the environment, which wins over `host.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::guard::Guard;
use crate::plugin::PluginOptions;

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
    #[error("{place}: unknown key `{key}`; did you mean `{nearest}`?")]
    UnknownKey {
        /// Where it stands.
        place: String,
        /// The key.
        key: String,
        /// The known key most like it.
        nearest: String,
    },
    /// A value that has no default is not set.
    #[error("{what} is not set: pass --{flag}, set {variable}, or `{key}` in host.toml")]
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
    /// A key would decide access that no plugin may write: most likely the keys were renamed in one place only.
    #[error(
        "the access key `{0}` is not among the tag keys; `access_keys` must name those of `tag_keys` that carry the \
         principal id"
    )]
    AccessKey(String),
    /// The queue's URL says no account, and the configuration neither.
    #[error(
        "the queue URL `{0}` does not name an account, so the accounts to tag in must be set: pass --accounts, set \
         AUTOTAG_ACCOUNTS, or `accounts` in host.toml"
    )]
    NoAccount(String),
}

/// The settings of every command that runs plugins.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PluginArgs {
    /// The folder with the plugins' .wasm files
    #[arg(long, env = "AUTOTAG_PLUGINS", value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// The plugins' settings: a JSON object from plugin name to settings object
    #[arg(long, env = "AUTOTAG_SETTINGS", value_name = "FILE")]
    #[serde(skip)]
    settings: Option<PathBuf>,
    /// The only tag keys that plugins may write [default: Owner,PrincipalId]
    #[arg(long, env = "AUTOTAG_TAG_KEYS", value_name = "KEY", value_delimiter = ',')]
    tag_keys: Option<Vec<String>>,
    /// Those of them that decide access: they carry the caller's principal id, or the answer is refused [default: PrincipalId]
    #[arg(long, env = "AUTOTAG_ACCESS_KEYS", value_name = "KEY", value_delimiter = ',')]
    access_keys: Option<Vec<String>>,
    /// The only accounts to tag in [default: the queue's; all, if there is no queue]
    #[arg(long, env = "AUTOTAG_ACCOUNTS", value_name = "ACCOUNT", value_delimiter = ',')]
    accounts: Option<Vec<AccountId>>,
}

/// The settings of the service.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueArgs {
    /// The SQS queue that EventBridge delivers to
    #[arg(long, env = "AUTOTAG_QUEUE_URL", value_name = "URL")]
    queue_url: Option<String>,
    /// How long one receive waits for messages, in seconds: 0 to 20 [default: 20]
    #[arg(long, env = "AUTOTAG_WAIT_SECONDS", value_name = "SECONDS")]
    wait_seconds: Option<WaitSeconds>,
    /// How many messages are worked on at once: 1 to 1000 [default: 20]
    #[arg(long, env = "AUTOTAG_MAX_IN_FLIGHT", value_name = "MESSAGES")]
    max_in_flight: Option<MaxInFlight>,
    /// How long to work on after SIGTERM, in seconds: 1 to 900 [default: 25]
    #[arg(long, env = "AUTOTAG_DRAIN_SECONDS", value_name = "SECONDS")]
    drain_seconds: Option<DrainSeconds>,
}

/// `host.toml`.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(flatten)]
    plugin_args: PluginArgs,
    #[serde(flatten)]
    queue_args: QueueArgs,
    #[serde(default)]
    plugin: BTreeMap<String, PluginOptions>,
}

/// Every key of `host.toml`; all but `plugin` can also be set in the environment.
const KEYS: [&str; 9] = [
    "access_keys",
    "accounts",
    "drain_seconds",
    "max_in_flight",
    "plugin",
    "plugins",
    "queue_url",
    "tag_keys",
    "wait_seconds",
];
/// Every key below `plugin.NAME`.
const PLUGIN_KEYS: [&str; 2] = ["events", "settings"];
/// What can be set in the environment alone.
const VARIABLES_ONLY: [&str; 3] = ["AUTOTAG_CONFIG", "AUTOTAG_LOG", "AUTOTAG_SETTINGS"];

/// What the commands work with: checked, merged, defaults filled in.
#[derive(Debug)]
pub struct Config {
    /// The folder with the plugins' .wasm files.
    pub plugins: PathBuf,
    /// What the operator says about plugins, by their names.
    pub plugin_options: BTreeMap<String, PluginOptions>,
    /// What the operator allows plugins.
    pub guard: Guard,
    /// Where messages come from; none for commands without a queue.
    pub queue: Option<QueueConfig>,
}

/// Where messages come from.
#[derive(Debug, Clone)]
pub struct QueueConfig {
    /// The queue.
    pub url: String,
    /// How long one receive waits.
    pub wait: Duration,
    /// How many messages are worked on at once.
    pub max_in_flight: usize,
    /// How long to work on after SIGTERM.
    pub drain: Duration,
}

impl Config {
    /// Merges flags and environment, which clap has already merged, with the file.
    ///
    /// # Errors
    /// If something is unknown, wrong or missing.
    pub fn load(file: Option<&Path>, plugin_args: PluginArgs, queue_args: QueueArgs) -> Result<Self, ConfigError> {
        check_environment(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let file = file.map(read_file).transpose()?.unwrap_or_default();
        let mut plugin_options = file.plugin;
        if let Some(path) = &plugin_args.settings {
            for (name, settings) in read_json::<BTreeMap<String, serde_json::Map<_, _>>>(path)? {
                plugin_options.entry(name).or_default().settings = Some(settings);
            }
        }
        let queue = queue_args.merge(file.queue_args);
        let accounts = plugin_args.accounts.or(file.plugin_args.accounts);
        let accounts = match (accounts, &queue) {
            (Some(accounts), _) => Some(accounts.into_iter().map(|account| account.0).collect()),
            (None, None) => None,
            (None, Some(queue)) => {
                let account = account_of(&queue.url).ok_or_else(|| ConfigError::NoAccount(queue.url.clone()))?;
                Some(BTreeSet::from([account.into()]))
            }
        };
        let set = |keys: Option<Vec<String>>| keys.map(|keys| keys.into_iter().collect::<BTreeSet<_>>());
        let default = Guard::default();
        let tag_keys = set(plugin_args.tag_keys.or(file.plugin_args.tag_keys)).unwrap_or(default.tag_keys);
        let access_keys = set(plugin_args.access_keys.or(file.plugin_args.access_keys)).unwrap_or(default.access_keys);
        if let Some(key) = access_keys.difference(&tag_keys).next() {
            return Err(ConfigError::AccessKey(key.clone()));
        }
        Ok(Self {
            plugins: plugin_args.plugins.or(file.plugin_args.plugins).ok_or(ConfigError::Missing {
                what: "the folder with the plugins",
                flag: "plugins",
                variable: "AUTOTAG_PLUGINS",
                key: "plugins",
            })?,
            plugin_options,
            guard: Guard { tag_keys, access_keys, accounts },
            queue,
        })
    }

    /// The queue, for a command that needs one.
    ///
    /// # Errors
    /// If none is set.
    pub fn queue(&self) -> Result<&QueueConfig, ConfigError> {
        self.queue.as_ref().ok_or(ConfigError::Missing {
            what: "the queue",
            flag: "queue-url",
            variable: "AUTOTAG_QUEUE_URL",
            key: "queue_url",
        })
    }
}

impl QueueArgs {
    /// What is set here, else what is set there, else the defaults; none without a queue.
    fn merge(self, file: Self) -> Option<QueueConfig> {
        Some(QueueConfig {
            url: self.queue_url.or(file.queue_url)?,
            wait: Duration::from_secs(self.wait_seconds.or(file.wait_seconds).unwrap_or(WaitSeconds(20)).0),
            max_in_flight: usize::try_from(self.max_in_flight.or(file.max_in_flight).unwrap_or(MaxInFlight(20)).0)
                .unwrap_or(usize::MAX),
            drain: Duration::from_secs(self.drain_seconds.or(file.drain_seconds).unwrap_or(DrainSeconds(25)).0),
        })
    }
}

/// A number that is checked when it is read, from a flag, the environment or the file.
macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $range:expr, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "u64")]
        struct $name(u64);

        impl TryFrom<u64> for $name {
            type Error = String;

            fn try_from(value: u64) -> Result<Self, String> {
                if $range.contains(&value) {
                    Ok(Self(value))
                } else {
                    Err(format!("{value} is not {}, from {} to {}", $what, $range.start(), $range.end()))
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                text.parse::<u64>().map_err(|error| error.to_string())?.try_into()
            }
        }
    };
}

bounded!(
    /// SQS's own bound on long polls.
    WaitSeconds, (0..=20), "a number of seconds to wait");
bounded!(
    /// Each message in flight may hold a thread for its plugin.
    MaxInFlight, (1..=1000), "a number of messages");
bounded!(
    /// Whoever stops the host must wait longer than this.
    DrainSeconds, (1..=900), "a number of seconds to drain");

/// An AWS account's number: 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct AccountId(String);

impl std::str::FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(format!("`{text}` is no account id, which has 12 digits"))
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The account in `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`.
fn account_of(queue_url: &str) -> Option<&str> {
    let account = queue_url.rsplit('/').nth(1)?;
    account.parse::<AccountId>().is_ok().then_some(account)
}

/// The Region in `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`; none in the URL of a local AWS.
#[must_use]
pub fn region_of(queue_url: &str) -> Option<&str> {
    let host = queue_url.split('/').nth(2)?;
    let (region, domain) = host.strip_prefix("sqs.")?.split_once('.')?;
    domain.starts_with("amazonaws.com").then_some(region)
}

fn read_file(path: &Path) -> Result<File, ConfigError> {
    let text = read(path)?;
    let invalid = |error: toml::de::Error| ConfigError::Invalid { path: path.into(), error: error.to_string() };
    let table: toml::Table = text.parse().map_err(invalid)?;
    let place = path.display().to_string();
    for (key, value) in &table {
        check_key(key, &KEYS, &place)?;
        if let ("plugin", toml::Value::Table(plugins)) = (key.as_str(), value) {
            for (name, options) in plugins {
                for (key, _) in options.as_table().into_iter().flatten() {
                    check_key(key, &PLUGIN_KEYS, &format!("{place}, [plugin.{name}]"))?;
                }
            }
        }
    }
    toml::from_str(&text).map_err(invalid)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    serde_json::from_str(&read(path)?).map_err(|error| ConfigError::Invalid {
        path: path.into(),
        error: format!("expected a JSON object from plugin name to settings object: {error}"),
    })
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.into(), error: error.to_string() })
}

/// A misspelt variable would silently not count. What Kubernetes sets for a service named `autotag` is let pass.
fn check_environment(names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    let known: Vec<String> = KEYS
        .iter()
        .filter(|key| **key != "plugin")
        .map(|key| format!("AUTOTAG_{}", key.to_uppercase()))
        .chain(VARIABLES_ONLY.map(Into::into))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    names
        .filter(|name| name.starts_with("AUTOTAG_"))
        .filter(|name| !name.starts_with("AUTOTAG_SERVICE_") && !name.starts_with("AUTOTAG_PORT"))
        .try_for_each(|name| check_key(&name, &known, "the environment"))
}

fn check_key(key: &str, known: &[&str], place: &str) -> Result<(), ConfigError> {
    if known.contains(&key) {
        return Ok(());
    }
    let nearest = known
        .iter()
        .max_by(|one, other| strsim::jaro_winkler(one, key).total_cmp(&strsim::jaro_winkler(other, key)))
        .copied()
        .unwrap_or_default();
    Err(ConfigError::UnknownKey { place: place.into(), key: key.into(), nearest: nearest.into() })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn load(toml: &str) -> Result<Config, ConfigError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(toml.as_bytes()).unwrap();
        Config::load(Some(file.path()), PluginArgs::default(), QueueArgs::default())
    }

    #[track_caller]
    fn assert_refused(toml: &str, words: &str) {
        let error = load(toml).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    const QUEUE: &str = "plugins = 'p'\nqueue_url = 'https://sqs.eu-central-1.amazonaws.com/111122223333/autotag'\n";

    #[test]
    fn a_queue_and_a_plugin_folder_are_enough_and_the_account_is_the_queues() {
        let config = load(QUEUE).unwrap();
        assert_eq!(config.plugins, Path::new("p"));
        assert_eq!(config.guard.accounts, Some(["111122223333".to_owned()].into()));
        let queue = config.queue().unwrap();
        assert_eq!((queue.wait, queue.max_in_flight, queue.drain.as_secs()), (Duration::from_secs(20), 20, 25));
    }

    #[test]
    fn everything_can_be_set_in_the_file() {
        let config = load(&format!(
            "{QUEUE}wait_seconds = 1\nmax_in_flight = 2\ndrain_seconds = 3\ntag_keys = ['A', 'B']\naccess_keys = ['B']\n\
             accounts = ['444455556666']\n[plugin.ec2]\nevents = ['RunInstances']\nsettings = {{ owner_key = 'A' }}\n"
        ))
        .unwrap();
        let queue = config.queue().unwrap();
        assert_eq!((queue.wait.as_secs(), queue.max_in_flight, queue.drain.as_secs()), (1, 2, 3));
        assert_eq!(config.guard.accounts, Some(["444455556666".to_owned()].into()));
        assert_eq!(config.guard.access_keys, ["B".to_owned()].into());
        let options = &config.plugin_options["ec2"];
        assert_eq!(options.events, Some(["RunInstances".to_owned()].into()));
        assert_eq!(options.settings.as_ref().unwrap()["owner_key"], "A");
    }

    #[test]
    fn flags_win_over_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(QUEUE.as_bytes()).unwrap();
        let flags = PluginArgs { plugins: Some("q".into()), ..PluginArgs::default() };
        let config = Config::load(Some(file.path()), flags, QueueArgs::default()).unwrap();
        assert_eq!(config.plugins, Path::new("q"));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_the_nearest_known_one() {
        assert_refused("quue_url = 'x'", "unknown key `quue_url`; did you mean `queue_url`?");
        assert_refused("[plugin.ec2]\nsetings = {}", "[plugin.ec2]: unknown key `setings`; did you mean `settings`?");
        let error = check_environment(["AUTOTAG_QUEUE".to_owned()].into_iter()).unwrap_err().to_string();
        assert_eq!(error, "the environment: unknown key `AUTOTAG_QUEUE`; did you mean `AUTOTAG_QUEUE_URL`?");
        let kubernetes = ["AUTOTAG_SERVICE_HOST", "AUTOTAG_PORT_80_TCP", "AUTOTAG_PLUGINS", "PATH"];
        assert_eq!(check_environment(kubernetes.map(Into::into).into_iter()), Ok(()));
    }

    #[test]
    fn a_value_out_of_bounds_is_an_error_that_names_the_bounds() {
        assert_refused("plugins = 'p'\nwait_seconds = 21", "21 is not a number of seconds to wait, from 0 to 20");
        assert_refused("plugins = 'p'\nmax_in_flight = 0", "0 is not a number of messages, from 1 to 1000");
        assert_refused("plugins = 'p'\naccounts = ['1234']", "`1234` is no account id, which has 12 digits");
        assert_refused("plugins = ", "TOML parse error at line 1");
    }

    #[test]
    fn keys_that_are_renamed_in_one_place_only_are_an_error_and_not_unguarded() {
        let words = "the access key `PrincipalId` is not among the tag keys";
        assert_refused("plugins = 'p'\ntag_keys = ['CreatedBy', 'CreatorId']", words);
    }

    #[test]
    fn what_is_missing_is_named_with_every_way_to_set_it() {
        assert_refused("", "pass --plugins, set AUTOTAG_PLUGINS, or `plugins` in host.toml");
        let error = load("plugins = 'p'").unwrap().queue().unwrap_err().to_string();
        assert!(error.contains("pass --queue-url, set AUTOTAG_QUEUE_URL, or `queue_url` in host.toml"), "{error}");
        assert_refused("plugins = 'p'\nqueue_url = 'http://localhost/q'", "does not name an account");
    }

    #[test]
    fn the_region_is_the_queues_where_its_url_says_one() {
        assert_eq!(region_of("https://sqs.eu-central-1.amazonaws.com/111122223333/q"), Some("eu-central-1"));
        assert_eq!(region_of("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q"), Some("cn-north-1"));
        assert_eq!(region_of("http://127.0.0.1:5000/111122223333/q"), None);
    }
}
