//! `host`: see the documentation of the library.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    autotag_host::commands::main(autotag_host::cli::Cli::parse())
}
