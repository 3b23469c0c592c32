//! Builds, tests and measures each example plugin, and a new plugin made from each, as an author would: with the host's
//! own commands.

mod toolchains;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

pub(crate) use toolchains::venv;

use crate::cargo::{run, target};
use crate::console::announce;

/// How long a plugin may take to compile here, in milliseconds.
const COMPILE_MS: &str = "600000";
/// How many invocations a measurement of an example has.
const CALLS: &str = "200";
/// The name of the new plugins.
const NEW: &str = "brand-new";
/// The API call that they are for: another than the examples' own.
const CALL: [&str; 6] = ["--service", "sns", "--call", "CreateTopic", "--id", "topic.topicArn"];

/// An example: its language, the command of its own tests, and the function that finds or installs its toolchain.
struct Example {
    language: &'static str,
    test: &'static [&'static str],
    toolchain: fn(&Path, &Path) -> anyhow::Result<Toolchain>,
    /// Whether it is measured: what is large takes a minute to compile, each time.
    is_measured: bool,
}

/// The toolchain of a language.
enum Toolchain {
    /// It is available to tools that run with these variables.
    Ready(Environment),
    /// It is missing, and cannot be installed from here: the reason.
    Missing(String),
}

/// Environment variables that tools need.
type Environment = Vec<(&'static str, OsString)>;

const EXAMPLES: [Example; 4] = [
    Example { language: "rust", test: &["cargo", "test", "--quiet"], toolchain: toolchains::rust, is_measured: true },
    Example {
        language: "javascript",
        test: &["npm", "test", "--silent"],
        toolchain: toolchains::javascript,
        is_measured: true,
    },
    Example {
        language: "python",
        test: &["python3", "-m", "unittest", "--quiet"],
        toolchain: toolchains::python,
        is_measured: false,
    },
    Example { language: "go", test: &["go", "test", "./..."], toolchain: toolchains::go, is_measured: true },
];

/// Builds, tests and measures all examples, and a new plugin in each of their languages. Returns the languages that
/// were left out, and why.
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
        if self.is_measured {
            let wasm = format!("key-pairs-{}.wasm", self.language);
            author.host(folder, &["bench", &wasm, "events", "--repeat", CALLS])?;
        }

        let made = target(author.root).join("examples/new").join(self.language);
        if made.exists() {
            fs::remove_dir_all(&made).with_context(|| format!("cannot remove {}", made.display()))?;
        }
        let place = made.to_str().context("the project's path is not UTF-8")?;
        author.host(author.root, &[&["new", NEW, place, "--lang", self.language], &CALL[..]].concat())?;
        author.host(&made, &["test", "--build"])?;
        author.run(&made, self.test)
    }
}

/// A plugin's author.
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
        let mut command = Command::new(self.host);
        // A debug build compiles plugins ten times slower than a release, and this machine may be busy.
        command.env("AUTOTAG_LIMIT_COMPILE_MS", COMPILE_MS).arg("plugin").args(arguments);
        self.run_command(&mut command, folder)
    }

    fn run_command(&self, command: &mut Command, folder: &Path) -> anyhow::Result<()> {
        // The build must use neither the user's own cache nor the folder of the project's own builds.
        let aside = target(self.root).join("examples");
        command.current_dir(folder).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env_remove("AUTOTAG_CACHE").env_remove("CACHE_DIRECTORY").env("XDG_CACHE_HOME", aside.join("cache"));
        run(command.env("CARGO_TARGET_DIR", aside))
    }
}
