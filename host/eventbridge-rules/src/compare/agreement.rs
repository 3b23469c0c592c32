//! Property tests: router, splitting and comparison must agree, on generated patterns and events.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, json};

use super::*;
use crate::split;

/// The fields that the generated patterns have conditions on.
const FIELDS: [&str; 5] = ["/source", "/detail/eventName", "/detail/x", "/detail/y/z", "/replay-name"];

fn text() -> impl Strategy<Value = String> {
    "[ab]{0,3}"
}

fn likeness() -> impl Strategy<Value = Value> {
    let named = |name: &'static str| text().prop_map(move |text| json!({name: text}));
    prop_oneof![
        named("prefix"),
        named("suffix"),
        named("equals-ignore-case"),
        "[ab]{0,2}[*][ab]{0,2}".prop_map(|text| json!({"wildcard": text})),
    ]
}

fn alternative() -> impl Strategy<Value = Value> {
    let bound = || (0..5_i32, prop::bool::ANY);
    let anything_but = prop_oneof![
        prop::collection::vec(text(), 1..3).prop_map(Value::from),
        prop::collection::vec(0..5_i32, 1..3).prop_map(Value::from),
        "[ab]{1,2}".prop_map(|text| json!({"prefix": text})),
        "[ab]{1,2}".prop_map(|text| json!({"suffix": [text, "ab"]})),
    ];
    prop_oneof![
        5 => text().prop_map(Value::from),
        1 => (0..5_i32).prop_map(Value::from),
        1 => Just(Value::Null),
        2 => likeness(),
        1 => text().prop_map(|text| json!({"prefix": {"equals-ignore-case": text}})),
        2 => anything_but.prop_map(|operand| json!({"anything-but": operand})),
        2 => any::<bool>().prop_map(|exists| json!({"exists": exists})),
        1 => (bound(), bound()).prop_map(|((bottom, with_bottom), (more, with_top))| {
            let (lower, upper) = (if with_bottom { ">=" } else { ">" }, if with_top { "<=" } else { "<" });
            json!({"numeric": [lower, bottom, upper, bottom + 1 + more]})
        }),
    ]
}

fn pattern() -> impl Strategy<Value = Value> {
    let field = (prop::sample::select(&FIELDS[..]), prop::collection::vec(alternative(), 1..3));
    prop::collection::vec(field, 1..4).prop_map(|fields| {
        let mut pattern = json!({});
        fields.into_iter().for_each(|(path, alternatives)| set(&mut pattern, path, alternatives.into()));
        pattern
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => "[abAB]{0,3}".prop_map(Value::from),
        2 => (0..7_i32).prop_map(Value::from),
        1 => Just(json!(2.5)),
        1 => Just(Value::Null),
    ]
}

fn event() -> impl Strategy<Value = Value> {
    prop::collection::vec(prop::option::weighted(0.8, value()), FIELDS.len()).prop_map(|values| {
        let mut event = json!({"detail": {}});
        for (path, value) in FIELDS.iter().zip(values) {
            value.into_iter().for_each(|value| set(&mut event, path, value));
        }
        event
    })
}

fn set(object: &mut Value, path: &str, value: Value) {
    let mut names = path.split('/').skip(1).peekable();
    let mut object = object;
    while let (Some(name), Value::Object(fields)) = (names.next(), object) {
        if names.peek().is_none() {
            fields.insert(name.into(), value);
            return;
        }
        object = fields.entry(name).or_insert_with(|| Map::new().into());
    }
}

fn deployed(patterns: &[Value]) -> Vec<DeployedRule> {
    let rule = |pattern: &Value| DeployedRule {
        name: "deployed".into(),
        arn: "arn".into(),
        event_bus: "default".into(),
        enabled: true,
        pattern: Some(pattern.to_string()),
        targets: Vec::new(),
    };
    patterns.iter().map(rule).collect()
}

fn compared(required: &[Value], deployed_patterns: &[Value]) -> Comparison {
    let rule = |pattern: &Value| Rule { name: "X".into(), plugin: "x".into(), pattern: pattern.clone() };
    let required: Vec<Rule> = required.iter().map(rule).collect();
    let origin = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
    compare(&required, &deployed(deployed_patterns), &origin, None).unwrap()
}

fn router(patterns: &[Value]) -> Router<()> {
    let patterns: Vec<_> = patterns.iter().map(|pattern| EventPattern::parse(&pattern.to_string()).unwrap()).collect();
    Router::new(patterns.iter().map(|pattern| ((), pattern)))
}

/// The same cases in each run: a comparison tries samples, and is no proof.
fn always(cases: u32, run: impl Fn(&mut TestRunner)) {
    run(&mut TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    ));
}

#[test]
fn a_rule_is_the_same_as_itself_and_as_its_parts_and_each_made_up_event_is_matched() {
    always(100, |runner| {
        runner
            .run(&(pattern(), 60..120_usize), |(pattern, max)| {
                let whole = std::slice::from_ref(&pattern);
                prop_assert!(compared(whole, whole).is_same(), "{pattern}: {:#?}", compared(whole, whole));
                if let Ok(parts) = split::split(&pattern, max) {
                    prop_assert!(compared(whole, &parts).is_same(), "{pattern} as {parts:?}");
                    prop_assert!(compared(&parts, whole).is_same(), "{parts:?} as {pattern}");
                }
                let (origin, router) = (AccountRegion { account: "1".into(), region: "r".into() }, router(whole));
                for sample in many_samples(&pattern, &origin, &KnownAlternatives::of(whole)).events {
                    prop_assert!(matches(&router, &sample.event.to_string()), "{pattern} {}", sample.event);
                }
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn where_nothing_is_missing_every_event_that_is_wanted_arrives() {
    let cases = (prop::collection::vec(pattern(), 1..3), prop::collection::vec(pattern(), 1..3));
    let changed = (pattern(), prop::sample::select(&FIELDS[..]), prop::collection::vec(alternative(), 1..3));
    let changed = changed.prop_map(|(required, path, alternatives)| {
        let mut deployed = required.clone();
        set(&mut deployed, path, alternatives.into());
        (vec![required], vec![deployed])
    });
    let cases = (prop_oneof![cases, changed], prop::collection::vec(event(), 100));
    always(100, |runner| {
        runner
            .run(&cases, |((required, deployed), events)| {
                let comparison = compared(&required, &deployed);
                if comparison.missing.is_empty() && comparison.narrower.is_empty() && comparison.not_compared.is_empty()
                {
                    let (wanted, arriving) = (router(&required), router(&deployed));
                    for event in events.iter().map(Value::to_string) {
                        let is_lost = matches(&wanted, &event) && !matches(&arriving, &event);
                        prop_assert!(!is_lost, "{event} is lost: {required:?} as {deployed:?}");
                    }
                }
                Ok(())
            })
            .unwrap();
    });
}
