//! Holds that the demo's host says what it lacks and what to do, and tags nothing that it cannot look up.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail, ensure};
use autotag_fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws};
use autotag_tests::events::{event_of, event_time};
use autotag_tests::host::{Service, command_of};
use serde_json::json;

/// What it is asked for, and has not.
const MISSING: [&[&str]; 3] = [
    &["doctor", "--probe"],
    &["rule", "--diff", "some-rule"],
    &["run", "--queue-url", QUEUE, "--otlp-endpoint", COLLECTOR],
];
const QUEUE: &str = "http://127.0.0.1:9/111122223333/events";
const COLLECTOR: &str = "http://127.0.0.1:9";
/// How long the host may take to say what it cannot look up, which it does in a second or two.
const LOOK_UPS: Duration = Duration::from_secs(60);

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
    check_look_ups(host)
}

/// An event that needs a look-up of a service that is left out stays in the queue, and its resource without tags.
fn check_look_ups(host: &Path) -> anyhow::Result<()> {
    let aws = FakeAws::start();
    aws.create_queue("events");
    let here = aws.at(DEFAULT_ACCOUNT, DEFAULT_REGION);
    let database = format!("arn:aws:rds:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:db:orders");
    let bucket = "arn:aws:s3:::bobs-bucket";
    let (of_database, of_bucket) = (json!({"dBInstanceIdentifier": "orders"}), json!({"bucketName": "bobs-bucket"}));
    for (service, name, arn, request, response) in [
        ("rds", "CreateDBInstance", database.as_str(), of_database, json!({"dBInstanceArn": database})),
        ("s3", "CreateBucket", bucket, of_bucket, json!(null)),
    ] {
        here.put_arn(arn, &[]);
        let event = event_of(service, name, &event_time(SystemTime::now()), request, response);
        aws.send("events", &event.to_string());
    }
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("host.log");
    let running = Service::of(command_of(host), &aws, "events").start_logging_to(&log);
    let is_said = |log: &str| ["RDS", "S3"].iter().all(|name| log.contains(&format!("look up anything in {name}")));
    let begin = Instant::now();
    while !is_said(&fs::read_to_string(&log)?) {
        if begin.elapsed() > LOOK_UPS {
            bail!("the demo's host does not say what it cannot look up: {}", fs::read_to_string(&log)?);
        }
        thread::sleep(Duration::from_millis(50));
    }
    drop(running);
    for arn in [database.as_str(), bucket] {
        ensure!(here.tags(arn).is_empty(), "the demo's host tags {arn}, which it cannot look up");
    }
    ensure!(aws.counts("events").total() == 2, "the demo's host deletes events that it cannot process");
    Ok(())
}
