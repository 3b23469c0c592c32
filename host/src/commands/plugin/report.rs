//! What is known about a file that may be a plugin.

use std::collections::BTreeSet;

use autotag_sandbox::{Cost, Inspection, Manifest, Plugin};
use serde::Serialize;
use serde_json::Value;

/// What is known about a file. The JSON form is what users build on: its names are fixed. A field is null if the file
/// was refused before it was known.
#[derive(Debug, Serialize)]
pub(super) struct FileReport {
    pub(super) path: String,
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) bytes: Option<usize>,
    pub(super) sha256: Option<String>,
    /// The version of the contract.
    pub(super) contract: Option<String>,
    pub(super) imports: Option<Vec<String>>,
    pub(super) event_patterns: Option<Vec<Value>>,
    /// The events that the patterns name.
    pub(super) events: Option<Vec<String>>,
    /// What it writes with the settings at hand.
    pub(super) tag_keys: Option<BTreeSet<String>>,
    /// The largest of its memories, as it begins.
    pub(super) initial_memory_bytes: Option<u64>,
    /// What it took to compile, or to find in the cache if there is one.
    pub(super) compile_micros: Option<u64>,
    pub(super) describe: Option<Cost>,
    /// Why it is no plugin, or none that may be loaded.
    pub(super) refused: Option<String>,
}

impl FileReport {
    pub(super) fn of(inspection: &Inspection) -> Self {
        let Inspection { path, findings, plugin } = inspection;
        let plugin: Result<&Plugin, _> = plugin.as_deref();
        let (manifest, artifact) = (findings.manifest.as_ref(), findings.artifact.as_ref());
        let patterns = manifest.map(patterns);
        Self {
            path: path.display().to_string(),
            name: manifest.map(|manifest| manifest.id.name.clone()),
            version: manifest.map(|manifest| manifest.id.version.clone()),
            bytes: findings.file.map(|(bytes, _)| bytes),
            sha256: findings.file.map(|(_, digest)| digest.to_string()),
            contract: artifact
                .and_then(|artifact| artifact.contract())
                .map(|version| format!("autotag:plugin@{version}")),
            imports: artifact.map(|artifact| artifact.imports.clone()),
            events: patterns.as_deref().map(|patterns| patterns.iter().flat_map(events).collect()),
            event_patterns: patterns,
            tag_keys: plugin.ok().map(|plugin| plugin.tag_keys.clone()),
            initial_memory_bytes: artifact.and_then(|artifact| artifact.initial_memory_bytes),
            compile_micros: artifact.map(|artifact| micros(artifact.compile_time)),
            describe: findings.describe_cost,
            refused: plugin.err().map(ToString::to_string),
        }
    }
}

/// A time in microseconds.
pub(super) fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The patterns as JSON; the manifest's check has made sure that they are.
fn patterns(manifest: &Manifest) -> Vec<Value> {
    manifest.event_patterns.iter().filter_map(|pattern| serde_json::from_str(pattern.as_str()).ok()).collect()
}

/// The events that a pattern names, in short: event names, else sources, else the whole pattern.
fn events(pattern: &Value) -> Vec<String> {
    let alternatives = |pointer| pattern.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let named = |alternative: &Value| match alternative {
        Value::String(name) => name.clone(),
        operator => operator.to_string(),
    };
    let mut events: Vec<_> = alternatives("/detail/eventName").map(named).collect();
    if events.is_empty() {
        events = alternatives("/source").map(|source| format!("all of {}", named(source))).collect();
    }
    if events.is_empty() {
        events.push(pattern.to_string());
    }
    events
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patterns_events_are_named_as_shortly_as_it_says_them() {
        let named = json!({"source": ["aws.ec2"], "detail": {"eventName": ["CreateVolume", {"prefix": "Run"}]}});
        assert_eq!(events(&named), ["CreateVolume", r#"{"prefix":"Run"}"#]);
        assert_eq!(events(&json!({"source": ["aws.ec2"]})), ["all of aws.ec2"]);
        assert_eq!(events(&json!({"account": ["1"]})), [r#"{"account":["1"]}"#]);
    }
}
