//! The contents of a release.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::sums;
use crate::cargo::{ask, run};
use crate::plugins as own;

/// The name of the program: `host`, as cargo calls it, is the name of a DNS tool, too.
pub(super) const PROGRAM: &str = "autotag";
/// The name of the plugins' folder.
pub(super) const PLUGINS: &str = "plugins";
/// Files that are copied unchanged from the project's folder.
const DOCUMENTS: [&str; 5] = ["BENCHMARKS.md", "CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md"];
/// What is copied of the project beside them: everything for deploying the host, the documentation, what authors of
/// plugins read, and an event to replay.
const TRACKED: [&str; 5] = ["docs", "infra", "plugins/README.md", "plugins/ec2/events/run-instances.json", "wit"];
/// Shells, and the file names that they expect for completions.
const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "autotag.bash"),
    ("elvish", "autotag.elv"),
    ("fish", "autotag.fish"),
    ("powershell", "_autotag.ps1"),
    ("zsh", "_autotag"),
];

/// The sources of a release's contents.
pub(super) struct Contents<'a> {
    /// The project's root.
    pub(super) root: &'a Path,
    /// The binary that is packed.
    pub(super) host: &'a Path,
    /// A binary of the same host that runs on this machine, under the program's name.
    pub(super) speaker: &'a Path,
    /// The folder of the built plugins.
    pub(super) plugins: &'a Path,
    /// The bills of materials, by file name.
    pub(super) sboms: &'a [(String, String)],
    /// The licences of dependencies.
    pub(super) licences: &'a str,
}

impl Contents<'_> {
    /// Puts everything into a new folder, replacing an old one, and returns its digests.
    pub(super) fn gather(&self, place: &Path) -> anyhow::Result<Vec<(String, String)>> {
        if place.exists() {
            fs::remove_dir_all(place).with_context(|| format!("cannot remove {}", place.display()))?;
        }
        copy(self.host, &place.join(PROGRAM))?;
        for (_, file) in own::PLUGINS {
            let plugin = place.join(PLUGINS).join(file);
            copy(&self.plugins.join(file), &plugin)?;
            // The linker makes it executable, which only the host needs to do.
            fs::set_permissions(&plugin, Permissions::from_mode(0o644))?;
        }
        for (name, text) in self.sboms {
            write(&place.join("sbom").join(name), text)?;
        }
        write(&place.join("THIRD-PARTY-LICENSES"), self.licences)?;
        for (shell, name) in COMPLETIONS {
            let script = ask(Command::new(self.speaker).args(["completions", shell]))?;
            write(&place.join("completions").join(name), &script)?;
        }
        run(Command::new(self.speaker).args(["man", "--out"]).arg(place.join("man/man1")))?;
        for file in DOCUMENTS.map(PathBuf::from).into_iter().chain(self.tracked()?) {
            let (from, to) = (self.root.join(&file), place.join(&file));
            if file.extension().is_some_and(|ending| ending == "md") {
                let text = fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
                write(&to, &in_programs_name(&text))?;
            } else {
                copy(&from, &to)?;
            }
        }
        sums::write_into(place)
    }

    /// The files there that git tracks, and no others beside them.
    fn tracked(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut all = Vec::new();
        for place in TRACKED {
            let files = ask(Command::new("git").current_dir(self.root).args(["ls-files", "-z", "--", place]))?;
            let before = all.len();
            all.extend(files.split_terminator('\0').map(PathBuf::from));
            ensure!(all.len() > before, "git tracks nothing in {place}");
        }
        Ok(all)
    }
}

/// A document in which commands have the program's name: beside the sources they have the name that cargo gives it.
fn in_programs_name(document: &str) -> String {
    let mut is_code = false;
    let lines = document.split_inclusive('\n').map(|line| {
        is_code ^= line.trim_start().starts_with("```");
        let line = line.replace("`host ", &format!("`{PROGRAM} "));
        let command = line.trim_start();
        match command.strip_prefix("host ").filter(|_| is_code) {
            Some(rest) => format!("{}{PROGRAM} {rest}", &line[..line.len() - command.len()]),
            None => line,
        }
    });
    lines.collect()
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    make_folder_of(to)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    make_folder_of(file)?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn make_folder_of(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_documents_commands_have_the_programs_name_and_the_host_stays_the_host() {
        let text = "`host run` starts the\nhost itself.\n  ```sh\nhost doctor\n  host replay x\n  ```\nA DNS tool is `host`, too.";
        let renamed = text.replace("`host run", "`autotag run").replace("host doctor", "autotag doctor");
        assert_eq!(in_programs_name(text), renamed.replace("host replay", "autotag replay"));
    }
}
