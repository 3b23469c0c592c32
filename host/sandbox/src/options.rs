//! The operator's options for plugins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::limits::{LimitOptions, Limits};

/// Which plugins are loaded, and how.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// The folder with the `.wasm` files.
    pub folder: PathBuf,
    /// Whether a plugin without a pinned digest is refused.
    pub require_pins: bool,
    /// The bounds of every plugin.
    pub limits: Limits,
    /// The options of single plugins, by name.
    pub plugins: BTreeMap<String, PluginOptions>,
}

/// The operator's options for one plugin: `[plugin.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PluginOptions {
    /// The plugin's own settings, which the host passes on and the plugin checks.
    pub settings: Option<Map<String, Value>>,
    /// Where the operator has set them, for messages.
    #[serde(skip)]
    pub settings_from: Option<String>,
    /// The only events, by name (`RunInstances`), that the plugin gets at all. Unset: all that its patterns match.
    pub events: Option<BTreeSet<String>>,
    /// The digests of the only files that may be this plugin. There are several while one file is replaced by another.
    pub sha256: Option<Pins>,
    /// What of WASI the plugin gets.
    pub wasi: Wasi,
    /// Bounds that override those of every plugin.
    pub limits: LimitOptions,
}

/// Digests that are allowed: one, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OneOrMore")]
pub struct Pins(Vec<Digest>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a SHA-256, 64 hexadecimal digits in quotes, or a list of them")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// What of WASI a plugin gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wasi {
    /// Nothing: it does not load if it imports any of it.
    #[default]
    None,
    /// The interfaces that languages' runtimes want, with nothing behind them.
    Stub,
}

impl LoadOptions {
    /// The options for the plugin of this name, or the defaults.
    #[must_use]
    pub fn of(&self, name: &str) -> PluginOptions {
        self.plugins.get(name).cloned().unwrap_or_default()
    }

    /// The most memory that any plugin may have, in bytes.
    #[must_use]
    pub fn most_memory_bytes(&self) -> u64 {
        let all = self.plugins.values().map(|plugin| plugin.limits.over(self.limits).memory_bytes);
        all.max().unwrap_or(0).max(self.limits.memory_bytes)
    }
}

impl PluginOptions {
    /// Whether something is set that must be known before the plugin can be asked for its name.
    pub(crate) fn must_be_known_by_file_name(&self) -> bool {
        self.sha256.is_some() || self.wasi != Wasi::None || self.limits != LimitOptions::default()
    }
}

impl Pins {
    pub(crate) fn contains(&self, digest: &Digest) -> bool {
        self.0.contains(digest)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Digest> {
        self.0.iter()
    }
}

impl TryFrom<OneOrMore> for Pins {
    type Error = String;

    fn try_from(pins: OneOrMore) -> Result<Self, String> {
        let pins = match pins {
            OneOrMore::One(pin) => vec![pin],
            OneOrMore::More(pins) if pins.is_empty() => return Err("an empty list of digests allows no file".into()),
            OneOrMore::More(pins) => pins,
        };
        pins.iter().map(|pin| pin.parse()).collect::<Result<_, _>>().map(Self)
    }
}
