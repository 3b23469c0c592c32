//! `host run`, as a child of the test.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use autotag_fake_aws::FakeAws;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;

/// How long a service may take to exit before a test gives up on it.
const END: Duration = Duration::from_secs(30);

/// How to start `host run`.
#[derive(Debug)]
pub struct Service {
    command: Command,
    /// The address for metrics and health.
    admin: Option<SocketAddr>,
}

impl Service {
    /// A service on this queue of the fake AWS, with the project's own plugins. It polls for one second at a time, and
    /// the visibility timeout is two seconds.
    #[must_use]
    pub fn new(aws: &FakeAws, queue: &str) -> Self {
        Self::of(super::command(), aws, queue)
    }

    /// The same with another binary of the host.
    #[must_use]
    pub fn of(mut host: Command, aws: &FakeAws, queue: &str) -> Self {
        host.arg("run")
            .env("AWS_ENDPOINT_URL", aws.endpoint())
            .env("AWS_REGION", autotag_fake_aws::DEFAULT_REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AUTOTAG_QUEUE_URL", aws.queue_url(queue))
            .env("AUTOTAG_PLUGINS", super::plugins())
            .env("AUTOTAG_CACHE", super::cache())
            .env("AUTOTAG_WAIT_SECONDS", "1")
            .env("AUTOTAG_VISIBILITY_SECONDS", "2");
        Self { command: host, admin: None }
    }

    /// With metrics and health on a free local port.
    #[must_use]
    pub fn listening(self) -> Self {
        // No other program is given a port so soon after it was released.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        Self { admin: Some(address), ..self.env("AUTOTAG_LISTEN", &address.to_string()) }
    }

    /// With the plugins in this folder.
    #[must_use]
    pub fn plugins(self, folder: &Path) -> Self {
        self.env("AUTOTAG_PLUGINS", &folder.display().to_string())
    }

    /// With at most this many file descriptors.
    #[must_use]
    pub fn open_files(self, limit: u32) -> Self {
        self.limited(&format!("-n {limit}"))
    }

    /// Under a limit of the shell's `ulimit`.
    #[must_use]
    pub fn limited(mut self, limit: &str) -> Self {
        self.command = super::limited(&self.command, limit);
        self
    }

    /// With this environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With this flag.
    #[must_use]
    pub fn flag(mut self, flag: &str) -> Self {
        self.command.arg(flag);
        self
    }

    /// Started by another program, which sets something of its process and then becomes the service: `prlimit`, for
    /// one.
    #[must_use]
    pub fn by(mut self, program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).arg(self.command.get_program()).args(self.command.get_args()).stdin(Stdio::null());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        self.command = command;
        self
    }

    /// Starts it with its log in a file; [`RunningService::ended`] then does not return the log.
    #[must_use]
    pub fn start_logging_to(mut self, log: &Path) -> RunningService {
        let log = File::create(log).unwrap();
        let child = self.command.stderr(log).stdout(Stdio::null()).spawn().unwrap();
        RunningService { child, log: None, admin: self.admin }
    }

    /// Starts the process.
    #[must_use]
    pub fn start(mut self) -> RunningService {
        let mut child = self.command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            let _ = stderr.read_to_string(&mut log);
            log
        });
        RunningService { child, log: Some(log), admin: self.admin }
    }
}

/// A running `host run`. It is killed when dropped.
#[derive(Debug)]
pub struct RunningService {
    child: Child,
    log: Option<JoinHandle<String>>,
    admin: Option<SocketAddr>,
}

impl RunningService {
    /// Status and body of the answer to an HTTP request, once the service answers at all.
    #[must_use]
    #[track_caller]
    pub fn get(&self, path: &str) -> (u16, String) {
        let begin = Instant::now();
        let address = self.admin.expect("the service is one that listens");
        loop {
            match get(address, path) {
                Ok(answer) => return answer,
                Err(error) => assert!(begin.elapsed() < END, "the service does not answer: {error}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Connects to the address for metrics and health.
    #[must_use]
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.admin.expect("the service is one that listens")).unwrap()
    }

    /// The body of `/readyz`.
    #[must_use]
    #[track_caller]
    pub fn readyz(&self) -> Value {
        serde_json::from_str(&self.get("/readyz").1).unwrap()
    }

    /// Waits until `/readyz` says so.
    #[track_caller]
    pub fn wait_until(&self, says: impl Fn(&Value) -> bool) {
        let begin = Instant::now();
        loop {
            let readyz = self.readyz();
            if says(&readyz) {
                return;
            }
            assert!(begin.elapsed() < END, "the service never says what is waited for: {readyz:#}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many file descriptors it has open.
    #[must_use]
    pub fn open_descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// The id of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The processor time that it has used, in ticks of usually a hundredth of a second.
    #[must_use]
    pub fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The fields follow the name, which can contain anything, in parentheses.
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }

    /// Sends SIGTERM, as a service manager does.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends SIGINT, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends SIGSTOP: the process stops wherever it is, as on a machine that sleeps.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Sends SIGCONT: the process goes on after [`RunningService::pause`].
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Sends SIGHUP, as a terminal does that closes.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Lets it open no further file while `meanwhile` runs. What it has open stays open.
    pub fn without_descriptors(&self, meanwhile: impl FnOnce()) {
        self.with_open_files(3, meanwhile);
    }

    /// Lets it open no file or connection while `meanwhile` runs, except one if it closes the highest descriptor with
    /// which it has opened `path`.
    pub fn with_descriptors_up_to(&self, path: &str, meanwhile: impl FnOnce()) {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().flatten();
        let of_path = open.filter(|link| std::fs::read_link(link.path()).is_ok_and(|target| target == Path::new(path)));
        let highest = of_path.filter_map(|link| link.file_name().to_str()?.parse::<u64>().ok()).max().unwrap();
        self.with_open_files(highest + 1, meanwhile);
    }

    fn with_open_files(&self, most: u64, meanwhile: impl FnOnce()) {
        let limit = Rlimit { current: Some(most), maximum: self.hard_limit() };
        let before = prlimit(Some(self.pid()), Resource::Nofile, limit).unwrap();
        meanwhile();
        prlimit(Some(self.pid()), Resource::Nofile, before).unwrap();
    }

    /// The hard limit of open files, which it may raise its own limit to.
    fn hard_limit(&self) -> Option<u64> {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        line.split_whitespace().nth(4).unwrap().parse().ok()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    /// Sends SIGKILL: it ends at once, as in a power cut.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether the process is still running.
    pub fn is_running(&mut self) -> bool {
        self.status().is_none()
    }

    /// Its exit status, if it has exited; -1 if a signal has killed it.
    pub fn status(&mut self) -> Option<i32> {
        self.child.try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    }

    /// Waits until it has exited, and returns its exit status and its log.
    #[track_caller]
    pub fn ended(mut self) -> (i32, String) {
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.status() {
                break status;
            }
            assert!(begin.elapsed() < END, "the service does not end");
            thread::sleep(Duration::from_millis(5));
        };
        (status, self.log.take().map(|log| log.join().unwrap()).unwrap_or_default())
    }

    /// Sends SIGTERM, and waits until it has exited.
    #[track_caller]
    pub fn stop(self) -> (i32, String) {
        self.terminate();
        self.ended()
    }
}

fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(END))?;
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, body.to_owned()))
}

impl Drop for RunningService {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(log) = self.log.take()
            && thread::panicking()
        {
            eprintln!("the service's log:\n{}", log.join().unwrap_or_default());
        }
    }
}
