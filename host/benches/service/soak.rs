//! Ten minutes of everything at once: how much memory, how many descriptors and threads and how large a cache folder a
//! host takes, and whether it tags correctly all the while.
//!
//! 200 users make the API calls of all three plugins in 10 accounts and 5 Regions, which the host reaches by
//! AssumeRole. 1 % of the messages are poison messages, one of the plugins is exchanged every ten seconds, and the host
//! may open 256 descriptors. In the middle its process is paused for longer than the visibility timeout of what it has
//! received, and then it faces a full queue.
//!
//! The benchmark drops what it has checked, or its own memory would grow.

mod exchange;
mod ledger;
mod load;
mod samples;
mod schedule;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use autotag_fake_aws::{FakeAws, Fault, On, QueueSpec};
use autotag_tests::host::{self, RunningService};

use crate::hosts::{Hosts, fast};
use crate::table::{Table, number};
use crate::world::{DEAD, LATENCY, QUEUE};
use exchange::Exchange;
use ledger::Ledger;
use load::Load;
use samples::Samples;
use schedule::{Every, Pace, Schedule};

/// How many messages are sent per second.
const PER_SECOND: f64 = 1_200.0;
/// How many messages the queue holds at most: several times as many as the host takes at once.
const BACKLOG: usize = 3_000;
/// The `maxReceiveCount` of the queue's redrive policy, as in the project's own template.
const RECEIVES: u32 = 20;
const DESCRIPTORS: &str = "256";
const EXCHANGE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(5);
/// How much longer than the visibility timeout a message may be put off, once no more are sent: what is put off for
/// minutes would make the soak as much longer.
const PUT_OFF: Duration = Duration::from_secs(2);
/// How long the queue may take until it is empty, once no more messages are sent.
const DEADLINE: Duration = Duration::from_secs(300);
/// Text in a log that says that the host itself is at fault.
const HOST_AT_FAULT: [&str; 2] = ["panicked at", "the host itself failed"];

pub fn measure(hosts: &Hosts, table: &mut Table) {
    let schedule = Schedule::wanted();
    let aws = FakeAws::start_quiet();
    aws.create_queue(DEAD);
    let queue = QueueSpec::named(QUEUE).visibility_timeout(schedule.visibility);
    aws.create_queue_with(queue.dead_letters(DEAD, RECEIVES));
    let late = |service| aws.fault(On::service(service), Fault::DelayBeforeEffect(LATENCY));
    let _latency = ["ec2", "rds", "s3", "sts", "tagging"].map(late);
    let _of_sqs = aws.fault(On::service("sqs"), Fault::DelayAfterEffect(LATENCY));
    let exchange = Exchange::new();
    let log = host::tmp().join("soak.log");
    let host = start(hosts, &aws, &schedule, &exchange, &log);
    host.wait_until(|readyz| readyz["ready"] == true);

    let load = Load::new(&aws);
    let ledger = Ledger::new(&aws, load.account_regions(), load.foreign());
    let samples = Samples::new(host.id(), hosts.cache());
    let mut soak = Soak { schedule, aws: &aws, host, log: log.clone(), exchange, load, ledger, samples };
    soak.run();
    soak.wait_until_done();
    soak.report(table);
    if let Err(what) = soak.end() {
        // The measurements may say why.
        table.print();
        panic!("{what}\nthe host's log: {}", log.display());
    }
}

/// A host that can reach all accounts, and that is killed when this process ends.
fn start(hosts: &Hosts, aws: &FakeAws, schedule: &Schedule, exchange: &Exchange, log: &Path) -> RunningService {
    let host = hosts
        .on(aws)
        .listening()
        .plugins(exchange.folder())
        .env("AUTOTAG_ACCOUNTS", &load::accounts().join(","))
        .env("AUTOTAG_ASSUME_ROLE", load::ROLE)
        .env("AUTOTAG_EXTERNAL_ID", load::EXTERNAL_ID)
        .env("AUTOTAG_VISIBILITY_SECONDS", &schedule.visibility.as_secs().to_string());
    // Few events of 200 users can be batched, so the token buckets would bound the throughput.
    let host = fast(host, &["CREATE_TAGS", "DESCRIBE", "TAG_RESOURCES", "GET_RESOURCES"]);
    let host = host.by("setpriv", &["--pdeathsig", "KILL"]);
    host.by("prlimit", &[&format!("--nofile={DESCRIPTORS}:{DESCRIPTORS}")]).start_logging_to(log)
}

/// A run under way.
struct Soak<'a> {
    schedule: Schedule,
    aws: &'a FakeAws,
    host: RunningService,
    log: PathBuf,
    exchange: Exchange,
    load: Load,
    ledger: Ledger<'a>,
    samples: Samples,
}

impl Soak<'_> {
    /// Runs the load for as long as the schedule says.
    fn run(&mut self) {
        self.samples.take(Duration::ZERO, 0);
        let begin = Instant::now();
        let (mut pace, mut looks, mut exchanges) = (Pace::new(PER_SECOND), Every::new(LOOK), Every::new(EXCHANGE));
        let (mut pause, mut resume) = (Some(self.schedule.middle), Some(self.schedule.middle + self.schedule.pause));
        while begin.elapsed() < self.schedule.whole {
            self.send(pace.due());
            if exchanges.is_due() {
                self.exchange.exchange();
            }
            if looks.is_due() {
                self.look(begin.elapsed());
            }
            // After the look, which is then the last one before the pause.
            if pause.take_if(|at| begin.elapsed() >= *at).is_some() {
                self.host.pause();
            }
            if resume.take_if(|at| begin.elapsed() >= *at).is_some() {
                self.host.resume();
            }
            thread::sleep(TICK);
        }
        self.look(begin.elapsed());
    }

    /// Sends `count` messages, but no more than [`BACKLOG`] has room for.
    fn send(&mut self, count: usize) {
        let room = BACKLOG.saturating_sub(self.aws.counts(QUEUE).total());
        for _ in 0..count.min(room) {
            let letter = self.load.next();
            let id = self.aws.send(QUEUE, &letter.body);
            self.ledger.expect(id, letter.expected);
        }
    }

    fn look(&mut self, elapsed: Duration) {
        assert!(self.host.is_running(), "the host has ended by itself; its log: {}", self.log.display());
        self.ledger.look();
        self.samples.take(elapsed, self.ledger.handled());
    }

    /// Waits until the queue is empty and everything is checked. What never ends counts as missing.
    fn wait_until_done(&mut self) {
        let begin = Instant::now();
        while self.aws.counts(QUEUE).total() > 0 && begin.elapsed() < DEADLINE {
            self.aws.cut_delays(QUEUE, self.schedule.visibility + PUT_OFF);
            self.ledger.look();
            thread::sleep(LOOK);
        }
        self.ledger.look();
        while !self.ledger.is_closed() {
            thread::sleep(LOOK);
            self.ledger.look();
        }
    }

    fn report(&self, table: &mut Table) {
        self.samples.report(&self.schedule, table);
        self.ledger.report(table);
        table.row("soak: messages left in the queue", self.aws.counts(QUEUE).total().to_string(), "0");
        let seconds = self.schedule.whole.as_secs();
        let pause = self.schedule.pause.as_secs();
        let readyz = self.host.readyz();
        let (exchanges, swaps) = (self.exchange.count(), &readyz["plugins"]["swaps"]);
        table.note(format!(
            "soak: {seconds} s, {}; {} people, {} accounts in {} Regions; {pause} s of pause; {DESCRIPTORS} descriptors allowed; \
             rds.wasm exchanged {exchanges} times, {swaps} of them taken over",
            self.load.in_words(),
            load::PEOPLE,
            load::accounts().len(),
            load::REGIONS.len(),
        ));
        let by_action = self.aws.counters_by_action();
        let requests: usize = by_action.values().map(|counters| counters.requests).sum();
        let failed: usize = by_action.values().map(|counters| counters.failed() + counters.client_gone).sum();
        let roles = by_action.get("AssumeRole").map_or(0, |counters| counters.requests);
        table.note(format!("soak: {} requests, of which {roles} AssumeRole; {failed} failed", number(requests as f64)));
    }

    /// Stops the host. The error says what is not as it must be.
    fn end(self) -> Result<(), String> {
        let readyz = self.host.readyz();
        let (status, _) = self.host.stop();
        let log = String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned();
        if let Some(line) = log.lines().find(|line| HOST_AT_FAULT.iter().any(|words| line.contains(words))) {
            return Err(format!("the host says that it is at fault itself: {line}"));
        }
        if status != 0 {
            return Err(format!("after SIGTERM the host has ended with status {status}"));
        }
        if !readyz["plugins"]["refused"].is_null() {
            return Err(format!("an exchange was refused: {readyz:#}"));
        }
        let left = self.aws.counts(QUEUE).total();
        if left > 0 {
            return Err(format!("{left} messages are left in the queue"));
        }
        self.ledger.check()
    }
}
