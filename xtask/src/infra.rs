//! The templates in `infra/`: what cfn-lint and the project's own rules say of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Error, ensure};
use autotag_tests::local_aws::python;

use crate::announce;
use crate::cargo::run;

/// Where the project's own rules for cfn-lint are.
const RULES: &str = "tests/infra/rules";
/// One Region of each partition, since not all of them know the same resources.
const REGIONS: [&str; 3] = ["us-east-1", "cn-north-1", "us-gov-west-1"];

/// Holds all templates against CloudFormation's schemas and against the project's own rules.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    announce("Templates");
    let python = python(&|line| println!("{line}")).map_err(Error::msg)?;
    let templates = templates(root)?;
    ensure!(!templates.is_empty(), "there is no template in infra/");
    let mut command = Command::new(python.with_file_name("cfn-lint"));
    // What is compiled of the rules does not belong beside them.
    command.current_dir(root).env("PYTHONDONTWRITEBYTECODE", "1");
    command.args(["--append-rules", RULES, "--regions"]).args(REGIONS).arg("--");
    run(command.args(templates))
}

fn templates(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = root.join("infra");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut templates = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            templates.push(path);
        }
    }
    templates.sort();
    Ok(templates)
}
