//! Building a plugin in JavaScript: QuickJS, with the plugin in it, as a component.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use autotag_sandbox::Wasi;
use serde::Deserialize;

use super::tools::{run, tool, works};
use super::{BuildPaths, stub_wasi};

const COMPILER: &str = "node_modules/.bin/componentize-qjs";

/// Builds the component, and returns its path.
pub(super) fn build(folder: &Path, paths: &BuildPaths, wasi: Wasi) -> anyhow::Result<PathBuf> {
    ensure!(
        works(&mut tool("node", folder, &["--version"])) && works(&mut tool("npm", folder, &["--version"])),
        "building a plugin in JavaScript takes Node.js 20 or newer, with npm: install it as https://nodejs.org says"
    );
    if !is_installed(folder) {
        // With a lock file, exactly what it names.
        let install = if folder.join("package-lock.json").exists() { "ci" } else { "install" };
        run(&mut tool("npm", folder, &[install, "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    }
    ensure!(
        folder.join(COMPILER).exists(),
        "package.json does not name the compiler: run `npm install --save-dev --save-exact componentize-qjs` in {}",
        folder.display()
    );
    // Without the component model's own async, which the host does not run.
    let mut compiler = tool(paths.absolute(COMPILER), folder, &["--world", "plugin", "--sync"]);
    compiler
        .args(stub_wasi(wasi))
        .arg("--wit")
        .arg(&paths.contract)
        .arg("--js")
        .arg(main(folder)?)
        .arg("--output")
        .arg(&paths.component);
    run(&mut compiler)?;
    Ok(paths.component.clone())
}

/// Whether everything is installed that the lock file names.
fn is_installed(folder: &Path) -> bool {
    let modified = |file: &str| fs::metadata(folder.join(file)).and_then(|file| file.modified()).ok();
    let installed = modified("node_modules/.package-lock.json");
    installed.is_some() && installed >= modified("package-lock.json") && installed >= modified("package.json")
}

/// The file that exports `extractor`: `main` in package.json, by default `plugin.js`.
fn main(folder: &Path) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Package {
        main: Option<String>,
    }
    let path = folder.join("package.json");
    let package = fs::read(&path).map_err(anyhow::Error::from).and_then(|text| Ok(serde_json::from_slice(&text)?));
    let package: Package = package.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(package.main.unwrap_or_else(|| "plugin.js".into()))
}
