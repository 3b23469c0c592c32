//! What was checked already, as it is now: checks of what changes rarely are left out while it has not changed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::cargo::target;

/// That a check has passed on these sources.
pub(crate) struct Stamp {
    path: PathBuf,
    digest: String,
}

impl Stamp {
    /// Of the check of this name on all files below these paths.
    pub(crate) fn of(root: &Path, check: &str, sources: &[&str]) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for source in sources {
            find(&root.join(source), &mut files)?;
        }
        files.sort();
        let mut sha256 = Sha256::new();
        for file in &files {
            let content = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            // With lengths, so that nothing can move from one file to the next unseen.
            sha256.update(format!("{} {}\n", file.strip_prefix(root)?.display(), content.len()));
            sha256.update(content);
        }
        let digest = sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: target(root).join("checked").join(check), digest })
    }

    /// Whether the check has passed on just these sources.
    pub(crate) fn is_there(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|digest| digest == self.digest)
    }

    /// Notes that it has.
    pub(crate) fn put(&self) -> anyhow::Result<()> {
        let folder = self.path.parent().context("a stamp lies in a folder")?;
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&self.path, &self.digest))
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
        find(&entry?.path(), files)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_left_out_until_a_source_changes() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("crate/src")).unwrap();
        fs::write(root.path().join("crate/src/lib.rs"), "a").unwrap();
        fs::write(root.path().join("lock"), "1").unwrap();
        let stamp = || {
            let mut stamp = Stamp::of(root.path(), "crate", &["crate", "lock"]).unwrap();
            // Wherever the environment has cargo build.
            stamp.path = root.path().join("target/checked/crate");
            stamp
        };
        assert!(!stamp().is_there());
        stamp().put().unwrap();
        assert!(stamp().is_there());
        for (file, content) in [("lock", "2"), ("crate/src/lib.rs", "b"), ("crate/src/new.rs", "")] {
            fs::write(root.path().join(file), content).unwrap();
            assert!(!stamp().is_there(), "{file}");
            stamp().put().unwrap();
        }
    }
}
