//! The folder that keeps compiled plugins from one start to the next.
//!
//! It holds native code that the host will run, so only the host's user may be able to write to it. wasmtime manages
//! the entries: their key is the plugin's content, the compiler's version and its settings, and a plugin whose entry
//! cannot be read is compiled anew.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use wasmtime::{Cache, CacheConfig};

use crate::cache_eviction::ENTRIES;
use crate::private::{OTHERS_WRITE, problem_above, problem_of};

/// Bits of a mode that let other users than the owner do anything.
const OTHERS: u32 = 0o077;

/// Why a folder cannot hold compiled plugins.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It cannot be created or read.
    #[error("cannot use {} for compiled plugins: {error}", .folder.display())]
    Io {
        /// The folder for compiled plugins, one above it, or an entry in it.
        folder: PathBuf,
        /// The operating system's error.
        error: io::Error,
    },
    /// Another user could put code there that the host would run, or already has.
    #[error(
        "compiled plugins are code that the host runs, but {} {problem}; make it a folder that only the host's user can \
         write to, or set `cache` to another or to `off`", .folder.display()
    )]
    NotPrivate {
        /// The folder, one above it, or an entry in it.
        folder: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// wasmtime refuses it.
    #[error("cannot use {} for compiled plugins: {error}", .folder.display())]
    Refused {
        /// The folder for compiled plugins, without symbolic links on its way.
        folder: PathBuf,
        /// What wasmtime says against it, with all causes.
        error: String,
    },
}

/// Where compiled plugins are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "PathBuf")]
pub enum CacheFolder {
    /// In the service manager's cache folder for this service, else in the user's; nowhere, if that cannot be used.
    #[default]
    Usual,
    /// In this folder, or the host does not start.
    At(PathBuf),
    /// Nowhere: each start compiles them anew.
    Off,
}

impl From<PathBuf> for CacheFolder {
    fn from(path: PathBuf) -> Self {
        if path == Path::new("off") {
            Self::Off
        } else if path.as_os_str().is_empty() {
            // As if unset: an empty value unsets a variable for one command.
            Self::Usual
        } else {
            Self::At(path)
        }
    }
}

impl FromStr for CacheFolder {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(PathBuf::from(text).into())
    }
}

impl CacheFolder {
    /// Opens the folder, if compiled plugins are to be kept.
    pub(crate) fn open(&self) -> Result<Option<Cache>, CacheError> {
        match self {
            Self::Off => Ok(None),
            Self::At(folder) => open(folder).map(Some),
            Self::Usual => {
                let folder = folder_by(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
                let cache = folder.map(|folder| open(&folder)).transpose();
                Ok(cache.unwrap_or_else(|error| {
                    tracing::info!(%error, "compiled plugins are not kept: each start compiles them anew");
                    None
                }))
            }
        }
    }
}

fn folder_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let own = variable("CACHE_DIRECTORY").map(PathBuf::from);
    let users = || variable("XDG_CACHE_HOME").map(PathBuf::from).map(|folder| folder.join("autotag"));
    let homes = || variable("HOME").map(PathBuf::from).map(|folder| folder.join(".cache/autotag"));
    own.or_else(users).or_else(homes).filter(|folder| folder.is_absolute())
}

/// Opens the folder, and creates it if it is absent.
fn open(folder: &Path) -> Result<Cache, CacheError> {
    let failed = |error| CacheError::Io { folder: folder.into(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let folder = fs::canonicalize(folder).map_err(failed)?;
    check_private(&folder)?;
    check_entries(&folder)?;
    // From now on no other user has access, whatever modes the umask gives the entries.
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).map_err(failed)?;
    let mut config = CacheConfig::new();
    config.with_directory(&folder);
    Cache::new(config).map_err(|error| CacheError::Refused { folder, error: format!("{error:#}") })
}

/// Checks that no other user can write into `folder`, or replace it by another folder.
fn check_private(folder: &Path) -> Result<(), CacheError> {
    let user = rustix::process::geteuid().as_raw();
    for (depth, place) in folder.ancestors().enumerate() {
        let metadata = fs::symlink_metadata(place).map_err(|error| CacheError::Io { folder: place.into(), error })?;
        let problem = if depth == 0 {
            problem_of(&metadata, user, OTHERS_WRITE)
        } else {
            problem_above(&metadata, user, OTHERS_WRITE)
        };
        if let Some(problem) = problem {
            return Err(CacheError::NotPrivate { folder: place.into(), problem });
        }
    }
    Ok(())
}

/// Checks that no other user could have added or changed an entry: the folder may have been made private only now.
fn check_entries(folder: &Path) -> Result<(), CacheError> {
    let user = rustix::process::geteuid().as_raw();
    let was_open = fs::metadata(folder).is_ok_and(|folder| folder.mode() & OTHERS != 0);
    let look = |place: &Path| -> io::Result<(Option<String>, Vec<fs::DirEntry>)> {
        let metadata = fs::symlink_metadata(place)?;
        let entries =
            if metadata.is_dir() { fs::read_dir(place)?.collect::<io::Result<Vec<_>>>()? } else { Vec::new() };
        // In a folder that no other user can enter, the modes of the entries do not matter.
        let problem = problem_of(&metadata, user, OTHERS_WRITE).filter(|_| was_open || metadata.uid() != user);
        Ok((problem, entries))
    };
    let mut places = vec![folder.join(ENTRIES)];
    while let Some(place) = places.pop() {
        match look(&place) {
            Ok((None, entries)) => places.extend(entries.iter().map(fs::DirEntry::path)),
            Ok((Some(problem), _)) => return Err(CacheError::NotPrivate { folder: place, problem }),
            // Other hosts of the same user evict entries here as well.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(CacheError::Io { folder: place, error }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_others_could_change_are_refused_and_the_folder_is_closed_to_them() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, mode) = (parent.path().join("cache"), |path: &Path| fs::metadata(path).unwrap().mode() & 0o777);
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        let entry = folder.join(ENTRIES).join("entry");
        fs::create_dir_all(folder.join(ENTRIES)).unwrap();
        fs::write(&entry, "code").unwrap();
        set(&folder, 0o755);
        set(&entry, 0o666);
        let error = open(&folder).unwrap_err().to_string();
        assert!(error.contains("entry can be written to by others (mode 666)"), "{error}");
        set(&entry, 0o644);
        open(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        // In a private folder, the entry's mode does not matter.
        set(&entry, 0o666);
        open(&folder).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_made_for_the_hosts_user_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        open(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_folder_that_others_can_write_to_or_exchange_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("cache");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
        let error = open(&folder).unwrap_err().to_string();
        assert!(error.contains("cache can be written to by others (mode 770); make it a folder that only"), "{error}");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let error = open(&folder).unwrap_err().to_string();
        assert!(error.contains("above it can be written to by others (mode 777)"), "{error}");
        fs::set_permissions(parent.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        open(&folder).unwrap();
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let metadata = fs::metadata(folder.path()).unwrap();
        let problem = problem_of(&metadata, metadata.uid() + 1, OTHERS_WRITE).unwrap();
        assert!(problem.starts_with("belongs to user "), "{problem}");
        assert!(metadata.uid() == 0 || problem_above(&metadata, metadata.uid() + 1, OTHERS_WRITE).is_some());
    }

    #[test]
    fn a_service_managers_folder_wins_over_the_users() {
        let of = |set: &[(&str, &str)]| {
            folder_by(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()))
        };
        assert_eq!(of(&[("CACHE_DIRECTORY", "/c"), ("HOME", "/h")]), Some("/c".into()));
        assert_eq!(of(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]), Some("/x/autotag".into()));
        assert_eq!(of(&[("HOME", "/h")]), Some("/h/.cache/autotag".into()));
        assert_eq!(of(&[]), None);
    }
}
