//! `cargo xtask mutants`: changes a part of the host in small ways, one after the other, and lists the changes that no
//! test notices. A test that nothing can make fail is worth nothing.

use std::path::Path;

use anyhow::bail;
use clap::ValueEnum;

use crate::cargo::{installed, target};
use crate::console::announce;
use crate::plugins;

/// The version of cargo-mutants.
const CARGO_MUTANTS: &str = "27.1.0";

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The part whose mutants are tried
    part: Part,
    /// Only this part of them, such as 0/8: for a machine with little time
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    Guard,
    Ownership,
    Queue,
    Tagger,
}

impl Part {
    /// The sources that are changed.
    fn sources(self) -> [&'static str; 2] {
        match self {
            Self::Guard => ["host/core/src/guard.rs", "host/core/src/guard/**/*.rs"],
            Self::Ownership => ["host/core/src/ownership.rs", "host/core/src/ownership/**/*.rs"],
            Self::Queue => ["host/aws/src/queue.rs", "host/aws/src/queue/**/*.rs"],
            Self::Tagger => ["host/aws/src/tagger.rs", "host/aws/src/tagger/**/*.rs"],
        }
    }

    /// The packages that are built and tested for each mutant: those whose tests are to notice.
    fn packages(self) -> &'static str {
        match self {
            Self::Guard | Self::Ownership => "autotag-core",
            Self::Queue | Self::Tagger => "autotag-aws,autotag-host,autotag-tests",
        }
    }

    /// Which of their tests: unit tests, and black-box tests of the service.
    fn tests(self) -> &'static [&'static str] {
        match self {
            Self::Guard | Self::Ownership => &["--lib"],
            Self::Queue => &["--lib", "--test", "command_line", "--test", "host", "--", "run::", "queue::"],
            Self::Tagger => &[
                "--lib",
                "--test",
                "command_line",
                "--test",
                "ownership",
                "--test",
                "host",
                "--",
                "run::",
                "theft::",
                "tagger::",
                "the_owner",
            ],
        }
    }
}

/// Tries all mutants of a part. The sources are changed in place, so that what is built stays warm.
pub(crate) fn run(root: &Path, args: &Args) -> anyhow::Result<()> {
    if matches!(args.part, Part::Queue | Part::Tagger) {
        plugins::build(root)?;
    }
    announce("Trying mutants (each is built and tested: seconds for the guard, a minute or two for the others)");
    let mut mutants = installed(root, "cargo-mutants", CARGO_MUTANTS)?;
    // What a mutant fails on is no regression to keep.
    mutants.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true");
    // What stands in for the feature `full` is not compiled with it.
    mutants.args(["mutants", "--in-place", "--no-shuffle", "--exclude", "**/not_built.rs", "--output"]);
    mutants.arg(target(root).join("mutants"));
    for source in args.part.sources() {
        mutants.args(["--file", source]);
    }
    if let Some(shard) = &args.shard {
        mutants.args(["--shard", shard]);
    }
    mutants.args(["--test-package", args.part.packages(), "--"]).args(args.part.tests());
    match mutants.status()?.code() {
        Some(0) => Ok(()),
        // Its own status for mutants that were missed.
        Some(2) => {
            bail!("no test notices what {} lists", target(root).join("mutants/mutants.out/missed.txt").display())
        }
        status => bail!("cargo-mutants ended with {status:?}"),
    }
}
