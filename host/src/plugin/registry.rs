//! All plugins of a host, and which of them want an event.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::engine::Sandbox;
use super::error::LoadError;
use super::loader::Plugin;
use crate::router::{RouteError, Router};

/// What the operator says about one plugin.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PluginOptions {
    /// What the plugin itself is told; it says what it understands.
    pub settings: Option<serde_json::Map<String, serde_json::Value>>,
    /// The only events, by name (`RunInstances`), that the plugin gets at all. Unset: all that its patterns match.
    pub events: Option<BTreeSet<String>>,
}

/// The loaded plugins.
#[derive(Debug)]
pub struct Registry {
    plugins: Vec<(Plugin, PluginOptions)>,
    router: Router<usize>,
}

impl Registry {
    /// Loads every `.wasm` file in `folder`; `options` are the operator's, by the plugins' names.
    ///
    /// # Errors
    /// If one of them does not load: a host that starts with a part of its plugins would leave resources untagged.
    pub fn load(
        folder: &Path,
        sandbox: &Sandbox,
        options: &BTreeMap<String, PluginOptions>,
    ) -> Result<Self, LoadError> {
        let mut plugins: Vec<(Plugin, PluginOptions)> = Vec::new();
        let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
        for path in wasm_files(folder)? {
            let settings = |name: &str| {
                let settings = options.get(name).and_then(|options| options.settings.clone()).unwrap_or_default();
                serde_json::Value::Object(settings).to_string()
            };
            let plugin = Plugin::load(&path, sandbox, settings)
                .map_err(|problem| LoadError::File { path: path.clone(), problem })?;
            let name = plugin.manifest.id.name.clone();
            if let Some(one) = files.insert(name.clone(), path.clone()) {
                return Err(LoadError::SameName { name, one, other: path });
            }
            plugins.push((plugin, options.get(&name).cloned().unwrap_or_default()));
        }
        if plugins.is_empty() {
            return Err(LoadError::NoPlugins(folder.into()));
        }
        if let Some(name) = options.keys().find(|name| !files.contains_key(*name)) {
            let loaded = files.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(LoadError::UnknownPlugin { name: name.clone(), folder: folder.into(), loaded });
        }
        for (plugin, options) in &plugins {
            let patterns = || plugin.manifest.event_patterns.iter();
            let unknown = options.events.iter().flatten().find(|name| {
                let quoted = format!("\"{name}\"");
                patterns().all(|pattern| !pattern.as_str().contains(&quoted))
            });
            if let Some(event) = unknown {
                // Not an error, since a pattern can match names without naming them.
                tracing::warn!(plugin = %plugin.manifest.id, event, "no pattern of the plugin names this event");
            }
        }
        let router = Router::new(plugins.iter().enumerate().flat_map(|(index, (plugin, _))| {
            plugin.manifest.event_patterns.iter().map(move |pattern| (index, pattern))
        }))?;
        Ok(Self { plugins, router })
    }

    /// All of them, in the order of their files' names.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.iter().map(|(plugin, _)| plugin)
    }

    /// The plugins that want an event, JSON text in EventBridge's form.
    ///
    /// # Errors
    /// If that cannot be said of this event.
    pub fn route(&self, event: &str) -> Result<Vec<Wanted<'_>>, RouteError> {
        let wanted = self.router.route(event)?;
        let plugins = wanted.into_iter().filter_map(|index| self.plugins.get(index));
        Ok(plugins.map(|(plugin, options)| Wanted { plugin, only: options.events.as_ref() }).collect())
    }
}

/// A plugin that wants an event.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The plugin.
    pub plugin: &'a Plugin,
    only: Option<&'a BTreeSet<String>>,
}

impl Wanted<'_> {
    /// Whether the operator lets the plugin have events of this name.
    #[must_use]
    pub fn may_have(&self, event_name: &str) -> bool {
        self.only.is_none_or(|only| only.contains(event_name))
    }
}

fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |error| LoadError::Folder { path: folder.into(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
