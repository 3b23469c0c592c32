//! Holds that the demo's host says of what it lacks that it is missing, and what to do.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// What it is asked for, and has not.
const MISSING: [&[&str]; 3] = [
    &["doctor", "--probe"],
    &["rule", "--diff", "some-rule"],
    &["run", "--queue-url", QUEUE, "--otlp-endpoint", COLLECTOR],
];
const QUEUE: &str = "http://127.0.0.1:9/111122223333/events";
const COLLECTOR: &str = "http://127.0.0.1:9";

pub(crate) fn check(host: &Path, plugins: &Path) -> anyhow::Result<()> {
    let command = |arguments: &[&str]| {
        let mut command = Command::new(host);
        command.args(arguments).env("AUTOTAG_PLUGINS", plugins);
        command
    };
    let mut commands: Vec<Command> = MISSING.into_iter().map(command).collect();
    let mut by_variable = command(&["run", "--queue-url", QUEUE]);
    by_variable.env("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR);
    commands.push(by_variable);
    for mut command in commands {
        let output = command.output().with_context(|| format!("cannot run {}", host.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.code() == Some(2) && said.contains("`cargo build --bin host` builds one with everything"),
            "the demo's host ends {command:?} with {}, and says: {said}",
            output.status
        );
    }
    Ok(())
}
