//! Reading `host.toml`, and refusing keys that nobody knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::args::{DecisionArgs, ServiceArgs};
use super::error::ConfigError;
use crate::plugin::PluginOptions;

/// `host.toml`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct File {
    #[serde(flatten)]
    pub(super) decision: DecisionArgs,
    #[serde(flatten)]
    pub(super) service: ServiceArgs,
    #[serde(default)]
    pub(super) plugin: BTreeMap<String, PluginOptions>,
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
/// What can be set in the environment and not in the file.
const NOT_IN_FILE: [&str; 3] = ["AUTOTAG_CONFIG", "AUTOTAG_LOG", "AUTOTAG_SETTINGS"];

/// Reads `host.toml`.
pub(super) fn read_file(path: &Path) -> Result<File, ConfigError> {
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
    let known: Vec<String> = KEYS
        .iter()
        .filter(|key| **key != "plugin")
        .map(|key| format!("AUTOTAG_{}", key.to_uppercase()))
        .chain(NOT_IN_FILE.map(Into::into))
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
