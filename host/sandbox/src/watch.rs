//! Watches the plugin folder, and reloads it once its changes have stopped (debouncing).
//!
//! A file system event is only a reason to look: what counts is a snapshot of the folder. So it does not matter whether
//! a file was copied, renamed over, replaced by a link or removed, nor whether there are events at all, as on network
//! file systems: polling every few seconds finds the change too.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::live::LivePlugins;
use crate::registry::wasm_files;

/// How long the folder must stay the same before it is read (debouncing): longer than a pause in a copy over a network
/// usually is. A half-written file is refused, and read again when it has grown.
const DEBOUNCE: Duration = Duration::from_millis(250);
/// The pause before each look, which bounds their rate however much changes.
const PAUSE: Duration = Duration::from_millis(50);
/// After how long a warning says that the folder keeps changing.
const RESTLESS: Duration = Duration::from_secs(10);
/// How often to poll without an event.
const POLL: Duration = Duration::from_secs(2);

/// How long after the start unused compiled code is first evicted: by then it is known what is used.
const FIRST_EVICTION: Duration = Duration::from_secs(60);
/// How often unused compiled code is evicted after that.
const EVICTION: Duration = Duration::from_secs(30);

/// Watches the plugin folder until it is dropped.
#[derive(Debug)]
pub struct PluginWatch {
    // Its drop ends the thread, at the latest at the next look.
    _stop: Sender<()>,
}

/// The signal that something may have changed.
struct Changed;

/// Identifies a file's content: device, inode, size, mtime and ctime, the times in seconds and nanoseconds. `None`:
/// there is no such file, as behind a broken link.
type Stamp = Option<(u64, u64, u64, (i64, i64), (i64, i64))>;

/// A snapshot of a folder. `None`: it cannot be read.
type FolderSnapshot = Option<BTreeMap<PathBuf, Stamp>>;

impl PluginWatch {
    /// Reloads `plugins` whenever their folder has changed since `before`.
    ///
    /// # Errors
    /// If its thread cannot be started.
    pub fn start(plugins: Arc<LivePlugins>, before: FolderState) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let watch = move || watch(&plugins, before.0, &stopped);
        thread::Builder::new().name("plugin-watch".into()).spawn(watch)?;
        Ok(Self { _stop: stop })
    }
}

/// A snapshot of the plugin folder, taken before plugins are loaded, so that no change since then is missed.
#[derive(Debug)]
pub struct FolderState(FolderSnapshot);

impl FolderState {
    /// Takes a snapshot, also of a folder that cannot be read.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self(look(folder))
    }
}

fn watch(plugins: &LivePlugins, mut loaded: FolderSnapshot, stopped: &Receiver<()>) {
    let folder = &plugins.options.folder;
    // A capacity of one coalesces the signals.
    let (sender, changes) = mpsc::sync_channel(1);
    let mut notifier = Wakeup::new(sender);
    let mut tidy = Instant::now() + FIRST_EVICTION;
    loop {
        if tidy <= Instant::now() {
            plugins.evict_unused_code();
            tidy = Instant::now() + EVICTION;
        }
        notifier.watch(folder);
        // By a signal or by the timeout, it is time to look.
        let _ = changes.recv_timeout(POLL);
        // Changes come in bursts.
        if is_over(stopped, PAUSE) {
            return;
        }
        if look(folder) == loaded {
            continue;
        }
        let Some(settled) = debounce(folder, stopped) else { return };
        if settled != loaded {
            let try_again = plugins.reload();
            // `None` differs from every snapshot of a readable folder, so that it is loaded again.
            loaded = if try_again { None } else { settled };
        }
    }
}

/// Waits until two snapshots in a row are the same; `None` if it is time to stop.
fn debounce(folder: &Path, stopped: &Receiver<()>) -> Option<FolderSnapshot> {
    let mut before = look(folder);
    for round in 0_u32.. {
        if DEBOUNCE * round == RESTLESS {
            tracing::warn!(folder = %folder.display(), "the plugin folder keeps changing: nothing of it is loaded until it rests");
        }
        if is_over(stopped, DEBOUNCE) {
            return None;
        }
        let now = look(folder);
        if now == before {
            return Some(now);
        }
        before = now;
    }
    None
}

/// Waits, and returns whether the [`PluginWatch`] was dropped meanwhile.
fn is_over(stopped: &Receiver<()>, wait: Duration) -> bool {
    matches!(stopped.recv_timeout(wait), Err(RecvTimeoutError::Disconnected))
}

fn look(folder: &Path) -> FolderSnapshot {
    let files = wasm_files(folder).ok()?;
    Some(
        files
            .into_iter()
            .map(|file| {
                let stamp = stamp(&file);
                (file, stamp)
            })
            .collect(),
    )
}

fn stamp(path: &Path) -> Stamp {
    let file = fs::metadata(path).ok()?;
    let (modified, changed) = ((file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec()));
    Some((file.dev(), file.ino(), file.size(), modified, changed))
}

/// Wakes the thread by file system events.
struct Wakeup {
    watcher: Option<RecommendedWatcher>,
    /// The watched folder's device and inode: its path may name another folder by now.
    watched: Option<(u64, u64)>,
}

impl Wakeup {
    fn new(changes: SyncSender<Changed>) -> Self {
        let tell = move |event: notify::Result<Event>| {
            // A look at the folder is an event as well, and must not be a reason to look again.
            let is_look = event.is_ok_and(
                |event| matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write)),
            );
            if !is_look {
                // A full channel holds a signal already, and a closed one has no reader.
                let _ = changes.try_send(Changed);
            }
        };
        let watcher = notify::recommended_watcher(tell);
        let unwatched = |error| tracing::warn!(%error, "changes of the plugin folder are noticed only after seconds");
        Self { watcher: watcher.map_err(unwatched).ok(), watched: None }
    }

    /// Watches the folder, if it is not the one that is watched already.
    fn watch(&mut self, folder: &Path) {
        let identity = fs::metadata(folder).map(|folder| (folder.dev(), folder.ino())).ok();
        if identity == self.watched {
            return;
        }
        if let Some(watcher) = &mut self.watcher {
            // Nothing is lost if either fails: the folder is looked at anyway.
            let _ = watcher.unwatch(folder);
            let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
        }
        self.watched = identity;
    }
}
