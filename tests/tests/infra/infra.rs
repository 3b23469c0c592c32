//! The templates in `infra/` agree with the plugins.

use std::collections::BTreeSet;

use autotag_core::guard::Guard;
use autotag_sandbox::{CacheFolder, LoadOptions, Registry, Sandbox, SandboxOptions};
use autotag_tests::cloudformation::{Environment, Stack, Template, deploy_autotag};
use autotag_tests::host;
use serde_json::{Value, json};

/// The stack with its defaults.
fn stack() -> Stack {
    deploy_autotag(&Environment::usual(), &[]).unwrap()
}

/// One or several strings: CloudFormation and IAM accept both.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(elements) => elements.iter().map(|element| element.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

/// The statements of the host's policy.
fn statements() -> Vec<Value> {
    stack().properties("HostPolicy")["PolicyDocument"]["Statement"].as_array().unwrap().clone()
}

fn plugins() -> Registry {
    let sandbox =
        Sandbox::new(&SandboxOptions { cache: CacheFolder::At(host::cache()), ..SandboxOptions::default() }).unwrap();
    let options = LoadOptions { folder: host::plugins(), ..LoadOptions::default() };
    Registry::load(&options, &Guard::default(), &sandbox, None).unwrap()
}

/// The output of `host rule` for the plugins, as a template.
fn rules_of_the_plugins() -> Template {
    let mut command = host::command();
    command.args(["rule", "--format", "cloudformation"]).env("AUTOTAG_PLUGINS", host::plugins());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Template::parse(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

#[test]
fn the_rules_are_those_that_host_rule_makes_of_the_plugins() {
    let made = rules_of_the_plugins();
    let template = Template::of_infra("autotag.yaml");
    let resources = template.document()["Resources"].as_object().unwrap();
    let of_plugins = |(_, resource): &(&String, &Value)| {
        // The rule for other accounts' events takes what their own rules have selected.
        resource["Type"] == "AWS::Events::Rule" && resource["Properties"].get("EventBusName").is_none()
    };
    let names: BTreeSet<_> = resources.iter().filter(of_plugins).map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, made.names("Resources").into_iter().collect());
    for (name, rule) in made.document()["Resources"].as_object().unwrap() {
        let ours = &resources[name]["Properties"];
        assert_eq!(ours["EventPattern"], rule["Properties"]["EventPattern"], "{name}");
        assert_eq!(ours["Targets"], rule["Properties"]["Targets"], "{name}");
    }
}

#[test]
fn each_rule_fits_into_eventbridges_quota_and_leaves_out_failed_calls_and_replays() {
    let absent = json!([{"exists": false}]);
    for (name, rule) in stack().of_type("AWS::Events::Rule") {
        let length = rule["EventPattern"].to_string().len();
        assert!(length <= 2048, "{name}: {length}");
        // The host has this rule itself. It costs less if the event is not even delivered.
        assert_eq!(rule["EventPattern"]["detail"]["errorCode"], absent, "{name}");
        assert_eq!(rule["EventPattern"]["replay-name"], absent, "{name}");
    }
    // The bus for member accounts can have its own archive.
    let stack = deploy_autotag(&Environment::usual(), &[("MemberAccounts", "444455556666")]);
    assert_eq!(stack.unwrap().properties("ForwardedRule")["EventPattern"]["replay-name"], absent);
}

#[test]
fn only_the_rules_may_send_to_the_queues_and_all_are_among_the_outputs() {
    let stack = stack();
    let outputs: BTreeSet<_> = stack.outputs["RuleArns"].split(',').collect();
    assert_eq!(outputs.len(), stack.of_type("AWS::Events::Rule").count());
    for name in ["QueuePolicy", "DeliveryDeadLetterQueuePolicy"] {
        let statement = &stack.properties(name)["PolicyDocument"]["Statement"][0];
        let arns = texts(&statement["Condition"]["ArnEquals"]["aws:SourceArn"]);
        assert_eq!(arns.into_iter().collect::<BTreeSet<_>>(), outputs, "{name}");
    }
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
    let keys = json!(["Owner", "PrincipalId"]);
    let mut limited = Vec::new();
    for statement in statements() {
        let condition = &statement["Condition"];
        if condition["ForAllValues:StringEquals"]["aws:TagKeys"] == keys {
            // Without the second condition, the first one allows a request that names no key at all.
            assert_eq!(condition["Null"]["aws:TagKeys"], "false", "{statement}");
            limited.extend(texts(&statement["Action"]).into_iter().map(ToOwned::to_owned));
        }
    }
    assert_eq!(limited, ["ec2:CreateTags", "rds:AddTagsToResource", "s3:TagResource", "s3express:TagResource"]);
}

#[test]
fn the_keys_of_the_templates_are_those_of_the_plugins_and_of_the_guard() {
    for template in ["autotag.yaml", "fargate.yaml", "member.yaml", "users.yaml"] {
        let template = Template::of_infra(template);
        let keys = template.document()["Parameters"]["TagKeys"]["Default"].as_str().unwrap();
        let keys: BTreeSet<String> = keys.split(',').map(ToOwned::to_owned).collect();
        assert_eq!(keys, Guard::default().tag_keys);
        for plugin in plugins().plugins() {
            assert_eq!(keys, plugin.tag_keys, "{}", plugin.manifest.id);
        }
    }
}

#[test]
fn the_keys_that_decide_access_are_those_of_the_guard() {
    let template = Template::of_infra("fargate.yaml");
    let keys = template.document()["Parameters"]["AccessKeys"]["Default"].as_str().unwrap();
    let keys: BTreeSet<String> = keys.split(',').map(ToOwned::to_owned).collect();
    assert_eq!(keys, Guard::default().access_keys);
}

#[test]
fn every_variable_of_the_task_on_fargate_is_one_that_the_host_knows() {
    let output = host::command().args(["run", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let template = Template::of_infra("fargate.yaml");
    let task = &template.document()["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"][0];
    let mut names = BTreeSet::new();
    collect_names(&task["Environment"], &mut names);
    assert_eq!(names.len(), 9, "{names:?}");
    for name in names {
        // Behind the name stands its value, unless that is a secret.
        let is_known = ["=", "]"].iter().any(|behind| help.contains(&format!("[env: {name}{behind}")));
        assert!(is_known, "{name}");
    }
}

/// All values of the key `Name`, in every branch.
fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect_names(element, names)),
        Value::Object(fields) => {
            names.extend(fields.get("Name").and_then(Value::as_str).map(ToOwned::to_owned));
            fields.values().for_each(|value| collect_names(value, names));
        }
        _ => {}
    }
}
