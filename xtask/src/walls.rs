//! The walls between the project's crates: what each may build on, and what it must never wait for.
//!
//! They are tests alone: cargo itself keeps a crate from what it does not name, and these keep the names in order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cargo::{ask, cargo};
use crate::root;

/// What each crate may build on, of the project's own.
const MAY_BUILD_ON: [(&str, &[&str]); 6] = [
    ("autotag-core", &[]),
    ("autotag-iam-policy", &[]),
    ("autotag-eventbridge-rules", &["autotag-core"]),
    ("autotag-sandbox", &["autotag-core"]),
    ("autotag-aws", &["autotag-core", "autotag-sandbox"]),
    ("autotag-fake-aws", &[]),
];

/// What a crate never compiles, however many crates lie between.
const NEVER: [(&str, &[&str]); 4] = [
    ("autotag-core", &["tokio", "wasmtime", "aws-config", "aws-sdk-", "hyper", "clap", "tracing"]),
    ("autotag-iam-policy", &["tokio", "wasmtime", "aws-config", "aws-sdk-", "hyper", "clap", "tracing"]),
    ("autotag-eventbridge-rules", &["tokio", "wasmtime", "aws-config", "aws-sdk-", "hyper", "clap", "tracing"]),
    ("autotag-sandbox", &["tokio", "aws-config", "aws-sdk-", "hyper"]),
];

/// The only crates that may name an AWS SDK among what they build on: another one there makes all the others wait.
const WITH_SDK: [&str; 2] = ["autotag-aws", "autotag-host"];

/// Each package's normal dependencies, by name.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = ask(&mut cargo(&root().unwrap(), &["metadata", "--format-version", "1", "--offline", "--locked"]));
    let metadata: Value = serde_json::from_str(&metadata.unwrap()).unwrap();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap().iter();
    let is_normal =
        |dependency: &&Value| dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in nodes {
        let direct = node["deps"].as_array().unwrap().iter().filter(is_normal);
        let direct = direct.map(|dependency| names[dependency["pkg"].as_str().unwrap()].to_owned());
        all.entry(names[node["id"].as_str().unwrap()].to_owned()).or_default().extend(direct);
    }
    all
}

/// All that a package compiles.
fn closure(of: &str, all: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![of.to_owned()]);
    while let Some(one) = next.pop() {
        for dependency in &all[&one] {
            if seen.insert(dependency.clone()) {
                next.push(dependency.clone());
            }
        }
    }
    seen
}

#[test]
fn every_crate_builds_on_those_below_it_alone() {
    let all = dependencies();
    for (name, may) in MAY_BUILD_ON {
        let own = all[name].iter().filter(|dependency| dependency.starts_with("autotag-"));
        let wrong: Vec<_> = own.filter(|dependency| !may.contains(&dependency.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not build on {wrong:?}: move what it needs below both");
    }
}

#[test]
fn what_a_crate_must_not_wait_for_is_not_among_what_it_compiles() {
    let all = dependencies();
    for (name, never) in NEVER {
        let found: Vec<_> = closure(name, &all)
            .into_iter()
            .filter(|compiled| {
                never.iter().any(|one| compiled == one || (one.ends_with('-') && compiled.starts_with(one)))
            })
            .collect();
        assert!(found.is_empty(), "{name} compiles {found:?}: `cargo tree -p {name} -i PACKAGE` says why");
    }
}

#[test]
fn only_the_crates_at_the_edge_wait_for_an_sdk() {
    let all = dependencies();
    let with_sdk = all.iter().filter(|(name, dependencies)| {
        name.starts_with("autotag-") && dependencies.iter().any(|one| one.starts_with("aws-"))
    });
    let with_sdk: Vec<_> = with_sdk.map(|(name, _)| name.as_str()).collect();
    assert_eq!(with_sdk, WITH_SDK);
}
