//! Packages for Debian's and Red Hat's families, of what the archive has: `cargo-deb` and `cargo-generate-rpm` pack it
//! by a manifest that is written here, so that each file has one rule for its place.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, ensure};

use super::archive::paths;
use super::contents::PROGRAM;
use super::packed;
use crate::cargo::{check_prerequisite, installed, run};

/// The versions of the tools.
const CARGO_DEB: &str = "3.8.0";
const CARGO_GENERATE_RPM: &str = "0.21.1";
/// Where the scripts and the settings lie that only packages have.
const SOURCES: &str = "infra/packages";
/// Where the settings go, which an upgrade leaves as they are.
pub(super) const SETTINGS: &str = "etc/autotag/autotag.env";

/// A family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Debian,
    RedHat,
}

/// Where a file or a folder of the archive goes; the first rule that fits counts.
const PLACES: [(&str, &str); 18] = [
    (PROGRAM, "usr/bin/autotag"),
    ("plugins/README.md", "usr/share/autotag/plugins/README.md"),
    ("plugins/ec2/events/", "usr/share/autotag/plugins/ec2/events/"),
    ("plugins/", "usr/lib/autotag/plugins/"),
    ("man/", "usr/share/man/"),
    ("completions/autotag.bash", "usr/share/bash-completion/completions/autotag"),
    ("completions/autotag.fish", "usr/share/fish/vendor_completions.d/autotag.fish"),
    ("infra/autotag.service", "usr/lib/systemd/system/autotag.service"),
    ("infra/packages/", ""),
    ("infra/", "usr/share/autotag/infra/"),
    ("docs/", "usr/share/autotag/docs/"),
    ("wit/", "usr/share/autotag/wit/"),
    ("BENCHMARKS.md", "usr/share/autotag/BENCHMARKS.md"),
    ("CHANGELOG.md", "usr/share/autotag/CHANGELOG.md"),
    ("README.md", "usr/share/autotag/README.md"),
    ("SECURITY.md", "usr/share/autotag/SECURITY.md"),
    ("sbom/", "usr/share/doc/autotag/sbom/"),
    ("SHA256SUMS", ""),
];

/// Where a file of the archive goes; none if it is for other systems.
pub(super) fn place_of(file: &str, family: Family) -> Option<String> {
    match file {
        "completions/_autotag" if family == Family::Debian => {
            return Some("usr/share/zsh/vendor-completions/_autotag".into());
        }
        "completions/_autotag" => return Some("usr/share/zsh/site-functions/_autotag".into()),
        "LICENSE" | "THIRD-PARTY-LICENSES" => return Some(format!("usr/share/doc/autotag/{file}")),
        _ => {}
    }
    let (prefix, place) =
        PLACES.iter().find(|(prefix, _)| file == *prefix || prefix.ends_with('/') && file.starts_with(prefix))?;
    let rest = file.strip_prefix(prefix).unwrap_or_default();
    (!place.is_empty()).then(|| format!("{place}{rest}"))
}

/// Makes both packages of the archive's folder, beside it.
pub(super) fn make(
    root: &Path,
    place: &Path,
    version: &str,
    triple: &str,
    work: &Path,
    time: u64,
) -> anyhow::Result<Vec<PathBuf>> {
    if !triple.contains("linux") {
        return Ok(Vec::new());
    }
    // It finds out which libraries the program needs, and in which versions.
    check_prerequisite("dpkg-shlibdeps", &["--version"], "dpkg-shlibdeps", "apt-get install dpkg-dev")?;
    let folder = work.join("package");
    let files = paths(place)?.into_iter().filter(|path| path.is_file());
    let files: Vec<_> = files.filter_map(|path| Some(path.strip_prefix(place).ok()?.to_str()?.to_owned())).collect();
    ensure!(files.iter().any(|file| file == PROGRAM), "{} has no {PROGRAM}", place.display());
    write_sources(root, place, version, &files, &folder)
        .with_context(|| format!("cannot write the packages' manifest in {}", folder.display()))?;
    let machine = triple.split('-').next().unwrap_or_default();
    let deb = place.with_file_name(format!("autotag_{version}-1_{}.deb", in_debian(machine)));
    let rpm = place.with_file_name(format!("autotag-{version}-1.{machine}.rpm"));
    let mut cargo_deb = installed(root, "cargo-deb", CARGO_DEB)?;
    cargo_deb.current_dir(&folder).args(["--no-build", "--no-strip", "--quiet", "--target", triple, "--output"]);
    // It says the path, which is said once for all.
    cargo_deb.arg(&deb).env("SOURCE_DATE_EPOCH", time.to_string()).env_remove("CARGO_TARGET_DIR").stdout(Stdio::null());
    run(&mut cargo_deb)?;
    let mut cargo_rpm = installed(root, "cargo-generate-rpm", CARGO_GENERATE_RPM)?;
    cargo_rpm.current_dir(&folder).args([
        "--target",
        triple,
        "--auto-req",
        "builtin",
        "--source-date",
        &time.to_string(),
    ]);
    run(cargo_rpm.arg("--output").arg(&rpm).env_remove("CARGO_TARGET_DIR"))?;
    let unit = place.join("infra/autotag.service");
    let unit = fs::read_to_string(&unit).with_context(|| format!("cannot read {}", unit.display()))?;
    packed::check(&deb, Family::Debian, &files, &unit)?;
    packed::check(&rpm, Family::RedHat, &files, &unit)?;
    Ok(vec![deb, rpm])
}

/// What Debian calls a machine.
fn in_debian(machine: &str) -> &str {
    match machine {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Writes what the tools read: a manifest, and a crate without code, since they want one.
fn write_sources(root: &Path, place: &Path, version: &str, files: &[String], folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    symlink(place.canonicalize()?, folder.join("files"))?;
    let scripts = folder.join("scripts");
    fs::create_dir(&scripts)?;
    for file in ["autotag.env", "postinst", "postrm", "prerm"] {
        fs::copy(root.join(SOURCES).join(file), scripts.join(file))?;
    }
    // Where cargo-deb looks for it.
    fs::copy(root.join("infra/autotag.service"), scripts.join("service"))?;
    fs::write(folder.join("Cargo.toml"), manifest(version, files)?)?;
    Ok(())
}

/// The manifest with what both tools read.
fn manifest(version: &str, files: &[String]) -> anyhow::Result<String> {
    let mut text = format!(
        r#"[package]
name = "autotag"
version = "{version}"
edition = "2024"
license = "Apache-2.0"
description = "Gives every new cloud resource the name of its creator"

[workspace]

[package.metadata.deb]
maintainer = "the autotag developers <autotag@example.com>"
license-file = ["files/LICENSE", "0"]
extended-description = """\
A service that receives CloudTrail's API calls from a queue, asks sandboxed plugins which resources they created, and tags \
these with the name of whom they belong to."""
section = "admin"
depends = "$auto, ca-certificates"
recommends = "systemd"
maintainer-scripts = "scripts/"
conf-files = ["/{SETTINGS}"]
systemd-units = {{ unit-name = "autotag", enable = false, start = false, restart-after-upgrade = true }}
assets = [
"#
    );
    for (from, to) in assets(files, Family::Debian) {
        writeln!(text, r#"    ["{from}", "{to}", "{:o}"],"#, mode(&to))?;
    }
    // On Red Hat's systems, the scriptlets have the number of installed versions as their argument.
    write!(
        text,
        r#"]

[package.metadata.generate-rpm]
post_install_script = "scripts/postinst"
pre_uninstall_script = "scripts/prerm"
post_uninstall_script = "scripts/postrm"
assets = [
"#
    )?;
    for (from, to) in assets(files, Family::RedHat) {
        let config = if to == SETTINGS { r#", config = "noreplace""# } else { "" };
        writeln!(text, r#"    {{ source = "{from}", dest = "/{to}", mode = "{:o}"{config} }},"#, mode(&to))?;
    }
    text.push_str("]\n\n[package.metadata.generate-rpm.requires]\nca-certificates = \"*\"\nfindutils = \"*\"\n");
    Ok(text)
}

/// Which file goes where, for the tool that packs them.
fn assets(files: &[String], family: Family) -> Vec<(String, String)> {
    // cargo-deb installs the unit by itself.
    let is_asset = |to: &str| family == Family::RedHat || !to.starts_with("usr/lib/systemd/");
    installed_files(files, family).into_iter().filter(|(_, to)| is_asset(to)).collect()
}

/// All that a package installs: from where, and where to.
pub(super) fn installed_files(files: &[String], family: Family) -> Vec<(String, String)> {
    let of_archive = files.iter().filter_map(|file| Some((format!("files/{file}"), place_of(file, family)?)));
    of_archive.chain([("scripts/autotag.env".to_owned(), SETTINGS.to_owned())]).collect()
}

/// The permissions of a file in a package.
pub(super) fn mode(place: &str) -> u32 {
    match place {
        // It may hold credentials.
        SETTINGS => 0o600,
        _ if place.starts_with("usr/bin/") => 0o755,
        _ => 0o644,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugins::PLUGINS;

    #[test]
    fn a_file_goes_where_its_family_of_distributions_looks_for_it() {
        for (file, debian, red_hat) in [
            ("autotag", "usr/bin/autotag", "usr/bin/autotag"),
            ("plugins/ec2.wasm", "usr/lib/autotag/plugins/ec2.wasm", "usr/lib/autotag/plugins/ec2.wasm"),
            ("man/man1/autotag-run.1", "usr/share/man/man1/autotag-run.1", "usr/share/man/man1/autotag-run.1"),
            (
                "completions/_autotag",
                "usr/share/zsh/vendor-completions/_autotag",
                "usr/share/zsh/site-functions/_autotag",
            ),
            (
                "infra/kubernetes/base/deployment.yaml",
                "usr/share/autotag/infra/kubernetes/base/deployment.yaml",
                "usr/share/autotag/infra/kubernetes/base/deployment.yaml",
            ),
            ("LICENSE", "usr/share/doc/autotag/LICENSE", "usr/share/doc/autotag/LICENSE"),
        ] {
            assert_eq!(place_of(file, Family::Debian).as_deref(), Some(debian));
            assert_eq!(place_of(file, Family::RedHat).as_deref(), Some(red_hat));
        }
        for file in ["SHA256SUMS", "completions/_autotag.ps1", "infra/packages/postinst"] {
            assert_eq!(place_of(file, Family::Debian), None, "{file}");
        }
    }

    #[test]
    fn nothing_is_called_as_the_dns_tool_is() {
        let files = ["autotag", "man/man1/autotag.1", "completions/autotag.bash"].map(str::to_owned);
        let manifest = manifest("1.2.3", &files).unwrap();
        assert!(!manifest.contains("bin/host") && !manifest.contains("man1/host"), "{manifest}");
        assert!(manifest.contains(r#"["files/autotag", "usr/bin/autotag", "755"],"#), "{manifest}");
        assert!(manifest.contains(r#"["scripts/autotag.env", "etc/autotag/autotag.env", "600"],"#), "{manifest}");
    }

    #[test]
    fn folders_of_the_packages_own_go_with_the_last_version() {
        let postrm = fs::read_to_string(crate::cargo::root().unwrap().join(SOURCES).join("postrm")).unwrap();
        let (_, folders) = postrm.split_once("for folder in ").unwrap();
        let mut removed: Vec<_> = folders.split_once("; do").unwrap().0.split_whitespace().collect();
        let files = PLACES.map(|(file, _)| file).into_iter().chain(["LICENSE"]);
        let own = |place: String| Some(format!("/{}/autotag", place.split_once("/autotag/")?.0));
        let mut own: Vec<_> = files.filter_map(|file| own(place_of(file, Family::RedHat)?)).collect();
        own.sort();
        own.dedup();
        removed.sort_unstable();
        assert_eq!(removed, own);
    }

    #[test]
    fn the_scripts_link_and_unlink_the_plugins_that_the_package_brings() {
        let plugins = PLUGINS.map(|(_, file)| file.trim_end_matches(".wasm")).join(" ");
        for script in ["postinst", "postrm"] {
            let text = fs::read_to_string(crate::cargo::root().unwrap().join(SOURCES).join(script)).unwrap();
            assert!(
                text.contains(&format!("for plugin in {plugins}; do\n")),
                "{script} has other plugins than {plugins}"
            );
        }
    }
}
