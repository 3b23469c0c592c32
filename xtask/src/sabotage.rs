//! `cargo xtask sabotage`: breaks one safeguard of the service after the other, and sees whether a test notices.
//!
//! A test that nothing can make fail is worth nothing. Each sabotage changes one place in the host's sources, builds the host,
//! runs the test that is to notice, and puts the source back, also if it is interrupted by an error. A source with changes of
//! yours is not touched.

mod list;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use list::{SABOTAGES, Sabotage};

use crate::announce;
use crate::cargo::{cargo, run};

/// Tries all of them, or those whose names contain `only`.
pub(crate) fn try_all(root: &Path, only: Option<&str>) -> anyhow::Result<()> {
    let chosen: Vec<_> = SABOTAGES.iter().filter(|one| only.is_none_or(|only| one.what.contains(only))).collect();
    ensure!(!chosen.is_empty(), "there is no such sabotage");
    let mut unnoticed = Vec::new();
    for sabotage in chosen {
        announce(sabotage.what);
        let broken = Broken::new(root, sabotage)?;
        run(cargo(root, &["build", "--quiet", "--bin", "host"]).stdout(Stdio::null()))?;
        let noticed = !test(root, sabotage).status()?.success();
        drop(broken);
        println!("   {}: {}", if noticed { "noticed by" } else { "NOT noticed by" }, sabotage.test);
        if !noticed {
            unnoticed.push(sabotage.what);
        }
    }
    run(cargo(root, &["build", "--quiet", "--bin", "host"]).stdout(Stdio::null()))?;
    if unnoticed.is_empty() { Ok(()) } else { bail!("no test notices: {}", unnoticed.join("; ")) }
}

fn test(root: &Path, sabotage: &Sabotage) -> Command {
    let mut command = match sabotage.test.split_once("::") {
        Some(("lib", name)) => cargo(root, &["test", "--quiet", "--lib", name]),
        Some((file, name)) => cargo(root, &["test", "--quiet", "--test", file, "--", name]),
        None => cargo(root, &["test", "--quiet", "--test", sabotage.test]),
    };
    // A failure is what is hoped for, and says much.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A source that is broken for as long as this lives.
struct Broken {
    path: PathBuf,
    sound: String,
}

impl Broken {
    fn new(root: &Path, sabotage: &Sabotage) -> anyhow::Result<Self> {
        let path = root.join("host/src").join(sabotage.file);
        let changed =
            Command::new("git").args(["diff", "--quiet", "HEAD", "--"]).arg(&path).current_dir(root).status()?;
        ensure!(changed.success(), "{} has changes that are not committed", path.display());
        let sound = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let broken = sabotage.apply(&sound)?;
        fs::write(&path, broken).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path, sound })
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        if let Err(error) = fs::write(&self.path, &self.sound) {
            eprintln!("error: {} is still broken ({error}): run `git checkout` on it", self.path.display());
        }
    }
}

impl Sabotage {
    fn apply(&self, sound: &str) -> anyhow::Result<String> {
        let places = sound.matches(self.sound).count();
        ensure!(places == 1, "{}: `{}` stands there {places} times instead of once", self.file, self.sound);
        Ok(sound.replace(self.sound, self.broken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sabotage_finds_what_it_breaks() {
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src");
        for sabotage in SABOTAGES {
            let sound = fs::read_to_string(host.join(sabotage.file)).unwrap();
            assert_ne!(sabotage.apply(&sound).unwrap(), sound, "{}", sabotage.what);
        }
    }
}
