//! What happens in the service that somebody may want to know. Each event is a struct, and `emit` both logs and counts it, so that
//! the two cannot tell different stories.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use super::Meter;
use super::meter::{ByApi, ByCall, ByEnd, ByOutcome, ByReason};
use crate::disposition::Disposition;
use crate::event::{DecodeError, Event};
use crate::ownership::rule::Withheld;
use crate::plugin::PluginId;
use crate::queue::conclusion::Conclusion;
use crate::queue::sqs::QueueError;
use crate::tagger::Class;

/// A receive brought messages, or none.
pub(crate) struct MessagesReceived {
    pub(crate) count: usize,
}

impl MessagesReceived {
    pub(crate) fn emit(self, meter: &Meter) {
        meter.polled();
        meter.counts().received.inc_by(self.count as u64);
        tracing::trace!(count = self.count, "received");
    }
}

/// A receive failed. Its call is counted as every call is.
pub(crate) struct ReceiveFailed<'a> {
    pub(crate) error: &'a QueueError,
    /// How many have failed in a row.
    pub(crate) failures: u32,
    pub(crate) pause: Duration,
}

impl ReceiveFailed<'_> {
    pub(crate) fn emit(self) {
        let Self { error, failures, pause } = self;
        tracing::error!(%error, failures, pause_ms = pause.as_millis(), "cannot receive messages; trying again");
    }
}

/// A call of SQS has ended.
pub(crate) struct QueueCalled {
    pub(crate) api: &'static str,
    pub(crate) succeeded: bool,
    /// How many messages it was about; a receive is about as many as it brings, which is not counted here.
    pub(crate) items: usize,
    pub(crate) took: Duration,
}

impl QueueCalled {
    pub(crate) fn emit(self, meter: &Meter) {
        let outcome = if self.succeeded { "success" } else { "failed" };
        count_call(meter, self.api, outcome, self.items, self.took);
    }
}

/// A call of what tags are put on with has ended.
pub(crate) struct ApiCalled {
    pub(crate) api: &'static str,
    /// What it failed with.
    pub(crate) class: Option<Class>,
    /// How many resources it was about.
    pub(crate) items: usize,
    pub(crate) took: Duration,
}

impl ApiCalled {
    pub(crate) fn emit(self, meter: &Meter) {
        let Self { api, class, items, took } = self;
        let outcome = class.map_or("success", Class::name);
        count_call(meter, api, outcome, items, took);
        tracing::debug!(api, outcome, items, took_ms = took.as_millis(), "called");
    }
}

fn count_call(meter: &Meter, api: &'static str, outcome: &'static str, items: usize, took: Duration) {
    let counts = meter.counts();
    counts.calls.get_or_create(&ByCall { api, outcome }).inc();
    counts.call_seconds.get_or_create(&ByApi { api }).observe(took.as_secs_f64());
    if items > 0 {
        counts.call_items.get_or_create(&ByApi { api }).observe(items as f64);
    }
}

/// It is known what is to become of an event, or it is done.
pub(crate) struct OutcomeReached<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) receive_count: u32,
    pub(crate) event: &'a Event,
    /// Whose word it was.
    pub(crate) plugin: Option<&'a PluginId>,
    pub(crate) conclusion: Conclusion,
}

impl OutcomeReached<'_> {
    pub(crate) fn emit(self, meter: &Meter) {
        let Self { message_id, receive_count, event, plugin, conclusion } = self;
        let Conclusion { disposition, words, resources, withheld } = conclusion;
        let outcome = disposition.outcome();
        count_outcome(meter, plugin.map_or("", |plugin| &plugin.name), outcome, disposition.reason());
        if let Some(count) = resources {
            meter.counts().resources.inc_by(count as u64);
            // A message that came again waited for more than this host.
            if receive_count == 1 && count > 0 {
                let lag = event.called_at().and_then(|time| SystemTime::now().duration_since(time).ok());
                meter.counts().lag.observe(lag.unwrap_or_default().as_secs_f64());
            }
        }
        let plugin = plugin.map(tracing::field::display);
        let Event { id: event_id, account, region, .. } = event;
        let event_name = event.name();
        let event_name = event_name.as_deref();
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    message_id,
                    receive_count,
                    event_id,
                    event_name,
                    account,
                    region,
                    plugin,
                    outcome,
                    reason = words,
                    resources
                )
            };
        }
        match disposition.level() {
            tracing::Level::ERROR => line!(error),
            tracing::Level::WARN => line!(warn),
            tracing::Level::DEBUG => line!(debug),
            _ => line!(info),
        }
        // What is tried again is said when it is done.
        for (resource, withheld) in withheld.into_iter().filter(|_| !disposition.is_tried_again()) {
            ResourceWithheld { message_id, event, resource, withheld }.emit(meter);
        }
    }
}

/// Nothing was put on a resource, since it is not or may not be the caller's.
struct ResourceWithheld<'a> {
    message_id: &'a str,
    event: &'a Event,
    resource: String,
    withheld: Withheld,
}

impl ResourceWithheld<'_> {
    fn emit(self, meter: &Meter) {
        let Self { message_id, event, resource, withheld } = self;
        let event_id = &event.id;
        let (needs_attention, kind) = (withheld.kind().needs_attention(), withheld.kind().name());
        meter.counts().withheld.get_or_create(&ByReason { reason: kind }).inc();
        let (holder, reason) = (withheld.holder(), withheld.to_string());
        if needs_attention {
            tracing::warn!(message_id, event_id, resource, withheld = kind, holder, reason, "withheld");
        } else {
            tracing::info!(message_id, event_id, resource, withheld = kind, holder, reason, "withheld");
        }
    }
}

/// A message holds no event.
pub(crate) struct Unreadable<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) receive_count: u32,
    pub(crate) error: &'a DecodeError,
}

impl Unreadable<'_> {
    pub(crate) fn emit(self, meter: &Meter) {
        let Self { message_id, receive_count, error } = self;
        let disposition = Disposition::Unreadable;
        count_outcome(meter, "", disposition.outcome(), disposition.reason());
        tracing::error!(message_id, receive_count, outcome = disposition.outcome(), reason = %error);
    }
}

/// A message came again of which it is known what is to become.
pub(crate) struct AlreadyKnown<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) receive_count: u32,
    pub(crate) disposition: Disposition,
}

impl AlreadyKnown<'_> {
    pub(crate) fn emit(self, meter: &Meter) {
        let Self { message_id, receive_count, disposition } = self;
        let outcome = if disposition.is_done() { "already_done" } else { "already_refused" };
        count_outcome(meter, "", outcome, "");
        tracing::info!(message_id, receive_count, outcome);
    }
}

/// The host itself failed on a message.
pub(crate) struct HostFailed<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) receive_count: u32,
    pub(crate) error: &'a dyn Display,
    pub(crate) disposition: Disposition,
}

impl HostFailed<'_> {
    pub(crate) fn emit(self, meter: &Meter) {
        let Self { message_id, receive_count, error, disposition } = self;
        let outcome = disposition.outcome();
        count_outcome(meter, "", outcome, disposition.reason());
        tracing::error!(message_id, receive_count, outcome, reason = %error, "the host itself failed");
    }
}

fn count_outcome(meter: &Meter, plugin: &str, outcome: &'static str, reason: &'static str) {
    meter.counts().outcomes.get_or_create(&ByOutcome { plugin: plugin.into(), outcome, reason }).inc();
}

/// SQS knows what is to become of a message.
pub(crate) struct MessageSettled {
    pub(crate) settlement: &'static str,
}

impl MessageSettled {
    pub(crate) fn emit(self, meter: &Meter) {
        meter.counts().settled.get_or_create(&ByEnd { outcome: self.settlement }).inc();
        tracing::trace!(settlement = self.settlement, "settled");
    }
}

/// SQS could not be told what is to become of a message.
pub(crate) struct NotSettled<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) settlement: &'static str,
    /// Whether the message is somebody else's by now.
    pub(crate) is_lost: bool,
    pub(crate) why: &'a str,
}

impl NotSettled<'_> {
    pub(crate) fn emit(self, meter: &Meter) {
        let Self { message_id, settlement, is_lost, why } = self;
        let outcome = if is_lost { "lost" } else { "unsettled" };
        meter.counts().settled.get_or_create(&ByEnd { outcome }).inc();
        tracing::warn!(message_id, settlement, error = why, "cannot settle the message: it will come again");
    }
}

/// What came of extending a message's lease.
pub(crate) enum Extension {
    Extended,
    Failed(String),
    Lost(String),
}

/// An attempt to extend one lease has ended.
pub(crate) struct LeaseExtended {
    pub(crate) extension: Extension,
}

impl LeaseExtended {
    pub(crate) fn emit(self, meter: &Meter) {
        let outcome = match &self.extension {
            Extension::Extended => "extended",
            Extension::Failed(error) => {
                tracing::warn!(error, "a message's visibility could not be extended; trying again");
                "failed"
            }
            Extension::Lost(error) => {
                tracing::debug!(error, "a message's visibility can no longer be extended");
                "lost"
            }
        };
        meter.counts().leases.get_or_create(&ByEnd { outcome }).inc();
    }
}

/// A call that was to extend leases failed as a whole.
pub(crate) struct LeasesNotExtended<'a> {
    pub(crate) count: usize,
    pub(crate) error: &'a QueueError,
}

impl LeasesNotExtended<'_> {
    pub(crate) fn emit(self, meter: &Meter) {
        meter.counts().leases.get_or_create(&ByEnd { outcome: "failed" }).inc_by(self.count as u64);
        tracing::warn!(messages = self.count, error = %self.error, "visibility could not be extended; trying again");
    }
}

/// A message that is worked on is somebody else's.
pub(crate) struct LeaseLost<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) receive_count: u32,
}

impl LeaseLost<'_> {
    pub(crate) fn emit(self, meter: &Meter) {
        let Self { message_id, receive_count } = self;
        count_outcome(meter, "", "lease_lost", "");
        tracing::warn!(
            message_id,
            receive_count,
            outcome = "lease_lost",
            reason = "its visibility timeout ended while it was worked on: it comes again"
        );
    }
}
