//! A plugin's events, and what is expected of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::wasm_files;

use super::expectation::{self, Expected, summary};
use crate::commands::diff::diff;
use crate::commands::inputs::EXPECTED;
use crate::commands::output::display_path;
use crate::commands::with_path_context;

/// A file with events, and the file with what is expected of them. At least one of them is there.
#[derive(Debug)]
pub(super) struct Case {
    /// The name of the file with events.
    pub(super) name: String,
    pub(super) event: PathBuf,
    pub(super) expectation: PathBuf,
}

/// Whether an expectation is met.
#[derive(Debug)]
pub(super) enum CaseResult {
    /// It is: what came.
    Met(String),
    /// It is from now on: what came.
    Written(String),
    /// It is not: the difference.
    Differs(String),
    /// There is none: what came.
    NothingExpected(String),
    /// There is one that cannot be understood: why.
    Unreadable(String),
    /// There is an expectation, but no file with events.
    NoEvent,
}

impl CaseResult {
    pub(super) fn is_good(&self) -> bool {
        matches!(self, Self::Met(_) | Self::Written(_))
    }
}

impl Case {
    /// Compares what comes of the events with what is expected.
    pub(super) fn check(&self, pipeline: &Pipeline) -> anyhow::Result<CaseResult> {
        if !self.event.exists() {
            return Ok(CaseResult::NoEvent);
        }
        let actual = self.actual(pipeline)?;
        let expected = match self.expected() {
            Ok(Some(expected)) => expected,
            Ok(None) => return Ok(CaseResult::NothingExpected(pretty(&actual)?)),
            // Not an error, so that the other cases are still checked.
            Err(error) => return Ok(CaseResult::Unreadable(format!("{error:#}"))),
        };
        if expected == actual {
            Ok(CaseResult::Met(summary(&actual)))
        } else {
            Ok(CaseResult::Differs(diff(Some(&expected), Some(&actual))?))
        }
    }

    /// Writes what comes of the events as what is expected, unless it is already.
    pub(super) fn accept(&self, pipeline: &Pipeline) -> anyhow::Result<CaseResult> {
        if !self.event.exists() {
            return Ok(CaseResult::NoEvent);
        }
        let actual = self.actual(pipeline)?;
        // What cannot be understood is to be replaced, too.
        if self.expected().ok().flatten().as_ref() == Some(&actual) {
            return Ok(CaseResult::Met(summary(&actual)));
        }
        with_path_context(&self.expectation, "write", fs::write(&self.expectation, pretty(&actual)?))?;
        Ok(CaseResult::Written(summary(&actual)))
    }

    fn actual(&self, pipeline: &Pipeline) -> anyhow::Result<Vec<Expected>> {
        let events = with_path_context(&self.event, "read", fs::read(&self.event))?;
        Ok(expectation::of(pipeline, &events)?)
    }

    fn expected(&self) -> anyhow::Result<Option<Vec<Expected>>> {
        if !self.expectation.exists() {
            return Ok(None);
        }
        let text = with_path_context(&self.expectation, "read", fs::read_to_string(&self.expectation))?;
        serde_json::from_str(&text).map(Some).with_context(|| {
            format!("{} is no list of outcomes; --accept writes it anew", display_path(&self.expectation))
        })
    }
}

fn pretty(outcomes: &[Expected]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(outcomes).map(|text| text + "\n")
}

/// All cases of a plugin, sorted by name.
pub(super) fn find(plugin: &Path) -> anyhow::Result<Vec<Case>> {
    let folder = plugin.join("events");
    let how = || format!("{} should hold the events to test with, as *.json", display_path(&folder));
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(&folder).with_context(how)? {
        let name = with_path_context(&folder, "read", entry)?.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(EXPECTED).or_else(|| name.strip_suffix(".json")) else { continue };
        let case = Case {
            name: format!("{stem}.json"),
            event: folder.join(format!("{stem}.json")),
            expectation: folder.join(format!("{stem}{EXPECTED}")),
        };
        cases.insert(stem.to_owned(), case);
    }
    anyhow::ensure!(!cases.is_empty(), "there is no event: {}", how());
    Ok(cases.into_values().collect())
}

/// Makes sure that there is exactly one plugin to test.
pub(super) fn only_plugin(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut plugins = wasm_files(folder)?;
    let names: Vec<_> = plugins.iter().map(|path| display_path(path)).collect();
    match (plugins.pop(), plugins.is_empty()) {
        (Some(plugin), true) => Ok(plugin),
        (None, _) => {
            anyhow::bail!("no .wasm file in {0}; build it with `host plugin build {0}`", display_path(folder))
        }
        (Some(_), false) => {
            anyhow::bail!(
                "which plugin is to be tested? {} has {}: leave only one there",
                display_path(folder),
                names.join(", ")
            )
        }
    }
}
