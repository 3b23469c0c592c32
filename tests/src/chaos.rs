//! The chaos run: every fault strikes at once, and in the end the invariants hold.
//!
//! Three hosts, the real binary, work on one queue of the fake AWS while all of its faults strike. Hosts are killed by
//! SIGKILL and SIGTERM, and restarted at once. Events of all kinds arrive, and poison messages. In the end:
//! - every resource has the tags of its creator, and no other resource has any;
//! - the dead-letter queue holds every poison message, and no other;
//! - nothing is left in the queue;
//! - no host has exited by itself, logged that it is at fault itself, or failed to exit when it was told to.
//!
//! # What is repeatable
//!
//! All choices follow from the seed: the events, their resources and their order; which requests, in the order of their
//! arrival, each fault strikes; which messages are delivered twice; which host is killed next and how; when the queue
//! vanishes. Kills and vanishings happen after a number of events, not after a time. How the machine schedules the
//! processes is not repeatable, and so neither is which request arrives first: a seed that fails once may not fail
//! again. The logs of all hosts are kept for that: `target/tmp/chaos-SEED`.
//!
//! # Time
//!
//! A message that was refused again and again is put off for minutes (exponential backoff), which would make the run
//! take hours. So twice a second, every message becomes visible that is put off for longer than a host's visibility
//! timeout. That does not touch a message on which a host works too long.

mod actors;
mod faults;
mod hosts;
mod report;
mod verdict;
mod workload;
mod world;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use autotag_fake_aws::random::Random;
use autotag_fake_aws::{FakeAws, QueueSpec};

use crate::host;
use faults::Faults;
use hosts::Hosts;
pub use report::Report;
use world::World;

/// The queue that the hosts work on.
const QUEUE: &str = "events";
/// The dead-letter queue.
const DEAD: &str = "dead";
/// The visibility timeout that a receive or an extension sets.
const VISIBILITY: Duration = Duration::from_secs(2);
/// How many messages the queue holds while there are more to come: enough for all hosts to be busy, and few enough for
/// most events to be young when they are received, since EC2 soon shows everything.
const BACKLOG: usize = 600;
/// The run fails if nothing happens for this long.
const STALLED: Duration = Duration::from_secs(90);
/// How often the state of a run is checked.
const TICK: Duration = Duration::from_millis(20);
/// How often time is made to pass for messages that are put off.
const LAPSE: Duration = Duration::from_millis(500);
/// How often a run reports its progress.
const NEWS: Duration = Duration::from_secs(5);

/// A run that is about to begin.
#[derive(Clone, Copy, Debug)]
pub struct Chaos {
    /// The seed that all choices follow from.
    pub seed: u64,
    /// How many messages are sent.
    pub events: usize,
    /// How many hosts are killed.
    pub kills: usize,
    /// How often the queue vanishes.
    pub vanishings: usize,
}

impl Chaos {
    /// Just long enough for everything to happen at least once.
    #[must_use]
    pub fn short(seed: u64) -> Self {
        Self { seed, events: 600, kills: 8, vanishings: 1 }
    }

    /// Long enough to find what happens rarely.
    #[must_use]
    pub fn long(seed: u64) -> Self {
        Self { seed, events: 20_000, kills: 120, vanishings: 10 }
    }

    /// The folder of the hosts' logs.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        host::tmp().canonicalize().unwrap().join(format!("chaos-{}", self.seed))
    }

    /// Runs, and reports its progress on stderr.
    ///
    /// # Errors
    /// Which invariants were broken.
    pub fn run(self) -> Result<Report, String> {
        let folder = self.folder();
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        eprintln!("chaos with seed {}; the hosts' logs are in {}", self.seed, folder.display());
        let aws = FakeAws::start_quiet();
        aws.create_queue(DEAD);
        let spec = QueueSpec::named(QUEUE).visibility_timeout(VISIBILITY);
        aws.create_queue_with(spec.dead_letters(DEAD, self.max_receives()));
        let faults = Faults::set(&aws, self.seed);
        let hosts = Hosts::start(&aws, &folder);
        let mut run = Run {
            plan: self,
            world: World::new(&aws, self.seed),
            hosts,
            aws: &aws,
            random: Random::new(!self.seed),
            begin: Instant::now(),
            done: 0,
            changed: Instant::now(),
            vanished: 0,
            back_at: None,
            lapsed: Instant::now(),
            told: Instant::now(),
        };
        let result = run.until_all_is_done().and_then(|()| verdict::of(&run.world));
        let report = run.report(&faults);
        result.and_then(|()| run.hosts.stop()).map(|()| report).map_err(|what| {
            let (Self { seed, events, kills, .. }, what) = (self, what.trim_end());
            let logs = folder.display();
            format!("{what}\ncargo xtask chaos --seed {seed} --events {events} --kills {kills}; logs: {logs}")
        })
    }

    /// The receive count at which the dead-letter queue takes a message. Each kill can cost one receive of a message
    /// that is worked on, and so can each lost answer to a receive; more than a few in a row are practically
    /// impossible. Up to a hundred, hosts return poison messages at once.
    fn max_receives(self) -> u32 {
        u32::try_from(20 + self.kills / 2).unwrap_or(u32::MAX).min(80)
    }
}

/// A run under way.
struct Run<'a> {
    plan: Chaos,
    aws: &'a FakeAws,
    world: World<'a>,
    hosts: Hosts<'a>,
    /// Decides which host is killed.
    random: Random,
    begin: Instant,
    /// The most messages that had left the queue at any time.
    done: usize,
    /// When that number last grew.
    changed: Instant,
    /// How often the queue has vanished.
    vanished: usize,
    /// When the queue is restored.
    back_at: Option<Instant>,
    lapsed: Instant,
    told: Instant,
}

impl Run<'_> {
    fn until_all_is_done(&mut self) -> Result<(), String> {
        loop {
            self.world.pass_time();
            let mut held = self.aws.counts(QUEUE).total();
            while held < BACKLOG && self.world.sent < self.plan.events {
                workload::next(&mut self.world);
                held += 1;
            }
            self.look(held)?;
            self.hosts.check()?;
            self.kill();
            self.vanish();
            self.pass_time();
            self.tell(held);
            let kills = self.hosts.killed.0 + self.hosts.killed.1;
            let is_over = self.world.sent == self.plan.events && held == 0 && self.world.is_at_rest();
            if is_over && kills == self.plan.kills && self.back_at.is_none() {
                return Ok(());
            }
            std::thread::sleep(TICK);
        }
    }

    fn report(&self, faults: &Faults) -> Report {
        Report {
            seed: self.plan.seed,
            events: self.world.sent,
            resources: self.world.resources(),
            dead: self.world.doomed.len(),
            max_receives: self.plan.max_receives(),
            killed: self.hosts.killed.0,
            terminated: self.hosts.killed.1,
            vanished: self.vanished,
            took: self.begin.elapsed(),
            struck: faults.struck(self.aws),
            requests: self
                .aws
                .counters_by_action()
                .into_iter()
                .map(|(action, counters)| (action, counters.requests))
                .collect(),
        }
    }

    /// Fails if nothing has happened for too long.
    fn look(&mut self, held: usize) -> Result<(), String> {
        let done = self.world.sent.saturating_sub(held);
        if done > self.done {
            self.done = done;
            self.changed = Instant::now();
        }
        if self.changed.elapsed() < STALLED {
            return Ok(());
        }
        let state = verdict::of(&self.world).err().unwrap_or_default();
        Err(format!("nothing has happened for {} s\n{state}{:?}\n", STALLED.as_secs(), self.aws.counts(QUEUE)))
    }

    /// How many of `all` things that are spread over the run must have happened by now. The last one happens while
    /// there is still work.
    fn share(&self, all: usize) -> usize {
        (self.done * (all + 1) / (self.plan.events * 9 / 10).max(1)).min(all)
    }

    fn kill(&mut self) {
        while self.hosts.killed.0 + self.hosts.killed.1 < self.share(self.plan.kills) {
            self.hosts.kill_one(&mut self.random);
        }
    }

    fn vanish(&mut self) {
        match self.back_at {
            Some(at) if at <= Instant::now() => {
                self.aws.restore_queue(QUEUE);
                self.back_at = None;
            }
            None if self.vanished < self.share(self.plan.vanishings) => {
                self.aws.hide_queue(QUEUE);
                self.vanished += 1;
                let away = Duration::from_millis(500 + self.random.below(2_000));
                self.back_at = Some(Instant::now() + away);
            }
            _ => {}
        }
    }

    fn pass_time(&mut self) {
        if self.lapsed.elapsed() >= LAPSE {
            self.lapsed = Instant::now();
            self.aws.cut_delays(QUEUE, VISIBILITY + Duration::from_millis(500));
        }
    }

    fn tell(&mut self, held: usize) {
        if self.told.elapsed() < NEWS {
            return;
        }
        self.told = Instant::now();
        let Self { plan, hosts, done, begin, .. } = self;
        eprintln!(
            "{:5.0} s: {done} of {} done, {held} in the queue, {} in the dead-letter queue; {} hosts killed, {} ended",
            begin.elapsed().as_secs_f64(),
            plan.events,
            self.aws.counts(DEAD).total(),
            hosts.killed.0,
            hosts.killed.1,
        );
    }
}
