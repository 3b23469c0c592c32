//! `host rule`: the rules that the plugins need.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;

use autotag_fake_aws::FakeAws;
use autotag_tests::host;
use autotag_tests::wat_plugin::WatPlugin;
use serde_json::{Value, json};
use serde_yaml_ng::Value as Yaml;
use tempfile::tempdir;

use super::{command, rule};

/// The output of `--format json`.
fn rules(plugins: &std::path::Path, arguments: &[&str]) -> Vec<Value> {
    let printed = rule(plugins, [&["--format", "json"], arguments].concat());
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    printed.result()["rules"].as_array().unwrap().clone()
}

fn names(rules: &[Value]) -> Vec<&str> {
    rules.iter().map(|rule| rule["name"].as_str().unwrap()).collect()
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// What the rules add to the plugins' patterns.
fn added(mut pattern: Value) -> Value {
    pattern["detail"]["errorCode"] = json!([{"exists": false}]);
    pattern["replay-name"] = json!([{"exists": false}]);
    pattern
}

/// The pattern without the API calls that it names, and those API calls.
fn without_calls(mut pattern: Value) -> (String, Vec<String>) {
    let calls = pattern["detail"]["eventName"].take();
    (pattern.to_string(), strings(&calls).into_iter().map(ToOwned::to_owned).collect())
}

/// All API calls that patterns name, by the rest of the pattern.
fn calls_by_rest(patterns: impl Iterator<Item = Value>) -> BTreeMap<String, Vec<String>> {
    let mut calls: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (rest, more) in patterns.map(without_calls) {
        calls.entry(rest).or_default().extend(more);
    }
    calls
}

#[test]
fn the_rules_match_what_the_plugins_ask_for_without_failed_calls_and_replays() {
    let rules = rules(&host::plugins(), &[]);
    assert_eq!(names(&rules), ["Ec2Rule1", "Ec2Rule2", "RdsRule", "S3Rule", "S3ExpressRule"]);
    let plugins: Vec<_> = rules.iter().map(|rule| rule["plugin"].as_str().unwrap()).collect();
    assert_eq!(plugins, ["ec2", "ec2", "rds", "s3", "s3"]);
    let declared = ["ec2.wasm", "rds.wasm", "s3.wasm"].into_iter().flat_map(|file| {
        let inspected = host::plugin(&host::plugins(), ["inspect", file, "--format", "json"]).result();
        inspected["event_patterns"].as_array().unwrap().clone()
    });
    let printed = rules.iter().map(|rule| {
        assert!(rule["pattern"].to_string().len() <= 2048, "{}", rule["name"]);
        rule["pattern"].clone()
    });
    assert_eq!(calls_by_rest(printed), calls_by_rest(declared.map(added)));
}

#[test]
fn replays_come_through_if_they_are_allowed() {
    for (arguments, expected) in [(&[][..], json!([{"exists": false}])), (&["--allow-replays"], Value::Null)] {
        for rule in rules(&host::plugins(), arguments) {
            assert_eq!(rule["pattern"]["replay-name"], expected, "{}", rule["name"]);
        }
    }
}

#[test]
fn people_get_a_heading_and_the_pattern_that_they_can_copy() {
    let printed = rule(&host::plugins(), [""; 0]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    let (heading, rest) = printed.stdout.split_once('\n').unwrap();
    assert!(heading.starts_with("Ec2Rule1, for the plugin ec2: "), "{heading}");
    assert!(heading.ends_with(" of 2048 characters"), "{heading}");
    let (pattern, rest) = rest.split_once("\n\n").unwrap();
    let pattern: Value = serde_json::from_str(pattern).unwrap();
    assert_eq!(pattern, rules(&host::plugins(), &[])[0]["pattern"]);
    assert!(rest.starts_with("Ec2Rule2, for the plugin ec2: "), "{rest}");
}

/// The value of a node with one of CloudFormation's tags.
fn tagged<'a>(yaml: &'a Yaml, tag: &str) -> &'a str {
    let Yaml::Tagged(tagged) = yaml else { panic!("{yaml:?} has no tag") };
    assert_eq!(tagged.tag, tag);
    tagged.value.as_str().unwrap()
}

#[test]
fn cloudformation_gets_resources_that_send_to_the_templates_queue() {
    let printed = rule(&host::plugins(), ["--format", "cloudformation"]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    let template: Yaml = serde_yaml_ng::from_str(&printed.stdout).unwrap();
    assert_eq!(template.as_mapping().unwrap().len(), 1);
    let resources = template["Resources"].as_mapping().unwrap();
    let rules = rules(&host::plugins(), &[]);
    let ids: Vec<_> = resources.keys().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(ids, names(&rules));
    for (resource, rule) in resources.values().zip(&rules) {
        assert_eq!(resource["Type"], "AWS::Events::Rule");
        let properties = &resource["Properties"];
        let pattern: Value = serde_yaml_ng::from_value(properties["EventPattern"].clone()).unwrap();
        assert_eq!(pattern, rule["pattern"]);
        assert_eq!(properties["State"], "ENABLED");
        let targets = properties["Targets"].as_sequence().unwrap();
        assert_eq!(targets.len(), 1);
        assert_eq!(tagged(&targets[0]["Arn"], "GetAtt"), "Queue.Arn");
        assert_eq!(tagged(&targets[0]["DeadLetterConfig"]["Arn"], "GetAtt"), "DeliveryDeadLetterQueue.Arn");
        assert_eq!(targets[0]["RetryPolicy"]["MaximumEventAgeInSeconds"], 86_400);
        assert_eq!(targets[0]["RetryPolicy"]["MaximumRetryAttempts"], 185);
    }
}

#[test]
fn cloudformation_sends_to_queues_outside_of_the_template_by_their_arns() {
    let arn = |name: &str| format!("arn:aws:sqs:eu-central-1:111122223333:{name}");
    let arguments = ["--format", "cloudformation", "--queue-arn", &arn("mine"), "--dead-letter-arn", &arn("dead")];
    let printed = rule(&host::plugins(), arguments);
    let template: Yaml = serde_yaml_ng::from_str(&printed.stdout).unwrap();
    let target = &template["Resources"]["RdsRule"]["Properties"]["Targets"][0];
    assert_eq!(target["Arn"].as_str(), Some(&*arn("mine")));
    assert_eq!(target["DeadLetterConfig"]["Arn"].as_str(), Some(&*arn("dead")));
}

#[test]
fn terraform_gets_a_rule_and_a_target_for_each_with_the_pattern_as_an_expression() {
    let printed = rule(&host::plugins(), ["--format", "terraform"]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    let patterns: Vec<Value> = printed
        .stdout
        .split("event_pattern = jsonencode(")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split(")\n}").next().unwrap()).unwrap())
        .collect();
    let rules = rules(&host::plugins(), &[]);
    assert_eq!(patterns, rules.iter().map(|rule| rule["pattern"].clone()).collect::<Vec<_>>());
    assert_eq!(printed.stdout.matches("resource \"aws_cloudwatch_event_target\"").count(), rules.len());
    for words in ["\"ec2_rule1\" {\n  name          = \"autotag-Ec2Rule1\"", "arn       = var.queue_arn\n"] {
        assert!(printed.stdout.contains(words), "{words}: {}", printed.stdout);
    }
}

#[test]
fn a_pattern_of_hundreds_of_calls_is_divided_into_rules_that_fit_and_name_all_of_them() {
    let folder = tempdir().unwrap();
    let calls: Vec<_> = (0..300).map(|number| format!("CreateSomething{number:03}")).collect();
    let pattern =
        json!({"source": ["aws.things"], "detail": {"eventSource": ["things.amazonaws.com"], "eventName": calls}});
    WatPlugin { event_patterns: vec![pattern.to_string()], ..WatPlugin::new("many-things") }.write(folder.path());
    let rules = rules(folder.path(), &[]);
    let numbers: Vec<_> = (1..=4).map(|number| format!("ManyThingsThingsRule{number}")).collect();
    assert_eq!(names(&rules), numbers);
    let named: Vec<_> = rules.iter().flat_map(|rule| strings(&rule["pattern"]["detail"]["eventName"])).collect();
    assert_eq!(named, calls);
    for rule in &rules {
        assert!(rule["pattern"].to_string().len() <= 2048, "{}", rule["name"]);
        assert_eq!(rule["pattern"]["source"], json!(["aws.things"]));
        assert_eq!(rule["pattern"], added(rule["pattern"].clone()));
    }
}

#[test]
fn a_pattern_that_cannot_be_divided_is_an_error_that_says_what_to_do() {
    let folder = tempdir().unwrap();
    let pattern = json!({"source": ["aws.things"], "detail": {"eventName": [{"anything-but": ["x".repeat(2100)]}]}});
    WatPlugin { event_patterns: vec![pattern.to_string()], ..WatPlugin::new("long") }.write(folder.path());
    let printed = rule(folder.path(), [""; 0]);
    assert_eq!((printed.status, printed.stdout.as_str()), (2, ""));
    let words =
        ["event pattern 1 of the plugin long does not fit into rules", "detail.eventName: ", "a shorter pattern"];
    assert!(words.iter().all(|words| printed.stderr.contains(words)), "{}", printed.stderr);
}

#[test]
fn rules_are_narrowed_to_the_events_that_the_configuration_lets_a_plugin_have() {
    let folder = tempdir().unwrap();
    let config = folder.path().join("host.toml");
    fs::write(
        &config,
        "[plugin.ec2]\nevents = ['RunInstances', 'CopyImage']\n[plugin.s3]\nevents = ['CreateAccessPoint']\n",
    )
    .unwrap();
    let rules = rules(&host::plugins(), &["--config", config.to_str().unwrap()]);
    let named: Vec<_> = rules
        .iter()
        .filter(|rule| rule["plugin"] != "rds")
        .map(|rule| (rule["name"].as_str().unwrap(), strings(&rule["pattern"]["detail"]["eventName"])))
        .collect();
    assert_eq!(
        named,
        [
            ("Ec2Rule", vec!["CopyImage", "RunInstances"]),
            ("S3Rule", vec!["CreateAccessPoint"]),
            ("S3ExpressRule", vec!["CreateAccessPoint"]),
        ]
    );
    let nothing = ["ec2", "rds", "s3"].map(|plugin| format!("[plugin.{plugin}]\nevents = []\n"));
    fs::write(&config, nothing.concat()).unwrap();
    let printed = rule(&host::plugins(), [OsStr::new("--config"), config.as_os_str()]);
    assert_eq!(printed.status, 2);
    assert!(printed.stderr.contains("no rule is needed: `events` in the configuration"), "{}", printed.stderr);
}

#[test]
fn wrong_usage_is_refused_with_what_is_right() {
    for (arguments, words) in [
        (&["--queue-arn", "arn:aws:sqs:eu-central-1:111122223333:q"][..], "are for --format cloudformation"),
        (&["--format", "json", "--dead-letter-arn", "arn:aws:sqs:r:1:q"], "are for --format cloudformation"),
        (
            &["--format", "cloudformation", "--queue-arn", "arn:aws:sns:r:1:t"],
            "is not an ARN of an SQS queue, which looks",
        ),
        (
            &["--format", "cloudformation", "--queue-arn", "arn:aws:sqs:r:1:"],
            "is not an ARN of an SQS queue, which looks",
        ),
        (&["--format", "cloudformation", "--diff"], "--diff cannot be combined with --format cloudformation"),
        (&["--queue-arn", "arn:aws:sqs:r:1:q", "--diff"], "cannot be used with"),
        (&["--event-bus", "b"], "--diff"),
        (&["--format", "yaml"], "invalid value 'yaml'"),
    ] {
        let printed = rule(&host::plugins(), arguments);
        assert_eq!((printed.status, printed.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(printed.stderr.contains(words), "{arguments:?}: {}", printed.stderr);
    }
    let empty = tempdir().unwrap();
    assert_eq!(rule(empty.path(), [""; 0]).status, 2);
}

#[test]
fn rules_are_printed_without_asking_aws() {
    let aws = FakeAws::start();
    assert!(command(&host::plugins()).envs(aws.environment()).output().unwrap().status.success());
    assert_eq!(aws.requests().len(), 0);
}
