//! Building a plugin in Go: a core module for WASI's preview 1, of which the host has a stub.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use autotag_sandbox::StringEncoding;

use super::BuildPaths;
use super::core::component_of;
use super::tools::{run, tool, works};
use crate::commands::with_path_context;

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
    component_of(&core, StringEncoding::UTF8, &paths.component)?;
    with_path_context(&core, "remove", fs::remove_file(&core))?;
    Ok(paths.component.clone())
}
