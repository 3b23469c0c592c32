//! From a `.wasm` file to a plugin that can be called.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use wasmtime::component::{Component, HasSelf, Linker};

use super::bindings::{PluginPre, autotag::plugin::log};
use super::call::State;
use super::engine::Sandbox;
use super::error::FileError;
use super::manifest::{Manifest, ManifestError};
use crate::guard::check_key_form;
use crate::text::one_line;

/// The magic number of WebAssembly, and behind it the versions of core modules and of components.
const MAGIC: &[u8] = b"\0asm";
const CORE_VERSION: &[u8] = &[1, 0, 0, 0];

/// The only interfaces that a plugin may import. `types` holds no function, only what `log` and `extractor` talk about.
const ALLOWED_IMPORTS: [&str; 2] = ["autotag:plugin/log@1.", "autotag:plugin/types@1."];
const EXTRACTOR: &str = "autotag:plugin/extractor@1.";

/// A loaded plugin.
#[derive(Clone)]
pub struct Plugin {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The only tag keys that it says it will write.
    pub tag_keys: BTreeSet<String>,
    pub(super) settings: Arc<str>,
    pub(super) sandbox: Sandbox,
    pub(super) component: PluginPre<State>,
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Plugin").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl Plugin {
    /// Loads the plugin in a file. `settings` finds the operator's settings for it, JSON text, by its name.
    ///
    /// # Errors
    /// If it is no plugin, wants what it may not have, or does not accept its settings.
    pub fn load(path: &Path, sandbox: &Sandbox, settings: impl FnOnce(&str) -> String) -> Result<Self, FileError> {
        let bytes = read(path, sandbox.limits.file_bytes)?;
        let bytes = if bytes.get(4..8) == Some(CORE_VERSION) { componentize(&bytes)? } else { bytes };
        let component = Component::from_binary(&sandbox.engine, &bytes)
            .map_err(|error| FileError::Damaged(flat(&error.to_string(), &error.root_cause().to_string())))?;
        check_world(&component, sandbox)?;
        let mut linker = Linker::new(&sandbox.engine);
        log::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)
            .and_then(|()| linker.instantiate_pre(&component))
            .and_then(PluginPre::new)
            .map_err(|error| FileError::Contract(format!("{error:#}")))
            .and_then(|component| Self::introduce(component, sandbox, settings))
    }

    /// Asks the plugin who it is and whether its settings are right.
    fn introduce(
        component: PluginPre<State>,
        sandbox: &Sandbox,
        settings: impl FnOnce(&str) -> String,
    ) -> Result<Self, FileError> {
        let said = sandbox.describe(&component).map_err(|error| FileError::Call { function: "describe", error })?;
        let manifest = Manifest::check(said)?;
        let settings = settings(&manifest.id.name);
        let keys = sandbox
            .check_settings(&component, &settings)
            .map_err(|error| FileError::Call { function: "check-settings", error })?
            .map_err(|text| FileError::Settings(one_line(&text, sandbox.limits.log_line_bytes)))?;
        Ok(Self {
            manifest,
            tag_keys: check_tag_keys(keys)?,
            settings: settings.into(),
            sandbox: sandbox.clone(),
            component,
        })
    }
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
    } else if bytes.len() as u64 > limit {
        Err(FileError::TooLarge { limit })
    } else if !bytes.starts_with(MAGIC) {
        Err(FileError::NotWasm)
    } else {
        Ok(bytes)
    }
}

/// Makes a component of a core module, by the type section that wit-bindgen has put into it.
fn componentize(module: &[u8]) -> Result<Vec<u8>, FileError> {
    // The encoder checks neither for itself: it asserts what is valid and overlooks a type section that is missing.
    wasmparser::Validator::new().validate_all(module).map_err(|error| FileError::Damaged(error.to_string()))?;
    let (metadata_found, _) =
        wit_component::metadata::decode(module).map_err(|error| FileError::Componentize(format!("{error:#}")))?;
    if metadata_found.is_none() {
        return Err(FileError::NoTypeSection);
    }
    wit_component::ComponentEncoder::default()
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| FileError::Componentize(format!("{error:#}")))
}

/// Checks what the component imports and exports, before anything in it runs.
fn check_world(component: &Component, sandbox: &Sandbox) -> Result<(), FileError> {
    let world = component.component_type();
    for (import, _) in world.imports(&sandbox.engine) {
        if !ALLOWED_IMPORTS.iter().any(|allowed| import.starts_with(allowed)) {
            return Err(FileError::ForbiddenImport { import: import.into() });
        }
    }
    let exports: Vec<_> = world.exports(&sandbox.engine).map(|(export, _)| export.to_owned()).collect();
    if exports.iter().any(|export| export.starts_with(EXTRACTOR)) {
        return Ok(());
    }
    let exports = if exports.is_empty() { "nothing".into() } else { exports.join(", ") };
    Err(FileError::OtherWorld { exports })
}

fn check_tag_keys(keys: Vec<String>) -> Result<BTreeSet<String>, ManifestError> {
    if keys.is_empty() {
        return Err(ManifestError::NoTagKeys);
    }
    let mut checked = BTreeSet::new();
    for key in keys {
        check_key_form(&key).map_err(|refusal| ManifestError::TagKey(refusal.to_string()))?;
        if !checked.insert(key.clone()) {
            return Err(ManifestError::SameTagKey(key));
        }
    }
    Ok(checked)
}

/// An error and its cause, on one line and not twice the same.
fn flat(error: &str, cause: &str) -> String {
    if error.contains(cause) { error.into() } else { format!("{error}: {cause}") }
}
