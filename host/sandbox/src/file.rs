//! A file that could hold a plugin: reads it, within its bound, and compares it with its pin.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::digest::Digest;
use super::error::FileError;
use super::limits::{Bound, Exceeded, Limits};
use super::options::LoadOptions;

/// The magic number of WebAssembly.
const MAGIC: &[u8] = b"\0asm";

/// The content of a file that could hold a plugin.
pub(super) struct PluginFile {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Digest,
    /// Its section of the configuration: the NAME in `[plugin.NAME]`.
    pub(super) section: String,
    pub(super) limits: Limits,
}

impl PluginFile {
    /// Reads a file, without checking its pin.
    pub(super) fn read(path: &Path, options: &LoadOptions) -> Result<Self, FileError> {
        let section = section(path);
        let limits = options.of(&section).limits.over(options.limits);
        let bytes = read(path, limits.file_bytes)?;
        Ok(Self { path: path.into(), digest: Digest::of(&bytes), bytes, section, limits })
    }

    /// Checks its digest against the operator's pins.
    pub(super) fn check_pin(&self, options: &LoadOptions) -> Result<(), FileError> {
        let (section, found) = (self.section.clone(), self.digest);
        match options.of(&section).sha256 {
            Some(pins) if !pins.contains(&found) => {
                let pinned = pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
                Err(FileError::OtherDigest { section, found, pinned })
            }
            None if options.require_pins => Err(FileError::NotPinned { section, found }),
            _ => Ok(()),
        }
    }
}

/// The name of a file's section in the configuration, by the file's name: its plugin has not told its own yet.
pub(super) fn section(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-")
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    // Without it, opening a pipe would wait for a writer. For files it makes no difference.
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(nonblocking).open(path)?;
    // Of the open file: by now, the path may name another (TOCTOU).
    if !file.metadata()?.is_file() {
        return Err(FileError::NotAFile);
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        Err(FileError::Empty)
    } else if !bytes.starts_with(MAGIC) {
        Err(FileError::NotWasm)
    } else if bytes.len() as u64 > limit {
        Err(Exceeded { bound: Bound::FileBytes, limit }.into())
    } else {
        Ok(bytes)
    }
}
