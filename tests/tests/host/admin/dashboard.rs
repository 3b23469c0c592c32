//! What is built on `/metrics`: `infra/dashboard.json` shows all of it, and nothing else; the alerts for Prometheus'
//! operator ask for what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The labels that Prometheus itself adds.
const ADDED: [&str; 4] = ["job", "le", "namespace", "pod"];

/// Checks the dashboard and the alerts against an answer of `/metrics` that has every metric.
pub(crate) fn assert_shows(metrics: &str) {
    let known = labels_by_metric(metrics);
    let shown = used(metrics, &known, expressions());
    let missing: Vec<_> = known.keys().filter(|family| !shown.contains(*family)).collect();
    assert!(missing.is_empty(), "the dashboard does not show {missing:?}");
    assert!(used(metrics, &known, alerts()).len() > 5);
}

/// The metrics that expressions ask for, all of which are there, with their labels.
fn used(
    metrics: &str,
    known: &BTreeMap<String, BTreeSet<String>>,
    expressions: Vec<(String, String)>,
) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for (panel, expression) in expressions {
        let used: BTreeSet<&str> = words(&expression).filter(|word| word.starts_with("autotag_")).collect();
        assert!(!used.is_empty(), "{panel}: {expression} shows nothing of the host's");
        let mut labels: BTreeSet<&str> = ADDED.into();
        for metric in used {
            let family = family_of(metric, known);
            let family = family.unwrap_or_else(|| panic!("{panel}: there is no {metric} in\n{metrics}"));
            labels.extend(known[family].iter().map(String::as_str));
            shown.insert(family.to_owned());
        }
        for label in used_labels(&expression) {
            assert!(labels.contains(label.as_str()), "{panel}: {expression} wants a label `{label}` that is not there");
        }
    }
    shown
}

/// The alerts of `infra/kubernetes/components/prometheus`, by name.
fn alerts() -> Vec<(String, String)> {
    let file = "../infra/kubernetes/components/prometheus/prometheus-rule.yaml";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let rule: Value = serde_yaml_ng::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let text = |rule: &Value, key: &str| rule[key].as_str().unwrap().to_owned();
    let rules = rule["spec"]["groups"][0]["rules"].as_array().unwrap();
    rules.iter().map(|rule| (text(rule, "alert"), text(rule, "expr"))).collect()
}

fn expressions() -> Vec<(String, String)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/dashboard.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = |panel: &Value| {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().unwrap().clone();
        targets.into_iter().map(move |target| (title.clone(), target["expr"].as_str().unwrap().to_owned()))
    };
    panels.iter().flat_map(targets).collect()
}

/// The names of the labels of each metric family in the answer.
pub(super) fn labels_by_metric(metrics: &str) -> BTreeMap<String, BTreeSet<String>> {
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let mut known: BTreeMap<String, BTreeSet<String>> =
        types.map(|family| (family.split(' ').next().unwrap().to_owned(), BTreeSet::new())).collect();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let Some(family) = family_of(name, &known).map(ToOwned::to_owned) else { panic!("{line} has no type") };
        let labels = line.split_once('{').map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
        let names = labels.split("\",").filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
        known.get_mut(&family).unwrap().extend(names);
    }
    known
}

/// The family of a metric: its name without the suffixes of counters and histograms.
fn family_of<'a, V>(metric: &str, known: &'a BTreeMap<String, V>) -> Option<&'a str> {
    let names = ["", "_total", "_bucket", "_sum", "_count"].into_iter().filter_map(|end| metric.strip_suffix(end));
    names.filter_map(|name| known.get_key_value(name)).map(|(name, _)| name.as_str()).next()
}

fn words(expression: &str) -> impl Iterator<Item = &str> {
    expression.split(|char: char| !char.is_ascii_alphanumeric() && char != '_')
}

/// The labels that an expression groups or selects by.
fn used_labels(expression: &str) -> BTreeSet<String> {
    let mut labels = BTreeSet::new();
    for (begin, end, separator) in [("by (", ')', ","), ("{", '}', "\",")] {
        for part in expression.split(begin).skip(1) {
            let inside = part.split(end).next().unwrap();
            let names = inside.split(separator).map(|label| label.split(['=', '!']).next().unwrap().trim().to_owned());
            labels.extend(names.filter(|name| !name.is_empty()));
        }
    }
    labels
}
