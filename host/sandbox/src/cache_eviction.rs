//! Cache eviction in the folder for compiled plugins: removes what no plugin uses any more, and warns if nothing can be
//! kept there.
//!
//! wasmtime keeps an entry for each plugin, named by a hash that it does not expose, and beside it a `.stats` file that
//! it writes anew whenever the entry is used. So the times of these files say when an entry was last used, and an entry
//! belongs to the plugins that were loaded at that time. Several hosts may share the folder: each marks the entries
//! that it uses, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use wasmtime::Cache;

use crate::digest::Digest;

/// The subfolder where wasmtime keeps its entries.
pub(crate) const ENTRIES: &str = "modules";
/// How long after its last use an entry is evicted that no plugin in force uses. Hosts that share the folder mark what
/// they use more often than this, and learn sooner which plugin an entry belongs to. A host that is paused for longer,
/// or takes longer to load its plugins, loses no loaded code: it only compiles anew at its next start.
const EVICTED_AFTER: Duration = Duration::from_secs(3 * 60);
/// How long after a plugin was loaded wasmtime may still write the `.stats` file of its entry.
pub(crate) const NOTES_TAKE: Duration = Duration::from_secs(30);
/// How much is written to find out whether the folder is full.
const PROBE_BYTES: usize = 1 << 20;
/// How long an entry's name is: 32 bytes in Base64.
const NAME_LENGTH: usize = 43;

/// The cache folder of a sandbox.
#[derive(Debug)]
pub(crate) struct CacheEviction {
    cache: Cache,
    folder: PathBuf,
    /// Whether the warning that it cannot be written to was logged.
    has_warned: AtomicBool,
    /// The entries of the plugins in force, as far as they are known.
    used: Mutex<BTreeMap<Digest, BTreeSet<PathBuf>>>,
}

/// A plugin in force, and from when until when it was loaded.
pub(crate) struct LoadedPlugin {
    pub(crate) digest: Digest,
    pub(crate) from: SystemTime,
    pub(crate) until: SystemTime,
}

impl CacheEviction {
    pub(crate) fn new(cache: Cache) -> Self {
        let folder = cache.directory().clone();
        Self { cache, folder, has_warned: AtomicBool::new(false), used: Mutex::default() }
    }

    /// The number of cache hits and misses. It does not grow while a plugin is compiled whose code cannot be kept.
    pub(crate) fn uses(&self) -> usize {
        self.cache.cache_hits() + self.cache.cache_misses()
    }

    /// Warns once that compiled plugins are not kept, and why.
    pub(crate) fn warn_not_cached(&self) {
        if self.has_warned.swap(true, Ordering::Relaxed) {
            return;
        }
        let error =
            self.probe().err().map_or_else(|| "the code of a plugin was not written".into(), |error| error.to_string());
        tracing::warn!(
            folder = %self.folder.display(),
            error,
            "compiled plugins cannot be kept, so that each start compiles them anew: make room in the folder, let the host write there, \
             or set `cache` to another folder or to `off`"
        );
    }

    /// Writes a file, to learn what is wrong.
    fn probe(&self) -> io::Result<()> {
        let entries = self.folder.join(ENTRIES);
        fs::create_dir_all(&entries)?;
        let probe = entries.join(format!(".probe-{}", std::process::id()));
        let written = File::create(&probe).and_then(|mut file| file.write_all(&vec![0; PROBE_BYTES]));
        let _ = fs::remove_file(&probe);
        written
    }

    /// Evicts entries that no plugin in force uses and no other host has used for long. Marks those that are used.
    pub(crate) fn evict_unused(&self, loaded: &[LoadedPlugin], now: SystemTime) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(compilers) = fs::read_dir(self.folder.join(ENTRIES)) else { return };
        let mut forgotten = 0;
        for compiler in compilers.flatten() {
            forgotten += forget(&compiler.path(), loaded, &mut used, now);
        }
        used.retain(|digest, _| loaded.iter().any(|plugin| plugin.digest == *digest));
        if forgotten > 0 {
            tracing::info!(forgotten, "removed compiled code that no plugin uses any more");
        }
    }
}

/// The same in the folder of one version of the compiler, unless no entry in it is this host's.
fn forget(
    folder: &Path,
    loaded: &[LoadedPlugin],
    used: &mut BTreeMap<Digest, BTreeSet<PathBuf>>,
    now: SystemTime,
) -> usize {
    let files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path()).collect();
    let entries: Vec<_> = files.iter().filter(|file| is_entry(file)).map(|file| (file, last_use(file))).collect();
    for plugin in loaded.iter().filter(|plugin| now > plugin.until + NOTES_TAKE) {
        // Only once: later uses may be other hosts'.
        if used.contains_key(&plugin.digest) {
            continue;
        }
        let time = plugin.from..=plugin.until + NOTES_TAKE;
        let is_then = |file: &Path| modified(file).is_some_and(|at| time.contains(&at));
        // Another host may have marked the entry since, but not the `.stats` file.
        let of_it = entries
            .iter()
            .map(|(file, _)| *file)
            .filter(|file| is_then(file) || is_then(&file.with_extension("stats")));
        let of_it: BTreeSet<_> = of_it.cloned().collect();
        if !of_it.is_empty() {
            used.insert(plugin.digest, of_it);
        }
    }
    let is_used = |file: &Path| used.values().any(|files| files.contains(file));
    // Entries of another version of the compiler are left to hosts of that version.
    if !entries.iter().any(|(file, _)| is_used(file)) {
        return 0;
    }
    let is_old = |at: Option<SystemTime>| {
        at.and_then(|at| now.duration_since(at).ok()).is_some_and(|since| since > EVICTED_AFTER)
    };
    let mut forgotten = 0;
    for (file, at) in entries {
        if is_used(file) {
            // So that other hosts do not evict it. If it cannot be marked, it may have to be compiled anew.
            let _ = File::options().append(true).open(file).and_then(|file| file.set_modified(now));
        } else if is_old(at) && fs::remove_file(file).is_ok() {
            let _ = fs::remove_file(file.with_extension("stats"));
            forgotten += 1;
        }
    }
    // Half-written files, as after a full disk: while they exist, their entries cannot be written.
    for file in files.iter().filter(|file| is_half_written(file) && is_old(modified(file))) {
        let _ = fs::remove_file(file);
    }
    forgotten
}

/// Whether a file is an entry of wasmtime's.
fn is_entry(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().as_encoded_bytes();
    name.len() == NAME_LENGTH && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}

fn is_half_written(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    extension.starts_with("wip-atomic-write-") && is_entry(&file.with_extension(""))
}

/// When an entry was last written, marked or used.
fn last_use(file: &Path) -> Option<SystemTime> {
    modified(file).max(modified(&file.with_extension("stats")))
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::symlink_metadata(file).and_then(|file| file.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str, at: SystemTime) -> PathBuf {
        let path = folder.join(name);
        File::create(&path).unwrap().set_modified(at).unwrap();
        path
    }

    fn name(letter: char) -> String {
        letter.to_string().repeat(NAME_LENGTH)
    }

    #[test]
    fn an_exchanged_plugins_code_is_removed_after_a_while_and_what_is_used_stays() {
        let (parent, begin) = (tempfile::tempdir().unwrap(), SystemTime::now());
        let minutes = |minutes: u64| begin + Duration::from_secs(60 * minutes);
        let folder = parent.path();
        let plugin = |content: &[u8], minute| LoadedPlugin {
            digest: Digest::of(content),
            from: minutes(minute),
            until: minutes(minute) + Duration::from_secs(1),
        };
        let stays = put(folder, &name('a'), begin - Duration::from_secs(1_000_000));
        put(folder, &format!("{}.stats", name('a')), minutes(0) + Duration::from_secs(2));
        let half = put(folder, &format!("{}.wip-atomic-write-mod", name('c')), minutes(0));
        let others = [put(folder, "README", minutes(0)), put(folder, &name('.'), minutes(0))];
        let before = put(folder, &name('b'), minutes(10));
        let notes = put(folder, &format!("{}.stats", name('b')), minutes(10));
        let mut used = BTreeMap::new();
        let mut sweep = |loaded: &[LoadedPlugin], minute| {
            let forgotten = forget(folder, loaded, &mut used, minutes(minute));
            used.retain(|digest, _| loaded.iter().any(|plugin| plugin.digest == *digest));
            forgotten
        };
        // Another host has marked it meanwhile.
        File::open(&stays).unwrap().set_modified(minutes(11)).unwrap();
        assert_eq!(sweep(&[plugin(b"stays", 0), plugin(b"before", 10)], 12), 0);
        let after = put(folder, &name('d'), minutes(13));
        assert_eq!(sweep(&[plugin(b"stays", 0), plugin(b"after", 13)], 14), 0, "it was used lately");
        assert_eq!(sweep(&[plugin(b"stays", 0), plugin(b"after", 13)], 18), 1);
        assert!(!before.exists() && !notes.exists() && !half.exists());
        assert!(stays.exists() && after.exists() && others.iter().all(|file| file.exists()));
        assert_eq!(modified(&stays), Some(minutes(18)), "it is marked, for other hosts");
        // An entry of another host, which marks what it uses.
        let shared = put(folder, &name('e'), minutes(199));
        assert_eq!(sweep(&[plugin(b"stays", 0), plugin(b"after", 13)], 200), 0);
        assert!(shared.exists() && stays.exists() && after.exists());
    }

    #[test]
    fn what_another_version_of_the_compiler_has_left_is_not_touched() {
        let (parent, begin) = (tempfile::tempdir().unwrap(), SystemTime::now());
        let file = put(parent.path(), &name('a'), begin - Duration::from_secs(1_000_000));
        let loaded = [LoadedPlugin { digest: Digest::of(b"plugin"), from: begin, until: begin }];
        let later = begin + Duration::from_secs(60);
        assert_eq!(forget(parent.path(), &loaded, &mut BTreeMap::new(), later), 0);
        assert!(file.exists());
    }
}
