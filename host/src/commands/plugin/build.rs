//! `host plugin build`: from a plugin's sources, or a core module, to its `.wasm` file.

mod core;
mod go;
mod javascript;
mod python;
mod rust;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use autotag_sandbox::{CONTRACT, Inspection, Metering, Sandbox, StringEncoding, Wasi};
use clap::{Args, ValueEnum};

use super::language::Language;
use super::report::FileReport;
use crate::commands::output::{Format, FormatArgs, display_path, size};
use crate::commands::{BAD, GOOD, with_path_context};
use crate::config::Config;

/// What `host plugin build` is asked for.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The plugin's folder
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// A core module that another compiler has made, such as that of C, Zig or AssemblyScript: it becomes a plugin, and
    /// nothing is compiled
    #[arg(long, value_name = "FILE.wasm")]
    core: Option<PathBuf>,
    /// How the core module's language keeps strings in memory
    #[arg(long, value_enum, requires = "core", default_value_t = Encoding::Utf8)]
    string_encoding: Encoding,
    #[command(flatten)]
    format: FormatArgs,
}

/// The encodings of strings that the component model has.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Encoding {
    /// UTF-8: C, Zig, Rust and most others
    Utf8,
    /// UTF-16: AssemblyScript
    Utf16,
    /// Latin-1 where that is enough, else UTF-16
    CompactUtf16,
}

/// What a plugin is built from.
pub enum Source {
    /// Sources, by their language's compiler.
    Sources(Language),
    /// A core module that is there.
    Core { file: PathBuf, strings: StringEncoding },
}

impl BuildArgs {
    /// To build the sources in a folder.
    fn of_sources(folder: &Path) -> Self {
        Self { folder: folder.into(), core: None, string_encoding: Encoding::Utf8, format: FormatArgs::default() }
    }

    /// What is built. Asked first of all: if there is nothing, nothing else matters.
    pub fn source(&self) -> anyhow::Result<Source> {
        let Some(file) = &self.core else { return Ok(Source::Sources(Language::of(&self.folder)?)) };
        let strings = match self.string_encoding {
            Encoding::Utf8 => StringEncoding::UTF8,
            Encoding::Utf16 => StringEncoding::UTF16,
            Encoding::CompactUtf16 => StringEncoding::CompactUTF16,
        };
        Ok(Source::Core { file: with_path_context(file, "read", file.canonicalize())?, strings })
    }
}

pub fn build(config: &Config, args: &BuildArgs) -> anyhow::Result<u8> {
    let (file, report) = built(config, args)?;
    match args.format.get() {
        Format::Table => println!("{}", summary(&file, &report)),
        Format::Json => println!("{}", serde_json::to_string(&report)?),
    }
    Ok(status(&report))
}

/// The same, for a command that has a result of its own.
pub(super) fn build_before(config: &Config, folder: &Path) -> anyhow::Result<u8> {
    let (file, report) = built(config, &BuildArgs::of_sources(folder))?;
    eprintln!("{}", summary(&file, &report));
    Ok(status(&report))
}

/// The exit status, with the reason if it is not good.
fn status(report: &FileReport) -> u8 {
    match &report.refused {
        None => GOOD,
        Some(reason) => {
            eprintln!("error: it is built, but this host would refuse it: {reason}");
            BAD
        }
    }
}

fn built(config: &Config, args: &BuildArgs) -> anyhow::Result<(PathBuf, FileReport)> {
    let folder = &args.folder;
    let source = args.source()?;
    let paths = BuildPaths::make(folder)?;
    let first_name = first_name(&paths, config);
    let wasi = config.plugins.plugins.get(&first_name).map(|options| options.wasi).unwrap_or_default();
    let built = match &source {
        Source::Sources(Language::Rust) => rust::build(folder)?,
        Source::Sources(Language::JavaScript) => javascript::build(folder, &paths, wasi)?,
        Source::Sources(Language::Python) => python::build(folder, &paths, wasi)?,
        Source::Sources(Language::Go) => go::build(folder, &paths)?,
        Source::Core { file, strings } => core::build(file, *strings, &paths)?,
    };
    // A folder of its own, so that no name replaces anything, such as the core module.
    let named = paths.build.join(".named");
    if named.exists() {
        with_path_context(&named, "remove", fs::remove_dir_all(&named))?;
    }
    with_path_context(&named, "make", fs::create_dir(&named))?;
    let inspection = take_name(&built, &named, first_name, config)?;
    if built == paths.component {
        with_path_context(&built, "remove", fs::remove_file(&built))?;
    }
    let file = folder.join(inspection.path.file_name().unwrap_or_default());
    if let Source::Core { file: core, .. } = &source {
        let is_itself = file.canonicalize().is_ok_and(|file| file == *core);
        ensure!(
            !is_itself,
            "the plugin would replace {}, which it is made of: call the core module otherwise",
            file.display()
        );
    }
    if inspection.findings.manifest.is_none() {
        // It does not say its name, and would lie beside the plugin as another one.
        return Ok((inspection.path.clone(), FileReport::of(&inspection)));
    }
    // An atomic rename, so that no reader ever sees half a file.
    with_path_context(&file, "write", fs::rename(&inspection.path, &file))?;
    with_path_context(&named, "remove", fs::remove_dir_all(&named))?;
    let report = FileReport { path: file.display().to_string(), ..FileReport::of(&inspection) };
    Ok((file, report))
}

/// What the compiler is told of WASI: to leave it out, unless the plugin's configuration gives it the stub.
fn stub_wasi(wasi: Wasi) -> Option<&'static str> {
    (wasi == Wasi::None).then_some("--stub-wasi")
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
