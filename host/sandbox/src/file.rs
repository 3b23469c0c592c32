//! A file that could hold a plugin: reads it, within its bound, and compares it with its pin.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::digest::Digest;
use crate::error::FileError;
use crate::limits::{Bound, Exceeded, Limits};
use crate::options::LoadOptions;

/// The magic number of WebAssembly.
const MAGIC: &[u8] = b"\0asm";

/// The content of a file that could hold a plugin.
pub(crate) struct PluginFile {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: Digest,
    /// Its section of the configuration: the NAME in `[plugin.NAME]`.
    pub(crate) section: String,
    pub(crate) limits: Limits,
}

impl PluginFile {
    /// Reads a file, without checking its pin.
    pub(crate) fn read(path: &Path, options: &LoadOptions) -> Result<Self, FileError> {
        let section = section(path);
        let limits = options.of(&section).limits.over(options.limits);
        let bytes = read(path, limits.file_bytes)?;
        Ok(Self { path: path.into(), digest: Digest::of(&bytes), bytes, section, limits })
    }

    /// Checks its digest against the operator's pins.
    pub(crate) fn check_pin(&self, options: &LoadOptions) -> Result<(), FileError> {
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
pub(crate) fn section(path: &Path) -> String {
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
