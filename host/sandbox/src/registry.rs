//! All plugins of a host, and which of them want an event.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autotag_core::event::Event;
use autotag_core::guard::Guard;
use autotag_core::pattern::UnreadableEvent;
use autotag_core::router::Router;
use autotag_core::text::sanitize;

use crate::engine::Sandbox;
use crate::error::LoadError;
use crate::file::PluginFile;
use crate::loader::Plugin;
use crate::options::LoadOptions;

/// The loaded plugins: an immutable set, which is replaced as a whole.
#[derive(Debug)]
pub struct Registry {
    plugins: Vec<Arc<Plugin>>,
    router: Router<usize>,
}

impl Registry {
    /// No plugins.
    pub(crate) fn empty() -> Self {
        Self { plugins: Vec::new(), router: router(&[]) }
    }

    /// Loads every `.wasm` file in the folder. Unchanged plugins are taken over from `previous`, the set that was
    /// loaded before with the same options.
    ///
    /// # Errors
    /// If one of them does not load: a host that works with a part of its plugins would leave resources untagged.
    pub fn load(
        options: &LoadOptions,
        guard: &Guard,
        sandbox: &Sandbox,
        previous: Option<&Self>,
    ) -> Result<Self, LoadError> {
        let mut plugins: Vec<Arc<Plugin>> = Vec::new();
        for path in wasm_files(&options.folder)? {
            let plugin = PluginFile::read(&path, options).and_then(|file| {
                file.check_pin(options)?;
                let same =
                    |plugin: &&Arc<Plugin>| plugin.artifact.path == path && plugin.artifact.digest == file.digest;
                match previous.and_then(|previous| previous.plugins.iter().find(same)) {
                    Some(unchanged) => Ok(Arc::clone(unchanged)),
                    None => {
                        let plugin = file.load(sandbox, options)?;
                        warn_of_odd_settings(&plugin, guard);
                        Ok(Arc::new(plugin))
                    }
                }
            });
            plugins.push(plugin.map_err(|problem| LoadError::File { path: path.clone(), problem })?);
        }
        if plugins.is_empty() {
            return Err(LoadError::NoPlugins(options.folder.clone()));
        }
        let mut problems = problems(&plugins, &[], options, guard);
        if previous.is_some() {
            // At the start there was a plugin for each section of the configuration: it was removed since.
            problems.retain(|problem| !matches!(problem, LoadError::UnknownPlugin { .. }));
        }
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem);
        }
        let router = router(&plugins);
        Ok(Self { plugins, router })
    }

    /// All of them, in the order of their files' names.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.iter().map(|plugin| &**plugin)
    }

    /// The names of all of them.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.plugins().map(|plugin| plugin.manifest.id.name.clone()).collect()
    }

    /// The plugins that want an event.
    ///
    /// # Errors
    /// If the event cannot be matched against the patterns.
    pub fn route(&self, event: &Event) -> Result<Vec<&Plugin>, UnreadableEvent> {
        let wanted = self.router.route_event(event)?;
        Ok(wanted.into_iter().filter_map(|index| self.plugins.get(index).map(|plugin| &**plugin)).collect())
    }
}

/// A router to the plugins' indices.
pub(crate) fn router(plugins: &[Arc<Plugin>]) -> Router<usize> {
    let patterns = plugins.iter().map(|plugin| &plugin.manifest.event_patterns);
    Router::new(patterns.enumerate().flat_map(|(index, patterns)| patterns.iter().map(move |pattern| (index, pattern))))
}

/// All problems of the plugins as a set, except for their patterns. `refused` names those in the folder that did not
/// load.
pub(crate) fn problems(
    plugins: &[Arc<Plugin>],
    refused: &[String],
    options: &LoadOptions,
    guard: &Guard,
) -> Vec<LoadError> {
    let mut problems = Vec::new();
    let mut files: BTreeMap<&str, &Path> = BTreeMap::new();
    for plugin in plugins {
        let (name, path) = (&plugin.manifest.id.name, &plugin.artifact.path);
        if let Some(one) = files.insert(name, path) {
            problems.push(LoadError::SameName { name: name.clone(), one: one.into(), other: path.clone() });
        }
    }
    let is_there = |name: &String| files.contains_key(name.as_str()) || refused.contains(name);
    for name in options.plugins.keys().filter(|name| !is_there(name)) {
        let loaded = files.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        problems.push(LoadError::UnknownPlugin { name: name.clone(), folder: options.folder.clone(), loaded });
    }
    problems.extend(plugins.iter().filter_map(|plugin| forbidden_key(plugin, guard)));
    problems
}

/// The problem if the operator does not allow all keys that the plugin writes.
fn forbidden_key(plugin: &Plugin, guard: &Guard) -> Option<LoadError> {
    let key = plugin.tag_keys.difference(&guard.tag_keys).next()?;
    let keys = sanitize(&plugin.tag_keys.iter().cloned().collect::<Vec<_>>().join(","));
    Some(LoadError::TagKey { plugin: plugin.manifest.id.to_string(), key: key.clone(), keys })
}

pub(crate) fn warn_of_odd_settings(plugin: &Plugin, guard: &Guard) {
    let id = &plugin.manifest.id;
    if plugin.tag_keys.is_disjoint(&guard.access_keys) {
        tracing::warn!(plugin = %id, "the plugin writes no key that decides access: none of its values is checked");
    }
    let patterns = || plugin.manifest.event_patterns.iter();
    let unknown = plugin.events.iter().flatten().find(|name| {
        let quoted = format!("\"{name}\"");
        patterns().all(|pattern| !pattern.as_str().contains(&quoted))
    });
    if let Some(event) = unknown {
        // Only a warning, since a pattern can match names without naming them.
        tracing::warn!(plugin = %id, event, "no pattern of the plugin names this event");
    }
}

/// The `.wasm` files in a folder, in the order of their names. Those whose names begin with a dot are left out: they
/// may be half-written.
///
/// # Errors
/// If the folder cannot be read.
pub fn wasm_files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |error| LoadError::Folder { path: folder.into(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !is_hidden && path.extension().is_some_and(|extension| extension == "wasm") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
