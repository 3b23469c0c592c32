//! Running cargo and its friends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::console::announce;

/// The project's folder.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the project's folder")?.into())
}

/// Cargo, in the project's folder.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(arguments);
    // What cargo has told xtask about xtask itself. Build scripts that ask for any of it are run again when it changes,
    // and everything that stands on them would be compiled anew for `cargo xtask` and again for plain cargo.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") || name.to_string_lossy().starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    // What is compiled from C is compiled anew when this changes, and again everything that stands on it.
    command.env_remove("SOURCE_DATE_EPOCH");
    command
}

/// Runs a command, and fails if it does.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    let status = command.status().with_context(|| format!("cannot run {shown}"))?;
    if status.success() { Ok(()) } else { bail!("{shown}: {status}") }
}

/// Runs a command that is asked something, and gives what it answers on stdout.
pub(crate) fn ask(command: &mut Command) -> anyhow::Result<String> {
    let shown = format!("{command:?}").replace('"', "");
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot run {shown}"))?;
    if !output.status.success() {
        bail!("{shown}: {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("what {shown} answers is not UTF-8"))
}

/// A program from crates.io, installed among the build's own files if it is not there.
pub(crate) fn installed(root: &Path, name: &str, version: &str) -> anyhow::Result<Command> {
    let folder = target(root).join("tools").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(name);
    if !program.exists() {
        announce(&format!("Installing {name} into target/tools (once, for some minutes)"));
        // Without optimisation: compiling it would take longer than what it then does.
        run(cargo(root, &["install", "--locked", "--quiet", "--debug", name, "--version", version, "--root"])
            .arg(&folder))?;
    }
    let mut command = Command::new(program);
    command.current_dir(root);
    Ok(command)
}

/// What takes longest to compile: each is compiled on one core, for minutes.
const LONGEST: [&str; 2] = ["aws-sdk-ec2", "cranelift-codegen"];

/// Builds what takes longest, before what needs it. Cargo by itself begins with what most packages wait for, and ends
/// with `aws-sdk-ec2`, which few do: for minutes, all cores but one then have nothing to do.
pub(crate) fn build_longest_first(root: &Path) -> anyhow::Result<()> {
    run(cargo(root, &["build"]).args(LONGEST.iter().flat_map(|package| ["--package", package])))
}

/// Builds the host, and says where it is.
pub(crate) fn build_host(root: &Path) -> anyhow::Result<PathBuf> {
    announce("Building the host (the first time takes eight minutes or so on two cores, and 7.4 GB of memory)");
    build_longest_first(root)?;
    build(root, &["build", "--bin", "host"])
}

/// Builds a host without what only AWS itself needs, and says where it is.
pub(crate) fn build_demo_host(root: &Path) -> anyhow::Result<PathBuf> {
    announce("Building the host (the first time takes seven minutes or so on two cores, and 7.4 GB of memory)");
    build_longest_first(root)?;
    let built = build(root, &["build", "--bin", "host", "--no-default-features"])?;
    // Out of the way: tests and people are to find the host with everything where cargo puts it.
    let folder = target(root).join("demo");
    let host = folder.join("host");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::rename(&built, &host))
        .with_context(|| format!("cannot move {} to {}", built.display(), folder.display()))?;
    Ok(host)
}

fn build(root: &Path, arguments: &[&str]) -> anyhow::Result<PathBuf> {
    check_prerequisite(
        "cc",
        &["--version"],
        "a C compiler",
        "apt-get install build-essential, or xcode-select --install",
    )?;
    run(&mut cargo(root, arguments))?;
    Ok(target(root).join("debug").join("host"))
}

/// Where cargo puts what it builds.
pub(crate) fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Fails with the command that installs it, if a program is not there.
pub(crate) fn check_prerequisite(program: &str, arguments: &[&str], what: &str, install: &str) -> anyhow::Result<()> {
    let found = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    if found { Ok(()) } else { bail!("{what} is missing (`{program}`): {install}") }
}
