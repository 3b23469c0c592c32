//! What the service counts. Every label has few values, or is the name of a plugin.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use autotag_core::ownership::rule::WithheldKind;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Labels: what became of an event, by which plugin, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByOutcome {
    pub(crate) plugin: String,
    pub(crate) outcome: &'static str,
    pub(crate) reason: &'static str,
}

/// Labels: why nothing was put on a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByReason {
    pub(crate) reason: &'static str,
}

/// Labels: how a request to AWS ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByRequest {
    pub(crate) api: &'static str,
    pub(crate) outcome: &'static str,
}

/// Labels: an AWS API.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByApi {
    pub(crate) api: &'static str,
}

/// Labels: what became of a message, or of a lease.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ByEnd {
    pub(crate) outcome: &'static str,
}

/// Counts what the service does. Its copies count together.
#[derive(Debug, Clone)]
pub struct ServiceMetrics(Arc<Counts>);

#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) received: Counter,
    pub(crate) in_flight: Gauge,
    pub(crate) acknowledged: Family<ByEnd, Counter>,
    pub(crate) outcomes: Family<ByOutcome, Counter>,
    pub(crate) resources: Counter,
    pub(crate) withheld: Family<ByReason, Counter>,
    pub(crate) lag: Histogram,
    pub(crate) requests: Family<ByRequest, Counter>,
    pub(crate) request_seconds: Family<ByApi, Histogram, fn() -> Histogram>,
    pub(crate) request_items: Family<ByApi, Histogram, fn() -> Histogram>,
    pub(crate) waiting: Family<ByApi, Gauge>,
    pub(crate) leases: Family<ByEnd, Counter>,
    started: Instant,
    /// When the latest receive succeeded, in milliseconds since `started`; zero if none has yet.
    polled: AtomicU64,
}

/// What can become of a message, and of a lease. Each is there from the beginning with zero, since Prometheus does not
/// see an increase in a counter that has just appeared.
const SETTLED: [&str; 6] = ["done", "lost", "not_for_us", "poison", "retry", "unsettled"];
const LEASES: [&str; 3] = ["extended", "failed", "lost"];

/// Counters that begin with zero.
fn zeros(outcomes: &[&'static str]) -> Family<ByEnd, Counter> {
    let family = Family::default();
    for outcome in outcomes {
        drop(family.get_or_create(&ByEnd { outcome }));
    }
    family
}

/// What was withheld, for each reason none so far.
fn no_withholding() -> Family<ByReason, Counter> {
    let family = Family::default();
    for kind in WithheldKind::ALL {
        drop(family.get_or_create(&ByReason { reason: kind.name() }));
    }
    family
}

impl Default for ServiceMetrics {
    fn default() -> Self {
        Self(Arc::new(Counts {
            received: Counter::default(),
            in_flight: Gauge::default(),
            acknowledged: zeros(&SETTLED),
            outcomes: Family::default(),
            resources: Counter::default(),
            withheld: no_withholding(),
            // From a quarter of a second to an hour and a bit: CloudTrail alone can take minutes.
            lag: Histogram::new(exponential_buckets(0.25, 2.0, 15)),
            requests: Family::default(),
            // From a millisecond to half a minute, a long poll.
            request_seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.001, 2.0, 16))),
            // From one to the thousand that CreateTags takes.
            request_items: Family::new_with_constructor(|| Histogram::new(exponential_buckets(1.0, 2.0, 11))),
            waiting: Family::default(),
            leases: zeros(&LEASES),
            started: Instant::now(),
            polled: AtomicU64::new(0),
        }))
    }
}

impl ServiceMetrics {
    /// Registers every metric, so that `/metrics` shows it.
    pub fn register(&self, registry: &mut Registry) {
        let counts = &self.0;
        let help = "Messages received from the queue, those that came again included";
        registry.register("messages_received", help, counts.received.clone());
        let help = "Messages that are received and not acknowledged yet";
        registry.register("messages_in_flight", help, counts.in_flight.clone());
        let help =
            "Messages settled, by what became of them; poison counts once in each host, however often it comes again";
        registry.register("messages_settled", help, counts.acknowledged.clone());
        let help = "What became of events, as in the log, by plugin and reason";
        registry.register("outcomes", help, counts.outcomes.clone());
        let help = "Resources that tags were put on";
        registry.register("resources_tagged", help, counts.resources.clone());
        let help = "Resources that nothing was put on, since they are not, or may not be, the caller's, by reason";
        registry.register("resources_withheld", help, counts.withheld.clone());
        let help = "From the event's own time until its tags were on, for messages received for the first time";
        registry.register_with_unit("tagging_lag", help, Unit::Seconds, counts.lag.clone());
        let help = "Requests to AWS, by API and by what they ended with";
        registry.register("api_calls", help, counts.requests.clone());
        let help = "How long requests to AWS took";
        registry.register_with_unit("api_call_duration", help, Unit::Seconds, counts.request_seconds.clone());
        let help = "Items that one request to AWS was about: resources, or messages";
        registry.register("api_call_items", help, counts.request_items.clone());
        let help = "Items that wait for a request to AWS, for a token or for the request before; if it stays high, AWS's rate limit bounds the service";
        registry.register("api_items_waiting", help, counts.waiting.clone());
        let help = "Extensions of messages' visibility, by what they ended with";
        registry.register("lease_extensions", help, counts.leases.clone());
    }

    /// Counts a request to AWS that has ended: of which operation, how, about how many items, and how long it took.
    pub(crate) fn count_request(&self, api: &'static str, outcome: &'static str, items: usize, took: Duration) {
        let counts = &self.0;
        counts.requests.get_or_create(&ByRequest { api, outcome }).inc();
        counts.request_seconds.get_or_create(&ByApi { api }).observe(took.as_secs_f64());
        if items > 0 {
            counts.request_items.get_or_create(&ByApi { api }).observe(items as f64);
        }
    }

    /// Counts what became of an event, by which plugin, and why.
    pub(crate) fn count_outcome(&self, plugin: &str, outcome: &'static str, reason: &'static str) {
        self.0.outcomes.get_or_create(&ByOutcome { plugin: plugin.into(), outcome, reason }).inc();
    }

    /// The metrics themselves, for the log events that count in them.
    pub(crate) fn counts(&self) -> &Counts {
        &self.0
    }

    /// Counts items as waiting for an API until the guard is dropped.
    pub(crate) fn waiting(&self, api: &'static str, items: usize) -> impl Drop + use<> {
        let gauge = self.0.waiting.get_or_create_owned(&ByApi { api });
        Counted::new(gauge, items)
    }

    /// Counts a message as in flight until the guard is dropped.
    pub(crate) fn in_flight(&self) -> InFlight {
        InFlight(Counted::new(self.0.in_flight.clone(), 1))
    }

    /// Messages that have been received and not acknowledged yet.
    #[must_use]
    pub fn messages_in_flight(&self) -> i64 {
        self.0.in_flight.get()
    }

    /// The state of the service, on one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let (received, in_flight, resources) =
            (self.0.received.get(), self.messages_in_flight(), self.0.resources.get());
        let polled = match self.since_polled() {
            None => "no answer yet".to_owned(),
            Some(since) => format!("answered {} s ago", since.as_secs()),
        };
        format!("{received} received · {in_flight} in flight · {resources} resources tagged · queue: {polled}")
    }

    pub(crate) fn polled(&self) {
        let now = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.polled.store(now.max(1), Ordering::Relaxed);
    }

    /// How long ago the queue last answered a receive; none if it never did.
    #[must_use]
    pub fn since_polled(&self) -> Option<Duration> {
        let at = self.0.polled.load(Ordering::Relaxed);
        (at > 0).then(|| self.0.started.elapsed().saturating_sub(Duration::from_millis(at)))
    }
}

/// A message that counts as in flight.
#[derive(Debug)]
pub(crate) struct InFlight(#[expect(dead_code, reason = "what it does, it does when it is dropped")] Counted);

/// Adds to a gauge for as long as it lives.
#[derive(Debug)]
struct Counted {
    gauge: Gauge,
    by: i64,
}

impl Counted {
    fn new(gauge: Gauge, by: usize) -> Self {
        let by = i64::try_from(by).unwrap_or(i64::MAX);
        gauge.inc_by(by);
        Self { gauge, by }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.gauge.dec_by(self.by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_whether_the_queue_answers() {
        let metrics = ServiceMetrics::default();
        let silent = "0 received · 0 in flight · 0 resources tagged · queue: no answer yet";
        assert_eq!(metrics.summary(), silent);
        metrics.counts().received.inc_by(2);
        metrics.polled();
        let _in_flight = metrics.in_flight();
        let answered = "2 received · 1 in flight · 0 resources tagged · queue: answered 0 s ago";
        assert_eq!(metrics.summary(), answered);
    }
}
