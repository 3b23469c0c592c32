//! Building a plugin in Python: CPython, with the plugin and what it imports in it, as a component.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use autotag_sandbox::Wasi;

use super::tools::{run, tool, works};
use super::{BuildPaths, stub_wasi};
use crate::commands::with_path_context;

const REQUIREMENTS: &str = "requirements.txt";
const COMPILER: &str = ".venv/bin/componentize-py";
/// A copy of the requirements that are installed.
const INSTALLED: &str = ".venv/installed.txt";
/// Exits with status 0 if this Python is new enough and has venv.
const CHECK: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/// Builds the component of the module `app`, and returns its path.
pub(super) fn build(folder: &Path, paths: &BuildPaths, wasi: Wasi) -> anyhow::Result<PathBuf> {
    ensure!(
        works(&mut tool("python3", folder, &["-c", CHECK])),
        "building a plugin in Python takes Python 3.10 or newer with venv, as `python3`: \
         `apt-get install python3 python3-venv`, or https://www.python.org"
    );
    install(folder, paths)?;
    ensure!(
        folder.join(COMPILER).exists(),
        "{} does not name the compiler: add the line `componentize-py==0.25.1` to it",
        folder.join(REQUIREMENTS).display()
    );
    let mut compiler = tool(paths.absolute(COMPILER), folder, &["--quiet", "--world", "plugin"]);
    compiler
        // Packages that are installed elsewhere on this machine do not belong in the plugin.
        .env("VIRTUAL_ENV", paths.absolute(".venv"))
        .env_remove("PYTHONPATH")
        .arg("--wit-path")
        .arg(&paths.contract)
        .args(["componentize", "app"])
        .args(stub_wasi(wasi))
        .arg("--output")
        .arg(&paths.component);
    run(&mut compiler)?;
    Ok(paths.component.clone())
}

/// Installs the requirements into `.venv`, if they have changed.
fn install(folder: &Path, paths: &BuildPaths) -> anyhow::Result<()> {
    let path = folder.join(REQUIREMENTS);
    let requirements = fs::read(&path);
    let requirements =
        requirements.with_context(|| format!("cannot read {}, which names the compiler", path.display()))?;
    let installed = folder.join(INSTALLED);
    if fs::read(&installed).is_ok_and(|installed| installed == requirements) {
        return Ok(());
    }
    run(&mut tool("python3", folder, &["-m", "venv", "--clear", ".venv"]))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
    run(&mut tool(paths.absolute(".venv/bin/python"), folder, &pip))?;
    with_path_context(&installed, "write", fs::write(&installed, requirements))
}
