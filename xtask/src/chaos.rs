//! `cargo xtask chaos`: the long form of the chaos run, which `cargo test` has a short form of.

use anyhow::Error;
use autotag_tests::chaos::Chaos;

use crate::console::announce;

/// What can be chosen of a run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What everything that is chosen at random follows from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many events come
    #[arg(long, default_value_t = Chaos::long(0).events, value_name = "N")]
    events: usize,
    /// How many hosts are killed
    #[arg(long, default_value_t = Chaos::long(0).kills, value_name = "N")]
    kills: usize,
}

/// Runs the chaos test with the host and the plugins that were just built.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let Args { seed, events, kills } = *args;
    announce("Everything goes wrong at once");
    let report = Chaos { events, kills, ..Chaos::long(seed) }.run().map_err(Error::msg)?;
    println!("{report}");
    Ok(())
}
