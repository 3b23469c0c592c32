//! A local AWS for the demo and the end-to-end test: moto's server, run by `tests/local_aws/local_aws.py`.
//!
//! moto is a Python program. It is installed once, at a pinned version, into a virtual environment under
//! `target/local-aws`. The only prerequisite is Python 3.10 or newer with `venv`.
//!
//! No child process outlives this one, however it ends: every child watches its stdin, and the kernel closes a pipe
//! with the last process that holds its other end.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long the server may take to start listening: it takes half a second, but not on a machine that compiles.
const START: Duration = Duration::from_secs(60);
/// How long the server may take to exit once its stdin is closed, which it does at once.
const SERVER_END: Duration = Duration::from_secs(5);
/// How long a supervised program may take to exit: longer than the 30 seconds after which `local_aws.py` kills it,
/// since killing the supervisor first would leave the program behind.
const PROGRAM_END: Duration = Duration::from_secs(40);

/// The default Region of the local AWS.
pub const REGION: &str = "us-east-1";

/// Keeps an AWS SDK, moto's own included, from the network and from the user's files: dummy credentials, no instance
/// metadata, no profiles, and no proxy, which would not find this machine.
const HERMETIC: [(&str, &str); 9] = [
    ("AWS_REGION", REGION),
    ("AWS_DEFAULT_REGION", REGION),
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ("NO_PROXY", "127.0.0.1,localhost"),
    ("no_proxy", "127.0.0.1,localhost"),
];

/// A running local AWS, empty at first. It ends when this is dropped.
#[derive(Debug)]
pub struct LocalAws {
    python: PathBuf,
    server: TiedChild,
    endpoint: String,
}

impl LocalAws {
    /// Starts a local AWS. The first start installs it, which takes half a minute and the network.
    ///
    /// `progress` gets a line about each step that takes time. The error says what is missing and how to get it.
    pub fn start(progress: &dyn Fn(&str)) -> Result<Self, String> {
        let python = python(progress)?;
        progress("Starting the local AWS");
        let mut command = script(&python);
        command.envs(HERMETIC).arg("serve").stdout(Stdio::piped());
        let mut server = TiedChild::spawn(&mut command, SERVER_END)?;
        let endpoint = server.first_line(START).and_then(|line| {
            let answer = parse(line.as_bytes())?;
            let endpoint = answer.get("endpoint").and_then(Value::as_str);
            endpoint.map(str::to_owned).ok_or_else(|| format!("unexpected answer: {answer}"))
        });
        match endpoint {
            Ok(endpoint) => Ok(Self { python, server, endpoint }),
            Err(error) => Err(format!("the local AWS did not start: {error}")),
        }
    }

    /// Where the local AWS listens: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The environment variables that point an AWS SDK here.
    ///
    /// They are only safe without other `AWS_…` variables, which [`LocalAws::command`] removes: `AWS_ENDPOINT_URL_EC2`,
    /// for one, would override `AWS_ENDPOINT_URL`.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let fixed = HERMETIC.iter().map(|(name, value)| (*name, (*value).to_owned()));
        fixed.chain([("AWS_ENDPOINT_URL", self.endpoint.clone())]).collect()
    }

    /// A command that sees only this AWS, and no configuration of autotag's in the environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = without_configuration(program);
        command.envs(self.env());
        command
    }

    /// Runs a command of `local_aws.py`, which documents them, and returns its answer.
    pub fn call(&self, arguments: &[&str], stdin: Option<&str>) -> Result<Value, String> {
        self.call_in(REGION, arguments, stdin)
    }

    /// The same, in another Region than the default.
    pub fn call_in(&self, region: &str, arguments: &[&str], stdin: Option<&str>) -> Result<Value, String> {
        let mut command = script(&self.python);
        command.envs(self.env()).env("AWS_REGION", region).env("AWS_DEFAULT_REGION", region).args(arguments);
        let name = arguments.first().copied().unwrap_or_default();
        let output = run(&mut command, stdin).map_err(|error| format!("{name}: {error}"))?;
        if output.status.success() {
            parse(&output.stdout).map_err(|error| format!("{name}: {error}"))
        } else {
            let reason = String::from_utf8_lossy(&output.stderr);
            Err(format!("{name}: {}", reason.trim().trim_start_matches("local_aws: ")))
        }
    }

    /// How a person runs a command of `local_aws.py` in a shell.
    pub fn shell_command(&self) -> String {
        let script = script(&self.python);
        let words = std::iter::once(script.get_program()).chain(script.get_args());
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    /// Whether the server has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool, String> {
        Ok(self.server.ended()?.is_some())
    }

    /// Starts a program that sees only this AWS, and that gets a SIGTERM when it is stopped or dropped, or when this
    /// process ends. Its output goes to the file `log`.
    pub fn supervise(
        &self,
        program: &Path,
        arguments: &[&str],
        env: &[(&str, &OsStr)],
        log: &Path,
    ) -> Result<TiedChild, String> {
        let open = || -> io::Result<(File, File)> {
            let output = File::create(log)?;
            let errors = output.try_clone()?;
            Ok((output, errors))
        };
        let (output, errors) = open().map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut command = script(&self.python);
        command.arg("supervise").arg("--").arg(program).args(arguments);
        command.envs(self.env()).envs(env.iter().copied()).stdout(output).stderr(errors);
        TiedChild::spawn(&mut command, PROGRAM_END)
    }

    /// Stops the local AWS and returns the server's exit status.
    pub fn stop(self) -> Result<ExitStatus, String> {
        self.server.stop()
    }
}

/// A process that exits when its stdin closes. Dropping this ends it, by force if need be.
#[derive(Debug)]
pub struct TiedChild {
    child: Child,
    bound: Duration,
}

impl TiedChild {
    fn spawn(command: &mut Command, bound: Duration) -> Result<Self, String> {
        match command.stdin(Stdio::piped()).spawn() {
            Ok(child) => Ok(Self { child, bound }),
            Err(error) => Err(format!("cannot run {}: {error}", command.get_program().to_string_lossy())),
        }
    }

    /// The exit status, if the process has exited by itself.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, String> {
        self.child.try_wait().map_err(|error| error.to_string())
    }

    /// Ends the process, waits for it, and returns its exit status.
    pub fn stop(mut self) -> Result<ExitStatus, String> {
        self.end().map_err(|error| error.to_string())
    }

    fn end(&mut self) -> io::Result<ExitStatus> {
        drop(self.child.stdin.take());
        let deadline = Instant::now() + self.bound;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.child.kill()?;
        self.child.wait()
    }

    /// Waits for the first line on stdout, at most as long as `bound`.
    fn first_line(&mut self, bound: Duration) -> Result<String, String> {
        let stdout = self.child.stdout.take().ok_or("its output is not captured")?;
        let (sender, receiver) = mpsc::channel();
        // On a thread, since a pipe cannot be read with a timeout. The thread ends with the line, or with the process.
        thread::spawn(move || {
            let mut line = String::new();
            let result = BufReader::new(stdout).read_line(&mut line);
            let _ = sender.send(result.map(|_| line));
        });
        match receiver.recv_timeout(bound) {
            Ok(Ok(line)) if line.is_empty() => Err("it ended at once".to_owned()),
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} seconds", bound.as_secs())),
        }
    }
}

impl Drop for TiedChild {
    fn drop(&mut self) {
        // There is no caller left to report an error to.
        let _ = self.end();
    }
}

/// `local_aws.py`, to be run with `python`.
fn script(python: &Path) -> Command {
    let mut command = without_configuration(python);
    // `-I`: neither PYTHONPATH nor the user's own packages may interfere.
    command.arg("-I").arg(root().join("tests/local_aws/local_aws.py"));
    command
}

/// A command without this process's `AWS_…` and `AUTOTAG_…` variables, which may point to a real AWS, to a missing
/// profile, or to another configuration.
fn without_configuration(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AWS_") || text.starts_with("AUTOTAG_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The Python of a virtual environment with the packages of `requirements.txt`, boto3 among them. It is created if need
/// be, which takes half a minute and the network.
///
/// `progress` gets a line about each step that takes time. The error says what is missing and how to get it.
pub fn python(progress: &dyn Fn(&str)) -> Result<PathBuf, String> {
    let requirements = root().join("tests/local_aws/requirements.txt");
    let folder = root().join("target/local-aws");
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    // Written last, so that an interrupted installation does not count as complete.
    let stamp = venv.join("installed.txt");

    let wanted = format!("{}{}", python_version()?, fs::read_to_string(&requirements).map_err(cannot(&requirements))?);
    fs::create_dir_all(&folder).map_err(cannot(&folder))?;
    // Held until the end of this function: tests run in several processes at once.
    let _lock = lock(&folder.join("lock"), progress).map_err(cannot(&folder))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }

    progress("Installing the local AWS, moto, into target/local-aws (once; about half a minute)");
    if venv.exists() {
        fs::remove_dir_all(&venv).map_err(cannot(&venv))?;
    }
    let output = run(Command::new("python3").args(["-I", "-m", "venv"]).arg(&venv), None)?;
    if !output.status.success() {
        return Err(format!(
            "python3 cannot make a virtual environment; on Debian and Ubuntu `apt-get install python3-venv` helps\n{}",
            last_lines(&output)
        ));
    }
    let mut pip = Command::new(&python);
    pip.args(["-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--requirement"]);
    let output = run(pip.arg(&requirements), None)?;
    if !output.status.success() {
        return Err(format!(
            "pip cannot install {}; it needs the Python package index, https://pypi.org\n{}",
            requirements.display(),
            last_lines(&output)
        ));
    }
    fs::write(&stamp, wanted).map_err(cannot(&stamp))?;
    Ok(python)
}

fn cannot(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("cannot use {}: {error}", path.display())
}

/// The version of `python3`. An environment of an older version is replaced.
pub fn python_version() -> Result<String, String> {
    const HOW: &str = "`apt-get install python3 python3-venv` (Debian, Ubuntu) or `brew install python3` (macOS)";
    let code = "import sys; print(sys.version); sys.exit(sys.version_info < (3, 10))";
    let output = Command::new("python3").args(["-I", "-c", code]).output();
    let output = output.map_err(|error| format!("the local AWS needs python3 ({error}): {HOW}"))?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(version)
    } else {
        Err(format!("the local AWS needs Python 3.10 or newer, and python3 is {}: {HOW}", version.trim()))
    }
}

/// Takes the lock of the file `path`. It is released when the file is dropped, or with the process.
fn lock(path: &Path, progress: &dyn Fn(&str)) -> io::Result<File> {
    let file = File::create(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress("Waiting for another process that sets up the local AWS");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}

/// Runs a command to its end, and captures its output.
fn run(command: &mut Command, stdin: Option<&str>) -> Result<Output, String> {
    let cannot_run = |error: io::Error| format!("cannot run python: {error}");
    command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(cannot_run)?;
    if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
        // A command that does not read its whole stdin has failed; its exit status and message say why.
        let _ = pipe.write_all(text.as_bytes());
    }
    child.wait_with_output().map_err(cannot_run)
}

/// The last lines of a failed command's stdout or stderr.
fn last_lines(output: &Output) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n")
}

fn parse(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map_err(|_| format!("unexpected answer: {}", String::from_utf8_lossy(text)))
}

fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}
