//! The hosts: three at a time on one queue, killed and started again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use autotag_fake_aws::FakeAws;
use autotag_fake_aws::random::Random;

use super::actors::{ACCOUNTS, EXTERNAL_ID, ROLE};
use super::{QUEUE, VISIBILITY};
use crate::host::{RunningService, Service};

/// How many hosts run at a time.
const HOSTS: usize = 3;
/// How long a host works on after SIGTERM.
const DRAIN: Duration = Duration::from_secs(5);
/// How much longer it may take until it has ended, on a machine that does a lot else.
const SLACK: Duration = Duration::from_secs(20);
/// Words in a log that say that the host itself is at fault.
const HOST_AT_FAULT: [&str; 2] = ["panicked at", "the host itself failed"];

/// The hosts of a run.
pub(super) struct Hosts<'a> {
    aws: &'a FakeAws,
    folder: &'a Path,
    running: Vec<Host>,
    /// Those that were told to end, and by when they have to have ended.
    ending: Vec<(Instant, Host)>,
    started: usize,
    /// By SIGKILL and by SIGTERM.
    pub(super) killed: (usize, usize),
}

/// One process.
struct Host {
    service: RunningService,
    log: PathBuf,
}

impl<'a> Hosts<'a> {
    /// Starts all of them. Each writes a log of its own in this folder.
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
            // Fewer than there are messages, so that all hosts have work.
            .env("AUTOTAG_MAX_IN_FLIGHT", "300")
            // Hosts start all the time: the plugin is not to be compiled each time.
            .env("AUTOTAG_CACHE", &self.folder.join("cache").display().to_string())
            .start_logging_to(&log);
        Host { service, log }
    }

    /// Ends one of them, and starts another one at once. Chance says which, and how.
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

    /// Fails if one has ended that was not to, or does not end that was.
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

    /// Asks all of them to end, and waits until they have.
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

/// After SIGTERM a host says by its status whether everything was settled. A signal that comes before the host has begun to listen
/// for it ends it on the spot.
fn check_end(status: i32, host: &Host) -> Result<(), String> {
    if matches!(status, 0 | 1) || (status == -1 && !read(&host.log).contains("\"receiving\"")) {
        return Ok(());
    }
    Err(format!("a host has ended after SIGTERM with status {status}: see {}", host.log.display()))
}

fn read(log: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
}
