//! Building a plugin in Rust: a core module, which the host itself turns into a component.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::tools::{output, tool, works};

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the crate in a folder, and returns the module's path.
pub(super) fn build(folder: &Path) -> anyhow::Result<PathBuf> {
    check_tools(folder)?;
    let arguments = ["build", "--release", "--lib", "--target", TARGET, "--message-format=json-render-diagnostics"];
    let messages = output(&mut tool("cargo", folder, &arguments))?;
    let manifest = folder.join("Cargo.toml");
    let manifest = manifest.canonicalize().with_context(|| format!("cannot read {}", manifest.display()))?;
    let messages = messages.split(|&byte| byte == b'\n');
    let artifacts = messages.filter_map(|message| serde_json::from_slice::<CargoArtifact>(message).ok());
    // The build script is one of the crate's artifacts, too.
    let files = artifacts.filter(|artifact| artifact.manifest_path == manifest).flat_map(|artifact| artifact.filenames);
    let mut modules = files.filter(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    modules.next().with_context(|| {
        format!("{} makes no .wasm file: it needs `crate-type = [\"cdylib\", \"rlib\"]` in [lib]", manifest.display())
    })
}

fn check_tools(folder: &Path) -> anyhow::Result<()> {
    ensure!(
        works(&mut tool("cargo", folder, &["--version"])),
        "building a plugin in Rust takes cargo: install Rust as https://rustup.rs says"
    );
    let libraries = output(&mut tool("rustc", folder, &["--print", "target-libdir", "--target", TARGET]))?;
    ensure!(
        Path::new(String::from_utf8_lossy(&libraries).trim()).exists(),
        "Rust's compiler has nothing for WebAssembly yet: run `rustup target add {TARGET}`{}",
        if folder == Path::new(".") { String::new() } else { format!(" in {}", folder.display()) }
    );
    Ok(())
}

/// Cargo's message about something that it built; its other messages have no such fields.
#[derive(Debug, Deserialize)]
struct CargoArtifact {
    manifest_path: PathBuf,
    filenames: Vec<PathBuf>,
}
