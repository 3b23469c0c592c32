//! What becomes of one message.

use std::sync::Arc;
use std::time::Duration;

use super::sqs::{Message, Queue};
use crate::event::Event;
use crate::guard::Guard;
use crate::pipeline::Pipeline;
use crate::plan::{Decision, Outcome, Plan};
use crate::plugin::LivePlugins;
use crate::tagger::{TagError, Tagger};

/// How long a message is put off after its first receive, if it is to be tried again; each further receive doubles it.
const FIRST_DELAY: Duration = Duration::from_secs(2);
/// The longest that a message is put off.
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);
/// How long a message that can never succeed is put off before it is tried once more, until the redrive policy takes it.
const POISON_DELAY: Duration = Duration::from_secs(5);

/// Works on messages: plans, tags, settles.
#[derive(Clone)]
pub struct Worker {
    /// Decide.
    pub plugins: Arc<LivePlugins>,
    /// Keeps the plugins in their place.
    pub guard: Arc<Guard>,
    /// Tags.
    pub tagger: Arc<Tagger>,
    /// Where messages are settled.
    pub queue: Queue,
}

/// What is to become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
enum Settlement {
    /// Everything that its events ask for is done: delete it.
    Done,
    /// It can succeed later: make it visible again after a while.
    Retry,
    /// It can never succeed: make it come again until the queue's redrive policy moves it into the dead-letter queue. Only the
    /// queue can move it there without a moment in which it is in neither.
    Poison,
}

impl Worker {
    /// Works on one message and settles it.
    pub async fn work(self, message: Message) {
        let Message { id, body, receive_count, receipt } = message;
        let settlement = self.settlement(&id, receive_count, body).await;
        let settled = match settlement {
            Settlement::Done => self.queue.delete(receipt).await,
            Settlement::Retry => self.queue.release(receipt, retry_delay(receive_count)).await,
            Settlement::Poison => self.queue.release(receipt, POISON_DELAY).await,
        };
        if let Err(error) = settled {
            tracing::warn!(message_id = id, %error, "cannot settle the message: it will come again");
        }
    }

    async fn settlement(&self, message_id: &str, receive_count: u32, body: String) -> Settlement {
        // The plugins in force now are in force for all of this message, whatever takes their place meanwhile.
        let pipeline = Pipeline { registry: self.plugins.current(), guard: Arc::clone(&self.guard) };
        // Plugins block their thread.
        let planned = match tokio::task::spawn_blocking(move || pipeline.run(body.as_bytes())).await {
            Ok(planned) => planned,
            Err(error) => {
                tracing::error!(message_id, receive_count, %error, "the host itself failed on this message");
                return Settlement::Poison;
            }
        };
        let mut settlement = Settlement::Done;
        for planned in planned {
            let one = match planned {
                Ok((event, plan)) => self.carry_out(message_id, receive_count, &event, &plan).await,
                Err(error) => {
                    tracing::error!(message_id, receive_count, outcome = crate::plan::UNREADABLE, reason = %error);
                    Settlement::Poison
                }
            };
            settlement = settlement.and(one);
        }
        settlement
    }

    async fn carry_out(&self, message_id: &str, receive_count: u32, event: &Event, plan: &Plan) -> Settlement {
        let mut settlement = Settlement::Done;
        for decision in &plan.decisions {
            let tagged = match decision.outcome {
                Outcome::Tag { .. } => Some(self.tagger.tag(event, decision.outcome.taggings()).await),
                _ => None,
            };
            report(message_id, receive_count, event, decision, tagged.as_ref());
            settlement = settlement.and(match (&decision.outcome, tagged) {
                (Outcome::Refused(_) | Outcome::Failed(_), _) | (_, Some(Err(TagError::Permanent(_)))) => {
                    Settlement::Poison
                }
                (_, Some(Err(TagError::Transient(_)))) => Settlement::Retry,
                (_, Some(Ok(_)) | None) => Settlement::Done,
            });
        }
        settlement
    }
}

impl Settlement {
    /// What becomes of a message that two things are to become of. What can still succeed is tried first, since each round
    /// tries all of it.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Retry, _) | (_, Self::Retry) => Self::Retry,
            (Self::Poison, _) | (_, Self::Poison) => Self::Poison,
            (Self::Done, Self::Done) => Self::Done,
        }
    }
}

/// One line in the log for each outcome.
fn report(
    message_id: &str,
    receive_count: u32,
    event: &Event,
    decision: &Decision,
    tagged: Option<&Result<usize, TagError>>,
) {
    let plugin = decision.plugin.as_ref().map(tracing::field::display);
    let Event { id: event_id, account, region, .. } = event;
    let event_name = event.name();
    let event_name = event_name.as_deref();
    macro_rules! line {
        ($level:ident, $outcome:expr, $reason:expr, $resources:expr) => {
            tracing::$level!(
                message_id,
                receive_count,
                event_id,
                event_name,
                account,
                region,
                plugin,
                outcome = $outcome,
                reason = $reason,
                resources = $resources
            )
        };
    }
    let reason = decision.outcome.reason();
    match (&decision.outcome, tagged) {
        (_, Some(Ok(resources))) => line!(info, "tagged", reason, resources),
        (_, Some(Err(TagError::Transient(why)))) => line!(warn, "retry", why, tracing::field::Empty),
        (_, Some(Err(TagError::Permanent(why)))) => line!(error, "failed", why, tracing::field::Empty),
        (Outcome::Skip(_), None) => line!(info, "skip", reason, tracing::field::Empty),
        (outcome, None) => line!(error, outcome.name(), reason, tracing::field::Empty),
    }
}

/// How long to put off a message that has been received `receive_count` times.
fn retry_delay(receive_count: u32) -> Duration {
    let doublings = receive_count.saturating_sub(1).min(16);
    FIRST_DELAY.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DELAY)
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
    fn a_message_is_done_only_if_all_its_events_are() {
        use Settlement::{Done, Poison, Retry};
        assert_eq!(Done.and(Done), Done);
        assert_eq!(Done.and(Poison), Poison);
        assert_eq!(Poison.and(Retry), Retry);
        assert_eq!(Retry.and(Done), Retry);
    }
}
