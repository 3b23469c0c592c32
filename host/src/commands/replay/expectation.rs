//! `--expect` and `--accept`: comparing a replay with an earlier one.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::report::ReplayReport;
use crate::commands::diff::diff;
use crate::commands::with_path_context;

/// Writes what later replays are compared with: a line for each result, without its cost.
pub(super) fn write(path: &Path, reports: &[ReplayReport]) -> anyhow::Result<()> {
    let mut lines = String::new();
    for report in reports {
        lines.push_str(&serde_json::to_string(&report.decision)?);
        lines.push('\n');
    }
    with_path_context(path, "write", fs::write(path, lines))?;
    eprintln!("wrote {} results to {}", reports.len(), path.display());
    Ok(())
}

/// Compares with what was written. Prints each difference to stderr, and returns whether there is none.
pub(super) fn compare(path: &Path, reports: &[ReplayReport]) -> anyhow::Result<bool> {
    let mut expected = read(path)?;
    let mut differences = 0;
    for report in reports {
        let actual = serde_json::to_value(&report.decision)?;
        // By input and plugin and not by index, so that a new event does not make all results after it differ.
        let same = expected.iter().position(|expected| about(expected) == about(&actual));
        let expected = same.map(|index| expected.remove(index));
        if expected.as_ref() != Some(&actual) {
            differences += 1;
            print(expected.as_ref(), Some(&actual))?;
        }
    }
    for gone in &expected {
        differences += 1;
        print(Some(gone), None)?;
    }
    if differences > 0 {
        eprintln!(
            "{differences} differences from {}; if the results are right, run again with --accept",
            path.display()
        );
    }
    Ok(differences == 0)
}

fn read(path: &Path) -> anyhow::Result<Vec<Value>> {
    let text = with_path_context(path, "read", fs::read_to_string(path))?;
    text.lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty())
        .map(|(line, number)| {
            serde_json::from_str(line)
                .with_context(|| format!("{}, line {number}: no result of a replay", path.display()))
        })
        .collect()
}

/// The input, with the event's number, and the plugin of a result.
fn about(result: &Value) -> (Option<&Value>, Option<&Value>) {
    (result.get("input"), result.get("plugin"))
}

fn print(expected: Option<&Value>, actual: Option<&Value>) -> anyhow::Result<()> {
    let result = actual.or(expected);
    let name = result.and_then(|result| result.get("input")?.as_str()).unwrap_or("?");
    let news = match (expected, actual) {
        (None, Some(_)) => " (new)",
        (Some(_), None) => " (gone)",
        _ => "",
    };
    let text = diff(expected, actual)?;
    io::Write::write_all(&mut io::stderr().lock(), format!("{name}{news}\n{text}\n").as_bytes())?;
    Ok(())
}
