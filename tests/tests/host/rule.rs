//! `host rule`, as a user sees it.

mod diff;
mod print;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use autotag_tests::host::{self, Replay};

/// `host rule` with the plugins in a folder. It uses the shared cache, since the command runs often here and the
/// plugins are the same.
fn command(plugins: &Path) -> Command {
    let mut command = host::command();
    command.arg("rule").arg("--plugins").arg(plugins).env("AUTOTAG_CACHE", host::cache());
    command
}

fn rule<S: AsRef<OsStr>>(plugins: &Path, arguments: impl IntoIterator<Item = S>) -> Replay {
    Replay::of(command(plugins).args(arguments).output().unwrap())
}
