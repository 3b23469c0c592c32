//! `cargo xtask test`: everything that has to hold.

use std::path::Path;

use crate::cargo::{build_demo_host, build_longest_first, cargo, installed, run, target};
use crate::console::{announce, say_left_out};
use crate::stamp::Stamp;
use crate::{demo, demo_host, deployment, examples, generate, plugins, prerequisites};

/// The version of cargo-deny that checks the dependencies.
const CARGO_DENY: &str = "0.20.2";

/// How many tests run at once.
const TEST_THREADS: &str = "6";

/// The workspace of the fuzz targets.
const FUZZ: &str = "tests/fuzz/Cargo.toml";

/// Checks everything, and stops at the first that does not hold. What could not be checked is said at the end.
pub(crate) fn everything(root: &Path) -> anyhow::Result<()> {
    announce("Format");
    run(&mut cargo(root, &["fmt", "--all", "--check"]))?;
    run(&mut cargo(root, &["fmt", "--check", "--manifest-path", FUZZ]))?;
    announce("Licences, bans and sources of dependencies");
    run(installed(root, "cargo-deny", CARGO_DENY)?.args(["--all-features", "check", "licenses", "bans", "sources"]))?;
    let plugins = prerequisites::prepare(root)?;
    announce("Building the host and all tests");
    build_longest_first(root)?;
    run(&mut cargo(root, &["test", "--no-run"]))?;
    let host = target(root).join("debug").join("host");
    announce("What follows from the table of API calls");
    generate::run(root, &plugins, &generate::Args { check: true })?;
    announce("Lints");
    run(&mut cargo(root, &["clippy", "--all-targets", "--", "-D", "warnings"]))?;
    let for_wasm = ["clippy", "--profile", "plugin", "--target", "wasm32-unknown-unknown", "-p", "autotag-plugin-sdk"];
    let packages = plugins::PLUGINS.iter().flat_map(|(package, _)| ["-p", package]);
    run(cargo(root, &for_wasm).args(packages).args(["--", "-D", "warnings"]))?;
    announce("Lints of the demo's host");
    run(cargo(root, &["clippy", "--bin", "host", "--no-default-features"]).args(["--", "-D", "warnings"]))?;
    announce("Lints of the fuzz targets");
    // With the project's own profiles, most of what was checked before need not be checked again.
    let of_fuzz = ["clippy", "--config", "Cargo.toml", "--manifest-path", FUZZ, "--locked", "--target-dir"];
    run(cargo(root, &of_fuzz).arg(target(root)).args(["--", "-D", "warnings"]))?;
    announce("Documentation");
    run(cargo(root, &["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    announce("Tests");
    let mut tests = cargo(root, &["test"]);
    // Most tests wait for a host, and not for a processor.
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        tests.env("RUST_TEST_THREADS", TEST_THREADS);
    }
    run(&mut tests)?;
    let sources = ["tests/fake-aws", "host/api-calls", "Cargo.lock", "Cargo.toml", "rust-toolchain.toml"];
    let stamp = Stamp::of(root, "fake-aws", &sources)?;
    if !stamp.is_there() {
        announce("Tests of the fake AWS (left out while it has not changed)");
        run(&mut cargo(root, &["test", "--test", "fake_aws"]))?;
        stamp.put()?;
    }
    let mut left_out = deployment::check(root, &host)?;
    left_out.extend(examples::check(root, &host)?);
    let demo_host = build_demo_host(root)?;
    demo_host::check(&demo_host, &plugins)?;
    announce("The demo");
    demo::run(&demo_host, &plugins, root, demo::Args::default())?;
    say_left_out(&left_out)?;
    announce(if left_out.is_empty() { "Everything holds" } else { "Everything that was checked holds" });
    Ok(())
}
