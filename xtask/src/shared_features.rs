//! Holds that every build asks for the same features of shared dependencies: cargo compiles a package anew for each set
//! of features, with all that builds on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::{ask, cargo, root};

/// What the whole workspace and its tests compile.
const ALL: [&str; 3] = ["--workspace", "--edges", "normal,build,dev"];

/// What is built beside it, with and without the tests.
const BESIDE: [&[&str]; 6] = [
    &["--workspace", "--edges", "normal,build"],
    // The demo.
    &["--workspace", "--edges", "normal,build", "--no-default-features"],
    &["--package", "autotag-sandbox", "--edges", "normal,build,dev"],
    &["--package", "autotag-aws", "--edges", "normal,build,dev"],
    &["--package", "autotag-host", "--edges", "normal,build,dev"],
    &["--package", "autotag-host", "--edges", "normal,build"],
];

/// What the demo's build has fewer features of, for which few others wait: without them it is there sooner.
const LEANER_IN_THE_DEMO: [&str; 2] = ["aws-config ", "aws-smithy-http-client "];

/// Each third-party package that is compiled, by name and version, with the sets of features that are asked of it.
fn features(selection: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let format = ["tree", "--locked", "--offline", "--prefix", "none", "--no-dedupe", "--format", "{p}|{f}"];
    let tree = ask(cargo(&root().unwrap(), &format).args(selection)).unwrap();
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in tree.lines() {
        let Some((package, features)) = line.split_once('|') else { continue };
        if !package.starts_with("autotag-") {
            all.entry(package.replace(" (proc-macro)", "")).or_default().insert(features.to_owned());
        }
    }
    all
}

#[test]
fn every_build_asks_the_same_features_of_shared_dependencies() {
    let all = features(&ALL);
    for heavy in ["aws-sdk-ec2 ", "wasmtime ", "cranelift-codegen ", "wasmparser ", "wit-parser ", "wit-component "] {
        let (package, sets) = all.iter().find(|(package, _)| package.starts_with(heavy)).unwrap();
        assert_eq!(sets.len(), 1, "the workspace compiles {package} more than once: {sets:?}");
    }
    for selection in BESIDE {
        let is_demo = selection.contains(&"--no-default-features");
        for (package, sets) in features(selection) {
            if is_demo && LEANER_IN_THE_DEMO.iter().any(|leaner| package.starts_with(leaner)) {
                continue;
            }
            let known = &all[&package];
            assert!(
                sets.is_subset(known),
                "`cargo tree {}` has {package} with the features {sets:?}, the workspace with {known:?}: \
                 name what is missing in host/features/Cargo.toml",
                selection.join(" ")
            );
        }
    }
}
