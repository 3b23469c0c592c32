//! Whether other users of the machine could change which plugins answer.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfsMountFlags;

use crate::private::{OTHERS_WRITE, problem_above, problem_of};
use crate::registry::wasm_files;

/// The bits of a mode that let others write where the group is the owner's own, as on systems that give each user one.
const STRANGERS_WRITE: u32 = 0o002;

/// A file or folder by which users other than the host's and root could change the plugins.
#[derive(Debug, thiserror::Error)]
#[error("{} {problem}", .place.display())]
pub struct OpenPlace {
    /// The plugin folder, a file in it, what a link leads to, or a folder above one of these.
    pub place: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

/// Looks for a place by which other users could change the plugins: on the way to the folder and to each file in it,
/// and on the way to what links lead to. What lies on a file system that is mounted read-only is safe.
///
/// # Errors
/// If the folder cannot be read.
pub fn open_place(folder: &Path) -> io::Result<Option<OpenPlace>> {
    let folder = std::path::absolute(folder)?;
    let files = wasm_files(&folder).map_err(io::Error::other)?;
    let mut paths = vec![folder.clone(), fs::canonicalize(&folder)?];
    for file in files {
        // A link that leads nowhere is no plugin.
        paths.extend(fs::canonicalize(&file));
        paths.push(file);
    }
    for path in &paths {
        for (depth, place) in path.ancestors().enumerate() {
            if let Some(problem) = problem(place, depth > 0)? {
                return Ok(Some(OpenPlace { place: place.into(), problem }));
            }
        }
    }
    Ok(None)
}

fn problem(place: &Path, is_above: bool) -> io::Result<Option<String>> {
    let user = rustix::process::geteuid().as_raw();
    let metadata = match fs::symlink_metadata(place) {
        Ok(metadata) => metadata,
        // It has gone since the folder was read.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // A package's files belong to root.
    let owner = if metadata.uid() == 0 { 0 } else { user };
    if metadata.is_symlink() {
        // The mode of a link means nothing: its owner can change it, and who can write to its folder.
        return Ok(problem_of(&metadata, owner, 0));
    }
    let write = write_of_others(metadata.uid(), metadata.gid());
    let problem = if is_above { problem_above(&metadata, user, write) } else { problem_of(&metadata, owner, write) };
    Ok(problem.filter(|_| !is_read_only(place)))
}

fn is_read_only(place: &Path) -> bool {
    rustix::fs::statvfs(place).is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// The bits that let others write. A group with the number of the owner is the owner's own.
fn write_of_others(owner: u32, group: u32) -> u32 {
    if owner == group { STRANGERS_WRITE } else { OTHERS_WRITE }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    fn said(folder: &Path) -> String {
        open_place(folder).unwrap().map(|open| open.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_others_can_write_to_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, file) = (parent.path().join("plugins"), parent.path().join("plugins/ec2.wasm"));
        fs::create_dir(&folder).unwrap();
        fs::write(&file, "").unwrap();
        let close = || [(parent.path(), 0o755), (&folder, 0o755), (&file, 0o644)].map(|(path, mode)| set(path, mode));
        close();
        assert_eq!(said(&folder), "");
        for (path, mode, words) in [
            (&*folder, 0o777, "plugins can be written to by others (mode 777)"),
            (&file, 0o666, "ec2.wasm can be written to by others (mode 666)"),
            (parent.path(), 0o777, "above it can be written to by others (mode 777)"),
        ] {
            set(path, mode);
            assert!(said(&folder).ends_with(words), "{}", said(&folder));
            close();
        }
        set(parent.path(), 0o1777);
        assert_eq!(said(&folder), "");
        assert!(open_place(&folder.join("nowhere")).is_err());
    }

    #[test]
    fn the_way_to_what_a_link_leads_to_counts_and_so_does_the_way_to_the_link() {
        let parent = tempfile::tempdir().unwrap();
        let [open, safe] = ["open", "safe"].map(|name| parent.path().join(name));
        for folder in [&open, &safe] {
            fs::create_dir(folder).unwrap();
            set(folder, 0o755);
        }
        fs::write(open.join("ec2.wasm"), "").unwrap();
        symlink(open.join("ec2.wasm"), safe.join("ec2.wasm")).unwrap();
        symlink("nowhere", safe.join("lost.wasm")).unwrap();
        symlink(&safe, open.join("plugins")).unwrap();
        assert_eq!((said(&safe), said(&open.join("plugins"))), (String::new(), String::new()));
        set(&open, 0o777);
        for folder in [&safe, &open.join("plugins")] {
            assert!(said(folder).ends_with("open above it can be written to by others (mode 777)"), "{}", said(folder));
        }
    }

    #[test]
    fn a_users_own_group_is_no_other_user() {
        assert_eq!((write_of_others(1000, 1000), write_of_others(1000, 100)), (STRANGERS_WRITE, OTHERS_WRITE));
    }
}
