//! From a `.wasm` file to a plugin that can be invoked.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use autotag_core::text::sanitize;
use wasmtime::component::Component;

use crate::artifact::Artifact;
use crate::bindings::PluginPre;
use crate::compile::Compiled;
use crate::cost::Cost;
use crate::engine::Sandbox;
use crate::error::FileError;
use crate::file::PluginFile;
use crate::limits::Limits;
use crate::link::{check_exports, check_imports, link};
use crate::manifest::{Manifest, check_tag_keys};
use crate::metrics::InvocationMetrics;
use crate::options::{LoadOptions, PluginOptions};
use crate::pool;
use crate::settings_error::located;
use crate::slots::PerEngine;
use crate::state::State;

/// A loaded plugin.
pub struct Plugin {
    /// Its manifest, which `describe` returned.
    pub manifest: Manifest,
    /// The only tag keys that it declares to write, as `check-settings` returned them.
    pub tag_keys: BTreeSet<String>,
    /// Its file, and how that was compiled.
    pub artifact: Artifact,
    /// The only events, by name, that the operator lets it have; `None`: all that its patterns match.
    pub(crate) events: Option<BTreeSet<String>>,
    /// The operator's settings for it, as JSON text.
    pub(crate) settings: String,
    pub(crate) limits: Limits,
    /// Its name and version, as the log shows them.
    pub(crate) label: Arc<str>,
    pub(crate) sandbox: Sandbox,
    /// Its component, linked with what it imports.
    pub(crate) linked: PerEngine<PluginPre<State>>,
    pub(crate) metrics: InvocationMetrics,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Plugin").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl PluginFile {
    /// Loads it, if the operator allows that.
    pub(crate) fn load(self, sandbox: &Sandbox, options: &LoadOptions) -> Result<Plugin, FileError> {
        self.check_pin(options)?;
        self.compile(sandbox)?.introduce(sandbox, options)?.configure(sandbox, options)
    }

    pub(crate) fn compile(self, sandbox: &Sandbox) -> Result<CompiledFile, FileError> {
        let Self { path, bytes, digest, section, limits } = self;
        let size = bytes.len();
        // The clock of file times is a little behind.
        let from = SystemTime::now() - Duration::from_secs(1);
        let uses = sandbox.eviction.as_ref().map(|eviction| eviction.uses());
        let Compiled { components, time } = sandbox.compiler.compile(&sandbox.engines, bytes, limits.compile_ms)?;
        if let Some(eviction) = sandbox.eviction.as_ref().filter(|eviction| uses == Some(eviction.uses())) {
            eviction.warn_not_cached();
        }
        let first = components.first();
        let (world, engine) = (first.component_type(), first.engine());
        let artifact = Artifact {
            path,
            bytes: size,
            digest,
            imports: world.imports(engine).map(|(import, _)| import.to_owned()).collect(),
            exports: world.exports(engine).map(|(export, _)| export.to_owned()).collect(),
            initial_memory_bytes: initial_memory_bytes(first),
            compile_time: time,
            compiled: (from, SystemTime::now()),
        };
        Ok(CompiledFile { components, artifact, section, limits })
    }
}

/// A compiled file, none of whose code has run.
pub(crate) struct CompiledFile {
    components: PerEngine<Component>,
    pub(crate) artifact: Artifact,
    section: String,
    limits: Limits,
}

impl CompiledFile {
    /// Checks exports and imports, links, and invokes `describe`.
    pub(crate) fn introduce(self, sandbox: &Sandbox, options: &LoadOptions) -> Result<IntroducedFile, FileError> {
        let Self { components, artifact, section, limits } = self;
        let own = options.of(&section);
        // Exports first: a plugin for another version of the contract also imports what belongs to that version.
        check_exports(&artifact)?;
        check_imports(&artifact, own.wasi, &section)?;
        let linked = components.try_map(|component| link(component, own.wasi))?;
        let (said, describe_cost) = sandbox.describe(&linked, limits, &Arc::from(&*section));
        let said = said.map_err(|problem| FileError::Invocation { function: "describe", problem })?;
        let manifest = Manifest::check(said)?;
        Ok(IntroducedFile { linked, artifact, section, limits, manifest, describe_cost })
    }
}

/// A file whose plugin has described itself.
pub(crate) struct IntroducedFile {
    linked: PerEngine<PluginPre<State>>,
    artifact: Artifact,
    section: String,
    limits: Limits,
    pub(crate) manifest: Manifest,
    /// What the invocation of `describe` cost.
    pub(crate) describe_cost: Cost,
}

impl IntroducedFile {
    /// Invokes `check-settings`, and makes the plugin.
    pub(crate) fn configure(self, sandbox: &Sandbox, options: &LoadOptions) -> Result<Plugin, FileError> {
        let Self { linked, artifact, section, limits, manifest, .. } = self;
        let (name, own) = (&manifest.id.name, options.of(&manifest.id.name));
        if *name != section {
            let name = name.clone();
            if own.must_be_known_by_file_name() {
                return Err(FileError::FileName { name });
            }
            // That section was meant for the plugin in this file, which would run without the rest of it.
            if options.plugins.contains_key(&section) {
                return Err(FileError::OtherName { name, section });
            }
        }
        let PluginOptions { settings, settings_from, events, .. } = own;
        let settings = serde_json::Value::Object(settings.unwrap_or_default()).to_string();
        let label = Arc::from(manifest.id.to_string());
        let keys = sandbox
            .check_settings(&linked, limits, &label, &settings)
            .map_err(|problem| FileError::Invocation { function: "check-settings", problem })?
            .map_err(|text| {
                let why = located(&settings, &text);
                let place = settings_from.map(|place| format!("; they are set in {place}")).unwrap_or_default();
                FileError::Settings(sanitize(&format!("{why}{place}")))
            })?;
        let plugin = Plugin {
            tag_keys: check_tag_keys(keys)?,
            metrics: sandbox.metrics.for_plugin(&manifest.id.name),
            manifest,
            artifact,
            events,
            settings,
            limits,
            label,
            sandbox: sandbox.clone(),
            linked,
        };
        warn_if_it_pays_page_faults(&plugin);
        Ok(plugin)
    }
}

fn initial_memory_bytes(component: &Component) -> Option<u64> {
    const PAGE: u64 = 65_536;
    // A component without a memory has no pages.
    let pages = component.resources_required()?.max_initial_memory_size.unwrap_or_default();
    Some(pages.saturating_mul(PAGE))
}

fn warn_if_it_pays_page_faults(plugin: &Plugin) {
    let (initial_bytes, kept_bytes) = (plugin.artifact.initial_memory_bytes.unwrap_or_default(), pool::kept_bytes());
    if initial_bytes > kept_bytes as u64 {
        let plugin = &*plugin.label;
        tracing::warn!(
            plugin,
            initial_bytes,
            kept_bytes,
            "the plugin's memory is larger from the start than what stays resident: page faults make each event slower"
        );
    }
}

impl Plugin {
    /// Loads one file.
    ///
    /// # Errors
    /// If it holds no plugin, or none that the operator allows.
    pub fn load(path: &Path, options: &LoadOptions, sandbox: &Sandbox) -> Result<Self, FileError> {
        PluginFile::read(path, options)?.load(sandbox, options)
    }

    /// The only events, by name, that the operator lets the plugin have; `None`: all that its patterns match.
    #[must_use]
    pub fn events(&self) -> Option<&BTreeSet<String>> {
        self.events.as_ref()
    }

    /// Whether the operator lets the plugin have events of this name.
    #[must_use]
    pub fn may_have(&self, event_name: &str) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(event_name))
    }

    /// Whether the operator lists events of this name for the plugin. Without a list, none is chosen.
    #[must_use]
    pub fn is_chosen(&self, event_name: &str) -> bool {
        self.events.as_ref().is_some_and(|events| events.contains(event_name))
    }

    /// Counts an answer of the plugin that the guard refused.
    pub fn count_refusal(&self) {
        self.metrics.count_refusal();
    }
}
