//! `plugins/*/events`: the events of the project's plugins, and their expected results.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// An event with its expected result.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of the event's file.
    pub file: String,
    /// The event, in EventBridge's envelope.
    pub event: Value,
    /// What `host plugin test` expects of it.
    pub expected: Value,
}

/// The folder with a plugin's events.
#[must_use]
pub fn folder(plugin: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(plugin).join("events")
}

/// All of a plugin's events, in the order of their file names.
///
/// # Panics
/// If there is none, or one without an expected result.
#[must_use]
pub fn cases(plugin: &str) -> Vec<Case> {
    let folder = folder(plugin);
    let names = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<_> = names.filter(|name| !name.ends_with(".expected.json")).collect();
    files.sort();
    assert!(!files.is_empty(), "no events in {}", folder.display());
    let case = |file: String| {
        let expected = read(&folder.join(&file).with_extension("expected.json"));
        let [expected] = expected.as_array().unwrap().as_slice() else { panic!("{file} is not one event") };
        Case { event: read(&folder.join(&file)), expected: expected.clone(), file }
    };
    files.into_iter().map(case).collect()
}

fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
