//! Inspects files that may be plugins, as far as they can be loaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autotag_core::guard::Guard;

use crate::artifact::Artifact;
use crate::cost::Cost;
use crate::digest::Digest;
use crate::engine::Sandbox;
use crate::error::{FileError, LoadError};
use crate::file::{PluginFile, section};
use crate::loader::Plugin;
use crate::manifest::Manifest;
use crate::options::LoadOptions;
use crate::registry::{problems, warn_of_odd_settings, wasm_files};

/// A file, and whether it is a plugin.
#[derive(Debug)]
pub struct Inspection {
    /// The path of the file.
    pub path: PathBuf,
    /// What was found out about it, up to where it was refused.
    pub findings: FileFindings,
    /// The plugin, or why there is none.
    pub plugin: Result<Arc<Plugin>, FileError>,
}

/// What was found out about a file, step by step. `None`: the step was not reached.
#[derive(Debug, Default)]
pub struct FileFindings {
    /// Its size in bytes, and its digest.
    pub file: Option<(usize, Digest)>,
    /// Its imports and exports, and how it was compiled.
    pub artifact: Option<Artifact>,
    /// The manifest of the plugin in it.
    pub manifest: Option<Manifest>,
    /// What the invocation of `describe` cost.
    pub describe_cost: Option<Cost>,
}

impl Inspection {
    /// Loads a file up to the step that refuses it.
    #[must_use]
    pub fn of(path: &Path, options: &LoadOptions, sandbox: &Sandbox) -> Self {
        let mut findings = FileFindings::default();
        let plugin = findings.load(path, options, sandbox).map(Arc::new);
        Self { path: path.into(), findings, plugin }
    }
}

impl FileFindings {
    fn load(&mut self, path: &Path, options: &LoadOptions, sandbox: &Sandbox) -> Result<Plugin, FileError> {
        let file = PluginFile::read(path, options)?;
        self.file = Some((file.bytes.len(), file.digest));
        file.check_pin(options)?;
        let file = file.compile(sandbox)?;
        self.artifact = Some(file.artifact.clone());
        let file = file.introduce(sandbox, options)?;
        self.manifest = Some(file.manifest.clone());
        self.describe_cost = Some(file.describe_cost);
        file.configure(sandbox, options)
    }
}

/// Inspects every `.wasm` file in the folder, and returns the problems of all of them as a set too.
///
/// # Errors
/// If the folder cannot be read.
pub fn inspect_folder(
    options: &LoadOptions,
    guard: &Guard,
    sandbox: &Sandbox,
) -> Result<(Vec<Inspection>, Vec<LoadError>), LoadError> {
    let files = wasm_files(&options.folder)?;
    let inspections: Vec<_> = files.iter().map(|path| Inspection::of(path, options, sandbox)).collect();
    let plugins: Vec<_> = inspections.iter().filter_map(|found| found.plugin.as_ref().ok().cloned()).collect();
    plugins.iter().for_each(|plugin| warn_of_odd_settings(plugin, guard));
    let refused = inspections.iter().filter(|found| found.plugin.is_err());
    // A file that was refused before `describe` goes by the name of its section in the configuration.
    let name = |found: &Inspection| match &found.findings.manifest {
        Some(manifest) => manifest.id.name.clone(),
        None => section(&found.path),
    };
    let refused: Vec<_> = refused.map(name).collect();
    let problems = problems(&plugins, &refused, options, guard);
    Ok((inspections, problems))
}
