//! The example plugins, and new plugins made from them: builds, tests and measures each as its author would, with the host's own
//! commands.

mod toolchains;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

pub(crate) use toolchains::venv;

use crate::announce;
use crate::cargo::{run, target};

/// How often each example is asked about an event, to measure it.
const CALLS: &str = "200";
/// What new plugins are called.
const NEW: &str = "brand-new";

/// An example: its language, how its own tests are run, and how what it takes to build it is found or installed.
struct Example {
    language: &'static str,
    test: &'static [&'static str],
    toolchain: fn(&Path, &Path) -> anyhow::Result<Toolchain>,
}

/// What it takes to build plugins in a language.
enum Toolchain {
    /// It is there, for tools that get these variables.
    Ready(Environment),
    /// It is not there, and cannot be installed from here: why.
    Missing(String),
}

/// Variables that tools need.
type Environment = Vec<(&'static str, OsString)>;

const EXAMPLES: [Example; 4] = [
    Example { language: "rust", test: &["cargo", "test", "--quiet"], toolchain: toolchains::rust },
    Example { language: "javascript", test: &["npm", "test", "--silent"], toolchain: toolchains::javascript },
    Example { language: "python", test: &["python3", "-m", "unittest", "--quiet"], toolchain: toolchains::python },
    Example { language: "go", test: &["go", "test", "./..."], toolchain: toolchains::go },
];

/// Builds, tests and measures all examples, and a new plugin in each of their languages. Answers which languages were left out,
/// and why.
pub(crate) fn check(root: &Path, host: &Path) -> anyhow::Result<Vec<String>> {
    let mut left_out = Vec::new();
    for example in &EXAMPLES {
        announce(&format!("The example plugin in {}, and a new one", example.language));
        let folder = root.join("plugins/examples").join(example.language);
        match (example.toolchain)(root, &folder)? {
            Toolchain::Ready(environment) => example.check(&Author { root, host, environment }, &folder)?,
            Toolchain::Missing(reason) => left_out.push(format!("plugins in {}: {reason}", example.language)),
        }
    }
    Ok(left_out)
}

impl Example {
    fn check(&self, author: &Author<'_>, folder: &Path) -> anyhow::Result<()> {
        author.run(folder, self.test)?;
        author.host(folder, &["build"])?;
        author.host(folder, &["test"])?;
        let wasm = format!("key-pairs-{}.wasm", self.language);
        author.host(folder, &["bench", &wasm, "events", "--repeat", CALLS])?;

        let made = target(author.root).join("examples/new").join(self.language);
        if made.exists() {
            fs::remove_dir_all(&made).with_context(|| format!("cannot remove {}", made.display()))?;
        }
        let place = made.to_str().context("the project's path is not UTF-8")?;
        author.host(author.root, &["new", NEW, place, "--lang", self.language])?;
        author.host(&made, &["build"])?;
        author.host(&made, &["test"])?;
        author.run(&made, self.test)
    }
}

/// Somebody who writes plugins.
struct Author<'a> {
    root: &'a Path,
    host: &'a Path,
    environment: Environment,
}

impl Author<'_> {
    /// Runs a program in a plugin's folder.
    fn run(&self, folder: &Path, words: &[&str]) -> anyhow::Result<()> {
        let (program, arguments) = words.split_first().context("nothing to run")?;
        self.run_command(Command::new(program).args(arguments), folder)
    }

    /// Runs `host plugin` in a plugin's folder.
    fn host(&self, folder: &Path, arguments: &[&str]) -> anyhow::Result<()> {
        self.run_command(Command::new(self.host).arg("plugin").args(arguments), folder)
    }

    fn run_command(&self, command: &mut Command, folder: &Path) -> anyhow::Result<()> {
        // Nothing of it goes into the user's own cache, nor among what the project itself is built from.
        let aside = target(self.root).join("examples");
        command.current_dir(folder).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env_remove("AUTOTAG_CACHE").env_remove("CACHE_DIRECTORY").env("XDG_CACHE_HOME", aside.join("cache"));
        run(command.env("CARGO_TARGET_DIR", aside))
    }
}
