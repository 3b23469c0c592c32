//! Whether other users of the machine could change what the host reads: by the owner and the mode of a file or folder,
//! and of those above it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Bits of a mode that let other users than the owner write.
pub(crate) const OTHERS_WRITE: u32 = 0o022;
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
