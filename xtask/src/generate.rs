//! `cargo xtask generate`: brings in line with the table of API calls what follows from it: the lists of calls in
//! the templates' rules, counts and lists in the documentation; and with the settings what follows from them, the
//! example in `docs/configuration.md`; and what is said of the metrics in `docs/metrics.md`.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use autotag_tests::host;
use serde_json::Value;

use crate::cargo::{ask, cargo, run as run_cargo};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Change nothing, and fail if something is not as it would be written
    #[arg(long)]
    pub(crate) check: bool,
}

/// The templates with rules.
const TEMPLATES: [&str; 2] = ["infra/autotag.yaml", "infra/member.yaml"];
/// The documents that say how many calls the plugin for EC2 knows.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/tagging.md"];
/// The document with a configuration file in which every key stands.
const CONFIGURATION: &str = "docs/configuration.md";
/// Where a line of names ends.
const LINE: usize = 120;

/// Writes everything, with the host and the plugins that were just built.
pub(crate) fn run(root: &Path, plugins: &Path, args: &Args) -> anyhow::Result<()> {
    let mut command = host::command();
    command.args(["rule", "--format", "json", "--plugins"]).arg(plugins).current_dir(root);
    let rules: Value = serde_json::from_str(&ask(&mut command)?).context("`host rule` did not print JSON")?;
    let rules = rules.get("rules").and_then(Value::as_array).context("`host rule` prints no rules")?;
    let rules: Vec<Rule> = rules.iter().map(Rule::read).collect::<anyhow::Result<_>>()?;
    let mut stale = Vec::new();
    for file in TEMPLATES {
        write(root, file, args.check, &mut stale, |text| in_template(text, file, &rules))?;
    }
    for file in DOCUMENTS {
        write(root, file, args.check, &mut stale, |text| with_calls(text, file, &rules))?;
    }
    let example = ask(host::command().args(["config", "example"]))?;
    write(root, CONFIGURATION, args.check, &mut stale, |text| with_example(text, &example))?;
    // Tests, since one takes the API's model, and the other a service at work; without the variable, they compare.
    for (program, test) in [("plugins", "the_documentation_names"), ("host", "metrics_say_what_became_of_messages")] {
        let mut documentation = cargo(root, &["test", "--test", program, test, "--", "--test-threads", "1"]);
        if !args.check {
            documentation.env("AUTOTAG_GENERATE", "1");
        }
        run_cargo(&mut documentation)?;
    }
    ensure!(stale.is_empty(), "{} is not as the plugins want it: run `cargo xtask generate`", stale.join(" and "));
    Ok(())
}

/// What is needed of a rule that the plugins want.
struct Rule {
    name: String,
    plugin: String,
    calls: Vec<String>,
}

impl Rule {
    fn read(rule: &Value) -> anyhow::Result<Self> {
        let text = |key| rule.get(key).and_then(Value::as_str).map(ToOwned::to_owned).context("a rule without a name");
        let calls = rule.pointer("/pattern/detail/eventName").and_then(Value::as_array);
        let calls = calls.context("a rule without a list of calls")?.iter();
        let calls = calls.map(|call| call.as_str().map(ToOwned::to_owned).context("a call that is not named"));
        Ok(Self { name: text("name")?, plugin: text("plugin")?, calls: calls.collect::<anyhow::Result<_>>()? })
    }
}

fn write(
    root: &Path,
    file: &str,
    check: bool,
    stale: &mut Vec<String>,
    change: impl FnOnce(&str) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let path = root.join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let new = change(&text)?;
    if new == text {
        return Ok(());
    }
    if check {
        stale.push(file.to_owned());
        return Ok(());
    }
    fs::write(&path, new).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("{} is written", path.display());
    Ok(())
}

/// The template with each rule's calls as the plugins want them.
fn in_template(text: &str, file: &str, rules: &[Rule]) -> anyhow::Result<String> {
    let mut text = text.to_owned();
    for Rule { name, calls, .. } in rules {
        let missing = || {
            format!(
                "{file} has no rule {name} with a list of calls: write one, as `host rule --format cloudformation` prints it, and let it send \
                 to the queue as the others do"
            )
        };
        let rule = text.find(&format!("\n  {name}:\n")).with_context(missing)?;
        let (_, behind) = text.split_at(rule + 1);
        // The next resource begins at the same indentation.
        let end = behind.match_indices("\n  ").find(|(at, _)| {
            behind.get(at + 3..).is_some_and(|line| line.starts_with(|first: char| first.is_ascii_alphanumeric()))
        });
        let own = behind.get(..end.map_or(behind.len(), |(at, _)| at)).unwrap_or_default();
        let list = own.find("eventName: [").with_context(missing)? + "eventName: [".len();
        let length = own.get(list..).and_then(|rest| rest.find(']')).with_context(missing)?;
        let begin = rule + 1 + list;
        text.replace_range(begin..begin + length, &listed(calls, own.get(..list).unwrap_or_default()));
    }
    Ok(text)
}

/// Names between brackets, on one line if there is room behind `before`.
fn listed(names: &[String], before: &str) -> String {
    let column = before.rsplit('\n').next().unwrap_or_default();
    let one = names.join(", ");
    if column.len() + one.len() < LINE {
        return one;
    }
    let key = column.len() - column.trim_start().len();
    let indent = " ".repeat(key + 2);
    let mut lines = vec![String::new()];
    for (number, name) in names.iter().enumerate() {
        let name = if number + 1 == names.len() { name.clone() } else { format!("{name},") };
        let is_full = lines.last().is_some_and(|line| indent.len() + line.len() + 1 + name.len() > LINE);
        match lines.last_mut() {
            Some(line) if !is_full && !line.is_empty() => *line = format!("{line} {name}"),
            Some(line) if line.is_empty() => *line = name,
            _ => lines.push(name),
        }
    }
    format!("\n{indent}{}\n{}", lines.join(&format!("\n{indent}")), " ".repeat(key))
}

/// A document with the number of calls that the plugin for EC2 knows.
fn with_calls(text: &str, file: &str, rules: &[Rule]) -> anyhow::Result<String> {
    const BEFORE: &str = "| `ec2` | all ";
    let calls: usize = rules.iter().filter(|rule| rule.plugin == "ec2").map(|rule| rule.calls.len()).sum();
    let missing = || format!("{file} does not say how many calls `ec2` knows");
    let (before, behind) = text.split_once(BEFORE).with_context(missing)?;
    let behind = behind.trim_start_matches(|digit: char| digit.is_ascii_digit());
    Ok(format!("{before}{BEFORE}{calls}{behind}"))
}

/// The document with the example of a configuration file, as the host prints it.
fn with_example(text: &str, example: &str) -> anyhow::Result<String> {
    const BEGIN: &str = "<!-- example: written by `cargo xtask generate` -->\n```toml\n";
    let missing = || format!("{CONFIGURATION} has no place for the example: {BEGIN}");
    let (before, behind) = text.split_once(BEGIN).with_context(missing)?;
    let (_, behind) = behind.split_once("```\n").with_context(missing)?;
    Ok(format!("{before}{BEGIN}{}\n```\n{behind}", example.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(calls: &[&str]) -> Rule {
        let calls = calls.iter().map(|&call| call.to_owned()).collect();
        Rule { name: "Ec2Rule".into(), plugin: "ec2".into(), calls }
    }

    #[test]
    fn the_calls_of_a_rule_are_written_and_nothing_else() {
        let template = |calls: &str| {
            let rule = |name: &str, calls: &str| {
                format!(
                    "  {name}:\n    Properties:\n      detail:\n        eventName: [{calls}]\n        source: [x]\n\n"
                )
            };
            format!("Resources:\n{}{}", rule("Ec2Rule", calls), rule("S3Rule", "CreateBucket"))
        };
        let written = in_template(&template("Old"), "t.yaml", &[rule(&["CreateVpc", "RunInstances"])]).unwrap();
        assert_eq!(written, template("CreateVpc, RunInstances"));
        let many: Vec<_> = (0..12).map(|number| format!("CreateSomething{number}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let written = in_template(&written, "t.yaml", &[rule(&many)]).unwrap();
        assert!(written.lines().all(|line| line.len() <= LINE), "{written}");
        assert!(written.contains("eventName: [\n          CreateSomething0, ") && written.contains("\n        ]\n"));
        assert_eq!(in_template(&written, "t.yaml", &[rule(&many)]).unwrap(), written);
        let error = in_template("Resources:\n", "t.yaml", &[rule(&[])]).unwrap_err().to_string();
        assert!(error.contains("t.yaml has no rule Ec2Rule"), "{error}");
    }

    #[test]
    fn a_document_says_how_many_calls_there_are() {
        let rules = [rule(&["A", "B"]), rule(&["C"])];
        let document = with_calls("a\n| `ec2` | all 7 calls of EC2 | b", "d.md", &rules).unwrap();
        assert_eq!(document, "a\n| `ec2` | all 3 calls of EC2 | b");
    }

    #[test]
    fn the_example_is_replaced_and_nothing_else() {
        let place = "<!-- example: written by `cargo xtask generate` -->\n```toml\n";
        let document = with_example(&format!("a\n{place}old = 1\n```\nb ```\nc\n```\n"), "new = 2\n").unwrap();
        assert_eq!(document, format!("a\n{place}new = 2\n```\nb ```\nc\n```\n"));
        assert!(with_example("a", "b").is_err());
    }
}
