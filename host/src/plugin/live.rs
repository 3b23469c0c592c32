//! The set of plugins in force, and how another takes its place.
//!
//! A set is exchanged as a whole or not at all. Whoever works on an event keeps the set that it began with; when nobody has it
//! any more, it is gone.

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use super::engine::Sandbox;
use super::error::LoadError;
use super::loader::{Plugin, section};
use super::metrics::PluginMetrics;
use super::options::LoadOptions;
use super::registry::Registry;
use crate::guard::Guard;

/// The set of plugins in force.
#[derive(Debug)]
pub struct LivePlugins {
    /// How plugins are loaded: the same for every set.
    pub(super) options: LoadOptions,
    guard: Arc<Guard>,
    sandbox: Sandbox,
    current: RwLock<Arc<Registry>>,
    reloads: Mutex<Reloads>,
}

/// What came of the changes of the plugin folder.
#[derive(Debug, Clone, Default)]
pub struct Reloads {
    /// How often another set has taken the place of the one before.
    pub swaps: u64,
    /// Why the folder's present content is not in force; none if it is.
    pub refused: Option<Refused>,
}

/// A set of plugins that did not load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When that was found.
    pub at: SystemTime,
    /// Why.
    pub reason: String,
}

impl LivePlugins {
    /// Loads the first set.
    ///
    /// # Errors
    /// If one of the plugins does not load.
    pub fn load(options: LoadOptions, guard: Arc<Guard>, sandbox: Sandbox) -> Result<Self, LoadError> {
        let first = Registry::load(&options, &guard, &sandbox, None)?;
        Ok(Self { options, guard, sandbox, current: RwLock::new(Arc::new(first)), reloads: Mutex::default() })
    }

    /// The set in force now.
    #[must_use]
    pub fn current(&self) -> Arc<Registry> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What came of the changes of the plugin folder.
    #[must_use]
    pub fn reloads(&self) -> Reloads {
        self.reloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts what the plugins do.
    #[must_use]
    pub fn metrics(&self) -> &PluginMetrics {
        &self.sandbox.metrics
    }

    /// Whether instances come from a pool.
    #[must_use]
    pub fn is_pooling(&self) -> bool {
        self.sandbox.is_pooling()
    }

    /// Loads what the folder holds now and puts it in force. If it does not load, the set before stays, and the log, the
    /// metrics and [`reloads`](Self::reloads) say why. Answers whether it is worth another try, though nothing changes.
    pub fn reload(&self) -> bool {
        let previous = self.current();
        // Hostile files go through parsers of others: a panic in one must not be the end of reloading.
        let loaded = panic::catch_unwind(AssertUnwindSafe(|| {
            Registry::load(&self.options, &self.guard, &self.sandbox, Some(&previous))
        }));
        match loaded {
            Ok(Ok(next)) => self.swap(&previous, next),
            Ok(Err(error)) => {
                // By the name of a plugin that is loaded: files' names can be anything, and any number of them.
                let file = if let LoadError::File { path, .. } = &error { section(path) } else { String::new() };
                let is_loaded = previous.plugins().any(|plugin| plugin.manifest.id.name == file);
                let file = if is_loaded { file } else { String::new() };
                self.refuse(&file, error.to_string());
                return error.is_transient();
            }
            Err(_) => self.refuse("", "the host itself failed on them; please report that".into()),
        }
        false
    }

    fn swap(&self, previous: &Registry, next: Registry) {
        let names = |registry: &Registry| registry.plugins().map(|plugin| plugin.manifest.id.name.clone()).collect();
        let (before, after): (BTreeSet<String>, BTreeSet<String>) = (names(previous), names(&next));
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
        reloads.swaps += 1;
        tracing::info!(loaded = loaded.join(", "), removed = removed.join(", "), "the plugins were exchanged");
    }

    fn refuse(&self, file: &str, reason: String) {
        let mut reloads = self.reloads.lock().unwrap_or_else(PoisonError::into_inner);
        self.sandbox.metrics.count_refused_reload(file);
        if reloads.refused.as_ref().is_some_and(|refused| refused.reason == reason) {
            // The same again, which has been said.
            return;
        }
        tracing::error!(reason, "the plugins have changed and do not load; those that were loaded before stay");
        reloads.refused = Some(Refused { at: SystemTime::now(), reason });
    }
}
