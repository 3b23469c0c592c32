//! The token buckets that AWS throttles with: one per account, Region and action.

use std::collections::HashMap;
use std::time::Instant;

use super::super::request::Request;

/// The buckets of one throttling rule.
#[derive(Default)]
pub(super) struct Buckets {
    levels: HashMap<(String, String, String), (f64, Instant)>,
}

impl Buckets {
    /// Takes a token from the request's bucket if there is one. A bucket starts full, with `burst` tokens, and gains
    /// `per_second` each second.
    pub fn take(&mut self, request: &Request, burst: u32, per_second: f64, now: Instant) -> bool {
        let name = (request.account.clone(), request.region.clone(), request.action.clone());
        let (level, filled) = self.levels.entry(name).or_insert((f64::from(burst), now));
        let gained = now.duration_since(*filled).as_secs_f64() * per_second;
        *level = (*level + gained).min(f64::from(burst));
        *filled = now;
        let granted = *level >= 1.0;
        if granted {
            *level -= 1.0;
        }
        granted
    }
}
