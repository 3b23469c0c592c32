//! A harness for a plugin under test: it runs in one process with a healthy plugin, which must not notice.
//!
//! This module builds a harness and runs it with the real binary. The tests say what must come of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::events::{call, envelope, run_instances};
use crate::host::{self, Replay};
use crate::wat_plugin::WatPlugin;

/// A plugin that answers both events, and compiles in no time.
static HEALTHY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut healthy = WatPlugin::new("healthy")
        .that_answers(&[INSTANCE], &[("Owner", "bob"), ("PrincipalId", "AIDABOBBOBBOBBOBBOBBO")])
        // More memory than it needs, so that another plugin's bound, applied to it by mistake, would stop it.
        .with_fields("(memory 8)");
    healthy.event_patterns = vec![r#"{"source": ["aws.ec2"]}"#.into()];
    healthy.assemble()
});
/// The instance in both events.
pub const INSTANCE: &str = "i-0123456789abcdef0";
/// The interface in the first event.
pub const INTERFACE: &str = "eni-0123456789abcdef0";
/// The id of the event that the plugin under test gets.
pub const EVENT_ID: &str = "0d079340-135a-c8c6-95c2-41fb8f496c53";
/// A time limit that no plugin reaches in a test: the healthy plugin, and those under test for something other than
/// time, may have to wait for their turn on a busy machine.
pub const AMPLE_MS: u32 = 60_000;

/// Bob's launch, which both the plugin under test and the healthy one want, and another event, which only the healthy
/// one wants.
#[must_use]
pub fn events() -> [Value; 2] {
    let next = call("RunScheduledInstances", "2026-01-31T12:00:01Z", json!({"instanceId": INSTANCE}));
    [envelope(&run_instances()), envelope(&next)]
}

/// A plugin that could have been in force under this name before the one under test. It gives the interface to
/// `nobody`.
#[must_use]
pub fn predecessor(name: &str) -> WatPlugin {
    WatPlugin::new(name).that_answers(&[INTERFACE], &[("Owner", "nobody")])
}

/// A plugin under test, with the operator's settings.
#[derive(Debug)]
pub struct Harness {
    folder: TempDir,
    name: String,
    keys: String,
    tables: String,
    variables: Vec<(String, String)>,
    event: Value,
    has_predecessor: bool,
}

impl Harness {
    /// A harness for a plugin.
    #[must_use]
    pub fn of(plugin: &WatPlugin) -> Self {
        Self::of_file(&plugin.name, &plugin.assemble())
    }

    /// A harness for a file with this content, under this name without extension.
    #[must_use]
    pub fn of_file(name: &str, content: &[u8]) -> Self {
        let harness = Self::of_nothing(name);
        fs::write(harness.file(), content).unwrap();
        fs::write(harness.healthy_file(), &*HEALTHY).unwrap();
        // The healthy plugin has its own bounds: what a test sets for all plugins does not apply to it.
        let memory_bytes = 64 << 20;
        harness.with(&format!(
            "[plugin.healthy.limits]\ntime_ms = {AMPLE_MS}\ncompile_ms = {AMPLE_MS}\nmemory_bytes = {memory_bytes}"
        ))
    }

    /// A harness whose folder has no plugin under test yet.
    #[must_use]
    pub fn of_nothing(name: &str) -> Self {
        let harness = Self {
            folder: tempfile::tempdir().unwrap(),
            name: name.into(),
            keys: String::new(),
            tables: String::new(),
            variables: Vec::new(),
            event: events()[0].clone(),
            has_predecessor: true,
        };
        fs::create_dir(harness.plugins()).unwrap();
        harness
    }

    /// Without the healthy plugin, for what is set for all plugins.
    #[must_use]
    pub fn alone(mut self) -> Self {
        fs::remove_file(self.healthy_file()).unwrap();
        self.tables.clear();
        self
    }

    /// With this limit for the plugin under test.
    #[must_use]
    pub fn limit(self, key: &str, value: u64) -> Self {
        let table = format!("[plugin.{}.limits]", self.name);
        if self.tables.contains(&table) {
            let tables = self.tables.replace(&table, &format!("{table}\n{key} = {value}"));
            return Self { tables, ..self };
        }
        self.with(&format!("{table}\n{key} = {value}"))
    }

    /// With a time limit that it does not reach.
    #[must_use]
    pub fn unhurried(self) -> Self {
        self.limit("time_ms", AMPLE_MS.into())
    }

    /// With this limit for every plugin but the healthy one: too narrow for any predecessor.
    #[must_use]
    pub fn limit_all(self, key: &str, value: u64) -> Self {
        self.with(&format!("[limits]\n{key} = {value}")).without_predecessor()
    }

    /// Without a plugin of its name in force before.
    #[must_use]
    pub fn without_predecessor(self) -> Self {
        Self { has_predecessor: false, ..self }
    }

    /// With this event in place of Bob's launch; the healthy plugin must answer it.
    #[must_use]
    pub fn about(self, event: Value) -> Self {
        Self { event, ..self }
    }

    /// With this table in `host.toml`.
    #[must_use]
    pub fn with(mut self, table: &str) -> Self {
        self.tables += table;
        self.tables += "\n";
        self
    }

    /// With this top-level key in `host.toml`.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.keys += key;
        self.keys += "\n";
        self
    }

    /// With this environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Without this environment variable.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// The name of the plugin's file without extension: the plugin's own name, if it is a plugin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of the plugin's file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.plugins().join(&self.name).with_extension("wasm")
    }

    /// The path of the healthy plugin's file.
    #[must_use]
    pub fn healthy_file(&self) -> PathBuf {
        self.plugins().join("healthy.wasm")
    }

    /// The event that the plugin under test gets.
    #[must_use]
    pub fn event(&self) -> &Value {
        &self.event
    }

    /// Whether a plugin of its name can have been in force before.
    #[must_use]
    pub fn has_predecessor(&self) -> bool {
        self.has_predecessor
    }

    /// Writes `host.toml` anew, and returns its path.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        let config = self.folder().join("host.toml");
        fs::write(&config, format!("{}{}", self.keys, self.tables)).unwrap();
        config
    }

    /// The folder that holds the plugins.
    #[must_use]
    pub fn plugins(&self) -> PathBuf {
        self.folder().join("plugins")
    }

    /// A folder for whatever else a test needs; private to the user, like all temporary ones.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The output of a replay of Bob's launch and of another event.
    #[must_use]
    pub fn replay(&self) -> Replay {
        self.replay_by(host::command())
    }

    /// The same, by this command, to which arguments and variables are added.
    #[must_use]
    pub fn replay_by(&self, mut command: Command) -> Replay {
        let path = self.folder().join("events.json");
        let [_, next] = events();
        fs::write(&path, format!("{}\n{next}\n", self.event)).unwrap();
        command
            .args(["replay", "--format", "json", "--plugins"])
            .arg(self.plugins())
            .arg("--config")
            .arg(self.config());
        command.arg(path).envs(self.variables.iter().map(|(name, value)| (name, value)));
        Replay::of(command.output().unwrap())
    }

    /// What became of Bob's launch with the plugin under test. The healthy one must have answered both events.
    #[track_caller]
    #[must_use]
    pub fn result(&self) -> Value {
        self.result_in(&self.replay())
    }

    /// The same, from a replay that has run.
    #[track_caller]
    #[must_use]
    pub fn result_in(&self, replay: &Replay) -> Value {
        let results = replay.results();
        let of = |plugin: &str, name: &str| {
            let found = results.iter().find(|result| {
                let is_of = |plugin: &str| result["plugin"].as_str().is_some_and(|id| id.starts_with(plugin));
                is_of(&format!("{plugin}@")) && result["event"]["name"].as_str() == Some(name)
            });
            found.unwrap_or_else(|| panic!("{replay:?}")).clone()
        };
        if self.healthy_file().exists() {
            for name in ["RunInstances", "RunScheduledInstances"] {
                let answer = of("healthy", name);
                assert_eq!(answer["outcome"], "tag", "{name}, by the healthy plugin: {replay:?}");
                assert_eq!(answer["taggings"][0]["tags"]["Owner"], "bob");
            }
        }
        let result = of(&self.name, "RunInstances");
        let is_bad = !["tag", "skip"].contains(&result["outcome"].as_str().unwrap());
        assert_eq!(replay.status, i32::from(is_bad), "{replay:?}");
        result
    }
}
