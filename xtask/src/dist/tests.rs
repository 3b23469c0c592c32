//! A release of what cargo has built for the other tests: its contents do not depend on the build profile.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use autotag_tests::host;
use flate2::read::GzDecoder;
use tar::Archive;
use tempfile::{TempDir, tempdir};

use super::*;

/// A folder with a release in it, the release's own folder, and its digests.
fn gathered() -> (TempDir, PathBuf, Vec<(String, String)>) {
    let folder = tempdir().unwrap();
    let place = folder.path().join("autotag-1.2.3");
    let sums = gather(folder.path(), &place);
    (folder, place, sums)
}

fn gather(folder: &Path, place: &Path) -> Vec<(String, String)> {
    let root = crate::cargo::root().unwrap();
    // The host that the tests run has more than a hundred megabytes of symbols.
    let host = folder.join("host");
    fs::write(&host, "a binary").unwrap();
    fs::set_permissions(&host, Permissions::from_mode(0o755)).unwrap();
    let sboms = [("host.cdx.json".to_owned(), "{}".to_owned())];
    // The program says the name that it is called by.
    let speaker = folder.join("speaker").join(contents::PROGRAM);
    if !speaker.exists() {
        fs::create_dir(folder.join("speaker")).unwrap();
        symlink(host::binary(), &speaker).unwrap();
    }
    let plugins = &host::plugins();
    Contents { root: &root, host: &host, speaker: &speaker, plugins, sboms: &sboms, licences: "MIT" }
        .gather(place)
        .unwrap()
}

#[test]
fn a_release_has_the_host_the_plugins_and_all_that_belongs_to_them() {
    let (_folder, place, sums) = gathered();
    for file in [
        "autotag",
        "plugins/ec2.wasm",
        "plugins/rds.wasm",
        "plugins/s3.wasm",
        "completions/autotag.bash",
        "completions/_autotag",
        "man/man1/autotag.1",
        "man/man1/autotag-plugin-inspect.1",
        "infra/autotag.yaml",
        "sbom/host.cdx.json",
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "docs/configuration.md",
        "THIRD-PARTY-LICENSES",
    ] {
        let is_whole = place.join(file).metadata().is_ok_and(|file| file.len() > 0);
        assert!(is_whole && sums.iter().any(|(name, _)| name == file), "{file} is missing or has no digest");
    }
    let is_program = |file| place.join(file).metadata().unwrap().permissions().mode() & 0o111 != 0;
    assert!(is_program("autotag") && !is_program("plugins/ec2.wasm") && !is_program("infra/autotag.yaml"));
}

#[test]
fn each_file_of_a_release_has_a_place_in_the_packages_or_is_for_other_systems() {
    let (_folder, _, sums) = gathered();
    let elsewhere = ["completions/_autotag.ps1", "completions/autotag.elv"];
    for family in [packages::Family::Debian, packages::Family::RedHat] {
        for (file, _) in &sums {
            let is_left_out = elsewhere.contains(&file.as_str()) || file.starts_with("infra/packages/");
            assert_eq!(packages::place_of(file, family).is_none(), is_left_out, "{file}");
        }
    }
}

#[test]
fn what_lies_there_from_before_is_not_packed_again() {
    let (folder, place, _) = gathered();
    let old = place.join("plugins/old.wasm");
    fs::write(&old, "").unwrap();
    let sums = gather(folder.path(), &place);
    assert!(!old.exists() && sums.iter().all(|(name, _)| !name.contains("old")), "{sums:?}");
}

#[test]
fn what_comes_out_of_the_archive_has_the_digests_that_it_says() {
    let (folder, place, _) = gathered();
    let archive = folder.path().join("autotag-1.2.3.tar.gz");
    archive::pack(&place, &archive, 1_000_000_000).unwrap();
    let sum = sums::write_beside(&archive).unwrap();
    let check = |folder: &Path, file: &str| {
        Command::new("sha256sum").args(["--check", "--strict", file]).current_dir(folder).output().unwrap()
    };
    let checked = check(folder.path(), "autotag-1.2.3.tar.gz.sha256");
    assert!(checked.status.success() && sum.len() == 64, "{checked:?}");

    let unpacked = folder.path().join("elsewhere");
    Archive::new(GzDecoder::new(File::open(&archive).unwrap())).unpack(&unpacked).unwrap();
    let unpacked = unpacked.join("autotag-1.2.3");
    let checked = check(&unpacked, sums::SUMS);
    assert!(checked.status.success(), "{checked:?}");
    let lines = String::from_utf8(checked.stdout).unwrap().lines().count();
    // The file of digests lists everything but itself.
    let files = archive::paths(&unpacked).unwrap().iter().filter(|path| path.is_file()).count();
    assert_eq!(lines, files - 1);

    fs::write(unpacked.join("plugins/s3.wasm"), "another").unwrap();
    assert!(!check(&unpacked, sums::SUMS).status.success());
}

#[test]
fn host_and_plugins_have_to_be_those_of_the_sources_and_of_the_digests() {
    let (_folder, place, mut sums) = gathered();
    let (release, host, plugins) =
        (Release::of(&crate::cargo::root().unwrap()).unwrap(), host::binary(), place.join("plugins"));
    release.check_host(&host).unwrap();
    release.check_plugins(&host, &plugins, &sums).unwrap();

    let mut other = release.clone();
    other.version = "9.9.9".into();
    let error = other.check_host(&host).unwrap_err().to_string();
    assert!(error.contains("not `host 9.9.9 (plugins: "), "{error}");

    fs::copy(plugins.join("s3.wasm"), plugins.join("rds.wasm")).unwrap();
    let error = release.check_plugins(&host, &plugins, &sums).unwrap_err().to_string();
    assert!(error.contains(r#"rds.wasm: the plugin's name is Some("s3"), and should be Some("rds")"#), "{error}");
    fs::copy(host::plugins().join("rds.wasm"), plugins.join("rds.wasm")).unwrap();

    sums.iter_mut().find(|(name, _)| name == "plugins/s3.wasm").unwrap().1 = "0".repeat(64);
    let error = release.check_plugins(&host, &plugins, &sums).unwrap_err().to_string();
    assert!(error.contains("s3.wasm: the plugin's sha256 is "), "{error}");
}

#[test]
fn a_release_says_how_to_check_it_and_how_to_pin_the_plugins() {
    let (folder, _, sums) = gathered();
    let archive = folder.path().join("autotag-1.2.3.tar.gz");
    fs::write(&archive, "").unwrap();
    let next = next(&archive, "abc", &sums).unwrap();
    let digest = &sums.iter().find(|(name, _)| name == "plugins/rds.wasm").unwrap().1;
    let lines = [
        "sha256 abc",
        "sha256sum -c autotag-1.2.3.tar.gz.sha256 && tar -xzf autotag-1.2.3.tar.gz && cd autotag-1.2.3",
        &format!("[plugin.rds]\n  sha256 = \"{digest}\""),
    ];
    assert!(lines.iter().all(|line| next.contains(line)), "{next}");
    assert_eq!(next.matches("[plugin.").count(), 3, "{next}");
}
