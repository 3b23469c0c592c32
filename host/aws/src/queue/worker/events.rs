//! What is logged and counted of a message that is worked on: each event is a struct, whose `emit` does both, so that
//! log and metrics cannot disagree.

use std::fmt::Display;
use std::sync::Arc;
use std::time::SystemTime;

use autotag_core::event::{DecodeError, Event};
use autotag_core::ownership::Verdict;
use autotag_core::ownership::rule::Withheld;
use autotag_core::text::sanitize;
use autotag_sandbox::PluginId;
use autotag_sandbox::plan::PluginDecision;
use tracing::field::display;

use crate::disposition::Disposition;
use crate::metrics::{ByReason, ServiceMetrics};
use crate::queue::conclusion::Conclusion;
use crate::tagger::TaggedResources;

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
        let Conclusion { disposition, reason, tagged, is_complete, withheld } = conclusion;
        let outcome = disposition.outcome();
        metrics.count_outcome(plugin.map_or("", |plugin| &plugin.name), outcome, disposition.reason());
        let resources = is_complete.then(|| tagged.count());
        if let Some(count) = resources {
            metrics.counts().resources.inc_by(count as u64);
            // The lag of a message that came again is not this host's alone.
            if receive_count == 1 && count > 0 {
                let lag = event.time().and_then(|time| SystemTime::now().duration_since(time).ok());
                metrics.counts().lag.observe(lag.unwrap_or_default().as_secs_f64());
            }
        }
        // In the order in which people read it, and without the quotes that a terminal's line has around texts.
        let shown = |text: &str| display(sanitize(text));
        let event_name = event.name().map(|name| shown(&name));
        let (account, region, event_id) = (shown(&event.account), shown(&event.region), shown(&event.id));
        let (ids, tags) = (tagged.ids().map(display), tagged.tags().map(display));
        let (plugin, reason) = (plugin.map(display), reason.map(display));
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    event_name,
                    ids,
                    tags,
                    outcome = %outcome,
                    reason,
                    resources,
                    plugin,
                    account,
                    region,
                    receive_count,
                    event_id,
                    message_id = %message_id
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

/// It is known what would be done about an event. Nothing is done.
pub(super) struct Decided<'a> {
    pub(super) message_id: &'a str,
    pub(super) receive_count: u32,
    pub(super) event: &'a Event,
    pub(super) decision: &'a PluginDecision,
}

impl Decided<'_> {
    pub(super) fn emit(self) {
        let Self { message_id, receive_count, event, decision: PluginDecision { plugin, outcome, .. } } = self;
        let mut planned = TaggedResources::default();
        for tagging in outcome.taggings() {
            let tags = Arc::new(tagging.tags.clone());
            let claims = tagging.claims.iter().filter(|claim| !matches!(claim.verdict, Verdict::Disproved(_)));
            claims.for_each(|claim| planned.add(claim.resource.to_string(), &tags));
        }
        let shown = |text: &str| display(sanitize(text));
        // What the service would say of it, if nothing is to be tagged.
        let (name, reason) = match Conclusion::of(outcome, event) {
            Conclusion { disposition, reason, .. } if outcome.taggings().is_empty() => (disposition.outcome(), reason),
            _ => (outcome.name(), outcome.reason()),
        };
        tracing::info!(
            event_name = event.name().map(|name| shown(&name)),
            ids = planned.ids().map(display),
            tags = planned.tags().map(display),
            outcome = %name,
            reason = reason.map(display),
            plugin = plugin.as_ref().map(display),
            account = shown(&event.account),
            region = shown(&event.region),
            receive_count,
            event_id = shown(&event.id),
            message_id = %message_id,
            "dry run"
        );
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
        if disposition.is_done() {
            metrics.count_outcome("", "already_done", "");
            tracing::info!(outcome = "already_done", receive_count, message_id);
        } else {
            // Why was said when it came first. It comes again until the redrive policy takes it.
            metrics.count_outcome("", "already_refused", "");
            tracing::debug!(outcome = "already_refused", receive_count, message_id);
        }
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
