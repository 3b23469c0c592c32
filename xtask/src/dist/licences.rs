//! The texts of the dependencies' licences, which must be distributed with what is built from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use crate::cargo::{ask, cargo};
use crate::plugins;

/// The prefixes of the file names that authors use for such texts.
const NAMES: [&str; 6] = ["COPYING", "COPYRIGHT", "LICENCE", "LICENSE", "NOTICE", "UNLICENSE"];

/// A crate's name and version.
type Crate = (String, String);

/// All texts that come with the crates in these bills of materials, each text once.
pub(super) fn of(root: &Path, triple: &str, sboms: &[(String, String)]) -> anyhow::Result<String> {
    let mut crates = BTreeSet::new();
    for (name, sbom) in sboms {
        crates.extend(linked(sbom).with_context(|| format!("{name} lists a component without name or version"))?);
    }
    let mut folders = BTreeMap::new();
    for target in [triple, plugins::TARGET] {
        let metadata = ["metadata", "--locked", "--all-features", "--format-version", "1", "--filter-platform", target];
        folders.extend(sources(&ask(&mut cargo(root, &metadata))?)?);
    }
    // A crate without an entry is one of the project's own.
    let others = crates.into_iter().filter_map(|one| folders.remove(&one).map(|folder| (one, folder)));
    collect(others)
}

/// The crates of a bill of materials, without build-only ones.
fn linked(sbom: &str) -> anyhow::Result<Vec<Crate>> {
    let sbom: Value = serde_json::from_str(sbom)?;
    let components = sbom.get("components").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let linked = components.iter().filter(|one| one.get("scope").and_then(Value::as_str) != Some("excluded"));
    linked.map(|one| id(one).context("a component has no name or no version")).collect()
}

fn id(value: &Value) -> Option<Crate> {
    let text = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
    text("name").zip(text("version"))
}

/// The source folder and the declared licence of each third-party crate.
fn sources(metadata: &str) -> anyhow::Result<BTreeMap<Crate, (PathBuf, String)>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("`cargo metadata` lists no packages")?;
    let others = packages.iter().filter(|package| package.get("source").is_some_and(Value::is_string));
    let source = |package: &Value| {
        let text = |key| package.get(key).and_then(Value::as_str);
        let folder = Path::new(text("manifest_path")?).parent()?.to_owned();
        Some((id(package)?, (folder, text("license").unwrap_or("see below").to_owned())))
    };
    others.map(source).collect::<Option<_>>().context("`cargo metadata` lists a package that lacks something")
}

fn collect(crates: impl Iterator<Item = (Crate, (PathBuf, String))>) -> anyhow::Result<String> {
    let (mut list, mut by_text) = (String::new(), BTreeMap::<String, Vec<String>>::new());
    for ((name, version), (folder, licence)) in crates {
        let one = format!("{name} {version}");
        list.push_str(&format!("{one}: {licence}\n"));
        for text in texts(&folder)? {
            by_text.entry(text).or_default().push(one.clone());
        }
    }
    let mut texts: Vec<_> = by_text.into_iter().map(|(text, crates)| (crates.join(", "), text)).collect();
    texts.sort();
    let texts: String =
        texts.iter().map(|(crates, text)| format!("\n{}\n{crates}\n\n{text}\n", "-".repeat(80))).collect();
    let about =
        "The host and its plugins are built of Rust's standard library and of these crates, whose texts follow.";
    Ok(format!("{about}\n\n{list}{texts}"))
}

/// The texts in a crate's folder.
fn texts(folder: &Path) -> anyhow::Result<Vec<String>> {
    let files =
        fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>());
    let mut files = files.with_context(|| format!("cannot read {}", folder.display()))?;
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        NAMES.iter().any(|begin| name.starts_with(begin)) && file.is_file()
    });
    files.sort();
    let read = |file: &PathBuf| {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        // Two copies of a text rarely differ in more than their line endings.
        let lines: Vec<_> = String::from_utf8_lossy(&bytes).lines().map(|line| line.trim_end().to_owned()).collect();
        Ok(lines.join("\n").trim_matches('\n').to_owned())
    };
    files.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tempfile::tempdir;

    use super::*;

    #[test]
    fn every_text_is_there_once_with_the_crates_that_it_comes_with() {
        let folder = tempdir().unwrap();
        let source = |name: &str, file: &str, text: &str| {
            let crate_folder = folder.path().join(name);
            fs::create_dir(&crate_folder).unwrap();
            fs::write(crate_folder.join(file), text).unwrap();
            ((name.to_owned(), "1.0.0".to_owned()), (crate_folder, "MIT".to_owned()))
        };
        let crates = [
            source("a", "LICENSE-MIT", "Copyright A\nMay be used.\n"),
            source("b", "license.txt", "Copyright A\r\nMay be used."),
            source("c", "NOTICE", "By C."),
            source("d", "README.md", "License: none of it"),
        ];
        let text = collect(crates.into_iter()).unwrap();
        assert_eq!(text.matches("Copyright A\nMay be used.").count(), 1, "{text}");
        assert!(text.contains("\na 1.0.0, b 1.0.0\n\nCopyright A") && text.contains("\nc 1.0.0\n\nBy C."), "{text}");
        assert!(text.contains("\nd 1.0.0: MIT\n") && !text.contains("none of it"), "{text}");
    }

    #[test]
    fn what_only_builds_is_not_passed_on() {
        let sbom = json!({"components": [
            {"name": "ring", "version": "0.17.0", "scope": "required"},
            {"name": "cc", "version": "1.0.0", "scope": "excluded"},
        ]});
        assert_eq!(linked(&sbom.to_string()).unwrap(), [("ring".to_owned(), "0.17.0".to_owned())]);
    }

    #[test]
    fn the_projects_own_packages_are_not_other_peoples() {
        let package = |name, source| json!({"name": name, "version": "1.0.0", "manifest_path": "/a/Cargo.toml", "source": source});
        let metadata = json!({"packages": [package("autotag-host", None), package("ring", Some("registry"))]});
        let sources = sources(&metadata.to_string()).unwrap();
        assert_eq!(sources.keys().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["ring"]);
    }
}
