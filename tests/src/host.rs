//! The host's binary, as users run it.

mod service;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
pub use service::{RunningService, Service};

/// A file in cargo's build folder. Tests run from its `deps`, and `cargo xtask` from the folder itself.
fn built(name: &str) -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().join(name) } else { folder.join(name) }
}

/// The binary that `cargo build` made.
///
/// Cargo does not build one package's binary for another's tests. So this fails if the binary is older than its
/// sources, rather than let tests pass on stale code.
#[must_use]
pub fn binary() -> PathBuf {
    let (host, sources) = (built("host"), built("host.d"));
    let built_at = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).ok();
    let sources = fs::read_to_string(sources).unwrap_or_default();
    let stale = sources.split_whitespace().skip(1).find(|source| built_at(Path::new(source)) > built_at(&host));
    assert!(
        host.exists() && stale.is_none(),
        "{} is missing or older than {stale:?}: run `cargo build`",
        host.display()
    );
    host
}

/// The folder with the project's own plugins.
#[must_use]
pub fn plugins() -> PathBuf {
    let plugins = built("../plugins");
    let missing = ["ec2.wasm", "rds.wasm", "s3.wasm"].into_iter().find(|file| !plugins.join(file).exists());
    assert_eq!(missing, None, "the plugins are missing: run `cargo xtask plugins`");
    plugins
}

/// A command that runs the host, with none of the environment's configuration.
#[must_use]
pub fn command() -> Command {
    command_of(&binary())
}

/// The same for another binary of the host.
#[must_use]
pub fn command_of(host: &Path) -> Command {
    let mut command = Command::new(host);
    for (name, _) in std::env::vars_os() {
        let is_ours = |name: &str| {
            name.starts_with("AWS_") || name.starts_with("AUTOTAG_") || name.to_uppercase().ends_with("_PROXY")
        };
        if is_ours(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    // Developers have their own credentials and settings: tests must not find them.
    command
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AUTOTAG_CACHE", "off")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null());
    command
}

/// The same command under a limit of the shell's `ulimit`, such as `-n 40`.
#[must_use]
pub fn limited(usual: &Command, limit: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")])
        .arg(usual.get_program())
        .args(usual.get_args());
    for (name, value) in usual.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// The output of a command, and its exit status.
#[derive(Debug)]
pub struct Replay {
    /// The status that the command exited with.
    pub status: i32,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Replay {
    /// The output of a command that has ended.
    #[must_use]
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code().expect("the host ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The results of a replay with `--format json`.
    #[must_use]
    pub fn results(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The result of a replay that must have exactly one.
    #[must_use]
    #[track_caller]
    pub fn result(&self) -> Value {
        let mut results = self.results();
        assert_eq!(results.len(), 1, "{self:?}");
        results.remove(0)
    }
}

/// Runs `host replay` with the plugins in a folder.
pub fn replay<S: AsRef<OsStr>>(plugins: &Path, arguments: impl IntoIterator<Item = S>) -> Replay {
    let mut command = command();
    command.arg("replay").arg("--plugins").arg(plugins).args(arguments).env("AUTOTAG_CACHE", cache());
    Replay::of(command.output().unwrap())
}

/// Runs `host replay --format json -` with this stdin.
pub fn replay_stdin(plugins: &Path, input: &[u8]) -> Replay {
    let mut command = command();
    command.args(["replay", "--format", "json", "-", "--plugins"]).arg(plugins).env("AUTOTAG_CACHE", cache());
    let mut host = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The host may exit without having read everything.
    let _ = host.stdin.take().unwrap().write_all(input);
    Replay::of(host.wait_with_output().unwrap())
}

/// Runs `host plugin` in a folder.
pub fn plugin<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Replay {
    plugin_with(folder, &[], arguments)
}

/// Runs `host plugin` in a folder, with these variables. It builds offline, in a folder that all tests share.
pub fn plugin_with<S: AsRef<OsStr>>(
    folder: &Path,
    variables: &[(&str, &OsStr)],
    arguments: impl IntoIterator<Item = S>,
) -> Replay {
    let mut command = command();
    command.arg("plugin").args(arguments).current_dir(folder);
    command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", built("../tmp/authoring"));
    Replay::of(command.envs(variables.iter().copied()).output().unwrap())
}

/// The folder in which compiled plugins are kept from one host to the next: compiling them takes longer than all else
/// in most tests.
#[must_use]
pub fn cache() -> PathBuf {
    tmp().join("cache")
}

/// The folder for files that tests need inside the project's checkout.
#[must_use]
pub fn tmp() -> PathBuf {
    let tmp = built("../tmp");
    fs::create_dir_all(&tmp).unwrap();
    tmp
}
