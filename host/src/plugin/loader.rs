//! From a `.wasm` file to a plugin that can be called.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings::{PluginPre, autotag::plugin::log};
use super::call::{Cost, State};
use super::compile::Compiled;
use super::digest::Digest;
use super::engine::Sandbox;
use super::error::FileError;
use super::limits::{Bound, Exceeded, Limits};
use super::manifest::{Manifest, ManifestError};
use super::metrics::CallMetrics;
use super::options::{LoadOptions, PluginOptions, Wasi};
use super::{pool, wasi};
use crate::guard::check_key_form;
use crate::text::one_line;

/// The magic number of WebAssembly.
const MAGIC: &[u8] = b"\0asm";

/// The only interfaces that a plugin may import. `types` holds no function, only what `log` and `extractor` talk about.
const ALLOWED_IMPORTS: [&str; 2] = ["autotag:plugin/log@1.", "autotag:plugin/types@1."];
const EXTRACTOR: &str = "autotag:plugin/extractor@";
/// The major version of the contract that this host knows.
const KNOWN_VERSION: &str = "1.";
/// How much of a file's own words stands in an error, in bytes.
pub(super) const LONGEST_WORDS: usize = 4096;

/// A loaded plugin.
pub struct Plugin {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The only tag keys that it says it will write.
    pub tag_keys: BTreeSet<String>,
    /// What it is on disk, and what it took to load.
    pub module: Module,
    /// The only events, by name, that the operator lets it have; none: all that its patterns match.
    pub(super) events: Option<BTreeSet<String>>,
    /// The operator's settings for it, JSON text.
    pub(super) settings: String,
    pub(super) limits: Limits,
    /// Its name and version, as the log says them.
    pub(super) label: Arc<str>,
    pub(super) sandbox: Sandbox,
    pub(super) component: PluginPre<State>,
    pub(super) metrics: CallMetrics,
}

/// What a plugin is on disk, and what it took to load it.
#[derive(Debug, Clone)]
pub struct Module {
    /// The file.
    pub path: PathBuf,
    /// The file's size, in bytes.
    pub bytes: usize,
    /// The file's digest.
    pub digest: Digest,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// What its memories hold before it has done anything, in bytes: for each, the largest of them.
    pub initial_memory_bytes: u64,
    /// How long it took to compile, or to find in the cache.
    pub compile_time: Duration,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Plugin").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl Module {
    /// The version of the contract that it is made for, if it is made for any.
    #[must_use]
    pub fn contract(&self) -> Option<&str> {
        let versions = || self.exports.iter().filter_map(|export| export.strip_prefix(EXTRACTOR));
        versions().find(|version| version.starts_with(KNOWN_VERSION)).or_else(|| versions().next())
    }
}

/// A file that could be a plugin, read.
pub(super) struct PluginFile {
    path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Digest,
    /// The part of the configuration that is about it.
    section: String,
    limits: Limits,
}

impl PluginFile {
    /// Reads a file, and checks it against its pin.
    pub(super) fn read(path: &Path, options: &LoadOptions) -> Result<Self, FileError> {
        let file = Self::open(path, options)?;
        file.check_pin(options)?;
        Ok(file)
    }

    /// Reads a file.
    pub(super) fn open(path: &Path, options: &LoadOptions) -> Result<Self, FileError> {
        let section = section(path);
        let limits = options.of(&section).limits.over(options.limits);
        let bytes = read(path, limits.file_bytes)?;
        Ok(Self { path: path.into(), digest: Digest::of(&bytes), bytes, section, limits })
    }

    /// Checks that it is a file that the operator allows.
    pub(super) fn check_pin(&self, options: &LoadOptions) -> Result<(), FileError> {
        let (section, found) = (self.section.clone(), self.digest);
        match options.of(&section).sha256 {
            Some(pins) if !pins.contains(&found) => {
                let pinned = pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
                Err(FileError::OtherDigest { section, found, pinned })
            }
            None if options.require_pins => Err(FileError::NotPinned { section, found }),
            _ => Ok(()),
        }
    }

    /// Makes a plugin of it.
    pub(super) fn load(self, sandbox: &Sandbox, options: &LoadOptions) -> Result<Plugin, FileError> {
        self.compile(sandbox)?.introduce(sandbox, options)?.configure(sandbox, options)
    }

    /// Compiles it.
    pub(super) fn compile(self, sandbox: &Sandbox) -> Result<CompiledFile, FileError> {
        let Self { path, bytes, digest, section, limits } = self;
        let size = bytes.len();
        let Compiled { component, time } = sandbox.compiler.compile(&sandbox.engine, bytes, limits.compile_ms)?;
        let world = component.component_type();
        let module = Module {
            path,
            bytes: size,
            digest,
            imports: world.imports(&sandbox.engine).map(|(import, _)| import.to_owned()).collect(),
            exports: world.exports(&sandbox.engine).map(|(export, _)| export.to_owned()).collect(),
            initial_memory_bytes: initial_memory_bytes(&component),
            compile_time: time,
        };
        Ok(CompiledFile { component, module, section, limits })
    }
}

/// A file that is compiled, and of which nothing has run.
pub(super) struct CompiledFile {
    component: Component,
    pub(super) module: Module,
    section: String,
    limits: Limits,
}

impl CompiledFile {
    /// Asks the plugin in it who it is, if it is one and wants nothing that it may not have.
    pub(super) fn introduce(self, sandbox: &Sandbox, options: &LoadOptions) -> Result<IntroducedFile, FileError> {
        let Self { component, module, section, limits } = self;
        let own = options.of(&section);
        // Exports first: a plugin for another version of the contract also imports what belongs to that version.
        check_exports(&module)?;
        check_imports(&module, own.wasi, &section)?;
        let component = link(&component, sandbox, own.wasi)?;
        let (said, describe_cost) = sandbox.describe(&component, limits, &Arc::from(&*section));
        let said = said.map_err(|problem| FileError::Call { function: "describe", problem })?;
        let manifest = Manifest::check(said)?;
        Ok(IntroducedFile { component, module, section, limits, manifest, describe_cost })
    }
}

/// A file whose plugin has said who it is.
pub(super) struct IntroducedFile {
    component: PluginPre<State>,
    module: Module,
    section: String,
    limits: Limits,
    pub(super) manifest: Manifest,
    /// What it took to say so.
    pub(super) describe_cost: Cost,
}

impl IntroducedFile {
    /// Asks the plugin whether its settings are right.
    pub(super) fn configure(self, sandbox: &Sandbox, options: &LoadOptions) -> Result<Plugin, FileError> {
        let Self { component, module, section, limits, manifest, .. } = self;
        let own = options.of(&manifest.id.name);
        if manifest.id.name != section && own.must_be_known_by_file_name() {
            return Err(FileError::FileName { name: manifest.id.name });
        }
        let PluginOptions { settings, events, .. } = own;
        let settings = serde_json::Value::Object(settings.unwrap_or_default()).to_string();
        let label = Arc::from(manifest.id.to_string());
        let keys = sandbox
            .check_settings(&component, limits, &label, &settings)
            .map_err(|problem| FileError::Call { function: "check-settings", problem })?
            .map_err(|text| FileError::Settings(one_line(&text, LONGEST_WORDS)))?;
        let plugin = Plugin {
            tag_keys: check_tag_keys(keys)?,
            metrics: sandbox.metrics.of(&manifest.id.name),
            manifest,
            module,
            events,
            settings,
            limits,
            label,
            sandbox: sandbox.clone(),
            component,
        };
        warn_if_it_pays_page_faults(&plugin);
        Ok(plugin)
    }
}

/// The name of the part of the configuration that is about a file before the plugin in it has said its name.
pub(super) fn section(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-")
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    // To open a pipe would wait for somebody who writes into it.
    if !fs::metadata(path)?.is_file() {
        return Err(FileError::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        Err(FileError::Empty)
    } else if !bytes.starts_with(MAGIC) {
        Err(FileError::NotWasm)
    } else if bytes.len() as u64 > limit {
        Err(Exceeded { bound: Bound::FileBytes, limit }.into())
    } else {
        Ok(bytes)
    }
}

/// Checks what the component imports, before anything in it runs.
fn check_imports(module: &Module, wasi: Wasi, section: &str) -> Result<(), FileError> {
    for import in &module.imports {
        let is_stub = wasi::has(import);
        let is_allowed = ALLOWED_IMPORTS.iter().any(|allowed| import.starts_with(allowed));
        match wasi {
            _ if is_allowed => {}
            Wasi::Stub if is_stub => {}
            Wasi::None if is_stub => {
                return Err(FileError::WasiImport { import: import.clone(), section: section.into() });
            }
            _ => return Err(FileError::ForbiddenImport { import: one_line(import, LONGEST_WORDS) }),
        }
    }
    Ok(())
}

/// Checks that the component exports what makes it a plugin, of a version that this host knows.
fn check_exports(module: &Module) -> Result<(), FileError> {
    match module.contract() {
        Some(version) if version.starts_with(KNOWN_VERSION) => Ok(()),
        Some(found) => Err(FileError::OtherVersion { found: one_line(found, LONGEST_WORDS) }),
        None if module.exports.is_empty() => Err(FileError::OtherWorld { exports: "nothing".into() }),
        None => Err(FileError::OtherWorld { exports: one_line(&module.exports.join(", "), LONGEST_WORDS) }),
    }
}

fn initial_memory_bytes(component: &Component) -> u64 {
    const PAGE: u64 = 65_536;
    let pages = component.resources_required().and_then(|resources| resources.max_initial_memory_size);
    pages.unwrap_or_default().saturating_mul(PAGE)
}

/// Does once for all calls what can be done once.
fn link(component: &Component, sandbox: &Sandbox, wasi: Wasi) -> Result<PluginPre<State>, FileError> {
    let mut linker = Linker::new(&sandbox.engine);
    log::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)
        .and_then(|()| if wasi == Wasi::Stub { wasi::link(&mut linker, component) } else { Ok(()) })
        .and_then(|()| linker.instantiate_pre(component))
        .and_then(PluginPre::new)
        .map_err(|error| FileError::Contract(one_line(&format!("{error:#}"), LONGEST_WORDS)))
}

fn check_tag_keys(keys: Vec<String>) -> Result<BTreeSet<String>, ManifestError> {
    if keys.is_empty() {
        return Err(ManifestError::NoTagKeys);
    }
    let mut checked = BTreeSet::new();
    for key in keys {
        check_key_form(&key).map_err(|refusal| ManifestError::TagKey(one_line(&refusal.to_string(), LONGEST_WORDS)))?;
        if key.contains(char::is_control) {
            let key = one_line(&key, LONGEST_WORDS);
            return Err(ManifestError::TagKey(format!("the tag key `{key}` has a control character")));
        }
        if !checked.insert(key.clone()) {
            return Err(ManifestError::SameTagKey(key));
        }
    }
    Ok(checked)
}

fn warn_if_it_pays_page_faults(plugin: &Plugin) {
    let (initial_bytes, kept_bytes) = (plugin.module.initial_memory_bytes, pool::kept_bytes());
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

    /// Whether the operator lets the plugin have events of this name.
    #[must_use]
    pub fn may_have(&self, event_name: &str) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(event_name))
    }

    /// Counts that the guard refused an answer of the plugin's.
    pub fn count_refusal(&self) {
        self.metrics.count_refusal();
    }
}
