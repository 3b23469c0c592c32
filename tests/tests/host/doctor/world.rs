//! An account in which everything is as it should be, and the doctor's findings in it.

use autotag_fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws, Key, Rule, Target, Trail, Volume};
use autotag_tests::cloudformation::{Environment, Stack, deploy_autotag};
use autotag_tests::host;
use serde_json::Value;

pub(crate) const VOLUME: &str = "vol-0123456789abcdef0";
/// The names of the queues.
pub(crate) const EVENTS: &str = "events";
pub(crate) const DEAD: &str = "events-dead-letters";
pub(crate) const UNDELIVERED: &str = "events-undelivered";

/// A fake AWS with the stack of infra/autotag.yaml, and a trail.
pub(crate) struct World {
    pub(crate) aws: FakeAws,
    pub(crate) stack: Stack,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_parameters(&[])
    }

    /// With these values of the template's parameters.
    pub(crate) fn with_parameters(parameters: &[(&str, &str)]) -> Self {
        let place = Environment { region: DEFAULT_REGION, account: DEFAULT_ACCOUNT, ..Environment::usual() };
        let parameters: Vec<_> = [("QueueName", EVENTS)].into_iter().chain(parameters.iter().copied()).collect();
        let stack = deploy_autotag(&place, &parameters).unwrap();
        let aws = FakeAws::start();
        if let Some(key) = stack.resources.get("Key") {
            let id = stack.outputs["KeyArn"].rsplit('/').next().unwrap();
            aws.put_key(Key::new(id, key["Properties"]["KeyPolicy"].clone()));
        }
        // Each after the one that it refers to.
        for queue in ["DeliveryDeadLetterQueue", "DeadLetterQueue", "Queue"] {
            put_queue(&aws, &stack, queue);
        }
        for arn in stack.outputs["RuleArns"].split(',') {
            put_rule(&aws, &stack, arn);
        }
        aws.put_trail(Trail::logging("all-calls"));
        aws.put_volume(Volume::new(VOLUME));
        Self { aws, stack, arguments: vec!["doctor".into()], environment: Vec::new() }
    }

    /// Changes the statement of a queue's policy that admits the rules.
    pub(crate) fn change_policy(&self, queue: &str, change: impl FnOnce(&mut Value)) {
        let resource = if queue == UNDELIVERED { "DeliveryDeadLetterQueuePolicy" } else { "QueuePolicy" };
        let mut policy = self.stack.properties(resource)["PolicyDocument"].clone();
        let statement = &mut policy["Statement"][0];
        assert!(statement["Condition"]["ArnEquals"]["aws:SourceArn"].is_array(), "{statement}");
        change(statement);
        self.aws.set_queue_attribute(queue, "Policy", &policy.to_string());
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The doctor's exit status and stdout.
    pub(crate) fn printed(&self, arguments: &[&str]) -> (i32, String) {
        let (status, stdout, stderr) = self.run(arguments);
        assert_eq!(stderr, "");
        (status, stdout)
    }

    /// The doctor's exit status, stdout and stderr.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = host::command()
            .args(&self.arguments)
            .args(arguments)
            .envs(self.aws.environment())
            .env("AUTOTAG_QUEUE_URL", self.aws.queue_url(EVENTS))
            .env("AUTOTAG_PLUGINS", host::plugins())
            // Without a shared cache, so many doctors would spend most of their time compiling the same plugins.
            .env("AUTOTAG_CACHE", host::cache())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// The doctor's findings.
    pub(crate) fn examined(&self) -> Diagnosis {
        let (status, stdout) = self.printed(&["--json"]);
        Diagnosis { status, report: serde_json::from_str(&stdout).unwrap() }
    }
}

#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) status: i32,
    pub(crate) report: Value,
}

impl Diagnosis {
    pub(crate) fn findings(&self) -> &[Value] {
        self.report["findings"].as_array().unwrap()
    }

    /// The findings that are not `ok`: check and verdict of each.
    pub(crate) fn troubles(&self) -> Vec<(&str, &str)> {
        let troubles = self.findings().iter().filter(|finding| finding["verdict"] != "ok");
        troubles.map(|finding| (finding["check"].as_str().unwrap(), finding["verdict"].as_str().unwrap())).collect()
    }

    /// This is the only trouble, and its message and its fix contain these strings.
    #[track_caller]
    pub(crate) fn assert_only(&self, check: &str, verdict: &str, says: &str, fix: &str) {
        assert_eq!(self.troubles(), [(check, verdict)], "{self:#?}");
        self.assert_says(check, verdict, says, fix);
        assert_eq!(self.status, i32::from(verdict == "wrong"));
    }

    /// This is among the findings, and its message and its fix contain these strings.
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

/// Breaks one thing per case, each in its own world, all in parallel since most of it is waiting.
pub(crate) fn each<T: Sync>(cases: &[T], test: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(case));
        }
    });
}

/// The name of a rule of the stack, by its logical name in the template.
pub(crate) fn rule(logical: &str) -> String {
    format!("autotag-{logical}-1ABCDEFGHIJKL")
}

pub(crate) fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:{name}")
}

pub(crate) fn rule_arn(logical: &str) -> String {
    format!("arn:aws:events:{DEFAULT_REGION}:{DEFAULT_ACCOUNT}:rule/{}", rule(logical))
}

fn put_queue(aws: &FakeAws, stack: &Stack, logical: &str) {
    let properties = stack.properties(logical);
    let name = properties["QueueName"].as_str().unwrap();
    aws.create_queue(name);
    let set = |attribute: &str, value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        aws.set_queue_attribute(name, attribute, &text);
    };
    for attribute in ["VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy", "KmsMasterKeyId"] {
        if let Some(value) = properties.get(attribute) {
            set(attribute, value);
        }
    }
    set("Policy", &stack.properties(&format!("{logical}Policy"))["PolicyDocument"]);
}

fn put_rule(aws: &FakeAws, stack: &Stack, arn: &str) {
    let name = arn.rsplit('/').next().unwrap();
    let logical = name.split('-').nth(1).unwrap();
    let properties = stack.properties(logical);
    let target = &properties["Targets"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dead_letter_arn = Some(text(&target["DeadLetterConfig"]["Arn"]));
    let target = Target { dead_letter_arn, ..Target::new(&text(&target["Id"]), &text(&target["Arn"])) };
    aws.put_rule(Rule::new(name, properties["EventPattern"].clone()).target(target));
}
