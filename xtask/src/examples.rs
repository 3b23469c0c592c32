//! The example plugins: builds, tests and measures each as its author would, with the host's own commands.

mod toolchains;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::announce;
use crate::cargo::{run, target};

/// How often each example is asked about an event, to measure it.
const CALLS: &str = "200";

/// An example: its folder, how its own tests are run, and how what it takes to build it is found or installed.
struct Example {
    folder: &'static str,
    test: &'static [&'static str],
    install: fn(&Path, &Path) -> anyhow::Result<Environment>,
}

/// Variables that tools need.
type Environment = Vec<(&'static str, OsString)>;

const EXAMPLES: [Example; 4] = [
    Example { folder: "rust", test: &["cargo", "test", "--quiet"], install: toolchains::rust },
    Example { folder: "javascript", test: &["npm", "test", "--silent"], install: toolchains::javascript },
    Example { folder: "python", test: &["python3", "-m", "unittest", "--quiet"], install: toolchains::python },
    Example { folder: "go", test: &["go", "test", "./..."], install: toolchains::go },
];

/// Builds, tests and measures all examples. One whose language is not there and cannot be installed is left out, and said to be.
pub(crate) fn check(root: &Path, host: &Path) -> anyhow::Result<()> {
    let mut skipped = Vec::new();
    for example in &EXAMPLES {
        announce(&format!("The example plugin in {}", example.folder));
        let folder = root.join("plugins/examples").join(example.folder);
        match (example.install)(root, &folder) {
            Ok(environment) => example.check(root, &folder, host, &environment)?,
            Err(reason) => skipped.push(format!("{}: {reason:#}", example.folder)),
        }
    }
    for reason in skipped {
        announce(&format!("NOT CHECKED: the example plugin in {reason}"));
    }
    Ok(())
}

impl Example {
    fn check(&self, root: &Path, folder: &Path, host: &Path, environment: &Environment) -> anyhow::Result<()> {
        let run_in_folder = |program: &std::ffi::OsStr, arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(folder).envs(environment.iter().map(|(name, value)| (name, value)));
            // Nothing of it goes into the user's own cache, nor among what the project itself is built from.
            let aside = target(root).join("examples");
            command
                .env_remove("AUTOTAG_CACHE")
                .env_remove("CACHE_DIRECTORY")
                .env("XDG_CACHE_HOME", aside.join("cache"));
            command.env("CARGO_TARGET_DIR", aside);
            run(&mut command)
        };
        if let [program, arguments @ ..] = self.test {
            run_in_folder(program.as_ref(), arguments)?;
        }
        let wasm = format!("key-pairs-{}.wasm", self.folder);
        run_in_folder(host.as_os_str(), &["plugin", "build"])?;
        run_in_folder(host.as_os_str(), &["plugin", "test"])?;
        run_in_folder(host.as_os_str(), &["plugin", "bench", &wasm, "events", "--repeat", CALLS])
    }
}
