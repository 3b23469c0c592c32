//! Whether other users of the machine could change what the host reads: by the owner and the mode of a file or folder,
//! and of those above it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::StatVfsMountFlags;

use crate::registry::wasm_files;

/// Bits of a mode that let other users than the owner write.
pub(crate) const OTHERS_WRITE: u32 = 0o022;
/// The same where the group is the owner's own, as on systems that give each user one.
const STRANGERS_WRITE: u32 = 0o002;
/// The bit of a folder's mode that lets only an entry's owner rename or remove it, as in `/tmp`.
const STICKY: u32 = 0o1000;

/// What keeps the folder itself from being private: its owner, or one of these bits of its mode.
pub(crate) fn problem_of(metadata: &Metadata, user: u32, write: u32) -> Option<String> {
    let (owner, mode) = (metadata.uid(), metadata.mode());
    if owner != user {
        Some(format!("belongs to user {owner}, and the host runs as {user}"))
    } else if mode & write != 0 {
        Some(format!("can be written to by others (mode {:o})", mode & 0o7777))
    } else {
        None
    }
}

/// What lets users other than the host's and root replace what a folder above holds.
pub(crate) fn problem_above(metadata: &Metadata, user: u32, write: u32) -> Option<String> {
    let (owner, mode) = (metadata.uid(), metadata.mode());
    if owner != user && owner != 0 {
        Some(format!("above it belongs to user {owner}, and the host runs as {user}"))
    } else if mode & write != 0 && mode & STICKY == 0 {
        Some(format!("above it can be written to by others (mode {:o})", mode & 0o7777))
    } else {
        None
    }
}

/// Why users other than the host's and root could change which plugins answer: the folder or a file in it is theirs, or
/// they can write to it. None if they cannot, or if the file system is mounted read-only.
///
/// # Errors
/// If the folder cannot be read.
pub fn open_plugin_folder(folder: &Path) -> io::Result<Option<String>> {
    let user = rustix::process::geteuid().as_raw();
    let folder = fs::canonicalize(folder)?;
    if rustix::fs::statvfs(&folder)?.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Ok(None);
    }
    let files = wasm_files(&folder).unwrap_or_default();
    for place in [folder.as_path()].into_iter().chain(files.iter().map(AsRef::as_ref)) {
        // Of a link, what it leads to counts: in a folder that is safe, only its owner can change the link itself.
        let Ok(metadata) = fs::metadata(place) else { continue };
        // A package's files belong to root.
        let owner = if metadata.uid() == 0 { 0 } else { user };
        if let Some(problem) = problem_of(&metadata, owner, write_of_others(&metadata)) {
            return Ok(Some(format!("{} {problem}", place.display())));
        }
    }
    for place in folder.ancestors().skip(1) {
        let metadata = fs::symlink_metadata(place)?;
        if let Some(problem) = problem_above(&metadata, user, write_of_others(&metadata)) {
            return Ok(Some(format!("{} {problem}", place.display())));
        }
    }
    Ok(None)
}

/// The bits that let others write. A group with the number of the owner is the owner's own.
fn write_of_others(metadata: &Metadata) -> u32 {
    if metadata.gid() == metadata.uid() { STRANGERS_WRITE } else { OTHERS_WRITE }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_can_write_to_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, file) = (parent.path().join("plugins"), parent.path().join("plugins/ec2.wasm"));
        fs::create_dir(&folder).unwrap();
        fs::write(&file, "").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        let problem = || open_plugin_folder(&folder).unwrap().unwrap_or_default();
        let close = || [(parent.path(), 0o755), (&folder, 0o755), (&file, 0o644)].map(|(path, mode)| set(path, mode));
        close();
        assert_eq!(problem(), "");
        for (path, mode, words) in [
            (&*folder, 0o777, "plugins can be written to by others (mode 777)"),
            (&file, 0o666, "ec2.wasm can be written to by others (mode 666)"),
            (parent.path(), 0o777, "above it can be written to by others (mode 777)"),
        ] {
            set(path, mode);
            assert!(problem().ends_with(words), "{}", problem());
            close();
        }
        set(parent.path(), 0o1777);
        assert_eq!(problem(), "");
        // The owner's own group is no other user; another one is.
        let (owner, others) = (fs::metadata(&folder).unwrap(), fs::metadata(&folder).unwrap().gid() + 1);
        set(&folder, 0o775);
        assert_eq!(problem().is_empty(), owner.gid() == owner.uid());
        if std::os::unix::fs::chown(&folder, None, Some(others)).is_ok() {
            assert!(problem().ends_with("plugins can be written to by others (mode 775)"), "{}", problem());
        }
    }
}
