//! `host`: see the documentation of the library.

use std::process::ExitCode;

/// For production: glibc's keeps what many threads have freed, and a host that works for hours grows to twice the size.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    autotag_host::dispatch::main()
}
