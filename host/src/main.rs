//! `host`: see the documentation of the library.

use std::process::ExitCode;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

/// Not the system's: glibc's keeps what many threads have freed, and a host that works for hours grows to twice the size.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    autotag_host::commands::main(autotag_host::cli::Cli::parse())
}
