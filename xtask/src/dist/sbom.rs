//! Bills of materials (SBOMs): the crates that the host and the plugins are built from, with versions and licences.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::release::{HOST, Release};
use crate::cargo::{installed, run};
use crate::plugins;

/// The version of cargo-cyclonedx.
const CARGO_CYCLONEDX: &str = "0.5.9";
/// The file name of its output. It writes one file beside every manifest of the workspace; only the name can be chosen.
const FILE: &str = "written-by-dist";

/// The bill of materials of the host for a target, and those of the plugins: CycloneDX in JSON, by file name. `time` is
/// their time of creation, in seconds since 1970.
pub(super) fn of_host_and_plugins(
    root: &Path,
    release: &Release,
    triple: &str,
    time: u64,
) -> anyhow::Result<Vec<(String, String)>> {
    let mut sboms = vec![Written::of(root, release, triple, time)?.take("host", HOST)?];
    let written = Written::of(root, release, plugins::TARGET, time)?;
    for (package, file) in plugins::PLUGINS {
        sboms.push(written.take(file.trim_end_matches(".wasm"), package)?);
    }
    Ok(sboms)
}

/// The output of cargo-cyclonedx, which must not stay where it is.
struct Written<'a> {
    root: &'a Path,
    release: &'a Release,
}

impl<'a> Written<'a> {
    /// Has it write the bills of materials of all packages of the workspace.
    fn of(root: &'a Path, release: &'a Release, target: &str, time: u64) -> anyhow::Result<Self> {
        let mut cyclonedx = installed(root, "cargo-cyclonedx", CARGO_CYCLONEDX)?;
        let written = Self { root, release };
        cyclonedx.args([
            "cyclonedx",
            "--quiet",
            // What is packed is built with all of them.
            "--all-features",
            "--format",
            "json",
            "--spec-version",
            "1.5",
            "--override-filename",
            FILE,
        ]);
        // With a fixed time, it also leaves out the random serial number.
        run(cyclonedx.args(["--target", target]).env("SOURCE_DATE_EPOCH", time.to_string()))?;
        Ok(written)
    }

    /// The bill of materials of one package, as `NAME.cdx.json`.
    fn take(&self, name: &str, package: &str) -> anyhow::Result<(String, String)> {
        let folder = &self.release.packages.get(package).with_context(|| format!("no package {package}"))?.folder;
        let file = file(folder);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = without_places(&text, self.root)?;
        check(&text, package)?;
        Ok((format!("{name}.cdx.json"), text))
    }
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        for package in self.release.packages.values() {
            // If removing it fails, git shows it as a new file.
            let _ = fs::remove_file(file(&package.folder));
        }
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join(format!("{FILE}.json"))
}

/// Removes the path of the project on this machine.
fn without_places(text: &str, root: &Path) -> anyhow::Result<String> {
    let root = root.to_str().context("the project's path is not UTF-8")?;
    Ok(text.replace(&format!("path+file://{root}"), "path+file://autotag"))
}

/// Fails if a text is no bill of materials, or that of another package.
fn check(text: &str, package: &str) -> anyhow::Result<()> {
    let sbom: Value = serde_json::from_str(text).context("cargo-cyclonedx did not write JSON")?;
    let text = |pointer| sbom.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (format, name) = (text("/bomFormat"), text("/metadata/component/name"));
    ensure!((format, name) == ("CycloneDX", package), "cargo-cyclonedx wrote {format:?} of {name:?}, not of {package}");
    let components = sbom.get("components").and_then(Value::as_array).map_or(0, Vec::len);
    ensure!(components > 0, "the bill of materials of {package} lists nothing");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bill_of_materials_does_not_say_where_on_this_machine_the_project_lies() {
        let text = r#"{"bom-ref": "path+file:///home/bob/autotag/host#autotag-host@0.1.0"}"#;
        let clean = without_places(text, Path::new("/home/bob/autotag")).unwrap();
        assert_eq!(clean, r#"{"bom-ref": "path+file://autotag/host#autotag-host@0.1.0"}"#);
    }

    #[test]
    fn what_is_no_bill_of_materials_of_the_package_is_refused() {
        let sbom = |name, components| {
            let metadata = json!({"component": {"name": name}});
            let sbom = json!({"bomFormat": "CycloneDX", "metadata": metadata, "components": components});
            check(&sbom.to_string(), "autotag-host").map_err(|error| error.to_string())
        };
        let some = json!([{"name": "wasmtime"}]);
        assert_eq!(sbom("autotag-host", some.clone()), Ok(()));
        assert!(sbom("autotag-tests", some).unwrap_err().contains("not of autotag-host"));
        assert!(sbom("autotag-host", json!([])).unwrap_err().contains("lists nothing"));
        assert!(check("<bom/>", "autotag-host").is_err());
    }
}
