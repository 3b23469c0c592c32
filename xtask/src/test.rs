//! `cargo xtask test`: everything that has to hold.

use std::path::Path;

use crate::cargo::{build_host, cargo, installed, run};
use crate::{announce, deployment, examples, plugins, say_left_out};

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
    plugins::build(root)?;
    // The tests of the host run its binary, which cargo does not build for another package's tests.
    let host = build_host(root)?;
    announce("Lints");
    run(&mut cargo(root, &["clippy", "--all-targets", "--", "-D", "warnings"]))?;
    let for_wasm = ["clippy", "--profile", "plugin", "--target", "wasm32-unknown-unknown", "-p", "autotag-plugin-sdk"];
    let plugins = plugins::PLUGINS.iter().flat_map(|(package, _)| ["-p", package]);
    run(cargo(root, &for_wasm).args(plugins).args(["--", "-D", "warnings"]))?;
    announce("Lints of the fuzz targets");
    run(cargo(root, &["clippy", "--manifest-path", FUZZ, "--locked"]).args(["--", "-D", "warnings"]))?;
    announce("Documentation");
    run(cargo(root, &["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    announce("Tests");
    let mut tests = cargo(root, &["test"]);
    // Most tests wait for a host, and not for a processor.
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        tests.env("RUST_TEST_THREADS", TEST_THREADS);
    }
    run(&mut tests)?;
    let mut left_out = deployment::check(root, &host)?;
    left_out.extend(examples::check(root, &host)?);
    say_left_out(&left_out)?;
    announce(if left_out.is_empty() { "Everything holds" } else { "Everything that was checked holds" });
    Ok(())
}
