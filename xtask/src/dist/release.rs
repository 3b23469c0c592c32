//! What the sources declare about the release, and whether they agree with what was built from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::cargo::{ask, cargo};
use crate::plugins::PLUGINS;

/// The host's package, whose version is the release's.
pub(super) const HOST: &str = "autotag-host";

/// The release as the sources declare it.
#[derive(Debug, Clone)]
pub(super) struct Release {
    /// The host's version, which is the release's.
    pub(super) version: String,
    /// The workspace's packages, by name.
    pub(super) packages: BTreeMap<String, Package>,
    /// The plugin contract, `autotag:plugin@1.0.0`, and its folder in `wit`.
    contract: String,
    wit: String,
    changelog: String,
    /// The version tags of the last commit, without their `v`.
    tags: Vec<String>,
    /// Whether there are no uncommitted changes.
    is_clean: bool,
}

/// A package of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Package {
    version: String,
    /// The folder of its manifest.
    pub(super) folder: PathBuf,
}

impl Release {
    /// Reads the declarations of the project at `root`.
    pub(super) fn of(root: &Path) -> anyhow::Result<Self> {
        let read = |file: &str| fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"));
        let git = |arguments: &[&str]| ask(Command::new("git").current_dir(root).args(arguments));
        let packages = packages(&ask(&mut cargo(root, &["metadata", "--no-deps", "--format-version", "1"]))?)?;
        let wit = "v1";
        let contract = read(&format!("wit/{wit}/plugin.wit"))?;
        let contract = contract.lines().find_map(|line| line.strip_prefix("package ")?.strip_suffix(';'));
        let tags =
            git(&["tag", "--points-at", "HEAD"]).context("what is packed is what git has: it takes a checkout")?;
        Ok(Self {
            version: packages.get(HOST).with_context(|| format!("there is no package {HOST}"))?.version.clone(),
            packages,
            contract: contract.with_context(|| format!("wit/{wit}/plugin.wit names no package"))?.to_owned(),
            wit: wit.to_owned(),
            changelog: read("CHANGELOG.md")?,
            tags: tags.lines().filter_map(|tag| tag.strip_prefix('v')).filter(is_version).map(str::to_owned).collect(),
            is_clean: git(&["status", "--porcelain"])?.is_empty(),
        })
    }

    /// Fails if versions disagree, or if this is tagged as a release and is none. Returns what else it lacks to be one.
    pub(super) fn check(&self) -> anyhow::Result<Vec<String>> {
        let mut wrong = self.disagreements();
        let missing = self.missing_of_a_release();
        let is_tagged = !self.tags.is_empty();
        if is_tagged {
            wrong.extend(missing.iter().cloned());
        }
        ensure!(wrong.is_empty(), "this cannot be packed:\n- {}", wrong.join("\n- "));
        Ok(missing)
    }

    /// The versions in the sources that disagree.
    pub(super) fn disagreements(&self) -> Vec<String> {
        let Self { version, packages, contract, wit, .. } = self;
        let mut wrong = Vec::new();
        // Plugins have their own versions: operators replace them one by one.
        for (package, Package { version: other, .. }) in packages {
            if other != version && !PLUGINS.iter().any(|(plugin, _)| plugin == package) {
                wrong.push(format!(
                    "{package} is {other}, and the host {version}: let it inherit the workspace's version"
                ));
            }
        }
        for (package, _) in PLUGINS.iter().filter(|(package, _)| !packages.contains_key(*package)) {
            wrong.push(format!("the workspace has no package {package}"));
        }
        let major = contract.rsplit('@').next().and_then(|version| version.split('.').next()).unwrap_or_default();
        if wit.strip_prefix('v') != Some(major) {
            wrong.push(format!("wit/{wit} has {contract}: another major version belongs into a folder of its own"));
        }
        wrong
    }

    /// What this lacks to be a release.
    fn missing_of_a_release(&self) -> Vec<String> {
        let Self { version, changelog, tags, is_clean, .. } = self;
        let mut missing = Vec::new();
        if !tags.contains(version) {
            let tagged = if tags.is_empty() { String::new() } else { format!(", but v{}", tags.join(", v")) };
            missing.push(format!("the last commit is not tagged v{version}{tagged}"));
        }
        if !entries(changelog).any(|entry| entry == version) {
            missing.push(format!(
                "CHANGELOG.md does not name {version}: what is below `## Unreleased` needs the heading `## {version} - DATE`"
            ));
        }
        if !is_clean {
            missing.push("not everything is committed, so it cannot be built elsewhere: see `git status`".into());
        }
        missing
    }

    /// Fails if a host was not built from these sources.
    pub(super) fn check_host(&self, host: &Path) -> anyhow::Result<()> {
        let said = ask(Command::new(host).arg("--version"))?;
        // It says the name that it is called by.
        let name = host.file_name().unwrap_or_default().to_string_lossy();
        let expected = format!("{name} {} (plugins: {})", self.version, self.contract);
        ensure!(
            said.trim_end() == expected,
            "{} says that it is `{}`, not `{expected}`",
            host.display(),
            said.trim_end()
        );
        Ok(())
    }

    /// Fails if the host does not load a plugin, or if a plugin disagrees with the sources or the digests.
    pub(super) fn check_plugins(&self, host: &Path, folder: &Path, sums: &[(String, String)]) -> anyhow::Result<()> {
        for (package, file) in PLUGINS {
            let path = folder.join(file);
            let mut inspect = Command::new(host);
            inspect.args(["plugin", "inspect", "--format", "json"]).arg(&path).env("AUTOTAG_CACHE", "off");
            let said: Value = serde_json::from_str(&ask(&mut inspect)?)?;
            let sum = sums.iter().find(|(name, _)| folder.parent().map(|root| root.join(name)).as_ref() == Some(&path));
            let expected = [
                ("name", file.strip_suffix(".wasm")),
                ("version", self.packages.get(package).map(|package| package.version.as_str())),
                ("contract", Some(self.contract.as_str())),
                ("sha256", sum.map(|(_, sum)| sum.as_str())),
            ];
            for (what, expected) in expected {
                let said = said.get(what).and_then(Value::as_str);
                if said.is_none() || said != expected {
                    bail!("{}: the plugin's {what} is {said:?}, and should be {expected:?}", path.display());
                }
            }
        }
        Ok(())
    }
}

/// The packages that `cargo metadata` lists.
fn packages(metadata: &str) -> anyhow::Result<BTreeMap<String, Package>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("`cargo metadata` lists no packages")?;
    let package = |package: &Value| {
        let text = |key| package.get(key).and_then(Value::as_str).map(str::to_owned);
        let folder = Path::new(&text("manifest_path")?).parent()?.to_owned();
        Some((text("name")?, Package { version: text("version")?, folder }))
    };
    packages.iter().map(package).collect::<Option<_>>().context("`cargo metadata` lists a package that lacks something")
}

/// The versions that a changelog has entries for: `## 0.1.0 - 2026-01-31`, also with brackets.
fn entries(changelog: &str) -> impl Iterator<Item = &str> {
    let headings = changelog.lines().filter_map(|line| line.strip_prefix("## "));
    headings.filter_map(|heading| heading.split_whitespace().next()).map(|word| word.trim_matches(['[', ']']))
}

/// Whether the rest of a tag is a version, and not just a word that begins with `v`.
fn is_version(text: &&str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A release in which everything agrees.
    fn release() -> Release {
        let plugins = PLUGINS.map(|(name, _)| package(name, "1.4.0"));
        let own = ["autotag-host", "autotag-plugin-sdk", "xtask"].map(|name| package(name, "0.2.0"));
        Release {
            version: "0.2.0".into(),
            packages: plugins.into_iter().chain(own).collect(),
            contract: "autotag:plugin@1.0.0".into(),
            wit: "v1".into(),
            changelog: "# Changelog\n\n## Unreleased\n\n## [0.2.0] - 2026-02-01\n- A.\n\n## 0.1.0 - 2026-01-01\n"
                .into(),
            tags: vec!["0.2.0".into()],
            is_clean: true,
        }
    }

    fn package(name: &str, version: &str) -> (String, Package) {
        (name.into(), Package { version: version.into(), folder: name.into() })
    }

    #[track_caller]
    fn assert_refused(release: &Release, reason: &str) {
        let error = release.check().unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn what_is_in_this_checkout_agrees() {
        let root = crate::cargo::root().unwrap();
        assert_eq!(Release::of(&root).unwrap().disagreements(), Vec::<String>::new());
    }

    #[test]
    fn a_release_is_tagged_named_in_the_changelog_and_committed() {
        assert_eq!(release().check().unwrap(), Vec::<String>::new());
        let changelog = release().changelog.replace("0.2.0", "0.2.0-rc.1");
        assert_refused(&Release { changelog, ..release() }, "CHANGELOG.md does not name 0.2.0");
        assert_refused(&Release { is_clean: false, ..release() }, "not everything is committed");
        let tags = vec!["0.3.0".to_owned()];
        assert_refused(&Release { tags, ..release() }, "the last commit is not tagged v0.2.0, but v0.3.0");
    }

    #[test]
    fn what_is_not_tagged_is_packed_and_called_no_release() {
        let changelog = "# Changelog\n\n## Unreleased\n- 0.2.0 will be good.\n".to_owned();
        let release = Release { changelog, tags: Vec::new(), is_clean: false, ..release() };
        let notes = release.check().unwrap();
        let reasons = ["not tagged v0.2.0", "does not name 0.2.0", "not everything is committed"];
        assert!(notes.iter().zip(reasons).all(|(note, reason)| note.contains(reason)) && notes.len() == 3, "{notes:?}");
    }

    #[test]
    fn packages_have_the_hosts_version_but_for_the_plugins() {
        let mut other = release();
        other.packages.extend([package("autotag-plugin-sdk", "0.1.0")]);
        assert_refused(&other, "autotag-plugin-sdk is 0.1.0, and the host 0.2.0");
        let mut without = release();
        without.packages.remove(PLUGINS[0].0);
        assert_refused(&without, "no package autotag-plugin-ec2");
    }

    #[test]
    fn another_major_version_of_the_contract_has_a_folder_of_its_own() {
        let contract = "autotag:plugin@2.0.0".to_owned();
        assert_refused(&Release { contract, ..release() }, "wit/v1 has autotag:plugin@2.0.0");
    }

    #[test]
    fn a_tag_that_names_no_version_makes_no_release() {
        assert!(is_version(&"0.1.0") && !is_version(&"alidated"));
    }
}
