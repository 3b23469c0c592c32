//! `host plugin`, from an empty folder to a measured plugin.

mod bench;
mod build;
mod inspect;
mod list;
mod new;
mod record;
mod test;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use autotag_tests::events::{envelope, run_instances};
use autotag_tests::host::{Replay, plugin, plugin_with, tmp};
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::{Value, json};
use tempfile::TempDir;

const TAGS: &[(&str, &str)] = &[("Owner", "bob"), ("PrincipalId", "AIDABOBBOBBOBBOBBOBBO")];

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The folder of the plugin `tagger`, which answers a launch with tags, with a launch to test it with.
fn tested() -> TempDir {
    let folder = folder();
    tagger().write(folder.path());
    write(folder.path(), "events/launch.json", &envelope(&run_instances()).to_string());
    folder
}

fn tagger() -> WatPlugin {
    WatPlugin::new("tagger").that_answers(&["i-0123456789abcdef0"], TAGS)
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

/// All files below a folder, relative to it.
fn files(folder: &Path) -> Vec<String> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

#[track_caller]
fn assert_status(ended: &Replay, status: i32, words: &[&str]) {
    assert_eq!(ended.status, status, "{ended:?}");
    for words in words {
        assert!(ended.stdout.contains(words) || ended.stderr.contains(words), "`{words}` is not in {ended:?}");
    }
}
