//! The work on one message.

mod events;

use std::sync::Arc;

use autotag_core::event::Event;
use autotag_core::guard::Guard;
use autotag_sandbox::LivePlugins;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::{Outcome, Plan, Planned};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use events::{AlreadyKnown, Decided, HostFailed, LeaseLost, OutcomeReached, Unreadable};

use super::acknowledger::{Ack, Acknowledger};
use super::conclusion::Conclusion;
use super::dedup_cache::{DedupCache, Known};
use super::receiver::Message;
use super::span;
use crate::disposition::Disposition;
use crate::metrics::ServiceMetrics;
use crate::tagger::Tagger;

/// Works on messages: plans, tags, acknowledges.
#[derive(Clone)]
pub(super) struct Worker {
    /// They decide which resources get which tags.
    pub(super) plugins: Arc<LivePlugins>,
    /// Checks the plugins' answers.
    pub(super) guard: Arc<Guard>,
    pub(super) tagger: Arc<Tagger>,
    pub(super) acknowledger: Acknowledger,
    pub(super) dedup_cache: DedupCache,
    /// One permit for each message that may be with the plugins: they block their thread.
    pub(super) planners: Arc<Semaphore>,
    /// Cancelled when the time to drain is over.
    pub(super) give_up: CancellationToken,
    /// Whether nothing is tagged, and each message given back.
    pub(super) dry_run: bool,
    pub(super) metrics: ServiceMetrics,
}

impl Worker {
    /// Works on one message and acknowledges it. Stops if its lease is lost; gives it back if the time to drain is
    /// over.
    pub(super) async fn work(self, message: Message) {
        let Message { body, receive_count, receipt } = message;
        let span = span::message(&receipt.id, receive_count);
        let work = async {
            if self.dry_run {
                self.show(&receipt.id, receive_count, body).await
            } else {
                self.ack_for(&receipt.id, receive_count, body).await
            }
        };
        let work = work.instrument(span.clone());
        let ack = tokio::select! {
            biased;
            ack = work => ack,
            () = receipt.lease.lost() => {
                span::ended(&span, "lease_lost");
                LeaseLost { message_id: &receipt.id, receive_count }.emit(&self.metrics);
                return;
            }
            // The message goes back to the queue at once, for other hosts.
            () = self.give_up.cancelled() => Ack::give_back(),
        };
        span::ended(&span, ack.name());
        self.acknowledger.acknowledge(receipt, ack).await;
    }

    /// Logs once what would be done about a message, and gives it back.
    async fn show(&self, message_id: &str, receive_count: u32, body: String) -> Ack {
        let disposition = Disposition::Skip("dry_run");
        if self.dedup_cache.get(message_id).is_none() {
            match self.plan(body).await {
                Ok(Ok((event, plan))) => {
                    span::about(&event);
                    for decision in &plan.decisions {
                        Decided { message_id, receive_count, event: &event, decision }.emit();
                    }
                }
                Ok(Err(error)) => Unreadable { message_id, receive_count, error: &error }.emit(&self.metrics),
                Err(error) => HostFailed {
                    message_id,
                    receive_count,
                    error: &error,
                    disposition: Disposition::Retry("host_failed"),
                }
                .emit(&self.metrics),
            }
            self.dedup_cache.insert(message_id, Known { disposition, plugins: 0, receive_count });
        }
        Ack::put_aside(disposition)
    }

    async fn ack_for(&self, message_id: &str, receive_count: u32, body: String) -> Ack {
        let set = self.plugins.reloads().swaps;
        if let Some(known) = self.dedup_cache.get(message_id)
            && known.holds(set, receive_count)
        {
            AlreadyKnown { message_id, receive_count, disposition: known.disposition }.emit(&self.metrics);
            return Ack::of_known(known.disposition, receive_count);
        }
        let disposition = match self.plan(body).await {
            Ok(Ok((event, plan))) => self.carry_out(message_id, receive_count, &event, &plan).await,
            Ok(Err(error)) => {
                Unreadable { message_id, receive_count, error: &error }.emit(&self.metrics);
                Disposition::Unreadable
            }
            Err(error) => {
                let disposition = Disposition::Retry("host_failed");
                HostFailed { message_id, receive_count, error: &error, disposition }.emit(&self.metrics);
                disposition
            }
        };
        if disposition.is_poison() {
            self.dedup_cache.insert(message_id, Known { disposition, plugins: set, receive_count });
        }
        Ack::of(disposition, receive_count)
    }

    /// Plans what to do, on a thread that may block. An error says that the host itself failed.
    async fn plan(&self, body: String) -> Result<Planned, tokio::task::JoinError> {
        // The semaphore is never closed; without a permit there would just be more threads.
        let permit = Arc::clone(&self.planners).acquire_owned().await;
        // The plugins in force now plan all of this message, even if they are replaced meanwhile.
        let pipeline = Pipeline { registry: self.plugins.current(), guard: Arc::clone(&self.guard) };
        let planned = tokio::task::spawn_blocking(move || {
            let planned = pipeline.run_message(&body);
            drop(permit);
            planned
        });
        planned.await
    }

    async fn carry_out(&self, message_id: &str, receive_count: u32, event: &Event, plan: &Plan) -> Disposition {
        span::about(event);
        let mut all = Disposition::Skip("");
        for decision in &plan.decisions {
            let conclusion = match &decision.outcome {
                outcome @ Outcome::Tag { taggings, .. } => {
                    Conclusion::of_tagged(outcome, self.tagger.tag(event, taggings).await)
                }
                outcome => Conclusion::of(outcome, event),
            };
            all = all.graver(conclusion.disposition);
            let plugin = decision.plugin.as_ref();
            OutcomeReached { message_id, receive_count, event, plugin, conclusion }.emit(&self.metrics);
        }
        all
    }
}
