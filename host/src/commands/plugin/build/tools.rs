//! Running external build tools.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// A tool, to be run in a plugin's folder.
pub(super) fn tool(program: impl AsRef<OsStr>, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// Runs a tool. All of its output goes to stderr: stdout is for the command's own result.
pub(super) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdout(io::stderr()).status();
    check(command, status.with_context(|| format!("cannot run {}", display_command(command)))?)
}

/// Runs a tool, and returns what it prints on stdout.
pub(super) fn output(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {}", display_command(command)))?;
    check(command, output.status)?;
    Ok(output.stdout)
}

/// Whether a tool is there and works.
pub(super) fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn check(command: &Command, status: std::process::ExitStatus) -> anyhow::Result<()> {
    if status.success() {
        return Ok(());
    }
    match status.code() {
        Some(code) => bail!("{} failed with status {code}; what it said is above", display_command(command)),
        None => bail!("{} was ended by a signal", display_command(command)),
    }
}

/// A command as a user types it.
fn display_command(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
