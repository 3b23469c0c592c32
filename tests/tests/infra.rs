//! `infra/autotag.yaml` and the plugins say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use autotag_host::guard::Guard;
use autotag_host::plugin::{LoadOptions, Registry, Sandbox, SandboxOptions};
use autotag_tests::host;
use serde_json::{Value, json};

fn template() -> Value {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/autotag.yaml");
    without_tags(&serde_yaml_ng::from_str(&fs::read_to_string(template).unwrap()).unwrap())
}

/// The event patterns of the template's rules.
fn patterns_in_template() -> Vec<Value> {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let rules = resources.filter(|resource| resource["Type"] == "AWS::Events::Rule");
    rules.map(|rule| rule["Properties"]["EventPattern"].clone()).collect()
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
    let mut expected = patterns_of_plugins();
    for pattern in &mut expected {
        // The host's own law, which costs less where the event is not even delivered.
        pattern["detail"]["errorCode"] = json!([{"exists": false}]);
    }
    assert_eq!(patterns_in_template(), expected);
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
