//! `host rule`, as a user sees it.

#[path = "rule/diff.rs"]
mod diff;
#[path = "rule/print.rs"]
mod print;

use std::ffi::OsStr;
use std::path::Path;

use autotag_tests::host::{self, Replay};

/// Runs `host rule` with the plugins in a folder.
fn rule<S: AsRef<OsStr>>(plugins: &Path, arguments: impl IntoIterator<Item = S>) -> Replay {
    let mut command = host::command();
    command.arg("rule").arg("--plugins").arg(plugins).args(arguments);
    Replay::of(command.output().unwrap())
}
