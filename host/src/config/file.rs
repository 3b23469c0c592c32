//! Reading `host.toml`, and refusing unknown keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use autotag_sandbox::{LimitOptions, PluginOptions};
use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::args::{DecisionArgs, FolderArgs, ServiceArgs};
use super::error::ConfigError;

/// `host.toml`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct File {
    #[serde(flatten)]
    pub(super) folder: FolderArgs,
    #[serde(flatten)]
    pub(super) decision: DecisionArgs,
    #[serde(flatten)]
    pub(super) service: ServiceArgs,
    #[serde(default)]
    pub(super) plugin: BTreeMap<String, PluginOptions>,
}

/// The tables of `host.toml`.
const TABLES: [&str; 2] = ["limits", "plugin"];
/// Every key below `plugin.NAME`.
const PLUGIN_KEYS: [&str; 5] = ["events", "limits", "settings", "sha256", "wasi"];
/// What can be set by flag and not in the file, by the fields' names.
pub(super) const NOT_IN_FILE: [&str; 1] = ["settings"];

/// The variables of the flags that all commands have.
const BESIDE_SETTINGS: [&str; 2] = ["AUTOTAG_CONFIG", "AUTOTAG_LOG"];

/// Every key of `host.toml` in no table: the settings of [`FolderArgs`], [`DecisionArgs`] and [`ServiceArgs`], by their
/// fields' names.
fn keys() -> BTreeSet<String> {
    let all = settings();
    let keys = all.get_arguments().map(|setting| setting.get_id().as_str());
    // Bounds have a table of their own.
    let is_key = |key: &&str| !NOT_IN_FILE.contains(key) && !LimitOptions::KEYS.contains(key);
    // Sorted, so that the order of definition does not matter where two are as near to a misspelt one.
    keys.filter(is_key).map(ToOwned::to_owned).collect()
}

/// Every variable in the environment: those of the settings, and those that the command line has beside them.
fn variables() -> BTreeSet<String> {
    let own = settings();
    let own = own.get_arguments().filter_map(|setting| setting.get_env()?.to_str().map(ToOwned::to_owned));
    own.chain(BESIDE_SETTINGS.map(ToOwned::to_owned)).collect()
}

/// All settings, as the command line defines them.
pub(super) fn settings() -> clap::Command {
    ServiceArgs::augment_args(DecisionArgs::augment_args(FolderArgs::augment_args(clap::Command::new("host"))))
}

/// Reads `host.toml`.
pub(super) fn read_file(path: &Path) -> Result<File, ConfigError> {
    let table = read_table(path)?;
    let mut file = File::deserialize(table.clone()).map_err(|error| {
        let error = wrong_key(&table, &[]).unwrap_or_else(|| in_plain_words(error.message()));
        ConfigError::Invalid { path: path.into(), error }
    })?;
    let wrong = |table: String| move |error| ConfigError::Limit { location: table, error };
    file.decision.limits.check().map_err(wrong(format!("{}, [limits]", path.display())))?;
    for (name, options) in &file.plugin {
        options.limits.check().map_err(wrong(format!("{}, [plugin.{name}.limits]", path.display())))?;
    }
    for (name, options) in file.plugin.iter_mut().filter(|(_, options)| options.settings.is_some()) {
        options.settings_from = Some(format!("{}, [plugin.{name}.settings]", path.display()));
    }
    Ok(file)
}

/// Reads `host.toml` as it is, and refuses unknown keys.
pub(super) fn read_table(path: &Path) -> Result<toml::Table, ConfigError> {
    let invalid = |error: toml::de::Error| ConfigError::Invalid { path: path.into(), error: error.to_string() };
    let table: toml::Table = read(path)?.parse().map_err(invalid)?;
    let location = path.display().to_string();
    let keys = keys();
    let known: Vec<&str> = keys.iter().map(String::as_str).chain(TABLES).collect();
    for key in table.keys() {
        check_key(key, &known, &location)?;
    }
    check_limits(&table, &location)?;
    for (name, options) in table.get("plugin").and_then(toml::Value::as_table).into_iter().flatten() {
        let location = format!("{location}, [plugin.{name}]");
        let options = options.as_table().into_iter();
        for options in options {
            options.keys().try_for_each(|key| check_key(key, &PLUGIN_KEYS, &location))?;
            check_limits(options, &location)?;
        }
    }
    Ok(table)
}

/// The first key that alone makes a file that cannot be read, and why. What reads the whole file does not know where
/// the values of flattened structures stood.
fn wrong_key(table: &toml::Table, outer: &[&str]) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let keys: Vec<&str> = outer.iter().copied().chain([key.as_str()]).collect();
        if let toml::Value::Table(table) = value {
            return wrong_key(table, &keys);
        }
        let alone = keys
            .iter()
            .rev()
            .fold(value.clone(), |value, key| toml::Value::Table([((*key).to_owned(), value)].into_iter().collect()));
        let error = File::deserialize(alone).err()?;
        Some(format!("`{}`: {}", keys.join("."), in_plain_words(error.message())))
    })
}

/// What serde expects, without the names of Rust's types.
fn in_plain_words(message: &str) -> String {
    let Some((given, expected)) = message.rsplit_once(", expected ") else { return message.into() };
    let expected = match expected.trim_end() {
        "a sequence" => "a list",
        "path string" => "a path",
        "a map" => "a table",
        expected if expected.starts_with("struct ") => "a table",
        expected if expected.split(' ').any(|word| ["u16", "u32", "u64", "usize"].contains(&word)) => "a whole number",
        expected => expected,
    };
    format!("{given}, expected {expected}")
}

fn check_limits(table: &toml::Table, location: &str) -> Result<(), ConfigError> {
    let limits = table.get("limits").and_then(toml::Value::as_table);
    let location = format!("{location}, limits");
    limits.into_iter().flat_map(toml::Table::keys).try_for_each(|key| check_key(key, LimitOptions::KEYS, &location))
}

/// Reads the file with the plugins' settings.
pub(super) fn read_settings(path: &Path) -> Result<BTreeMap<String, Map<String, Value>>, ConfigError> {
    serde_json::from_str(&read(path)?).map_err(|error| ConfigError::Invalid {
        path: path.into(),
        error: format!("expected a JSON object from plugin name to settings object: {error}"),
    })
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.into(), error: error.to_string() })
}

/// A misspelt variable would silently not count. What Kubernetes sets for a service named `autotag` is let pass.
pub(super) fn check_environment(names: impl Iterator<Item = String>) -> Result<(), ConfigError> {
    let known = variables();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    names
        .filter(|name| name.starts_with("AUTOTAG_"))
        .filter(|name| !name.starts_with("AUTOTAG_SERVICE_") && !name.starts_with("AUTOTAG_PORT"))
        .try_for_each(|name| check_key(&name, &known, "the environment"))
}

/// How similar a known key must be to an unknown one, to be what was meant: of misspelt keys it is.
const NEAR: f64 = 0.85;

fn check_key(key: &str, known: &[&str], location: &str) -> Result<(), ConfigError> {
    if known.contains(&key) {
        return Ok(());
    }
    let similarity = |known: &str| strsim::jaro_winkler(known, key);
    let nearest = known.iter().copied().max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
    let nearest = nearest.filter(|nearest| similarity(nearest) >= NEAR);
    let help = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if NOT_IN_FILE.contains(&key) => format!("pass --{key} FILE, or write a table [plugin.NAME.{key}]"),
        None if known == PLUGIN_KEYS => "what the plugin itself takes goes into its table `settings`".into(),
        None => "`host config example` prints all".into(),
    };
    Err(ConfigError::UnknownKey { location: location.into(), key: key.into(), help })
}
