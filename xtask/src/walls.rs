//! The walls between the project's crates: what each may build on, and what it must never wait for.
//!
//! They are tests alone: cargo itself keeps a crate from what it does not name, and these keep the names in order.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::cargo::{ask, cargo, root};

/// What each crate may build on, of the project's own.
const MAY_BUILD_ON: [(&str, &[&str]); 12] = [
    ("autotag-api-calls", &[]),
    ("autotag-core", &["autotag-api-calls"]),
    ("autotag-features", &[]),
    ("autotag-iam-policy", &[]),
    ("autotag-eventbridge-rules", &["autotag-core"]),
    ("autotag-sandbox", &["autotag-core", "autotag-features"]),
    ("autotag-aws", &["autotag-core", "autotag-features", "autotag-sandbox"]),
    ("autotag-fake-aws", &["autotag-api-calls"]),
    ("autotag-plugin-sdk", &[]),
    ("autotag-plugin-ec2", &["autotag-api-calls", "autotag-plugin-sdk"]),
    ("autotag-plugin-rds", &["autotag-api-calls", "autotag-plugin-sdk"]),
    ("autotag-plugin-s3", &["autotag-api-calls", "autotag-plugin-sdk"]),
];

/// What the tests of a crate may build on besides.
const MAY_TEST_WITH: [(&str, &[&str]); 1] = [("autotag-aws", &["autotag-fake-aws"])];

/// The crates that may build on all others, and that none builds on but tests and `xtask`.
const AT_THE_TOP: [&str; 2] = ["autotag-host", "autotag-tests"];

/// What a crate and its tests never compile, however many crates lie between.
const NEVER: [(&str, &[&str]); 4] = [
    ("autotag-core", &["tokio", "wasmtime", "wasmparser", "aws-config", "aws-sdk-", "hyper", "clap", "tracing"]),
    ("autotag-iam-policy", &["tokio", "wasmtime", "aws-config", "aws-sdk-", "hyper", "clap", "tracing"]),
    ("autotag-eventbridge-rules", &["tokio", "wasmtime", "aws-config", "aws-sdk-", "hyper", "clap", "tracing"]),
    ("autotag-sandbox", &["tokio", "aws-config", "aws-sdk-", "hyper"]),
];

/// The only crates that may name an AWS SDK among what they build on: another one there makes all the others wait.
const WITH_SDK: [&str; 2] = ["autotag-aws", "autotag-host"];

/// Each package's direct dependencies of these kinds, by name. The kind of a normal one is null.
fn dependencies(kinds: &[Option<&str>]) -> BTreeMap<String, BTreeSet<String>> {
    // Of this machine's platform alone: what the others need may not be there.
    let platform = ask(Command::new("rustc").args(["--print", "host-tuple"])).unwrap();
    let metadata = ["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", platform.trim()];
    let metadata = ask(&mut cargo(&root().unwrap(), &metadata));
    let metadata: Value = serde_json::from_str(&metadata.unwrap()).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let names: BTreeMap<&str, &str> =
        packages.map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap())).collect();
    let is_of_kind = |dependency: &&Value| {
        let of = dependency["dep_kinds"].as_array().unwrap().iter();
        of.map(|kind| kind["kind"].as_str()).any(|kind| kinds.contains(&kind))
    };
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let direct = node["deps"].as_array().unwrap().iter().filter(is_of_kind);
        let direct = direct.map(|dependency| names[dependency["pkg"].as_str().unwrap()].to_owned());
        all.entry(names[node["id"].as_str().unwrap()].to_owned()).or_default().extend(direct);
    }
    all
}

/// All that is compiled for a package and its tests.
fn compiled(package: &str) -> BTreeSet<String> {
    let tree = ["tree", "--locked", "--offline", "--prefix", "none", "--edges", "normal,build,dev", "--format", "{p}"];
    let tree = ask(cargo(&root().unwrap(), &tree).args(["--package", package])).unwrap();
    tree.lines().filter_map(|line| Some(line.split_once(' ')?.0.to_owned())).collect()
}

#[test]
fn every_crate_builds_on_those_below_it_alone() {
    let (all, tests) = (dependencies(&[None, Some("build")]), dependencies(&[Some("dev")]));
    for (name, may) in MAY_BUILD_ON {
        let beyond = |dependencies: &BTreeSet<String>, may: &[&str]| {
            let own = dependencies.iter().filter(|dependency| dependency.starts_with("autotag-"));
            own.filter(|dependency| !may.contains(&dependency.as_str())).cloned().collect::<Vec<_>>()
        };
        let wrong = beyond(&all[name], may);
        assert!(wrong.is_empty(), "{name} must not build on {wrong:?}: move what it needs below both");
        let with = MAY_TEST_WITH.iter().find(|(tested, _)| *tested == name).map_or(&[][..], |(_, with)| with);
        let wrong = beyond(&tests[name], &[may, with].concat());
        assert!(wrong.is_empty(), "the tests of {name} must not build on {wrong:?}");
    }
    let is_known = |name: &str| AT_THE_TOP.contains(&name) || MAY_BUILD_ON.iter().any(|(known, _)| *known == name);
    let unknown: Vec<_> = all.keys().filter(|name| name.starts_with("autotag-") && !is_known(name)).collect();
    assert!(unknown.is_empty(), "no wall is around {unknown:?}: add it to one of the tables");
}

#[test]
fn what_a_crate_must_not_wait_for_is_not_among_what_it_and_its_tests_compile() {
    for (name, never) in NEVER {
        let is_barred =
            |name: &String| never.iter().any(|one| name == one || (one.ends_with('-') && name.starts_with(one)));
        let found: Vec<_> = compiled(name).into_iter().filter(is_barred).collect();
        assert!(found.is_empty(), "{name} compiles {found:?}: `cargo tree -p {name} -i PACKAGE` says why");
    }
}

#[test]
fn only_the_crates_at_the_edge_name_an_sdk() {
    let all = dependencies(&[None, Some("build")]);
    let with_sdk = all.iter().filter(|(name, dependencies)| {
        name.starts_with("autotag-")
            && dependencies.iter().any(|one| one == "aws-config" || one.starts_with("aws-sdk-"))
    });
    let with_sdk: Vec<_> = with_sdk.map(|(name, _)| name.as_str()).collect();
    assert_eq!(with_sdk, WITH_SDK);
}
