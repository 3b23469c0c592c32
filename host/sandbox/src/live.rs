//! The set of plugins in force, and its atomic replacement by another.
//!
//! A set is replaced as a whole or not at all. A thread that processes an event keeps the set that it began with; the
//! last reference drops the set.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use autotag_core::guard::Guard;

use crate::engine::Sandbox;
use crate::error::LoadError;
use crate::file::section;
use crate::loader::Plugin;
use crate::metrics::PluginMetrics;
use crate::options::LoadOptions;
use crate::registry::Registry;

/// The set of plugins in force.
#[derive(Debug)]
pub struct LivePlugins {
    /// How plugins are loaded: the same for every set.
    pub(crate) options: LoadOptions,
    guard: Arc<Guard>,
    sandbox: Sandbox,
    current: RwLock<Arc<Registry>>,
    reloads: Mutex<Reloads>,
    /// Since when the folder's content is being loaded; `None` if it is not.
    loading: Mutex<Option<SystemTime>>,
}

/// The results of the changes of the plugin folder.
#[derive(Debug, Clone, Default)]
pub struct Reloads {
    /// How often the set was replaced by another.
    pub swaps: u64,
    /// Why the folder's present content is not in force; `None` if it is.
    pub refused: Option<Refused>,
}

/// A set of plugins that did not load.
#[derive(Debug, Clone)]
pub struct Refused {
    /// When it was refused.
    pub at: SystemTime,
    /// Why it did not load.
    pub error: Arc<LoadError>,
}

impl LivePlugins {
    /// No plugins yet: [`Self::load_first`] loads them.
    #[must_use]
    pub fn new(options: LoadOptions, guard: Arc<Guard>, sandbox: Sandbox) -> Self {
        let current = RwLock::new(Arc::new(Registry::empty()));
        Self { options, guard, sandbox, current, reloads: Mutex::default(), loading: Mutex::default() }
    }

    /// Loads the first set.
    ///
    /// # Errors
    /// If one of the plugins does not load.
    pub fn load_first(&self) -> Result<(), LoadError> {
        self.loading(None, |first| {
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(first?);
            Ok(())
        })
    }

    /// Whether no plugins are in force yet.
    #[must_use]
    pub fn has_none(&self) -> bool {
        self.current().plugins().next().is_none()
    }

    /// The set in force now.
    #[must_use]
    pub fn current(&self) -> Arc<Registry> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The results of the changes of the plugin folder.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Since when the folder's content is being loaded; `None` if it is not.
    #[must_use]
    pub fn loading_since(&self) -> Option<SystemTime> {
        *self.loading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_loading(&self, since: Option<SystemTime>) {
        *self.loading.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// The metrics of the plugins.
    #[must_use]
    pub fn metrics(&self) -> &PluginMetrics {
        &self.sandbox.metrics
    }

    /// How many instances of plugins there can be at once, and how many there are.
    #[must_use]
    pub fn instances(&self) -> (u32, u32) {
        self.sandbox.slots.usage()
    }

    /// Whether instances come from a pool.
    #[must_use]
    pub fn is_pooling(&self) -> bool {
        self.sandbox.is_pooling()
    }

    /// Loads what the folder holds now and puts it in force. If it does not load, the set before stays in force, and
    /// the log, the metrics and [`reloads`](Self::reloads) say why. Returns whether the error is transient: then
    /// another try is worthwhile, though nothing changes.
    pub fn reload(&self) -> bool {
        let previous = self.current();
        self.loading(Some(&previous), |loaded| self.put_in_force(&previous, loaded))
    }

    /// Loads what the folder holds now. [`Self::loading_since`] is set until `then` returns.
    fn loading<T>(&self, previous: Option<&Registry>, then: impl FnOnce(Result<Registry, LoadError>) -> T) -> T {
        self.set_loading(Some(SystemTime::now()));
        // Hostile files go through third-party parsers: a panic in one must not end the host.
        let loaded = panic::catch_unwind(AssertUnwindSafe(|| {
            Registry::load(&self.options, &self.guard, &self.sandbox, previous)
        }));
        let done = then(loaded.unwrap_or(Err(LoadError::Panicked)));
        self.set_loading(None);
        done
    }

    fn put_in_force(&self, previous: &Registry, loaded: Result<Registry, LoadError>) -> bool {
        match loaded {
            Ok(next) => {
                self.swap(previous, next);
                false
            }
            // What the host lacks is no fault of the plugins.
            Err(error) if let Some(exhaustion) = error.exhaustion() => {
                exhaustion.note("the plugin folder could not be loaded");
                true
            }
            Err(error) => {
                let is_worth_another_try = error.is_transient();
                self.refuse(previous, error);
                is_worth_another_try
            }
        }
    }

    /// Evicts compiled code that no plugin uses any more.
    pub(crate) fn evict_unused_code(&self) {
        if let Some(eviction) = &self.sandbox.eviction {
            let loaded: Vec<_> = self.current().plugins().map(|plugin| plugin.artifact.loaded()).collect();
            eviction.evict_unused(&loaded, SystemTime::now());
        }
    }

    fn swap(&self, previous: &Registry, next: Registry) {
        let (before, after) = (previous.names(), next.names());
        let fresh = next.plugins().filter(|plugin| previous.plugins().all(|old| !std::ptr::eq(old, *plugin)));
        let fresh: Vec<&Plugin> = fresh.collect();
        for plugin in &fresh {
            self.sandbox.metrics.count_reload(&plugin.manifest.id.name);
        }
        let loaded: Vec<_> = fresh.iter().map(|plugin| plugin.manifest.id.to_string()).collect();
        let removed: Vec<_> = before.difference(&after).cloned().collect();
        self.sandbox.metrics.retain(&after);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        let was_refused = reloads.refused.take().is_some();
        if loaded.is_empty() && removed.is_empty() {
            if was_refused {
                tracing::info!("the plugin folder holds again what is in force");
            }
            return;
        }
        for plugin in removed.iter().filter(|plugin| self.options.plugins.contains_key(*plugin)) {
            tracing::warn!(
                plugin,
                "the plugin was removed, but [plugin.{plugin}] is still in the configuration: with it, the host does not start again"
            );
        }
        reloads.swaps += 1;
        tracing::info!(loaded = loaded.join(", "), removed = removed.join(", "), "the plugins were exchanged");
    }

    fn refuse(&self, previous: &Registry, error: LoadError) {
        let names = previous.names();
        // Drops the metrics of plugins that loaded only as a part of the refused set.
        self.sandbox.metrics.retain(&names);
        let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = reloads.refused.as_ref().is_some_and(|refused| refused.error.to_string() == error.to_string());
        // A retry of the same content is not another refusal.
        if !(is_known && error.is_transient()) {
            // Only names of loaded plugins become labels: file names have no bounded cardinality.
            let file = if let LoadError::File { path, .. } = &error { section(path) } else { String::new() };
            self.sandbox.metrics.count_refused_reload(if names.contains(&file) { &file } else { "" });
        }
        if is_known {
            return;
        }
        let reason = error.to_string();
        tracing::error!(reason, "the plugins have changed and do not load; those that were loaded before stay");
        reloads.refused = Some(Refused { at: SystemTime::now(), error: Arc::new(error) });
    }
}
