//! An account in which everything is as it should be, and what the doctor says of it.

use std::sync::OnceLock;
use std::time::Duration;

use autotag_host::guard::Guard;
use autotag_host::plugin::{LoadOptions, Registry, Sandbox, SandboxOptions};
use autotag_host::rules::expected;
use autotag_tests::fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws, QueueSpec, Rule, Target, Trail, Volume};
use autotag_tests::host;
use serde_json::{Value, json};

pub(crate) const VOLUME: &str = "vol-0123456789abcdef0";
pub(crate) const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:events";
/// Where EventBridge puts what it cannot deliver.
pub(crate) const UNDELIVERED: &str = "arn:aws:sqs:us-east-1:111122223333:undelivered";
/// The names of the rules that the plugins need.
pub(crate) const RULES: [&str; 5] = ["Ec2Rule1", "Ec2Rule2", "RdsRule", "S3Rule", "S3ExpressRule"];

/// A fake AWS with all that infra/autotag.yaml makes, and a trail.
pub(crate) struct World {
    pub(crate) aws: FakeAws,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let aws = FakeAws::start();
        aws.create_queue("dead");
        aws.create_queue("undelivered");
        let events = QueueSpec::named("events").visibility_timeout(Duration::from_secs(60)).dead_letters("dead", 20);
        aws.create_queue_with(events);
        for queue in ["dead", "undelivered"] {
            aws.set_queue_attribute(queue, "MessageRetentionPeriod", "1209600");
        }
        aws.set_queue_attribute("events", "Policy", &policy(&json!({})).to_string());
        for (name, pattern) in patterns() {
            let target = Target { dead_letter_arn: Some(UNDELIVERED.into()), ..Target::new("queue", QUEUE) };
            aws.put_rule(Rule::new(name, pattern.clone()).target(target));
        }
        aws.put_trail(Trail::logging("all-calls"));
        aws.put_volume(Volume::new(VOLUME));
        Self { aws, arguments: vec!["doctor".into()], environment: Vec::new() }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// What the doctor prints.
    pub(crate) fn printed(&self, arguments: &[&str]) -> (i32, String) {
        let output = host::command()
            .args(&self.arguments)
            .args(arguments)
            .envs(self.aws.environment())
            .env("AUTOTAG_QUEUE_URL", self.aws.queue_url("events"))
            .env("AUTOTAG_PLUGINS", host::plugins())
            // So many doctors would spend most of their time on compiling the same plugins.
            .env("AUTOTAG_CACHE", host::tmp().join("doctor-cache"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    /// What the doctor finds.
    pub(crate) fn examined(&self) -> Diagnosis {
        let (status, stdout) = self.printed(&["--json"]);
        Diagnosis { status, report: serde_json::from_str(&stdout).unwrap() }
    }
}

/// What the doctor has found.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) status: i32,
    pub(crate) report: Value,
}

impl Diagnosis {
    pub(crate) fn findings(&self) -> &[Value] {
        self.report["findings"].as_array().unwrap()
    }

    /// The findings that are not `ok`, each by its check and its verdict.
    pub(crate) fn troubles(&self) -> Vec<(&str, &str)> {
        let troubles = self.findings().iter().filter(|finding| finding["verdict"] != "ok");
        troubles.map(|finding| (finding["check"].as_str().unwrap(), finding["verdict"].as_str().unwrap())).collect()
    }

    /// The only trouble is this, said with these words, and with a fix that has those.
    #[track_caller]
    pub(crate) fn assert_only(&self, check: &str, verdict: &str, says: &str, fix: &str) {
        assert_eq!(self.troubles(), [(check, verdict)], "{self:#?}");
        self.assert_says(check, verdict, says, fix);
        assert_eq!(self.status, i32::from(verdict == "wrong"));
    }

    /// This is found, said with these words, and with a fix that has those.
    #[track_caller]
    pub(crate) fn assert_says(&self, check: &str, verdict: &str, says: &str, fix: &str) {
        let of_check = self.findings().iter().filter(|one| one["check"] == check && one["verdict"] == verdict);
        let has =
            |finding: &Value, field: &str, words: &str| finding[field].as_str().unwrap_or_default().contains(words);
        let found = of_check.clone().any(|finding| has(finding, "says", says) && has(finding, "fix", fix));
        assert!(
            found,
            "{check} is not said to be {verdict} with {says:?} and {fix:?}: {:#?}",
            of_check.collect::<Vec<_>>()
        );
    }
}

/// Breaks one thing after the other, each in a world of its own, all at the same time since most of it is waiting.
pub(crate) fn each<T: Sync>(cases: &[T], test: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(case));
        }
    });
}

/// The names and patterns of the rules that the plugins need.
fn patterns() -> &'static [(String, Value)] {
    static PATTERNS: OnceLock<Vec<(String, Value)>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
        let options = LoadOptions { folder: host::plugins(), ..LoadOptions::default() };
        let registry = Registry::load(&options, &Guard::default(), &sandbox, None).unwrap();
        expected(&registry).unwrap().into_iter().map(|rule| (rule.name, rule.pattern)).collect()
    })
}

/// A policy of the queue with one statement, which is as it should be but for what `change` says.
pub(crate) fn policy(change: &Value) -> Value {
    let rules = RULES.map(|name| format!("arn:aws:events:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:rule/{name}"));
    let mut statement = json!({
        "Sid": "RulesSendEvents",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": rules}, "StringEquals": {"aws:SourceAccount": DEFAULT_ACCOUNT}},
    });
    for (key, value) in change.as_object().unwrap() {
        statement[key] = value.clone();
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}
