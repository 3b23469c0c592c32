//! One span for each message, for traces.

use autotag_core::event::Event;
use tracing::Span;
use tracing::field::Empty;

/// The `tracing` target of the spans.
pub const TARGET: &str = module_path!();

/// The span of a message. What is not known yet is added as it becomes known.
pub(crate) fn message(message_id: &str, receive_count: u32) -> Span {
    tracing::info_span!(
        target: TARGET,
        "message",
        otel.kind = "consumer",
        messaging.system = "aws_sqs",
        messaging.message.id = message_id,
        receive_count,
        event_id = Empty,
        event_name = Empty,
        account = Empty,
        region = Empty,
        outcome = Empty,
    )
}

/// Notes which event the message of the present span holds; of several, the last.
pub(crate) fn about(event: &Event) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    span.record("event_id", event.id.as_str());
    span.record("account", event.account.as_str());
    span.record("region", event.region.as_str());
    if let Some(name) = event.name() {
        span.record("event_name", name);
    }
}

/// Notes what became of the message.
pub(crate) fn ended(span: &Span, outcome: &str) {
    span.record("outcome", outcome);
}
