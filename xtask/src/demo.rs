//! `cargo xtask demo`: the whole way, from a call that starts a machine to the tags on it, on a local AWS.
//!
//! It shows a newcomer in a minute what autotag does, without an AWS account, and it fails if any part of it does not
//! work. Nothing of it keeps running, however it ends: see [`autotag_tests::local_aws`].

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result, bail, ensure};
use autotag_tests::local_aws::{LocalAws, TiedChild};
use serde_json::{Value, json};

/// How long the host may take to tag everything, which it does in a second or two.
const TAGGING: Duration = Duration::from_secs(60);
/// How many lines of the host's log a failure shows.
const LOG_LINES: usize = 40;

/// What the demo is asked for.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Args {
    /// Leave the local AWS up until Ctrl-C, with commands to play with
    #[arg(long)]
    pub keep: bool,
}

/// Runs the demo with the binary `host` and the folder `plugins` with the built plugins, in the project at `root`.
pub fn run(host: &Path, plugins: &Path, root: &Path, args: Args) -> Result<()> {
    let demo = Demo::new(host, plugins, root)?;
    println!("One machine is started, and gets the name of its creator. It all happens on a local AWS:");
    println!("you need no account, and nothing leaves this computer.");

    step(1, "Start the local AWS");
    let aws = LocalAws::start(&|line| println!("   {line} …")).map_err(Error::msg)?;
    println!("   It listens at {}.", aws.endpoint());

    step(2, "Deploy infra/autotag.yaml");
    let queue_url = demo.deploy(&aws)?;

    step(3, "A user launches an instance");
    let machine = Machine::launch(&aws)?;
    machine.describe();

    step(4, "Ask what would be tagged: `host replay`");
    demo.replay(&machine, &aws)?;

    step(5, "Tag it: `host run`");
    demo.tag(&machine, &queue_url, &aws)?;

    step(6, "Look at the tags");
    println!("   What EC2's DescribeTags answers:");
    println!();
    print!("{}", machine.table(&machine.tags(&aws)?));

    if args.keep {
        return demo.keep(aws, &queue_url);
    }
    aws.stop().map_err(Error::msg)?;
    demo.what_next();
    Ok(())
}

/// What the demo works with.
struct Demo {
    host: PathBuf,
    plugins: PathBuf,
    root: PathBuf,
    /// The event, for `host replay`.
    event: PathBuf,
    /// What `host run` writes.
    log: PathBuf,
}

impl Demo {
    fn new(host: &Path, plugins: &Path, root: &Path) -> Result<Self> {
        let absolute = |path: &Path| fs::canonicalize(path).with_context(|| format!("there is no {}", path.display()));
        let root = absolute(root)?;
        let folder = root.join("target/demo");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self {
            host: absolute(host)?,
            plugins: absolute(plugins)?,
            event: folder.join("run-instances.json"),
            log: folder.join("host.log"),
            root,
        })
    }

    /// Deploys the template and gives the URL of the queue.
    fn deploy(&self, aws: &LocalAws) -> Result<String> {
        let template = self.root.join("infra/autotag.yaml");
        let template = template.to_str().context("the project's path is not UTF-8")?;
        let stack = call(aws, &["deploy", template], None)?;
        let queue_url = text(&stack, "/outputs/QueueUrl")?;
        println!("   It made EventBridge rules, the queue that they send to, and a dead-letter queue:");
        for rule in text(&stack, "/outputs/RuleArns")?.split(',') {
            println!("   {rule}");
        }
        println!("   {queue_url}");
        println!("   {}", text(&stack, "/outputs/DeadLetterQueueUrl")?);
        println!("   (They are named as on AWS, but they are all here.)");
        Ok(queue_url.to_owned())
    }

    fn replay(&self, machine: &Machine, aws: &LocalAws) -> Result<()> {
        let json = serde_json::to_string_pretty(&machine.envelope()?)?;
        fs::write(&self.event, json).with_context(|| format!("cannot write {}", self.event.display()))?;
        println!("   The event is in {}, as EventBridge delivers it.", self.short(&self.event));
        println!("   Replay runs it through the plugins and shows what they would tag. It cannot reach AWS.");
        println!();
        let status = aws
            .command(&self.host)
            .args(["replay", "--plugins"])
            .args([self.short(&self.plugins), self.short(&self.event)])
            .current_dir(&self.root)
            .status()
            .with_context(|| format!("cannot run {}", self.host.display()))?;
        ensure!(status.success(), "`host replay` failed: {status}");
        Ok(())
    }

    /// Sends the event on its way and has the host tag what it is about.
    fn tag(&self, machine: &Machine, queue_url: &str, aws: &LocalAws) -> Result<()> {
        let delivered = call(aws, &["deliver", "-"], Some(&machine.record.to_string()))?;
        let delivered = delivered.get("delivered").and_then(Value::as_bool);
        ensure!(delivered == Some(true), "EventBridge did not bring the event to the queue");
        println!("   EventBridge has brought the event to the queue. The host starts, and finds it there.");

        let env: [(&str, &OsStr); 3] = [
            ("AUTOTAG_QUEUE_URL", queue_url.as_ref()),
            ("AUTOTAG_PLUGINS", self.plugins.as_ref()),
            // A short long poll: the host waits for the end of the one that it is in before it ends.
            ("AUTOTAG_WAIT_SECONDS", "1".as_ref()),
        ];
        let mut host = aws.supervise(&self.host, &["run"], &env, &self.log).map_err(Error::msg)?;
        let started = Instant::now();
        self.with_log(await_tags(machine, queue_url, aws, &mut host))?;
        println!(
            "   After {:.1} s every resource has its tags, and the queue is empty.",
            started.elapsed().as_secs_f32()
        );

        // The host gets a SIGTERM, after which it finishes what it has begun.
        let status = host.stop().map_err(Error::msg)?;
        let ended =
            if status.success() { Ok(()) } else { Err(Error::msg(format!("`host run` did not end well: {status}"))) };
        self.with_log(ended)?;
        println!("   The host is told to stop, and does. Its log is {}.", self.short(&self.log));
        Ok(())
    }

    /// Puts the end of the host's log behind an error.
    fn with_log(&self, result: Result<()>) -> Result<()> {
        result.map_err(|error| {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n");
            Error::msg(format!("{error:#}\n\nThe end of the host's log, {}:\n{last}", self.short(&self.log)))
        })
    }

    /// Leaves the local AWS up until this process is ended, as Ctrl-C does: then all that it has started ends, too.
    fn keep(&self, mut aws: LocalAws, queue_url: &str) -> Result<()> {
        step(7, "Play with it");
        println!("   The local AWS stays up until Ctrl-C. In another terminal, in {}:", self.root.display());
        println!();
        for (name, value) in aws.env() {
            println!("   export {name}={value}");
        }
        println!("   export AUTOTAG_QUEUE_URL={queue_url} AUTOTAG_PLUGINS={}", self.short(&self.plugins));
        println!("   local_aws() {{ {} \"$@\"; }}", aws.shell_command());
        println!();
        println!("   {} run                     # the service; Ctrl-C ends it", self.short(&self.host));
        println!(
            "   local_aws launch | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[\"event\"]))' \\"
        );
        println!(
            "     | local_aws deliver -                # a user launches an instance, and EventBridge tells of it"
        );
        println!("   aws ec2 describe-tags                  # who owns what");
        while !aws.has_ended().map_err(Error::msg)? {
            thread::sleep(Duration::from_secs(1));
        }
        bail!("the local AWS has ended by itself")
    }

    fn what_next(&self) {
        let (host, plugins, event) = (self.short(&self.host), self.short(&self.plugins), self.short(&self.event));
        println!();
        println!("The local AWS is gone again. What to try next:");
        println!();
        println!("-  Change `userName` in {event}, and see the owner change:");
        println!("   {host} replay --plugins {plugins} {event}");
        println!("-  Keep the local AWS, and play with it: cargo xtask demo --keep");
        println!(
            "-  Use it on AWS: infra/README.md goes from an empty account to tags in ten minutes. The demo's host lacks what"
        );
        println!("   only AWS needs; `cargo build --bin host` builds one with everything.");
    }

    /// A path as one types it in the project's root.
    fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// The machine that a user has started.
struct Machine {
    /// CloudTrail's record of the call.
    record: Value,
    instance: String,
    volumes: Vec<String>,
    network_interfaces: Vec<String>,
    /// Who made the call.
    owner: String,
    principal_id: String,
}

impl Machine {
    fn launch(aws: &LocalAws) -> Result<Self> {
        let launched = call(aws, &["launch", "--volumes", "2"], None)?;
        let machine = Self {
            record: launched.get("event").context("`launch` gave no event")?.clone(),
            instance: text(&launched, "/instance")?.to_owned(),
            volumes: texts(&launched, "/volumes")?,
            network_interfaces: texts(&launched, "/network_interfaces")?,
            owner: text(&launched, "/event/userIdentity/userName")?.to_owned(),
            principal_id: text(&launched, "/event/userIdentity/principalId")?.to_owned(),
        };
        ensure!(machine.volumes.len() == 2, "the instance has {} volumes instead of 2", machine.volumes.len());
        ensure!(!machine.network_interfaces.is_empty(), "the instance has no network interface");
        Ok(machine)
    }

    fn describe(&self) {
        println!("   The IAM user {} ({}) calls RunInstances and gets:", self.owner, self.principal_id);
        println!();
        for (kind, id) in self.resources() {
            println!("   {kind:<18} {id}");
        }
        println!();
        println!("   None of them has a tag. CloudTrail's event names the instance and the network interface,");
        println!("   but not the volumes: those, the host has to look up.");
    }

    /// The event as EventBridge delivers it.
    fn envelope(&self) -> Result<Value> {
        Ok(json!({
            "version": "0",
            "id": text(&self.record, "/eventID")?,
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.ec2",
            "account": text(&self.record, "/recipientAccountId")?,
            "time": text(&self.record, "/eventTime")?,
            "region": text(&self.record, "/awsRegion")?,
            "resources": [],
            "detail": self.record,
        }))
    }

    /// All that the call made, with what it is.
    fn resources(&self) -> impl Iterator<Item = (&str, &str)> {
        let volumes = self.volumes.iter().map(|id| ("Volume", id.as_str()));
        let network_interfaces = self.network_interfaces.iter().map(|id| ("Network interface", id.as_str()));
        [("Instance", self.instance.as_str())].into_iter().chain(volumes).chain(network_interfaces)
    }

    /// The tags of all resources, by id and key.
    fn tags(&self, aws: &LocalAws) -> Result<Value> {
        let ids = self.resources().map(|(_, id)| id);
        call(aws, &["tags"].into_iter().chain(ids).collect::<Vec<_>>(), None)
    }

    /// Whether every resource carries the tags that say who made the call.
    fn is_tagged(&self, tags: &Value) -> bool {
        self.resources().all(|(_, id)| {
            tag(tags, id, "Owner") == Some(&self.owner) && tag(tags, id, "PrincipalId") == Some(&self.principal_id)
        })
    }

    fn table(&self, tags: &Value) -> String {
        let mut table = String::new();
        let mut row = |kind, id, owner, principal_id| {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "   {kind:<18} {id:<22} {owner:<8} {principal_id}");
        };
        row("", "Resource", "Owner", "PrincipalId");
        for (kind, id) in self.resources() {
            let value = |key| tag(tags, id, key).unwrap_or("-");
            row(kind, id, value("Owner"), value("PrincipalId"));
        }
        table
    }
}

/// Waits until all resources carry their tags and no message is left.
fn await_tags(machine: &Machine, queue_url: &str, aws: &LocalAws, host: &mut TiedChild) -> Result<()> {
    let deadline = Instant::now() + TAGGING;
    loop {
        if let Some(status) = host.ended().map_err(Error::msg)? {
            bail!("`host run` ended too early: {status}");
        }
        let tags = machine.tags(aws)?;
        let queues = call(aws, &["queue", queue_url], None)?;
        let count = |pointer| queues.pointer(pointer).and_then(Value::as_u64).context("no number of messages");
        let waiting = count("/queue/visible")? + count("/queue/in_flight")?;
        let dead = count("/dead_letter_queue/visible")? + count("/dead_letter_queue/in_flight")?;
        ensure!(dead == 0, "the message is in the dead-letter queue");
        if machine.is_tagged(&tags) && waiting == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            let limit = TAGGING.as_secs();
            bail!("after {limit} s, {waiting} message(s) are in the queue, and the tags are\n{}", machine.table(&tags));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn step(number: u32, title: &str) {
    println!();
    println!("{number}. {title}");
    println!();
}

fn call(aws: &LocalAws, arguments: &[&str], stdin: Option<&str>) -> Result<Value> {
    aws.call(arguments, stdin).map_err(|error| Error::msg(format!("the local AWS failed: {error}")))
}

/// The tag `key` of the resource `id`.
fn tag<'a>(tags: &'a Value, id: &str, key: &str) -> Option<&'a str> {
    tags.get(id)?.get(key)?.as_str()
}

fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no text at {pointer} in {value}"))
}

fn texts(value: &Value, pointer: &str) -> Result<Vec<String>> {
    let items = value.pointer(pointer).and_then(Value::as_array);
    let items = items.with_context(|| format!("no list at {pointer} in {value}"))?;
    items.iter().map(|item| Ok(text(item, "")?.to_owned())).collect()
}
