//! `infra/autotag.yaml` and the plugins say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotag_host::guard::Guard;
use autotag_host::plugin::{LoadOptions, Registry, Sandbox, SandboxOptions};
use autotag_tests::host;
use serde_json::{Value, json};

fn yaml() -> serde_yaml_ng::Value {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/autotag.yaml");
    serde_yaml_ng::from_str(&fs::read_to_string(template).unwrap()).unwrap()
}

fn template() -> Value {
    without_tags(&yaml())
}

/// The template's resources of a type, each with its name, in the order in which they stand there.
fn resources(kind: &str) -> Vec<(String, Value)> {
    let template = yaml();
    let resources = template["Resources"].as_mapping().unwrap().iter();
    let resources = resources.map(|(name, resource)| (name.as_str().unwrap().to_owned(), without_tags(resource)));
    resources.filter(|(_, resource)| resource["Type"] == kind).collect()
}

/// The template's rules, each with its name.
fn rules() -> Vec<(String, Value)> {
    let rules = resources("AWS::Events::Rule");
    rules.into_iter().map(|(name, rule)| (name, rule["Properties"].clone())).collect()
}

/// The statements of the host's policy.
fn statements() -> Vec<Value> {
    let (_, policy) = resources("AWS::IAM::ManagedPolicy").remove(0);
    policy["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap().clone()
}

/// One or several texts, as CloudFormation and IAM take them.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(elements) => elements.iter().map(|element| element.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

/// YAML as JSON; what stands behind CloudFormation's tags (`!Sub`, `!GetAtt`) stays as it is written.
fn without_tags(yaml: &serde_yaml_ng::Value) -> Value {
    use serde_yaml_ng::Value as Yaml;
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(bool) => (*bool).into(),
        Yaml::Number(number) => json!(number.as_f64()),
        Yaml::String(text) => text.as_str().into(),
        Yaml::Sequence(elements) => elements.iter().map(without_tags).collect(),
        Yaml::Mapping(fields) => Value::Object(
            fields.iter().map(|(key, value)| (key.as_str().unwrap().into(), without_tags(value))).collect(),
        ),
        Yaml::Tagged(tagged) => without_tags(&tagged.value),
    }
}

fn plugins() -> Registry {
    let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
    let options = LoadOptions { folder: host::plugins(), ..LoadOptions::default() };
    Registry::load(&options, &Guard::default(), &sandbox, None).unwrap()
}

/// The event patterns that the plugins declare.
fn patterns_of_plugins() -> Vec<Value> {
    let registry = plugins();
    let patterns = registry.plugins().flat_map(|plugin| plugin.manifest.event_patterns.clone());
    patterns.map(|pattern| serde_json::from_str(pattern.as_str()).unwrap()).collect()
}

#[test]
fn there_is_one_rule_for_each_pattern_of_the_plugins_and_it_leaves_out_failed_calls() {
    let rules = rules();
    let patterns = patterns_of_plugins();
    for ((name, rule), mut expected) in rules.iter().zip(patterns.clone()) {
        // The host's own law, which costs less where the event is not even delivered.
        expected["detail"]["errorCode"] = json!([{"exists": false}]);
        assert_eq!(rule["EventPattern"], expected, "{name}");
    }
    assert_eq!(rules.len(), patterns.len());
}

#[test]
fn each_rule_fits_into_eventbridges_quota() {
    for (name, rule) in rules() {
        let length = rule["EventPattern"].to_string().len();
        assert!(length <= 2048, "{name}: {length}");
    }
}

#[test]
fn each_rule_sends_to_the_queue_and_what_cannot_be_delivered_to_the_dead_letter_queue() {
    let target = json!([{"Id": "queue", "Arn": "Queue.Arn", "DeadLetterConfig": {"Arn": "DeadLetterQueue.Arn"}}]);
    for (name, rule) in rules() {
        assert_eq!(rule["Targets"], target, "{name}");
    }
}

#[test]
fn the_rules_and_nobody_else_may_send_to_the_queues_and_all_are_among_the_outputs() {
    let arns: Vec<_> = rules().into_iter().map(|(name, _)| format!("{name}.Arn")).collect();
    let policies = resources("AWS::SQS::QueuePolicy");
    assert_eq!(policies.len(), 2);
    for (name, policy) in policies {
        let statements = policy["Properties"]["PolicyDocument"]["Statement"].as_array().unwrap();
        assert_eq!(statements.len(), 1, "{name}");
        let condition = &statements[0]["Condition"];
        assert_eq!(texts(&condition["ArnEquals"]["aws:SourceArn"]), arns, "{name}");
        assert_eq!(condition["StringEquals"]["aws:SourceAccount"], "AWS::AccountId", "{name}");
    }
    assert_eq!(texts(&template()["Outputs"]["RuleArns"]["Value"][1]), arns);
}

#[test]
fn every_statement_says_what_it_is_for_and_none_lets_the_host_take_tags_away() {
    let mut names = BTreeSet::new();
    for statement in statements() {
        let name = statement["Sid"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name}");
        for action in texts(&statement["Action"]) {
            let forbidden = ["Delete", "Untag", "Remove", "*"].iter().any(|word| action.contains(word));
            assert!(!forbidden || action == "sqs:DeleteMessage", "{name}: {action}");
        }
    }
}

#[test]
fn what_writes_tags_may_write_the_keys_of_the_parameter_alone() {
    let mut limited = Vec::new();
    for statement in statements() {
        let condition = &statement["Condition"];
        if condition["ForAllValues:StringEquals"]["aws:TagKeys"] == "TagKeys" {
            // Without the second condition, the first one lets a request pass that names no key at all.
            assert_eq!(condition["Null"]["aws:TagKeys"], "false", "{statement}");
            limited.extend(texts(&statement["Action"]).into_iter().map(ToOwned::to_owned));
        }
    }
    assert_eq!(limited, ["ec2:CreateTags", "rds:AddTagsToResource", "s3:TagResource", "s3express:TagResource"]);
}

#[test]
fn the_keys_that_the_template_lets_the_host_write_are_those_of_the_plugins_and_of_the_guard() {
    let template = template();
    let keys = template["Parameters"]["TagKeys"]["Default"].as_str().unwrap();
    let keys: BTreeSet<String> = keys.split(',').map(ToOwned::to_owned).collect();
    assert_eq!(keys, Guard::default().tag_keys);
    for plugin in plugins().plugins() {
        assert_eq!(keys, plugin.tag_keys, "{}", plugin.manifest.id);
    }
}
