//! Whether the plugin under test is older than its sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files and folders that hold no sources: the output of tools, and what is said about the plugin.
const NO_SOURCES: [&str; 6] = ["__pycache__", "build", "events", "host.toml", "node_modules", "target"];
/// The extension of files that are for people.
const TEXT: &str = "md";

/// A source that was changed after the plugin was built. Unreadable files are left out: this is only for a warning.
pub(super) fn newer_than(plugin: &Path, folder: &Path) -> Option<PathBuf> {
    let built = modified(plugin)?;
    let is_newer =
        |path: &Path| path.extension().is_none_or(|extension| extension != TEXT) && modified(path) > Some(built);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let is_source = !name.as_encoded_bytes().starts_with(b".") && NO_SOURCES.iter().all(|other| name != *other);
            // A link to a folder may lead back here.
            match entry.file_type() {
                Ok(kind) if is_source && kind.is_dir() => folders.push(path),
                Ok(kind) if is_source && kind.is_file() && is_newer(&path) => return Some(path),
                _ => {}
            }
        }
    }
    None
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_sources_that_were_changed_after_the_build_count() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, seconds: u64| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            path
        };
        let plugin = write("p.wasm", 2);
        write("src/lib.rs", 1);
        write("events/e.expected.json", 3);
        write("README.md", 3);
        write(".git/index", 3);
        assert_eq!(newer_than(&plugin, folder.path()), None);
        let changed = write("src/deeper/x.rs", 3);
        assert_eq!(newer_than(&plugin, folder.path()), Some(changed));
    }
}
