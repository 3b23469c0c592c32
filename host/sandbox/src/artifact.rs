//! A plugin's file, and how it was compiled.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::cache_eviction::LoadedPlugin;
use crate::contract::version_of;
use crate::digest::Digest;

/// A plugin's file, with its imports and exports, and how it was compiled.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The path of the `.wasm` file.
    pub path: PathBuf,
    /// The file's size, in bytes.
    pub bytes: usize,
    /// The SHA-256 digest of the file.
    pub digest: Digest,
    /// The names of its imports, with their versions.
    pub imports: Vec<String>,
    /// The names of its exports, with their versions.
    pub exports: Vec<String>,
    /// The initial size of the largest of its memories, in bytes; `None` if it is not known.
    pub initial_memory_bytes: Option<u64>,
    /// How long it took to compile, or to find in the cache.
    pub compile_time: Duration,
    /// When that began and ended.
    pub(crate) compiled: (SystemTime, SystemTime),
}

impl Artifact {
    /// The version of the contract that it is made for, if it is made for any.
    #[must_use]
    pub fn contract(&self) -> Option<&str> {
        version_of(&self.exports)
    }

    /// What identifies its compiled code in the cache.
    pub(crate) fn loaded(&self) -> LoadedPlugin {
        let (from, until) = self.compiled;
        LoadedPlugin { digest: self.digest, from, until }
    }
}
