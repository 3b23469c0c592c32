//! Measures how long a plugin takes to load and to answer.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use autotag_core::event::Event;
use autotag_sandbox::{CacheFolder, Metering, Plugin, Sandbox, SandboxOptions};

use crate::config::Config;

/// Invocations that are not counted: the first ones find cold CPU caches.
const WARM_UP: u32 = 50;

/// Loads a plugin, and returns how long that took: from the file to a plugin that can be invoked.
pub(super) fn load(
    file: &Path,
    config: &Config,
    metering: Metering,
    cache: CacheFolder,
) -> anyhow::Result<(Plugin, Duration)> {
    let sandbox = Sandbox::new(&SandboxOptions { cache, ..config.sandbox(metering) })?;
    let begin = Instant::now();
    let plugin = Plugin::load(file, &config.plugins, &sandbox).with_context(|| file.display().to_string())?;
    Ok((plugin, begin.elapsed()))
}

/// How long invocations took, sorted.
pub(super) struct Times(Vec<Duration>);

impl Times {
    /// Invokes the plugin again and again, each time in a fresh instance.
    pub(super) fn of(plugin: &Plugin, event: &Event, repeat: u32) -> Self {
        for _ in 0..WARM_UP.min(repeat) {
            let _ = plugin.extract(event);
        }
        let mut times: Vec<_> = (0..repeat)
            .map(|_| {
                let begin = Instant::now();
                let _ = plugin.extract(event);
                begin.elapsed()
            })
            .collect();
        times.sort_unstable();
        Self(times)
    }

    /// The nearest-rank percentile, in microseconds.
    pub(super) fn percentile(&self, percent: usize) -> f64 {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        let micros = self.0.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e6);
        (micros * 10.0).round() / 10.0
    }
}

/// A temporary folder for compiled plugins, which is removed when this is dropped.
pub(super) struct EmptyCache(PathBuf);

impl EmptyCache {
    pub(super) fn new() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("autotag-bench-{}", std::process::id()));
        // Not recursive, so that an existing folder, which may be another user's, is an error.
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| format!("cannot make {} for compiled plugins", folder.display()))?;
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> CacheFolder {
        CacheFolder::At(self.0.clone())
    }
}

impl Drop for EmptyCache {
    fn drop(&mut self) {
        // The cache counts its hits on a thread of its own, which may still write a file meanwhile.
        for _ in 0..10 {
            if fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let times = Times((1..=200).map(Duration::from_micros).collect());
        assert_eq!((times.percentile(50), times.percentile(99)), (100.0, 198.0));
        assert_eq!(Times(vec![Duration::from_nanos(11_540)]).percentile(99), 11.5);
    }
}
