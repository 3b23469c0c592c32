use serde_json::json;

use super::*;

/// A plugin's name, its patterns and the only events that it gets.
type Asking<'a> = (&'a str, &'a [Value], Option<&'a [&'a str]>);

fn rules(plugins: &[Asking<'_>], max: usize) -> Result<Vec<Rule>, RuleError> {
    let texts: Vec<Vec<String>> =
        plugins.iter().map(|(_, patterns, _)| patterns.iter().map(ToString::to_string).collect()).collect();
    let events: Vec<Option<BTreeSet<String>>> = plugins
        .iter()
        .map(|(_, _, events)| events.map(|events| events.iter().map(|&name| name.to_owned()).collect()))
        .collect();
    let declared = plugins.iter().zip(&texts).zip(&events).map(|(((plugin, ..), patterns), events)| PluginPatterns {
        plugin,
        patterns: patterns.iter().map(String::as_str).collect(),
        event_names: events.as_ref(),
    });
    rules_up_to(max, declared, Replays::Refused)
}

fn calls(service: &str, names: &[&str]) -> Value {
    json!({"source": [format!("aws.{service}")], "detail": {"eventName": names}})
}

fn names(rules: &[Rule]) -> Vec<(&str, &str)> {
    rules.iter().map(|rule| (rule.name.as_str(), rule.plugin.as_str())).collect()
}

#[test]
fn there_is_a_rule_for_each_pattern_and_those_that_share_a_name_are_numbered() {
    let of_account = json!({"source": ["aws.ec2"], "account": ["111122223333"], "detail": {"eventName": ["B"]}});
    let all = [
        ("ec2", &[calls("ec2", &["A"]), of_account][..], None),
        ("s3", &[calls("s3", &["C"]), calls("s3express", &["D"])][..], None),
    ];
    let rules = rules(&all, MAX_PATTERN_CHARS).unwrap();
    assert_eq!(names(&rules), [("Ec2Rule1", "ec2"), ("Ec2Rule2", "ec2"), ("S3Rule", "s3"), ("S3ExpressRule", "s3")]);
    let first = json!({
        "source": ["aws.ec2"],
        "detail": {"eventName": ["A"], "errorCode": [{"exists": false}]},
        "replay-name": [{"exists": false}],
    });
    assert_eq!(rules[0].pattern, first);
}

#[test]
fn calls_that_a_plugin_has_divided_into_patterns_are_divided_anew() {
    let patterns = [calls("ec2", &["A", "B", "C", "D"]), calls("ec2", &["E", "F"])];
    let rules_of = |max| rules(&[("ec2", &patterns, None)], max).unwrap();
    let whole = rules_of(MAX_PATTERN_CHARS);
    assert_eq!(names(&whole), [("Ec2Rule", "ec2")]);
    assert_eq!(whole[0].pattern["detail"]["eventName"], json!(["A", "B", "C", "D", "E", "F"]));
    let divided = rules_of(whole[0].pattern.to_string().len() - 1);
    let calls: Vec<_> = divided.iter().map(|rule| rule.pattern["detail"]["eventName"].clone()).collect();
    assert_eq!(calls, [json!(["A", "B", "C", "D", "E"]), json!(["F"])]);
}

#[test]
fn replays_come_only_where_they_are_allowed() {
    for (replays, replay_name) in [(Replays::Refused, json!([{"exists": false}])), (Replays::Allowed, Value::Null)] {
        let pattern = calls("ec2", &["A"]).to_string();
        let declared = PluginPatterns { plugin: "ec2", patterns: vec![&pattern], event_names: None };
        let rules = rules_up_to(MAX_PATTERN_CHARS, [declared], replays).unwrap();
        assert_eq!(rules[0].pattern["replay-name"], replay_name);
    }
}

#[test]
fn a_plugin_gets_rules_only_for_what_the_operator_lets_it_have() {
    let patterns = [calls("s3", &["A", "B"]), calls("s3express", &["C"])];
    let narrowed = |events: &[&str]| rules(&[("s3", &patterns, Some(events))], MAX_PATTERN_CHARS).unwrap();
    assert_eq!(names(&narrowed(&["C"])), [("S3ExpressRule", "s3")]);
    assert_eq!(narrowed(&["B"])[0].pattern["detail"]["eventName"], json!(["B"]));
    assert_eq!(narrowed(&["X"]), []);
}

#[test]
fn a_pattern_that_is_too_long_becomes_several_rules_and_one_that_cannot_an_error_that_says_what_to_do() {
    let pattern = calls("ec2", &["A", "B", "C", "D"]);
    let added = [r#""errorCode":[{"exists":false}],"#, r#""replay-name":[{"exists":false}],"#];
    let length = pattern.to_string().len() + added.concat().len();
    let rules_of = |max| rules(&[("ec2", std::slice::from_ref(&pattern), None)], max);
    assert_eq!(names(&rules_of(length).unwrap()), [("Ec2Rule", "ec2")]);
    assert_eq!(names(&rules_of(length - 1).unwrap()), [("Ec2Rule1", "ec2"), ("Ec2Rule2", "ec2")]);
    let error = rules_of(50).unwrap_err().to_string();
    assert!(error.starts_with("event pattern 1 of the plugin ec2 does not fit into rules"), "{error}");
    assert!(error.contains(r#"in replay-name: [{"exists":false}]; let the plugin"#), "{error}");
}
