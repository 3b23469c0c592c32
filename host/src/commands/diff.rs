//! The difference between expected and actual results.

use serde::Serialize;
use similar::TextDiff;

/// A unified diff of two results in JSON; what is not there is empty.
pub(super) fn diff(expected: Option<&impl Serialize>, now: Option<&impl Serialize>) -> serde_json::Result<String> {
    let (expected, now) = (pretty(expected)?, pretty(now)?);
    let diff = TextDiff::from_lines(&expected, &now);
    Ok(diff.unified_diff().context_radius(3).header("expected", "now").to_string())
}

fn pretty(value: Option<&impl Serialize>) -> serde_json::Result<String> {
    match value {
        Some(value) => serde_json::to_string_pretty(value).map(|text| text + "\n"),
        None => Ok(String::new()),
    }
}
