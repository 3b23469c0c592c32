//! What can happen to a request.

use std::time::{Duration, Instant};

use super::super::random::Random;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::bucket::Buckets;
use super::latency::Latency;
use super::{End, FaultDecision, Steps};

/// What happens to a request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It has no effect and is answered with this error.
    Error {
        /// The HTTP status of the answer.
        status: u16,
        /// The error code in the answer, such as `InternalError`.
        code: String,
    },
    /// It takes effect and is answered with this error all the same.
    ErrorAfterEffect {
        /// The HTTP status of the answer.
        status: u16,
        /// The error code in the answer, such as `InternalError`.
        code: String,
    },
    /// It has no effect; the connection is reset.
    DropBeforeEffect,
    /// It takes effect; the connection is reset in place of an answer.
    DropAfterEffect,
    /// It takes effect; the connection is reset in the middle of the answer.
    CutReply,
    /// It has no effect and is never answered; the connection stays half-open until the client times out, as when a
    /// firewall has dropped its state.
    HalfOpenBeforeEffect,
    /// It takes effect and is never answered; the connection stays half-open until the client times out.
    HalfOpenAfterEffect,
    /// It waits before it takes effect. If the client disconnects meanwhile, it has no effect.
    DelayBeforeEffect(Duration),
    /// It takes effect at once and is answered later.
    DelayAfterEffect(Duration),
    /// It waits before it takes effect, each request for another time, as with real services: log-normally distributed,
    /// so that most take about the median and a few take much longer. The n-th time follows from the seed alone.
    Latency {
        /// Half of the requests wait no longer than this.
        median: Duration,
        /// One request in a hundred waits longer than this.
        p99: Duration,
        /// Determines the times.
        seed: u64,
    },
    /// Entries of a batch, or ARNs of TagResources, fail; the request itself succeeds: a partial batch failure.
    FailEntries {
        /// Their indexes in the request, from 0.
        positions: Vec<usize>,
        /// The error code of each.
        code: String,
    },
    /// Each entry of a batch fails with a probability; the request itself succeeds.
    FailEntriesByChance {
        /// From 0 for none to 1 for all.
        probability: f64,
        /// Determines the choice.
        seed: u64,
        /// The error code of each.
        code: String,
    },
    /// The ARNs of a TagResources that are among these fail; the request itself succeeds and tags the rest.
    FailResources {
        /// Complete ARNs.
        arns: Vec<String>,
        /// The HTTP status reported for each.
        status: u16,
        /// The error code of each. Each service has its own, such as `InvalidReplicationGroupState`.
        code: String,
    },
    /// It has no effect and is answered as if no policy allowed it, in the service's own form: `UnauthorizedOperation`
    /// from EC2, `AccessDeniedException` from the services that speak JSON 1.1, `AccessDenied` from the others. A dry
    /// run is denied too.
    AccessDenied,
    /// It is throttled without effect, with the service's own error, once a token bucket is empty. Each account, Region
    /// and action has its own bucket.
    Throttle {
        /// The capacity of the bucket, which starts full.
        burst: u32,
        /// How many tokens it gains per second.
        per_second: f64,
    },
}

impl Fault {
    /// An error without effect, such as `InternalError` with status 500.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Error { status, code: code.to_owned() }
    }

    /// EC2's throttling error, without effect.
    pub fn throttled() -> Self {
        Self::error(503, "RequestLimitExceeded")
    }
}

/// A fault with its state from request to request.
pub(in super::super) struct ActiveFault {
    fault: Fault,
    buckets: Buckets,
    random: Random,
}

impl ActiveFault {
    pub fn new(fault: Fault) -> Self {
        let seed = match &fault {
            Fault::Latency { seed, .. } | Fault::FailEntriesByChance { seed, .. } => *seed,
            _ => 0,
        };
        Self { fault, buckets: Buckets::default(), random: Random::new(seed) }
    }

    /// Adds to what happens to a request. Returns whether it strikes the request at all: a token bucket may not be
    /// empty yet, and chance may spare all entries.
    pub fn add_to(&mut self, decision: &mut FaultDecision, request: &Request, now: Instant) -> bool {
        // Only one end is possible: the rule that was set first wins.
        let end = |steps: &mut Steps, end: End| {
            steps.end.get_or_insert(end);
        };
        let scripted = |status: u16, code: &str| ApiError::new(status, code, format!("{code}, as the test asked for"));
        match &self.fault {
            Fault::Error { status, code } => end(&mut decision.before, End::Error(scripted(*status, code))),
            Fault::ErrorAfterEffect { status, code } => end(&mut decision.after, End::Error(scripted(*status, code))),
            Fault::DropBeforeEffect => end(&mut decision.before, End::Drop),
            Fault::DropAfterEffect => end(&mut decision.after, End::Drop),
            Fault::CutReply => decision.cut_reply = true,
            Fault::HalfOpenBeforeEffect => end(&mut decision.before, End::Silence),
            Fault::HalfOpenAfterEffect => end(&mut decision.after, End::Silence),
            Fault::DelayBeforeEffect(delay) => decision.before.delay += *delay,
            Fault::DelayAfterEffect(delay) => decision.after.delay += *delay,
            Fault::Latency { median, p99, .. } => {
                decision.before.delay += Latency::new(*median, *p99).next(&mut self.random);
            }
            Fault::FailEntries { positions, code } => {
                let errors = positions.iter().map(|position| (*position, scripted(500, code)));
                decision.failing_entries.extend(errors);
            }
            Fault::FailEntriesByChance { probability, code, .. } => {
                let failing: Vec<_> =
                    (0..request.entries().len()).filter(|_| self.random.happens(*probability)).collect();
                let strikes = !failing.is_empty();
                let errors = failing.into_iter().map(|position| (position, scripted(500, code)));
                decision.failing_entries.extend(errors);
                return strikes;
            }
            Fault::FailResources { arns, status, code } => {
                let chosen = |arn: &str| arns.iter().any(|chosen| chosen == arn);
                let entries = request.entries().iter().enumerate();
                let failing = entries.filter(|(_, entry)| entry.as_str().is_some_and(chosen));
                let errors: Vec<_> = failing.map(|(position, _)| (position, scripted(*status, code))).collect();
                let strikes = !errors.is_empty();
                decision.failing_entries.extend(errors);
                return strikes;
            }
            Fault::AccessDenied => {
                let (status, code) = request.service.denial();
                let (caller, call) = (&request.caller, request.service.in_policies(&request.action));
                let message = format!(
                    "User: {caller} is not authorized to perform: {call} \
                     because no identity-based policy allows the {call} action"
                );
                end(&mut decision.before, End::Error(ApiError::new(status, code, message)));
            }
            Fault::Throttle { burst, per_second } => {
                if self.buckets.take(request, *burst, *per_second, now) {
                    return false;
                }
                let (status, code) = request.service.throttling();
                end(&mut decision.before, End::Error(ApiError::new(status, code, "Request limit exceeded.")));
            }
        }
        true
    }
}
