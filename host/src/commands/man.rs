//! `host man`: the manual pages, made from the same text as `--help`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Command};
use clap_mangen::Man;

use super::output::Output;
use super::{GOOD, with_path_context};

/// What `host man` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Read it at once, or install all of them:
  host man | man -l -
  host man --out /usr/local/share/man/man1")]
pub struct ManArgs {
    /// Write the pages of the host and of all its commands into this folder, instead of printing the host's
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn man(args: &ManArgs, command: Command) -> anyhow::Result<u8> {
    // Without the `help` commands, each of which would have a page.
    let mut command = command.disable_help_subcommand(true);
    command.build();
    match &args.out {
        Some(folder) => {
            with_path_context(folder, "make", fs::create_dir_all(folder))?;
            write_all(&command, folder)?;
        }
        None => {
            let mut output = Output::new();
            output.line(page(&command)?.1.trim_end())?;
            output.flush()?;
        }
    }
    Ok(GOOD)
}

/// Writes the pages of a command and of all commands below it.
fn write_all(command: &Command, folder: &Path) -> anyhow::Result<()> {
    let (file, text) = page(command)?;
    let file = folder.join(file);
    with_path_context(&file, "write", fs::write(&file, text))?;
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write_all(below, folder))
}

/// A page, and the name of its file: `host-replay.1`.
fn page(command: &Command) -> anyhow::Result<(String, String)> {
    let source = format!("autotag {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(source).manual("autotag");
    let mut text = Vec::new();
    man.render(&mut text).context("cannot make the manual page")?;
    Ok((man.get_filename(), String::from_utf8(text).context("the manual page is not UTF-8")?))
}
