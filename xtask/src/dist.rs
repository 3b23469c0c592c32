//! `cargo xtask dist`: everything that an operator of autotag needs, in one archive, and as packages for Debian and Red
//! Hat's families.
//!
//! The archive is reproducible: it has the same bytes whenever the same files are packed at the same commit, and its
//! names, times and owners say nothing about the machine or user that packed it.

mod archive;
mod contents;
mod licences;
mod packages;
mod packed;
mod release;
mod sbom;
mod sums;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use contents::Contents;
use release::Release;

use crate::cargo::{ask, build_host, cargo, run, target};
use crate::console::announce;
use crate::plugins;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build for this target instead of this machine: its linker and libraries have to be here
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Build the host with this profile: with `dev`, what would be packed is seen in a minute
    #[arg(long, default_value = RELEASE, value_name = "NAME")]
    profile: String,
}

/// The profile that releases are built with.
const RELEASE: &str = "release";

/// Builds and packs a release.
pub(crate) fn make(root: &Path, args: &Args) -> anyhow::Result<()> {
    announce("Looking at what is to be packed");
    let machine = rustc(root, &["-vV"])?;
    let machine = machine.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` names no host")?;
    let triple = args.target.as_deref().unwrap_or(machine);
    let release = Release::of(root)?;
    let mut notes = release.check()?;
    if args.profile != RELEASE {
        notes.push(format!("the host is built with the profile {}", args.profile));
    }
    let time = commit_time(root)?;

    let plugins = plugins::build(root)?;
    let built = build(root, &args.profile, triple, machine)?;
    let work = target(root).join("dist/work").join(triple);
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let host = work.join(contents::PROGRAM);
    strip(root, machine, &built, &host)?;
    // What needs a host that runs on this machine is the same for all targets.
    let speaker = if triple == machine { host.clone() } else { speaker(root, &work)? };
    release.check_host(&speaker)?;
    announce("Asking cargo-cyclonedx what the host and the plugins are made of");
    let sboms = sbom::of_host_and_plugins(root, &release, triple, time)?;

    let licences = licences::of(root, triple, &sboms)?;

    announce("Packing");
    let name = format!("autotag-{}-{triple}", release.version);
    let place = target(root).join("dist").join(&name);
    let (sboms, licences) = (sboms.as_slice(), licences.as_str());
    let contents = Contents { root, host: &host, speaker: &speaker, plugins: &plugins, sboms, licences };
    let sums = contents.gather(&place)?;
    release.check_plugins(&speaker, &place.join(contents::PLUGINS), &sums)?;
    let archive = place.with_file_name(format!("{name}.tar.gz"));
    archive::pack(&place, &archive, time)?;
    let sum = sums::write_beside(&archive)?;
    println!("{}", next(&archive, &sum, &sums)?);
    for package in packages::make(root, &place, &release.version, triple, &work, time)? {
        sums::write_beside(&package)?;
        println!("\n{}", package.display());
    }
    notes.iter().for_each(|note| println!("\nNOT A RELEASE: {note}"));
    Ok(())
}

/// A host for this machine, under the program's name.
fn speaker(root: &Path, work: &Path) -> anyhow::Result<PathBuf> {
    let (built, speaker) = (build_host(root)?, work.join("speaker").join(contents::PROGRAM));
    fs::create_dir_all(work.join("speaker"))
        .and_then(|()| fs::copy(&built, &speaker))
        .with_context(|| format!("cannot copy {} to {}", built.display(), speaker.display()))?;
    Ok(speaker)
}

/// The next steps for the recipient of the archive.
fn next(archive: &Path, sum: &str, sums: &[(String, String)]) -> anyhow::Result<String> {
    let file = archive.file_name().context("the archive has a name")?.to_string_lossy();
    let size = fs::metadata(archive)?.len() as f64 / f64::from(1 << 20);
    let folder = file.trim_end_matches(".tar.gz");
    let mut lines = vec![
        format!("{} ({size:.1} MiB)", archive.display()),
        format!("sha256 {sum}"),
        String::new(),
        "Where it is to run, with the file that ends in .sha256 beside it:".into(),
        format!("  sha256sum -c {file}.sha256 && tar -xzf {file} && cd {folder} && sha256sum -c --quiet SHA256SUMS"),
        String::new(),
        "SHA256SUMS says of each plugin what host.toml pins it with; with `require_pins` the host loads nothing else:"
            .into(),
        String::new(),
        "  require_pins = true".into(),
    ];
    for (path, sum) in sums {
        let name = path.strip_prefix(contents::PLUGINS).and_then(|path| path.strip_prefix('/'));
        if let Some(name) = name.and_then(|name| name.strip_suffix(".wasm")) {
            lines.extend([String::new(), format!("  [plugin.{name}]"), format!("  sha256 = \"{sum}\"")]);
        }
    }
    Ok(lines.join("\n"))
}

/// Builds the production host with its symbols. The archive gets a stripped copy, so that the symbols of the one
/// explain the addresses of the other, and nothing is compiled twice, as with a profile of its own.
fn build(root: &Path, profile: &str, triple: &str, machine: &str) -> anyhow::Result<PathBuf> {
    announce("Building the host for production (the first time takes a quarter of an hour and about 7 GB of memory)");
    let mut build = cargo(
        root,
        &["build", "--locked", "--features", "autotag-host/jemalloc", "--bin", "host", "--profile", profile],
    );
    let mut folder = target(root);
    if triple != machine {
        let libraries = rustc(root, &["--print", "target-libdir", "--target", triple])?;
        ensure!(
            Path::new(libraries.trim()).exists(),
            "the compiler has no standard library for {triple}: rustup target add {triple}"
        );
        build.args(["--target", triple]);
        folder.push(triple);
    }
    run(&mut build)?;
    // The only profile whose folder has another name.
    Ok(folder.join(if profile == "dev" { "debug" } else { profile }).join("host"))
}

/// Copies a binary without its symbols, with the tool that comes with the compiler and knows the binaries of all its
/// targets.
fn strip(root: &Path, machine: &str, built: &Path, stripped: &Path) -> anyhow::Result<()> {
    let sysroot = rustc(root, &["--print", "sysroot"])?;
    let objcopy = Path::new(sysroot.trim()).join("lib/rustlib").join(machine).join("bin/rust-objcopy");
    ensure!(objcopy.exists(), "{} is missing: install the toolchain with rustup", objcopy.display());
    run(Command::new(objcopy).arg("--strip-all").arg(built).arg(stripped))
}

/// The output of the project's compiler.
fn rustc(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    ask(Command::new("rustc").current_dir(root).args(arguments))
}

/// The build time of the archive, in seconds since 1970: `SOURCE_DATE_EPOCH`, else the time of the last commit.
fn commit_time(root: &Path) -> anyhow::Result<u64> {
    let time = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(time) => time,
        Err(_) => ask(Command::new("git").current_dir(root).args(["log", "-1", "--format=%ct"]))?,
    };
    let time = time.trim();
    time.parse().with_context(|| format!("SOURCE_DATE_EPOCH is {time:?}, and not a number of seconds since 1970"))
}
