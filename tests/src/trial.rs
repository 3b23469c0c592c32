//! A plugin on trial: it runs in one process with a healthy one, which must not notice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::events::{call, envelope, run_instances};
use crate::host::{self, Replay};
use crate::wat_plugin::WatPlugin;

/// A plugin that answers both events, in a form that compiles in no time.
static HEALTHY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut healthy = WatPlugin::new("healthy")
        .that_answers(&[INSTANCE], &[("Owner", "bob"), ("PrincipalId", "AIDABOBBOBBOBBOBBOBBO")]);
    healthy.event_patterns = vec![r#"{"source": ["aws.ec2"]}"#.into()];
    healthy.assemble()
});
/// The instance in both events.
const INSTANCE: &str = "i-0123456789abcdef0";
/// The id of the event that the plugin on trial gets.
pub const EVENT_ID: &str = "0d079340-135a-c8c6-95c2-41fb8f496c53";
/// What bounds nobody in a test: the healthy plugin, and those on trial for something else than time, may have to wait for
/// their turn on a busy machine.
const AMPLE_MS: u32 = 60_000;

/// A plugin on trial, with what the operator has set.
#[derive(Debug)]
pub struct Trial {
    folder: TempDir,
    name: String,
    keys: String,
    tables: String,
    variables: Vec<(String, String)>,
}

impl Trial {
    /// Of a plugin.
    #[must_use]
    pub fn of(plugin: &WatPlugin) -> Self {
        Self::of_file(&plugin.name, &plugin.assemble())
    }

    /// Of what a file of this name, without its extension, holds.
    #[must_use]
    pub fn of_file(name: &str, content: &[u8]) -> Self {
        let trial = Self::of_nothing(name);
        fs::write(trial.plugins().join(name).with_extension("wasm"), content).unwrap();
        fs::write(trial.plugins().join("healthy.wasm"), &*HEALTHY).unwrap();
        trial.with(&format!("[plugin.healthy.limits]\ntime_ms = {AMPLE_MS}"))
    }

    /// Of a folder that is empty yet.
    #[must_use]
    pub fn of_nothing(name: &str) -> Self {
        let trial = Self {
            folder: tempfile::tempdir().unwrap(),
            name: name.into(),
            keys: String::new(),
            tables: String::new(),
            variables: Vec::new(),
        };
        fs::create_dir(trial.plugins()).unwrap();
        trial
    }

    /// Without the healthy plugin beside it, for what is set for all plugins.
    #[must_use]
    pub fn alone(mut self) -> Self {
        fs::remove_file(self.plugins().join("healthy.wasm")).unwrap();
        self.tables.clear();
        self
    }

    /// With this bound of the plugin on trial.
    #[must_use]
    pub fn limit(self, key: &str, value: u64) -> Self {
        let table = format!("[plugin.{}.limits]", self.name);
        if self.tables.contains(&table) {
            let tables = self.tables.replace(&table, &format!("{table}\n{key} = {value}"));
            return Self { tables, ..self };
        }
        self.with(&format!("{table}\n{key} = {value}"))
    }

    /// With all the time that it could want.
    #[must_use]
    pub fn unhurried(self) -> Self {
        self.limit("time_ms", AMPLE_MS.into())
    }

    /// With this table in `host.toml`.
    #[must_use]
    pub fn with(mut self, table: &str) -> Self {
        self.tables += table;
        self.tables += "\n";
        self
    }

    /// With this key in `host.toml`, in no table.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.keys += key;
        self.keys += "\n";
        self
    }

    /// With this variable in the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Without this variable again.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// The folder with the plugins.
    #[must_use]
    pub fn plugins(&self) -> PathBuf {
        self.folder().join("plugins")
    }

    /// A folder for whatever else there has to be; private to the user, like all temporary ones.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What a replay of Bob's launch and of another event prints.
    #[must_use]
    pub fn replay(&self) -> Replay {
        self.replay_by(host::command())
    }

    /// The same, by this command, to which arguments and variables are added.
    #[must_use]
    pub fn replay_by(&self, mut command: Command) -> Replay {
        let (config, events) = (self.folder().join("host.toml"), self.folder().join("events.json"));
        fs::write(&config, format!("{}{}", self.keys, self.tables)).unwrap();
        let next = call("StartInstances", "2026-01-31T12:00:01Z", json!({"instanceId": INSTANCE}));
        fs::write(&events, format!("{}\n{}\n", envelope(&run_instances()), envelope(&next))).unwrap();
        command.args(["replay", "--format", "json", "--plugins"]).arg(self.plugins()).arg("--config").arg(config);
        command.arg(events).envs(self.variables.iter().map(|(name, value)| (name, value)));
        Replay::of(command.output().unwrap())
    }

    /// What became of Bob's launch with the plugin on trial. With the healthy one, that and the next event went well.
    #[track_caller]
    #[must_use]
    pub fn result(&self) -> Value {
        self.result_in(&self.replay())
    }

    /// The same, from a replay that was.
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
        if self.plugins().join("healthy.wasm").exists() {
            for name in ["RunInstances", "StartInstances"] {
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

    /// It was stopped at a bound, which the error names.
    #[track_caller]
    pub fn assert_stopped(&self, bound: &str) {
        self.assert_failed(&format!("the plugin was stopped: {bound}"));
    }

    /// It trapped, which the error says in these words.
    #[track_caller]
    pub fn assert_trapped(&self, words: &str) {
        self.assert_failed(&format!("the plugin trapped: {words}"));
    }

    #[track_caller]
    fn assert_failed(&self, problem: &str) {
        let result = self.result();
        let reason = format!("plugin {}@0.1.0, event {EVENT_ID}: {problem}", self.name);
        assert_eq!((&result["outcome"], &result["reason"]), (&json!("failed"), &json!(reason)));
    }

    /// The guard refused its answer.
    #[track_caller]
    pub fn assert_refused(&self, reason: &str) {
        let result = self.result();
        assert_eq!((&result["outcome"], &result["reason"]), (&json!("refused"), &json!(reason)));
        assert_eq!(result["taggings"], json!([]));
    }

    /// It did not load, and neither did anything else; the error names the file and says this.
    #[track_caller]
    pub fn assert_does_not_load(&self, problem: &str) {
        let file = self.plugins().join(&self.name).with_extension("wasm");
        let error = format!("error: {}: {problem}\n", file.display());
        let replay = self.replay();
        assert_eq!((replay.status, replay.stderr, replay.stdout.as_str()), (2, error, ""));
    }
}
