//! What the operator sets: flags, which win over the environment, which wins over `host.toml`.

mod args;
mod describe;
mod error;
mod file;
mod numbers;
mod queue_url;
mod service;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;

pub use args::{DecisionArgs, FolderArgs, ServiceArgs};
use autotag_core::guard::Guard;
use autotag_sandbox::{CacheFolder, Limits, LoadOptions, Metering, PluginOptions, SandboxOptions, default_instances};
pub use describe::{Setting, example, in_force};
pub use error::ConfigError;
use file::{File, check_environment, read_file, read_settings};
use numbers::Number;
pub use queue_url::{OtherEndpoint, QueueUrl};
pub use service::ServiceConfig;

/// Where the list of accounts comes from that events may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountsFrom {
    /// The queue's URL.
    Queue,
    /// The operator named them.
    Setting,
}

/// What the commands work with: checked, merged, defaults filled in.
#[derive(Debug)]
pub struct Config {
    /// Which plugins are loaded, and how.
    pub plugins: LoadOptions,
    /// How many instances of plugins there can be at once.
    pub instances: NonZeroU32,
    /// Where compiled plugins are kept.
    pub cache: CacheFolder,
    /// What the operator allows plugins.
    pub guard: Guard,
    /// Where the guard's accounts come from.
    pub accounts_from: AccountsFrom,
    /// How the service works; none for commands without a queue.
    pub service: Option<ServiceConfig>,
}

impl Config {
    /// Merges flags and environment, which clap has already merged, with the file.
    ///
    /// # Errors
    /// If something is unknown, wrong or missing.
    pub fn load(
        file: Option<&Path>,
        folder: FolderArgs,
        decision: DecisionArgs,
        service: ServiceArgs,
    ) -> Result<Self, ConfigError> {
        let file = file.map(read_file).transpose()?.unwrap_or_default();
        Self::merge(file, folder, decision, service)
    }

    /// The same for a plugin's author: without `file`, what `host.toml` beside the plugin says.
    ///
    /// # Errors
    /// If something is unknown or wrong, or if `host.toml` beside the plugin wants what its author must not decide.
    pub fn for_author(file: Option<&Path>, plugin_folder: &Path, decision: DecisionArgs) -> Result<Self, ConfigError> {
        let beside = plugin_folder.join("host.toml");
        let file = match file {
            Some(file) => read_file(file)?,
            None if beside.is_file() => {
                let file = read_file(&beside)?;
                // The author of the plugin wrote this file too, and what lies in the cache is code that the host runs.
                if file.decision.cache.is_some() {
                    return Err(ConfigError::CacheBesidePlugin(beside));
                }
                file
            }
            None => File::default(),
        };
        Self::merge(file, plugin_folder.to_owned().into(), decision, ServiceArgs::default())
    }

    fn merge(
        file: File,
        folder: FolderArgs,
        decision: DecisionArgs,
        service: ServiceArgs,
    ) -> Result<Self, ConfigError> {
        check_environment(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let (folder, decision, service) =
            (folder.or(file.folder), decision.or(file.decision), service.or(file.service));
        let mut plugin_options = file.plugin;
        if let Some(path) = &decision.settings {
            for (name, settings) in read_settings(path)? {
                let place = format!("{}, `{name}`", path.display());
                let options = plugin_options.entry(name).or_default();
                (options.settings, options.settings_from) = (Some(settings), Some(place));
            }
        }
        let queue_url = decision.queue_url;
        let accounts_from = if decision.accounts.is_some() { AccountsFrom::Setting } else { AccountsFrom::Queue };
        let accounts = match (decision.accounts, &queue_url) {
            (Some(accounts), _) => Some(accounts.into_iter().map(|account| account.0).collect()),
            (None, None) => None,
            (None, Some(url)) => {
                let account = url.account().ok_or_else(|| ConfigError::NoAccount(url.as_str().into()))?;
                Some(BTreeSet::from([account.into()]))
            }
        };
        let default = Guard::default();
        let tag_keys = keys(decision.tag_keys).unwrap_or(default.tag_keys);
        let access_keys = keys(decision.access_keys).unwrap_or(default.access_keys);
        if let Some(key) = tag_keys.iter().find(|key| key.to_lowercase().starts_with("aws:")) {
            return Err(ConfigError::ReservedKey(key.clone()));
        }
        if let Some(key) = access_keys.difference(&tag_keys).next() {
            return Err(ConfigError::AccessKey(key.clone()));
        }
        if !decision.unguarded_identity.unwrap_or(false) {
            check_identity_is_guarded(&tag_keys, &access_keys, &plugin_options)?;
        }
        let allow_replays = decision.allow_replays.unwrap_or(false);
        let limits = decision.limits;
        let wrong = |location: String| move |error| ConfigError::Limit { location, error };
        limits.check().map_err(wrong("[limits]".into()))?;
        for (name, options) in &plugin_options {
            options.limits.check().map_err(wrong(format!("[plugin.{name}.limits]")))?;
        }
        let plugins = LoadOptions {
            folder: folder.plugins.ok_or(ConfigError::Missing {
                what: "the folder with the plugins",
                flag: "plugins",
                variable: "AUTOTAG_PLUGINS",
                key: "plugins",
            })?,
            require_pins: decision.require_pins.unwrap_or(false),
            limits: limits.over(Limits::default()),
            plugins: plugin_options,
        };
        let service = queue_url.map(|url| ServiceConfig::merge(url, &tag_keys, &access_keys, service)).transpose()?;
        let instances = decision.instances;
        Ok(Self {
            plugins,
            instances: instances.map_or_else(default_instances, Number::non_zero),
            cache: decision.cache.unwrap_or_default(),
            guard: Guard { tag_keys, access_keys, accounts, allow_replays },
            accounts_from,
            service,
        })
    }

    /// Whether the guard refuses what is from this account.
    #[must_use]
    pub fn is_other_account(&self, account: &str) -> bool {
        self.guard.accounts.as_ref().is_some_and(|accounts| !accounts.contains(account))
    }

    /// How the sandbox is set up.
    #[must_use]
    pub fn sandbox(&self, metering: Metering) -> SandboxOptions {
        SandboxOptions {
            metering,
            instances: self.instances,
            engines: NonZeroU32::MIN,
            memory_bytes: self.plugins.most_memory_bytes(),
            cache: self.cache.clone(),
        }
    }

    /// How the service works, for the command that needs a queue.
    ///
    /// # Errors
    /// If none is set.
    pub fn service(&self) -> Result<&ServiceConfig, ConfigError> {
        self.service.as_ref().ok_or(ConfigError::Missing {
            what: "the queue",
            flag: "queue-url",
            variable: "AUTOTAG_QUEUE_URL",
            key: "queue_url",
        })
    }
}

/// What would keep the guard from checking whose identity is written is an error.
fn check_identity_is_guarded(
    tag_keys: &BTreeSet<String>,
    access_keys: &BTreeSet<String>,
    plugins: &BTreeMap<String, PluginOptions>,
) -> Result<(), ConfigError> {
    if access_keys.is_empty() {
        return Err(ConfigError::NoAccessKeys);
    }
    // What plugins write the principal id to, if their settings name no other key.
    if let Some(key) = Guard::default().access_keys.intersection(tag_keys).find(|key| !access_keys.contains(*key)) {
        return Err(ConfigError::UnguardedDefault(key.clone()));
    }
    for (plugin, options) in plugins {
        let key = options.settings.as_ref().and_then(|settings| settings.get("principal_id_key"));
        // One that no plugin may write is refused when the plugin is loaded.
        let is_unguarded = |key: &&str| tag_keys.contains(*key) && !access_keys.contains(*key);
        if let Some(key) = key.and_then(|key| key.as_str()).filter(is_unguarded) {
            return Err(ConfigError::UnguardedKey { plugin: plugin.clone(), key: key.into() });
        }
    }
    Ok(())
}

/// Where the service serves metrics and health: `flag`, which clap has merged with the environment, or what the file
/// says.
///
/// # Errors
/// If it is not set, or if the file or the environment cannot be read.
pub fn listen_address(file: Option<&Path>, flag: Option<SocketAddr>) -> Result<SocketAddr, ConfigError> {
    check_environment(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
    let from_file = || Ok(file.map(read_file).transpose()?.and_then(|file| file.service.listen));
    flag.map_or_else(from_file, |flag| Ok(Some(flag)))?.ok_or(ConfigError::Missing {
        what: "where the service listens",
        flag: "listen",
        variable: "AUTOTAG_LISTEN",
        key: "listen",
    })
}

/// Tag keys as a set. They may hold spaces, but not at their ends.
fn keys(keys: Option<Vec<String>>) -> Option<BTreeSet<String>> {
    keys.map(|keys| {
        let keys = keys.iter().map(|key| key.trim()).filter(|key| !key.is_empty());
        keys.map(ToOwned::to_owned).collect()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use autotag_aws::tagger::{Rate, RoleInAccounts};

    use super::*;

    fn load(toml: &str) -> Result<Config, ConfigError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(toml.as_bytes()).unwrap();
        Config::load(Some(file.path()), FolderArgs::default(), DecisionArgs::default(), ServiceArgs::default())
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
        assert_eq!(config.plugins.folder, Path::new("p"));
        assert_eq!(config.guard.accounts, Some(["111122223333".to_owned()].into()));
        let service = config.service().unwrap();
        let numbers = service.numbers;
        let seconds = [numbers.wait_seconds, numbers.visibility_seconds, numbers.drain_seconds, numbers.fresh_seconds];
        assert_eq!(seconds.map(|time| time.as_secs()), [20, 60, 25, 3600]);
        assert_eq!((numbers.max_in_flight, numbers.pollers, numbers.resources_per_call), (1000, 8, 200));
        assert_eq!((service.role.clone(), service.keep_keys.clone()), (None, ["Owner".to_owned()].into()));
        assert_eq!(service.rates().create_tags, Rate { burst: 100.0, per_second: 10.0 });
        assert_eq!(service.rates().describe, Rate { burst: 100.0, per_second: 20.0 });
        assert_eq!(service.rates().tag_resources, Rate { burst: 5.0, per_second: 5.0 });
        assert_eq!(service.rates().get_resources, Rate { burst: 15.0, per_second: 15.0 });
    }

    #[test]
    fn all_keys_but_those_that_decide_access_keep_their_present_values_however_they_are_called() {
        let config =
            load(&format!("{QUEUE}tag_keys = ['CreatedBy', 'CreatedAt', 'Id']\naccess_keys = ['Id']")).unwrap();
        let kept = ["CreatedAt", "CreatedBy"].map(ToOwned::to_owned);
        assert_eq!(config.service().unwrap().keep_keys, kept.into());
    }

    #[test]
    fn everything_can_be_set_in_the_file() {
        let config = load(&format!(
            "{QUEUE}wait_seconds = 1\nmax_in_flight = 2\ndrain_seconds = 3\ntag_keys = ['A', 'B']\naccess_keys = ['B']\n\
             accounts = ['444455556666']\nvisibility_seconds = 4\npollers = 5\nassume_role = '/a/b'\nexternal_id = 'x'\n\
             keep_keys = []\nresources_per_call = 6\ncreate_tags_burst = 7\ncreate_tags_per_second = 8\n\
             describe_burst = 9\ndescribe_per_second = 10\ntag_resources_burst = 11\ntag_resources_per_second = 12\n\
             get_resources_burst = 13\nget_resources_per_second = 14\notlp_endpoint = 'http://c:4318'\n\
             [plugin.ec2]\nevents = ['RunInstances']\nsettings = {{ owner_key = 'A' }}\n"
        ))
        .unwrap();
        let service = config.service().unwrap();
        let numbers = service.numbers;
        let seconds = [numbers.wait_seconds, numbers.drain_seconds, numbers.visibility_seconds];
        assert_eq!(seconds.map(|time| time.as_secs()), [1, 3, 4]);
        assert_eq!((numbers.max_in_flight, numbers.pollers, service.keep_keys.len()), (2, 5, 0));
        assert_eq!(service.role, Some(RoleInAccounts { name: "a/b".into(), external_id: Some("x".into()) }));
        assert_eq!(service.rates().create_tags, Rate { burst: 7.0, per_second: 8.0 });
        assert_eq!(service.rates().describe, Rate { burst: 9.0, per_second: 10.0 });
        assert_eq!(service.rates().tag_resources, Rate { burst: 11.0, per_second: 12.0 });
        assert_eq!(service.rates().get_resources, Rate { burst: 13.0, per_second: 14.0 });
        assert_eq!((numbers.resources_per_call, service.otlp_endpoint.as_deref()), (6, Some("http://c:4318")));
        assert_eq!(config.guard.accounts, Some(["444455556666".to_owned()].into()));
        assert_eq!(config.guard.access_keys, ["B".to_owned()].into());
        let options = &config.plugins.plugins["ec2"];
        assert_eq!(options.events, Some(["RunInstances".to_owned()].into()));
        assert_eq!(options.settings.as_ref().unwrap()["owner_key"], "A");
    }

    #[test]
    fn flags_win_over_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(QUEUE.as_bytes()).unwrap();
        let folder = FolderArgs { plugins: Some("q".into()) };
        let config = Config::load(Some(file.path()), folder, DecisionArgs::default(), ServiceArgs::default()).unwrap();
        assert_eq!(config.plugins.folder, Path::new("q"));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_the_nearest_known_one() {
        assert_refused("quue_url = 'x'", "unknown key `quue_url`; did you mean `queue_url`?");
        assert_refused("[plugin.ec2]\nsetings = {}", "[plugin.ec2]: unknown key `setings`; did you mean `settings`?");
        assert_refused("settings = 'x.json'", "unknown key `settings`; pass --settings FILE, or write a table");
        let words = "unknown key `owner_key`; what the plugin itself takes goes into its table `settings`";
        assert_refused("[plugin.ec2]\nowner_key = 'By'", words);
        let error = check_environment(["AUTOTAG_QUEUE".to_owned()].into_iter()).unwrap_err().to_string();
        assert_eq!(error, "the environment: unknown key `AUTOTAG_QUEUE`; did you mean `AUTOTAG_QUEUE_URL`?");
        let kubernetes = ["AUTOTAG_SERVICE_HOST", "AUTOTAG_PORT_80_TCP", "AUTOTAG_PLUGINS", "PATH"];
        assert_eq!(check_environment(kubernetes.map(Into::into).into_iter()), Ok(()));
    }

    #[test]
    fn a_value_out_of_bounds_is_an_error_that_names_the_bounds() {
        assert_refused("plugins = 'p'\nwait_seconds = 21", "21 is not from 0 to 20");
        assert_refused("plugins = 'p'\nmax_in_flight = 0", "0 is not from 1 to 10000");
        assert_refused("plugins = 'p'\naccounts = ['1234']", "`1234` is no account id, which has 12 digits");
        assert_refused(&format!("{QUEUE}drain_seconds = 20"), "drain_seconds, 20, must be more than wait_seconds, 20");
        assert_refused(
            &format!("{QUEUE}otlp_endpoint = 'grpc://c:4317'"),
            "`grpc://c:4317`, is no URL of a collector's",
        );
        assert_refused("plugins = 'p'\ntag_keys = ['aws:x', 'PrincipalId']", "`aws:x` of tag_keys begins with `aws:`");
        assert_refused(&format!("{QUEUE}external_id = 'x'"), "external_id is set and assume_role is not");
        assert_refused(&format!("{QUEUE}keep_keys = ['owner']"), "`owner` of keep_keys is not among the tag keys");
        assert_refused("plugins = 'p'\nassume_role = 'arn:aws:iam::111122223333:role/r'", "is no role's name");
        assert_refused("plugins = ", "TOML parse error at line 1");
        for (line, words) in [
            ("keep_keys = 'Owner'", "`keep_keys`: invalid type: string \"Owner\", expected a list"),
            ("create_tags_per_second = '10'", "`create_tags_per_second`: "),
            ("pollers = 1.5", "`pollers`: invalid type: floating point `1.5`, expected a whole number"),
            ("listen = 'x'", "`listen`: "),
            ("[limits]\ntime_ms = 'long'", "`limits.time_ms`: "),
            ("[plugin.ec2]\nevents = 'RunInstances'", "`plugin.ec2.events`: "),
            ("[plugin.ec2]\nsettings = 7", "`plugin.ec2.settings`: invalid type: integer `7`, expected a table"),
        ] {
            assert_refused(&format!("{QUEUE}{line}"), words);
        }
    }

    #[test]
    fn what_would_disable_the_check_of_identity_is_an_error_unless_it_is_said_in_so_many_words() {
        let renamed = "tag_keys = ['Owner', 'Id', 'Name']\naccess_keys = ['Id']\n";
        let settings = "[plugin.ec2.settings]\nprincipal_id_key = 'Name'\n";
        for (toml, words) in [
            ("access_keys = []\n".to_owned(), "`access_keys` names no key"),
            ("access_keys = ['']\n".to_owned(), "`access_keys` names no key"),
            (
                format!("{renamed}{settings}"),
                "[plugin.ec2]: `principal_id_key` is `Name`, which is not among `access_keys`",
            ),
            (
                "tag_keys = ['Owner', 'PrincipalId', 'Id']\naccess_keys = ['Id']\n".to_owned(),
                "`PrincipalId` is among `tag_keys` and not among `access_keys`",
            ),
        ] {
            assert_refused(&format!("{QUEUE}{toml}"), words);
            assert!(load(&format!("{QUEUE}unguarded_identity = true\n{toml}")).is_ok());
        }
        let settings = "[plugin.ec2.settings]\nprincipal_id_key = 'Id'\n";
        assert!(load(&format!("{QUEUE}{renamed}{settings}")).is_ok());
        let words = "`PrincipalId` is in both `access_keys` and `keep_keys`";
        assert_refused(&format!("{QUEUE}keep_keys = ['PrincipalId']"), words);
    }

    #[test]
    fn keys_that_are_renamed_in_one_place_only_are_an_error_and_not_unguarded() {
        let words = "the access key `PrincipalId` is not among the tag keys";
        assert_refused("plugins = 'p'\ntag_keys = ['CreatedBy', 'CreatorId']", words);
    }

    #[test]
    fn what_is_missing_is_named_with_every_way_to_set_it() {
        assert_refused("", "pass --plugins, set AUTOTAG_PLUGINS, or `plugins` in the file");
        let error = load("plugins = 'p'").unwrap().service().unwrap_err().to_string();
        assert!(error.contains("pass --queue-url, set AUTOTAG_QUEUE_URL, or `queue_url` in the file"), "{error}");
        assert_refused("plugins = 'p'\nqueue_url = 'http://localhost/q'", "does not name an account");
    }
}
