//! What a plugin is on disk.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::cache_eviction::Loaded;
use super::digest::Digest;
use super::link::contract;

/// What a plugin is on disk, and what it took to load it.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The file.
    pub path: PathBuf,
    /// The file's size, in bytes.
    pub bytes: usize,
    /// The file's digest.
    pub digest: Digest,
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// How large the largest of its memories is before it has done anything, in bytes; none if that is not known.
    pub initial_memory_bytes: Option<u64>,
    /// How long it took to compile, or to find in the cache.
    pub compile_time: Duration,
    /// From when until when that was.
    pub(super) compiled: (SystemTime, SystemTime),
}

impl Artifact {
    /// The version of the contract that it is made for, if it is made for any.
    #[must_use]
    pub fn contract(&self) -> Option<&str> {
        contract(&self.exports)
    }

    /// By what its compiled code is known.
    pub(super) fn loaded(&self) -> Loaded {
        let (from, until) = self.compiled;
        Loaded { digest: self.digest, from, until }
    }
}
