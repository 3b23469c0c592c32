//! The host's own resource exhaustion: no file descriptor, no memory, or no room for another instance.
//!
//! It is never the fault of the event or the plugin that it hits: no event is a poison message, and no plugin broken,
//! because the host could not open a file. The work waits and is tried again; the log, `/readyz` and `/metrics` say
//! what the host lacks.
//!
//! Descriptors and memory belong to the process, so the state here is static.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::Errno;

/// The reason, as metrics label it, why something is tried again because of exhaustion.
pub const REASON: &str = "host_wants";
/// How long the host counts as exhausted after exhaustion was last noticed.
const RECENT: Duration = Duration::from_secs(10);

/// A resource that the host has run out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exhaustion {
    /// File descriptors: the process's, or the machine's.
    Descriptors,
    /// Memory, or addresses for it.
    Memory,
    /// Room in the pool of instances.
    Instances,
}

impl Exhaustion {
    /// Everything that the host can run out of.
    pub const ALL: [Self; 3] = [Self::Descriptors, Self::Memory, Self::Instances];

    /// The exhaustion among an error's causes, if there is one.
    #[must_use]
    pub fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(exhaustion) = Self::of_one(error) {
                return Some(exhaustion);
            }
            next = error.source();
        }
        None
    }

    /// The same of wasmtime's errors.
    pub(crate) fn of_wasmtime(error: &wasmtime::Error) -> Option<Self> {
        error.chain().find_map(Self::of)
    }

    fn of_one(error: &(dyn Error + 'static)) -> Option<Self> {
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            return Some(Self::Instances);
        }
        if let Some(errno) = error.downcast_ref::<Errno>() {
            return Self::of_errno(*errno);
        }
        let error = error.downcast_ref::<io::Error>()?;
        match error.get_ref() {
            // The sources of an `io::Error` do not include the error that it wraps.
            Some(inner) => Self::of(inner),
            None => Errno::from_io_error(error).and_then(Self::of_errno),
        }
    }

    fn of_errno(errno: Errno) -> Option<Self> {
        match errno {
            Errno::MFILE | Errno::NFILE => Some(Self::Descriptors),
            Errno::NOMEM => Some(Self::Memory),
            _ => None,
        }
    }

    /// Its label in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Descriptors => "descriptors",
            Self::Memory => "memory",
            Self::Instances => "instances",
        }
    }

    /// Records the exhaustion, for [`Self::recent`] and [`Self::count`], and logs it. `what` was not possible because
    /// of it.
    pub fn note(self, what: &str) {
        let (noted, count) = self.noted();
        count.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        let before = lock(noted).replace(now);
        // Once for each period of exhaustion: it comes in bursts.
        if before.is_none_or(|before| now.saturating_duration_since(before) > RECENT) {
            tracing::warn!(
                wants = self.name(),
                what,
                advice = self.advice(),
                "the host itself lacks something: what needs it waits and is tried again"
            );
        }
    }

    /// How often it was noted.
    #[must_use]
    pub fn count(self) -> u64 {
        self.noted().1.load(Ordering::Relaxed)
    }

    /// An exhaustion that was noted in the last seconds, if there is one.
    #[must_use]
    pub fn recent() -> Option<Self> {
        Exhaustion::ALL
            .into_iter()
            .find(|exhaustion| lock(exhaustion.noted().0).is_some_and(|at| at.elapsed() < RECENT))
    }

    /// What the operator can do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Descriptors => "raise the limit of open files (ulimit -n, LimitNOFILE), or set max_in_flight lower",
            Self::Memory => "give the host more memory, or set instances lower",
            Self::Instances => "set instances lower, or give the host more memory",
        }
    }

    /// When it was last noticed, and how often.
    fn noted(self) -> (&'static Mutex<Option<Instant>>, &'static AtomicU64) {
        type Noted = (Mutex<Option<Instant>>, AtomicU64);
        static DESCRIPTORS: Noted = (Mutex::new(None), AtomicU64::new(0));
        static MEMORY: Noted = (Mutex::new(None), AtomicU64::new(0));
        static INSTANCES: Noted = (Mutex::new(None), AtomicU64::new(0));
        let (at, count) = match self {
            Self::Descriptors => &DESCRIPTORS,
            Self::Memory => &MEMORY,
            Self::Instances => &INSTANCES,
        };
        (at, count)
    }
}

impl fmt::Display for Exhaustion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Descriptors => "the host itself has no file descriptor left",
            Self::Memory => "the host itself has no memory left",
            Self::Instances => "the host itself has no room for another instance",
        })
    }
}

fn lock(noted: &Mutex<Option<Instant>>) -> MutexGuard<'_, Option<Instant>> {
    noted.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(errno: Errno) -> io::Error {
        io::Error::from_raw_os_error(errno.raw_os_error())
    }

    #[test]
    fn a_want_is_found_however_deep_in_an_error_it_is() {
        for (errno, exhaustion) in [
            (Errno::MFILE, Some(Exhaustion::Descriptors)),
            (Errno::NFILE, Some(Exhaustion::Descriptors)),
            (Errno::NOMEM, Some(Exhaustion::Memory)),
            (Errno::NOENT, None),
            (Errno::CONNREFUSED, None),
        ] {
            assert_eq!(Exhaustion::of(&raw(errno)), exhaustion);
            assert_eq!(Exhaustion::of(&errno), exhaustion);
            assert_eq!(Exhaustion::of(&io::Error::other(raw(errno))), exhaustion);
            let wasmtime = wasmtime::Error::from(raw(errno)).context("cannot create a memfd");
            assert_eq!(Exhaustion::of_wasmtime(&wasmtime), exhaustion);
            assert_eq!(Exhaustion::of_wasmtime(&wasmtime::Error::from(errno).context("mmap")), exhaustion);
        }
        assert_eq!(
            Exhaustion::of_wasmtime(&wasmtime::Error::msg("Too many open files (os error 24)")),
            None,
            "only words"
        );
    }

    #[test]
    fn what_is_noted_is_known_for_a_while() {
        let before = Exhaustion::Instances.count();
        Exhaustion::Instances.note("a test");
        assert!(Exhaustion::recent().is_some());
        assert_eq!(Exhaustion::Instances.count(), before + 1);
    }
}
