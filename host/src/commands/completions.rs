//! `host completions`: what a shell needs to complete the host's command line.

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

use super::GOOD;
use super::output::Output;

/// What `host completions` is asked for.
#[derive(Debug, Args)]
#[command(after_help = "\
Write it where the shell looks for it, for example:
  bash  host completions bash > ~/.local/share/bash-completion/completions/host
  zsh   host completions zsh > ~/.zfunc/_host, with ~/.zfunc in fpath before compinit
  fish  host completions fish > ~/.config/fish/completions/host.fish")]
pub struct CompletionsArgs {
    /// The shell that the script is for
    #[arg(value_enum)]
    shell: Shell,
}

pub fn completions(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<u8> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    let script = String::from_utf8(script).context("the script is not UTF-8")?;
    let mut output = Output::new();
    output.line(script.trim_end())?;
    output.flush()?;
    Ok(GOOD)
}
