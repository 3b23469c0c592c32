//! cfn-lint, with this project's own rules, finds nothing in the templates in `infra/`, and each of those rules has a
//! template that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use autotag_tests::cloudformation::Template;
use autotag_tests::local_aws::python;
use serde_json::Value;

/// One Region of each partition, since not all of them have the same resources.
const REGIONS: [&str; 3] = ["us-east-1", "cn-north-1", "us-gov-west-1"];

/// The ids of rules and findings, by template.
type Findings = BTreeMap<String, BTreeSet<String>>;

/// cfn-lint's findings in templates, with the project's own rules beside its own.
fn findings(templates: &[PathBuf]) -> Findings {
    let python = python(&|line| println!("{line}")).unwrap();
    let mut command = Command::new(python.with_file_name("cfn-lint"));
    // The rules' compiled code must not land beside them.
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg("--append-rules").arg(root().join("tests/infra/rules")).args(["--format", "json", "--regions"]);
    let output = command.args(REGIONS).arg("--").args(templates).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let mut by_template = Findings::new();
    for finding in findings {
        let template = Path::new(finding["Filename"].as_str().unwrap());
        let name = template.file_name().unwrap().to_str().unwrap().to_owned();
        let id = finding["Rule"]["Id"].as_str().unwrap().to_owned();
        println!("{name}: {id} {}", finding["Message"]);
        by_template.entry(name).or_default().insert(id);
    }
    by_template
}

fn templates(folder: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

/// The ids of the project's own rules.
fn rules() -> BTreeSet<String> {
    let source = fs::read_to_string(root().join("tests/infra/rules/autotag_rules.py")).unwrap();
    let ids = source.lines().filter_map(|line| line.trim().strip_prefix("id = \"")?.strip_suffix('"'));
    ids.map(ToOwned::to_owned).collect()
}

#[test]
fn cfn_lint_and_our_own_rules_have_nothing_to_say_of_our_templates() {
    let templates = templates("infra");
    assert_eq!(templates.len(), 4);
    assert_eq!(findings(&templates), Findings::new());
}

#[test]
fn each_of_our_rules_fails_the_template_that_breaks_it_and_no_other_does() {
    let templates = templates("tests/infra/broken");
    let expected: Findings = rules().into_iter().map(|id| (format!("{id}.yaml"), BTreeSet::from([id]))).collect();
    assert_eq!(templates.len(), expected.len());
    assert_eq!(findings(&templates), expected);
}

/// A Region of each of AWS's partitions, and none, which stands for the stack's own.
const EVERYWHERE: [&str; 8] = [
    "",
    "eu-central-1",
    "ap-southeast-5",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eusc-de-east-1",
];
const NOWHERE: [&str; 5] = ["eu-central", "eu-central-1a", "*", "EU-CENTRAL-1", "europe-west-1"];

/// Values that parameters must accept, and values that their patterns must refuse.
const VALUES: [(&str, &str, &[&str], &[&str]); 5] = [
    ("autotag.yaml", "Regions", &EVERYWHERE, &NOWHERE),
    ("member.yaml", "Regions", &EVERYWHERE, &NOWHERE),
    ("member.yaml", "RoleRegion", &EVERYWHERE, &NOWHERE),
    ("fargate.yaml", "Accounts", &["", "111122223333"], &["11112222333", "1111222233334", "root"]),
    (
        "autotag.yaml",
        "MoreRuleArns",
        &[
            "",
            "arn:aws:events:eu-central-1:111122223333:rule/autotag-dynamodb",
            "arn:aws:events:eu-central-1:111122223333:rule/bus/my-plugins-*",
            "arn:aws-us-gov:events:us-gov-west-1:111122223333:rule/my-plugins-*",
            "arn:aws-eusc:events:eusc-de-east-1:111122223333:rule/my-plugins-*",
        ],
        &[
            "*",
            "arn:aws:events:eu-central-1:111122223333:rule/*",
            "arn:aws:events:eu-central-1:111122223333:rule/*-dynamodb",
            "arn:aws:events:eu-central-1:111122223333:event-bus/autotag",
            "arn:aws:events:eu-central-1:*:rule/autotag-dynamodb",
            "arn:aws:sqs:eu-central-1:111122223333:autotag",
        ],
    ),
];

#[test]
fn parameters_take_what_they_are_for_and_refuse_the_rest() {
    let python = python(&|line| println!("{line}")).unwrap();
    for (template, parameter, right, wrong) in VALUES {
        let template = Template::of_infra(template);
        let pattern = template.document()["Parameters"][parameter]["AllowedPattern"].as_str().unwrap();
        for (values, expected) in [(right, true), (wrong, false)] {
            for value in values {
                let program = "import re, sys; sys.exit(re.fullmatch(sys.argv[1], sys.argv[2]) is None)";
                let status = Command::new(&python).args(["-c", program, pattern, value]).status().unwrap();
                assert_eq!(status.success(), expected, "{parameter}: {value}");
            }
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
