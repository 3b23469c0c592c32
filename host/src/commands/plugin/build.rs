//! `host plugin build`: from a plugin's sources to its `.wasm` file.

mod go;
mod javascript;
mod python;
mod rust;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use autotag_sandbox::{CONTRACT, Inspection, Metering, Sandbox};
use clap::Args;

use super::language::Language;
use super::report::FileReport;
use crate::commands::output::{display_path, size};
use crate::commands::{BAD, GOOD, with_path_context};
use crate::config::Config;

/// What `host plugin build` is asked for.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The plugin's folder
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

impl BuildArgs {
    /// The language of the sources. Asked first of all: if there are none, nothing else matters.
    pub fn language(&self) -> anyhow::Result<Language> {
        Language::of(&self.folder)
    }
}

pub fn build(config: &Config, args: &BuildArgs) -> anyhow::Result<u8> {
    let folder = &args.folder;
    let language = args.language()?;
    let paths = BuildPaths::make(folder)?;
    let built = match language {
        Language::Rust => rust::build(folder)?,
        Language::JavaScript => javascript::build(folder, &paths)?,
        Language::Python => python::build(folder, &paths)?,
        Language::Go => go::build(folder, &paths)?,
    };
    let inspection = take_name(&built, &paths.build, first_name(&paths, config), config)?;
    if built == paths.component {
        with_path_context(&built, "remove", fs::remove_file(&built))?;
    }
    // An atomic rename, so that no reader ever sees half a file.
    let file = folder.join(inspection.path.file_name().unwrap_or_default());
    with_path_context(&file, "write", fs::rename(&inspection.path, &file))?;
    let report = FileReport::of(&inspection);
    println!("{}", summary(&file, &report));
    match report.refused {
        None => Ok(GOOD),
        Some(reason) => {
            eprintln!("error: it is built, but this host would refuse it: {reason}");
            Ok(BAD)
        }
    }
}

/// The folders and files of a build. Tools run in the plugin's folder, so all paths are absolute.
struct BuildPaths {
    folder: PathBuf,
    /// For intermediate files, which can be removed at any time.
    build: PathBuf,
    /// The folder with the contract, for tools that generate from it.
    contract: PathBuf,
    /// Where a tool puts the component that it makes.
    component: PathBuf,
}

impl BuildPaths {
    fn make(folder: &Path) -> anyhow::Result<Self> {
        let folder = with_path_context(folder, "read", folder.canonicalize())?;
        let build = folder.join("build");
        let contract = build.join("wit");
        with_path_context(&contract, "make", fs::create_dir_all(&contract))?;
        let file = contract.join("plugin.wit");
        with_path_context(&file, "write", fs::write(&file, CONTRACT))?;
        Ok(Self { component: build.join(".component"), folder, build, contract })
    }

    /// The absolute path of something in the plugin's folder.
    fn absolute(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// The plugin's name before its manifest is known: that of the only plugin in the configuration, else that of its
/// folder.
fn first_name(paths: &BuildPaths, config: &Config) -> String {
    let mut sections = config.plugins.plugins.keys();
    match (sections.next(), sections.next()) {
        (Some(name), None) => name.clone(),
        _ => paths.folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// Copies what was built into `aside` under the name in the plugin's manifest, by which its configuration is found.
fn take_name(built: &Path, aside: &Path, first: String, config: &Config) -> anyhow::Result<Inspection> {
    let sandbox = Sandbox::new(&config.sandbox(Metering::Off))?;
    let copy = |name: &str| -> anyhow::Result<Inspection> {
        let path = aside.join(format!("{name}.wasm"));
        fs::copy(built, &path).with_context(|| format!("cannot copy {} to {}", built.display(), path.display()))?;
        Ok(Inspection::of(&path, &config.plugins, &sandbox))
    };
    let inspection = copy(&first)?;
    let named = match &inspection.findings.manifest {
        Some(manifest) if manifest.id.name != first => copy(&manifest.id.name)?,
        _ => return Ok(inspection),
    };
    with_path_context(&inspection.path, "remove", fs::remove_file(&inspection.path))?;
    Ok(named)
}

fn summary(file: &Path, report: &FileReport) -> String {
    let size = size(report.bytes.unwrap_or_default() as u64);
    let sha256 = report.sha256.as_deref().unwrap_or("unknown");
    let imports = match report.imports.as_deref() {
        None => "unknown".into(),
        Some([]) => "nothing".into(),
        Some(imports) => imports.join(", "),
    };
    format!("{}: {size}, sha256 {sha256}, imports {imports}", display_path(file))
}
