//! What is logged and counted of a message that is worked on: each event is a struct, whose `emit` does both, so that
//! log and metrics cannot disagree.

use std::fmt::Display;
use std::time::SystemTime;

use autotag_core::event::{DecodeError, Event};
use autotag_core::ownership::rule::Withheld;
use autotag_sandbox::PluginId;

use crate::disposition::Disposition;
use crate::metrics::{ByReason, ServiceMetrics};
use crate::queue::conclusion::Conclusion;

/// It is known what is to become of an event, or it is done.
pub(super) struct OutcomeReached<'a> {
    pub(super) message_id: &'a str,
    pub(super) receive_count: u32,
    pub(super) event: &'a Event,
    /// The plugin that decided so; none if none did.
    pub(super) plugin: Option<&'a PluginId>,
    pub(super) conclusion: Conclusion,
}

impl OutcomeReached<'_> {
    pub(super) fn emit(self, metrics: &ServiceMetrics) {
        let Self { message_id, receive_count, event, plugin, conclusion } = self;
        let Conclusion { disposition, reason, resources, withheld } = conclusion;
        let outcome = disposition.outcome();
        metrics.count_outcome(plugin.map_or("", |plugin| &plugin.name), outcome, disposition.reason());
        if let Some(count) = resources {
            metrics.counts().resources.inc_by(count as u64);
            // The lag of a message that came again is not this host's alone.
            if receive_count == 1 && count > 0 {
                let lag = event.time().and_then(|time| SystemTime::now().duration_since(time).ok());
                metrics.counts().lag.observe(lag.unwrap_or_default().as_secs_f64());
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
                    reason,
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
        // For a message that is tried again, this is logged when it is done.
        for (resource, withheld) in withheld.into_iter().filter(|_| !disposition.is_tried_again()) {
            ResourceWithheld { message_id, event, resource, withheld }.emit(metrics);
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
    fn emit(self, metrics: &ServiceMetrics) {
        let Self { message_id, event, resource, withheld } = self;
        let event_id = &event.id;
        let (needs_attention, kind) = (withheld.kind().needs_attention(), withheld.kind().name());
        metrics.counts().withheld.get_or_create(&ByReason { reason: kind }).inc();
        let (holder, reason) = (withheld.holder(), withheld.to_string());
        if needs_attention {
            tracing::warn!(message_id, event_id, resource, withheld = kind, holder, reason, "withheld");
        } else {
            tracing::info!(message_id, event_id, resource, withheld = kind, holder, reason, "withheld");
        }
    }
}

/// A message holds no event.
pub(super) struct Unreadable<'a> {
    pub(super) message_id: &'a str,
    pub(super) receive_count: u32,
    pub(super) error: &'a DecodeError,
}

impl Unreadable<'_> {
    pub(super) fn emit(self, metrics: &ServiceMetrics) {
        let Self { message_id, receive_count, error } = self;
        let disposition = Disposition::Unreadable;
        metrics.count_outcome("", disposition.outcome(), disposition.reason());
        tracing::error!(message_id, receive_count, outcome = disposition.outcome(), reason = %error);
    }
}

/// A message came again, and the dedup cache knows what is to become of it.
pub(super) struct AlreadyKnown<'a> {
    pub(super) message_id: &'a str,
    pub(super) receive_count: u32,
    pub(super) disposition: Disposition,
}

impl AlreadyKnown<'_> {
    pub(super) fn emit(self, metrics: &ServiceMetrics) {
        let Self { message_id, receive_count, disposition } = self;
        let outcome = if disposition.is_done() { "already_done" } else { "already_refused" };
        metrics.count_outcome("", outcome, "");
        tracing::info!(message_id, receive_count, outcome);
    }
}

/// The host itself failed on a message.
pub(super) struct HostFailed<'a> {
    pub(super) message_id: &'a str,
    pub(super) receive_count: u32,
    pub(super) error: &'a dyn Display,
    pub(super) disposition: Disposition,
}

impl HostFailed<'_> {
    pub(super) fn emit(self, metrics: &ServiceMetrics) {
        let Self { message_id, receive_count, error, disposition } = self;
        let outcome = disposition.outcome();
        metrics.count_outcome("", outcome, disposition.reason());
        tracing::error!(message_id, receive_count, outcome, reason = %error, "the host itself failed");
    }
}

/// The lease of a message was lost while it was worked on.
pub(super) struct LeaseLost<'a> {
    pub(super) message_id: &'a str,
    pub(super) receive_count: u32,
}

impl LeaseLost<'_> {
    pub(super) fn emit(self, metrics: &ServiceMetrics) {
        let Self { message_id, receive_count } = self;
        metrics.count_outcome("", "lease_lost", "");
        tracing::warn!(
            message_id,
            receive_count,
            outcome = "lease_lost",
            reason = "its visibility timeout ended while it was worked on: it comes again"
        );
    }
}
