//! Building a plugin in Go: a core module for WASI, which an adapter turns into a component that imports no WASI.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use autotag_sandbox::CONTRACT;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::BuildPaths;
use super::tools::{run, tool, works};
use crate::commands::with_path_context;

/// The adapter that Go's runtime finds in place of WASI.
const ADAPTER: &str = include_str!("wasi_snapshot_preview1.wat");

/// Builds the component, and returns its path.
pub(super) fn build(folder: &Path, paths: &BuildPaths) -> anyhow::Result<PathBuf> {
    ensure!(
        works(&mut tool("go", folder, &["version"])),
        "building a plugin in Go takes Go 1.24 or newer: install it as https://go.dev/dl says"
    );
    let core = paths.component.with_file_name("core.wasm");
    let mut go =
        tool("go", folder, &["build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o"]);
    go.arg(&core).arg(".").env("GOOS", "wasip1").env("GOARCH", "wasm").env("CGO_ENABLED", "0");
    run(&mut go)?;
    let component = componentize(with_path_context(&core, "read", fs::read(&core))?)
        .with_context(|| format!("{} cannot be made into a component", core.display()))?;
    with_path_context(&paths.component, "write", fs::write(&paths.component, component))?;
    with_path_context(&core, "remove", fs::remove_file(&core))?;
    Ok(paths.component.clone())
}

/// Turns a core module into a component of the contract's world.
fn componentize(mut module: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", CONTRACT)?;
    let world = resolve.select_world(&[package], Some("plugin"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let adapter = wat::parse_str(ADAPTER)?;
    ComponentEncoder::default().module(&module)?.adapter("wasi_snapshot_preview1", &adapter)?.encode()
}
