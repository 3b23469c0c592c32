//! What becomes of one message.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::pump::Message;
use super::remembered::{Known, Remembered};
use super::settle::{Settlement, Settler};
use crate::event::Event;
use crate::guard::Guard;
use crate::pipeline::Pipeline;
use crate::plan::{Decision, Failure, Outcome, Plan, Planned};
use crate::plugin::LivePlugins;
use crate::tagger::{Remedy, TagError, Tagger, time_of};
use crate::telemetry::Meter;
use crate::telemetry::events::{AlreadyKnown, HostFailed, LeaseLost, OutcomeReached, Unreadable};
use crate::telemetry::traces;

/// How long a message is put off after its first receive, if it is to be tried again; each further receive doubles it.
const FIRST_DELAY: Duration = Duration::from_secs(2);
/// The longest that a message is put off.
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);
/// After how many receives a message that can never succeed is put off too: its queue seems to have no redrive policy, and it
/// would go round and round.
const POISON_RECEIVES: u32 = 100;

/// Works on messages: plans, tags, settles.
#[derive(Clone)]
pub(super) struct Worker {
    /// Decide.
    pub(super) plugins: Arc<LivePlugins>,
    /// Keeps the plugins in their place.
    pub(super) guard: Arc<Guard>,
    /// Tags.
    pub(super) tagger: Arc<Tagger>,
    /// Settles.
    pub(super) settler: Settler,
    /// What comes again although it is known what is to become of it.
    pub(super) remembered: Remembered,
    /// One for each message that may be with the plugins: they block their thread.
    pub(super) planners: Arc<Semaphore>,
    /// Told when the time to work on is over.
    pub(super) give_up: CancellationToken,
    pub(super) meter: Meter,
}

impl Worker {
    /// Works on one message and settles it; unless it is somebody else's before the end, or the time to work is over.
    pub(super) async fn work(self, message: Message) {
        let Message { body, receive_count, receipt } = message;
        let span = traces::message(&receipt.id, receive_count);
        let work = self.settlement(&receipt.id, receive_count, body).instrument(span.clone());
        let settlement = tokio::select! {
            biased;
            settlement = work => settlement,
            () = receipt.lease.lost() => {
                traces::ended(&span, "lease_lost");
                LeaseLost { message_id: &receipt.id, receive_count }.emit(&self.meter);
                return;
            }
            // What is not done is for other hosts, at once.
            () = self.give_up.cancelled() => Settlement::RetryAfter(Duration::ZERO),
        };
        traces::ended(&span, settlement.name());
        self.settler.settle(receipt, settlement).await;
    }

    async fn settlement(&self, message_id: &str, receive_count: u32, body: String) -> Settlement {
        let set = self.plugins.reloads().swaps;
        match self.remembered.of(message_id) {
            Some(Known::Done) => {
                AlreadyKnown { message_id, receive_count, outcome: "already_done" }.emit(&self.meter);
                return Settlement::Done;
            }
            Some(Known::Poison { plugins, receive_count: before }) if plugins == set && before < receive_count => {
                AlreadyKnown { message_id, receive_count, outcome: "already_refused" }.emit(&self.meter);
                return poison(receive_count);
            }
            _ => {}
        }
        let verdict = match self.plan(body).await {
            Ok(planned) => self.carry_out_all(message_id, receive_count, planned).await,
            Err(error) => {
                HostFailed { message_id, receive_count, error: &error }.emit(&self.meter);
                Verdict::Retry
            }
        };
        match verdict {
            Verdict::NotForUs => Settlement::NotForUs,
            Verdict::Done => Settlement::Done,
            Verdict::Never => {
                self.remembered.know(message_id, Known::Poison { plugins: set, receive_count });
                poison(receive_count)
            }
            Verdict::Wait(age) => Settlement::RetryAfter(wait_for(age)),
            Verdict::Retry => Settlement::RetryAfter(retry_delay(receive_count)),
        }
    }

    /// Plans what to do, on a thread that may block. An error says that the host itself failed.
    async fn plan(&self, body: String) -> Result<Vec<Planned>, tokio::task::JoinError> {
        // It is never closed; without a permit there would just be more threads.
        let permit = Arc::clone(&self.planners).acquire_owned().await;
        // The plugins in force now are in force for all of this message, whatever takes their place meanwhile.
        let pipeline = Pipeline { registry: self.plugins.current(), guard: Arc::clone(&self.guard) };
        let planned = tokio::task::spawn_blocking(move || {
            let planned = pipeline.run(body.as_bytes());
            drop(permit);
            planned
        });
        planned.await
    }

    async fn carry_out_all(&self, message_id: &str, receive_count: u32, planned: Vec<Planned>) -> Verdict {
        let mut verdict = Verdict::NotForUs;
        for planned in planned {
            let one = match planned {
                Ok((event, plan)) => self.carry_out(message_id, receive_count, &event, &plan).await,
                Err(error) => {
                    Unreadable { message_id, receive_count, error: &error }.emit(&self.meter);
                    Verdict::Never
                }
            };
            verdict = verdict.max(one);
        }
        verdict
    }

    async fn carry_out(&self, message_id: &str, receive_count: u32, event: &Event, plan: &Plan) -> Verdict {
        traces::about(event);
        let mut verdict = Verdict::NotForUs;
        for decision in &plan.decisions {
            let tagged = match decision.outcome {
                Outcome::Tag { .. } => Some(self.tagger.tag(event, decision.outcome.taggings()).await),
                _ => None,
            };
            OutcomeReached { message_id, receive_count, event, decision, tagged: tagged.as_ref() }.emit(&self.meter);
            verdict = verdict.max(Verdict::of(event, decision, tagged.as_ref()));
        }
        verdict
    }
}

/// What follows for a message from one of the things that are to be done about it. Of several, the last one in this order counts:
/// what can still succeed is tried first, since each round tries all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    NotForUs,
    Done,
    Never,
    /// AWS does not show yet what the call created. The call was made so long ago.
    Wait(Duration),
    Retry,
}

impl Verdict {
    fn of(event: &Event, decision: &Decision, tagged: Option<&Result<usize, TagError>>) -> Self {
        match (&decision.outcome, tagged) {
            (_, Some(Ok(_))) => Self::Done,
            (_, Some(Err(error))) => match error.remedy {
                Remedy::None => Self::Never,
                Remedy::Wait => Self::Wait(age_of(event)),
                Remedy::Retry => Self::Retry,
            },
            // A plugin that runs out of time may have had a slow machine.
            (Outcome::Failed(Failure::Call(error)), None) if error.is_about_time() => Self::Retry,
            (Outcome::Refused(_) | Outcome::Failed(_), None) => Self::Never,
            (Outcome::Skip(_) | Outcome::Tag { .. }, None) => Self::NotForUs,
        }
    }
}

fn age_of(event: &Event) -> Duration {
    time_of(event).and_then(|time| SystemTime::now().duration_since(time).ok()).unwrap_or_default()
}

/// How long to put off a message that has been received `receive_count` times.
fn retry_delay(receive_count: u32) -> Duration {
    let doublings = receive_count.saturating_sub(1).min(16);
    FIRST_DELAY.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DELAY)
}

/// How long to put off a message whose resources are not all there yet, though their call was made so long ago: as long as that
/// again, up to a minute, so that few receives span the time in which AWS may still show them.
fn wait_for(age: Duration) -> Duration {
    age.clamp(FIRST_DELAY, Duration::from_secs(60))
}

fn poison(receive_count: u32) -> Settlement {
    Settlement::Poison(match receive_count.checked_sub(POISON_RECEIVES) {
        None => Duration::ZERO,
        Some(beyond) => retry_delay(beyond),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_with_each_receive_up_to_its_bound() {
        let delays: Vec<_> = [1, 2, 3, 10, 100, u32::MAX].map(|count| retry_delay(count).as_secs()).into();
        assert_eq!(delays, [2, 4, 8, 900, 900, 900]);
    }

    #[test]
    fn what_is_not_there_yet_is_waited_for_as_long_as_it_has_been_away() {
        let waits: Vec<_> = [0, 1, 5, 30, 300].map(|age| wait_for(Duration::from_secs(age)).as_secs()).into();
        assert_eq!(waits, [2, 2, 5, 30, 60]);
    }

    #[test]
    fn poison_comes_again_at_once_unless_nothing_ever_takes_it_away() {
        let delays: Vec<_> = [1, 20, 99, 100, 102, 200].map(poison).into();
        let poison = |seconds| Settlement::Poison(Duration::from_secs(seconds));
        assert_eq!(delays, [poison(0), poison(0), poison(0), poison(2), poison(4), poison(900)]);
    }

    #[test]
    fn a_message_is_done_only_if_all_its_events_are() {
        use Verdict::{Done, Never, NotForUs, Retry, Wait};
        assert_eq!(NotForUs.max(Done), Done);
        assert_eq!(Done.max(Never), Never);
        assert_eq!(Never.max(Wait(Duration::ZERO)), Wait(Duration::ZERO));
        assert_eq!(Wait(Duration::MAX).max(Retry), Retry);
    }
}
