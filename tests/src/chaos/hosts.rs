//! The hosts: three at a time on one queue, killed and restarted.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use autotag_fake_aws::FakeAws;
use autotag_fake_aws::random::Random;

use super::actors::{ACCOUNTS, EXTERNAL_ID, ROLE};
use super::{QUEUE, VISIBILITY};
use crate::host::{RunningService, Service};

/// How many hosts run at a time.
const HOSTS: usize = 3;
/// How long a host drains after SIGTERM.
const DRAIN: Duration = Duration::from_secs(5);
/// How much longer its exit may take, on a busy machine.
const SLACK: Duration = Duration::from_secs(20);
/// Log messages that say that the host itself is at fault.
const HOST_AT_FAULT: [&str; 2] = ["panicked at", "the host itself failed"];

pub(super) struct Hosts<'a> {
    aws: &'a FakeAws,
    folder: &'a Path,
    running: Vec<Host>,
    /// Those that were told to exit, and their deadlines.
    ending: Vec<(Instant, Host)>,
    started: usize,
    /// How many by SIGKILL, and how many by SIGTERM.
    pub(super) killed: (usize, usize),
}

struct Host {
    service: RunningService,
    log: PathBuf,
}

impl<'a> Hosts<'a> {
    /// Starts all of them. Each writes its own log in this folder.
    pub(super) fn start(aws: &'a FakeAws, folder: &'a Path) -> Self {
        let mut hosts = Self { aws, folder, running: Vec::new(), ending: Vec::new(), started: 0, killed: (0, 0) };
        for _ in 0..HOSTS {
            let host = hosts.start_one();
            hosts.running.push(host);
        }
        hosts
    }

    fn start_one(&mut self) -> Host {
        self.started += 1;
        let log = self.folder.join(format!("host-{:03}.log", self.started));
        let service = Service::new(self.aws, QUEUE)
            .env("AUTOTAG_ACCOUNTS", ACCOUNTS)
            .env("AUTOTAG_ASSUME_ROLE", ROLE)
            .env("AUTOTAG_EXTERNAL_ID", EXTERNAL_ID)
            .env("AUTOTAG_VISIBILITY_SECONDS", &VISIBILITY.as_secs().to_string())
            .env("AUTOTAG_DRAIN_SECONDS", &DRAIN.as_secs().to_string())
            // Fewer than the queue holds, so that all hosts have work.
            .env("AUTOTAG_MAX_IN_FLIGHT", "300")
            // Hosts start all the time: the plugin must not be compiled each time.
            .env("AUTOTAG_CACHE", &self.folder.join("cache").display().to_string())
            .start_logging_to(&log);
        Host { service, log }
    }

    /// Ends a random host, by a random signal, and starts another one at once.
    pub(super) fn kill_one(&mut self, random: &mut Random) {
        let place = random.below(HOSTS as u64) as usize;
        let is_asked = random.happens(0.5);
        let new = self.start_one();
        let old = std::mem::replace(&mut self.running[place], new);
        if is_asked {
            old.service.terminate();
            self.ending.push((Instant::now() + DRAIN + SLACK, old));
            self.killed.1 += 1;
        } else {
            old.service.kill();
            self.killed.0 += 1;
        }
    }

    /// Fails if a host has exited that was not told to, or has missed its deadline to exit.
    pub(super) fn check(&mut self) -> Result<(), String> {
        for host in &mut self.running {
            if let Some(status) = host.service.status() {
                return Err(format!("a host has ended by itself with status {status}: see {}", host.log.display()));
            }
        }
        let mut ended = Vec::new();
        for (deadline, mut host) in std::mem::take(&mut self.ending) {
            match host.service.status() {
                Some(status) => ended.push((status, host)),
                None if Instant::now() > deadline => {
                    return Err(format!("a host does not end after SIGTERM: see {}", host.log.display()));
                }
                None => self.ending.push((deadline, host)),
            }
        }
        ended.iter().try_for_each(|(status, host)| check_end(*status, host))
    }

    /// Asks all hosts to exit, and waits for them.
    pub(super) fn stop(mut self) -> Result<(), String> {
        for host in self.running.drain(..) {
            host.service.terminate();
            self.ending.push((Instant::now() + DRAIN + SLACK, host));
        }
        while !self.ending.is_empty() {
            self.check()?;
            std::thread::sleep(Duration::from_millis(20));
        }
        for number in 1..=self.started {
            let log = self.folder.join(format!("host-{number:03}.log"));
            let text = read(&log);
            if let Some(line) = text.lines().find(|line| HOST_AT_FAULT.iter().any(|words| line.contains(words))) {
                return Err(format!("a host says that it is at fault itself: {line}\nsee {}", log.display()));
            }
        }
        Ok(())
    }
}

/// After SIGTERM, a host's exit status says whether every message was acknowledged. A signal that arrives before the
/// host has installed its handler kills it at once.
fn check_end(status: i32, host: &Host) -> Result<(), String> {
    if matches!(status, 0 | 1) || (status == -1 && !read(&host.log).contains("\"receiving\"")) {
        return Ok(());
    }
    Err(format!("a host has ended after SIGTERM with status {status}: see {}", host.log.display()))
}

fn read(log: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
}
