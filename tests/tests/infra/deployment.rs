//! What runs the host agrees with the host: systemd's unit, the container image, Kubernetes' manifests.

mod image;
mod kubernetes;
mod unit;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use autotag_tests::host;

/// The default drain time after SIGTERM in seconds, as in `--help`.
fn default_drain_seconds() -> u64 {
    let help = help();
    let (_, about) = help.split_once("--drain-seconds").unwrap();
    let (_, rest) = about.split_once("[default: ").unwrap();
    rest.split(']').next().unwrap().parse().unwrap()
}

fn help() -> String {
    String::from_utf8(host::command().args(["run", "--help"]).output().unwrap().stdout).unwrap()
}

fn infra(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(infra(path)).unwrap()
}

/// The names of the host's own variables in a text.
fn variables(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with("AUTOTAG_")).map(ToOwned::to_owned).collect()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

#[test]
fn every_variable_is_one_that_the_host_knows() {
    let known = variables(&help());
    assert!(known.len() > 20, "{known:?}");
    let kubernetes = files(&infra("kubernetes"));
    for file in kubernetes.into_iter().chain(["Dockerfile", "autotag.service"].map(infra)) {
        let used = variables(&fs::read_to_string(&file).unwrap());
        let unknown: Vec<_> = used.difference(&known).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", file.display());
    }
}
