//! The process's file descriptors: as many as it may have, and how they are shared out.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most concurrent requests to AWS that are of use.
const MAX_REQUESTS: usize = 512;
/// Below this many concurrent requests the host warns that it has few descriptors.
const FEW_REQUESTS: usize = 64;
/// How many descriptors are taken to be open if the system does not say.
const USUALLY_OPEN: usize = 64;

/// Lets the process have as many descriptors as it is allowed: the limit that is in force at first is often 1,024, for
/// programs that keep descriptors in a bit set, which this one does not.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => tracing::debug!(from = current, to = maximum, "raised the limit of open files"),
        Err(error) => tracing::warn!(%error, limit = current, "cannot raise the limit of open files"),
    }
}

/// How the free descriptors are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shares {
    /// The most concurrent requests to look up and tag resources.
    pub(crate) requests: usize,
    /// The most concurrent receives.
    pub(crate) receives: usize,
}

impl Shares {
    /// To be called once the host has opened what it keeps open: plugins take some descriptors.
    pub(crate) fn of_what_is_left() -> Self {
        let limit = getrlimit(Resource::Nofile).current;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let open = fs::read_dir("/proc/self/fd").map_or(USUALLY_OPEN, Iterator::count);
        let shares = Self::of(limit, open);
        if shares.requests < FEW_REQUESTS {
            tracing::warn!(
                limit,
                open,
                calls_at_once = shares.requests,
                "the limit of open files is low, so that few calls of AWS are made at once: raise it (ulimit -n, LimitNOFILE) to 4096 or more"
            );
        }
        shares
    }

    /// A quarter of the free descriptors is for requests under way, one for idle connections, and one for receives,
    /// which are long polls. The last is reserved for what must always go on: acknowledging messages, the admin port,
    /// the plugin folder, name resolution.
    fn of(limit: usize, open: usize) -> Self {
        let quarter = limit.saturating_sub(open) / 4;
        Self { requests: quarter.clamp(2, MAX_REQUESTS), receives: quarter.max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_call_and_a_receive_and_never_do_they_take_all() {
        for (limit, open, requests, receives) in
            [(20, 30, 2, 1), (48, 28, 5, 5), (256, 56, 50, 50), (1_024, 64, 240, 240), (65_536, 64, 512, 16_368)]
        {
            assert_eq!(Shares::of(limit, open), Shares { requests, receives }, "{limit} {open}");
        }
    }
}
