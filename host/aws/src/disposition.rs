//! What becomes of a message.
//!
//! One value, with its reason, decides all of it: whether the message is deleted, put off or left to the dead-letter
//! queue, whether it is worked on if it comes again, at which level it is logged, and how it is counted.

use std::time::Duration;

use autotag_core::ownership::rule::WithheldKind;

/// The backoff after a message's first receive, if it is to be tried again; each further receive doubles it.
const FIRST_DELAY: Duration = Duration::from_secs(2);
/// The longest backoff.
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);
/// The longest backoff for what resolves itself: not shown yet, still being made, busy, unclear while the API call is
/// young, or without a plugin. 20 receives, after which a queue's redrive policy may move the message, then span two
/// hours.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);
/// After how many receives a resource that AWS says is still being made is looked at only once an hour: 20 receives
/// then span seven hours.
const LONG_IN_MAKING: u32 = 14;
const AN_HOUR: Duration = Duration::from_secs(60 * 60);
/// How old an event that no plugin wants may be and still be put off: a plugin may yet be loaded.
const MAX_PLUGIN_WAIT: Duration = Duration::from_secs(30 * 60);
/// After how many receives a poison message is put off, too: its queue seems to have no redrive policy, and the message
/// would come again at once, for ever.
const REDRIVE_RECEIVES: u32 = 100;

/// The reason where AWS says that what the API call created is still being made.
pub const BEING_MADE: &str = "being_made";

/// The reason where no plugin wants an event.
const NO_PLUGIN: &str = "no_plugin";

/// What becomes of a message. A reason has few values, since metrics use it as a label; it is empty if there is nothing
/// to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// There is nothing to do.
    Skip(&'static str),
    /// What the API call created is not there any more.
    Gone,
    /// Tags are on.
    Tagged(Extent),
    /// The API call succeeded, and nothing that it returned may get the caller's tags.
    Withheld(WithheldKind),
    /// The message holds no event.
    Unreadable,
    /// The guard does not let the plugin's answer pass.
    Refused(&'static str),
    /// It can never succeed.
    Failed(&'static str),
    /// No plugin wants the event, though a rule has brought it: a plugin may yet be loaded.
    Unmatched,
    /// What the API call created is not shown yet, still being made or busy; or the error is unclear, and the API call
    /// is young.
    Wait(&'static str),
    /// It can succeed later.
    Retry(&'static str),
}

/// How much of what was to be tagged has its tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All that is the caller's, with all tags.
    All,
    /// A resource has only the keys that decide access, since there was no room for the others.
    OnlyAccessKeys,
    /// A resource stays with another principal, who has proved as much.
    Contested,
}

/// How a message is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckAction {
    /// The message is deleted.
    Delete,
    /// The message becomes visible again after this time.
    ChangeVisibility(Duration),
}

impl Disposition {
    /// Its name in the log and in metrics.
    #[must_use]
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Skip(_) => "skip",
            Self::Gone => "gone",
            Self::Tagged(_) => "tagged",
            Self::Withheld(_) => "withheld",
            Self::Unreadable => "unreadable",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unmatched | Self::Wait(_) | Self::Retry(_) => "retry",
        }
    }

    /// What becomes of an event of this age that no plugin wants, though a rule has brought it and its API call may
    /// have created something.
    #[must_use]
    pub fn of_unmatched(age: Option<Duration>) -> Self {
        // Without an age, the wait for a plugin would have no end.
        if age.is_none_or(|age| age >= MAX_PLUGIN_WAIT) { Self::Failed(NO_PLUGIN) } else { Self::Unmatched }
    }

    /// The reason, as a label of few values; empty if there is nothing to say.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unreadable | Self::Gone | Self::Tagged(Extent::All) => "",
            Self::Unmatched => NO_PLUGIN,
            Self::Tagged(Extent::OnlyAccessKeys) => "no_room_for_all",
            Self::Tagged(Extent::Contested) => "contested",
            Self::Withheld(kind) => kind.name(),
            Self::Skip(reason)
            | Self::Refused(reason)
            | Self::Failed(reason)
            | Self::Wait(reason)
            | Self::Retry(reason) => reason,
        }
    }

    /// What becomes of a message that has both dispositions. What can still succeed outranks poison, since each attempt
    /// works on all of the message.
    #[must_use]
    pub fn graver(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Skip(_) => 0,
            Self::Gone => 1,
            Self::Tagged(_) => 2,
            Self::Withheld(_) => 3,
            Self::Unreadable => 4,
            Self::Refused(_) => 5,
            Self::Failed(_) => 6,
            Self::Unmatched => 7,
            Self::Wait(_) => 8,
            Self::Retry(_) => 9,
        }
    }

    /// Whether the message is done with, so that nothing is to be done for it if it comes again.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Skip(_) | Self::Gone | Self::Tagged(_) | Self::Withheld(_))
    }

    /// Whether it is a poison message: it can never succeed, and is on its way to the dead-letter queue.
    #[must_use]
    pub fn is_poison(self) -> bool {
        matches!(self, Self::Unreadable | Self::Refused(_) | Self::Failed(_))
    }

    /// Whether the message comes again, to be worked on once more.
    #[must_use]
    pub fn is_tried_again(self) -> bool {
        matches!(self, Self::Unmatched | Self::Wait(_) | Self::Retry(_))
    }

    /// What the message counts as once it is acknowledged: `done`, `not_for_us`, `retry` or `poison`.
    #[must_use]
    pub fn ack_label(self) -> &'static str {
        match self {
            Self::Skip(_) => "not_for_us",
            Self::Gone | Self::Tagged(_) | Self::Withheld(_) => "done",
            Self::Unmatched | Self::Wait(_) | Self::Retry(_) => "retry",
            Self::Unreadable | Self::Refused(_) | Self::Failed(_) => "poison",
        }
    }

    /// The level at which it is logged.
    #[must_use]
    pub fn level(self) -> tracing::Level {
        match self {
            Self::Withheld(kind) if kind.needs_attention() => tracing::Level::WARN,
            Self::Tagged(Extent::OnlyAccessKeys | Extent::Contested) => tracing::Level::WARN,
            Self::Skip(_) | Self::Gone | Self::Tagged(Extent::All) | Self::Withheld(_) => tracing::Level::INFO,
            // If no plugin comes, it ends as `Failed`, which is logged as an error.
            Self::Unmatched => tracing::Level::DEBUG,
            Self::Wait(_) | Self::Retry(_) => tracing::Level::WARN,
            Self::Unreadable | Self::Refused(_) | Self::Failed(_) => tracing::Level::ERROR,
        }
    }

    /// How the message is acknowledged, once it has been received `receive_count` times.
    #[must_use]
    pub fn action(self, receive_count: u32) -> AckAction {
        match self {
            Self::Skip(_) | Self::Gone | Self::Tagged(_) | Self::Withheld(_) => AckAction::Delete,
            Self::Wait(BEING_MADE) if receive_count >= LONG_IN_MAKING => AckAction::ChangeVisibility(AN_HOUR),
            Self::Unmatched | Self::Wait(_) => {
                AckAction::ChangeVisibility(retry_delay(receive_count).min(LONGEST_WAIT))
            }
            Self::Retry(_) => AckAction::ChangeVisibility(retry_delay(receive_count)),
            // It comes again until the redrive policy moves it to the dead-letter queue: only SQS can do that without a
            // moment in which the message is in neither queue.
            Self::Unreadable | Self::Refused(_) | Self::Failed(_) => AckAction::ChangeVisibility(
                receive_count.checked_sub(REDRIVE_RECEIVES).map_or(Duration::ZERO, retry_delay),
            ),
        }
    }
}

fn retry_delay(receive_count: u32) -> Duration {
    let doublings = receive_count.saturating_sub(1).min(16);
    FIRST_DELAY.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(disposition: Disposition, receive_count: u32) -> u64 {
        match disposition.action(receive_count) {
            AckAction::ChangeVisibility(delay) => delay.as_secs(),
            AckAction::Delete => panic!("{disposition:?} is deleted"),
        }
    }

    #[test]
    fn the_delay_doubles_with_each_receive_up_to_its_bound() {
        let delays = [1, 2, 3, 10, 100, u32::MAX].map(|count| hidden(Disposition::Retry(""), count));
        assert_eq!(delays, [2, 4, 8, 900, 900, 900]);
    }

    #[test]
    fn what_is_still_being_made_is_waited_for_more_than_45_minutes_within_20_receives() {
        let waits = [1, 2, 9, 10, 20].map(|count| hidden(Disposition::Wait(""), count));
        assert_eq!(waits, [2, 4, 512, 600, 600]);
        let span = |receives: u32| (1..receives).map(|count| hidden(Disposition::Wait(""), count)).sum::<u64>();
        assert_eq!([13, 14, 19].map(|count| hidden(Disposition::Wait(BEING_MADE), count)), [600, 3600, 3600]);
        assert!(span(14) > 45 * 60 && span(20) > 100 * 60, "{} {}", span(14), span(20));
    }

    #[test]
    fn what_no_plugin_wants_is_put_off_while_one_may_come_and_then_it_is_poison() {
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        assert_eq!(Disposition::of_unmatched(minutes(29)), Disposition::Unmatched);
        assert_eq!(Disposition::of_unmatched(None), Disposition::Failed("no_plugin"));
        assert_eq!(Disposition::of_unmatched(minutes(30)), Disposition::Failed("no_plugin"));
    }

    #[test]
    fn poison_comes_again_at_once_unless_nothing_ever_takes_it_away() {
        let delays = [1, 20, 99, 100, 102, 200].map(|count| hidden(Disposition::Failed(""), count));
        assert_eq!(delays, [0, 0, 0, 2, 4, 900]);
    }

    #[test]
    fn a_message_is_done_only_if_all_its_events_are() {
        use Disposition::{Failed, Gone, Refused, Retry, Skip, Tagged, Unmatched, Unreadable, Wait, Withheld};
        let done = [Skip(""), Gone, Tagged(Extent::All), Withheld(WithheldKind::Held)];
        let order = [&done[..], &[Unreadable, Refused(""), Failed(""), Unmatched, Wait(""), Retry("")]].concat();
        for (place, &disposition) in order.iter().enumerate() {
            assert!(order[..place].iter().all(|before| before.graver(disposition) == disposition));
            assert!(order[place..].iter().all(|after| after.graver(disposition) == *after));
            assert_eq!(disposition.is_done(), done.contains(&disposition));
            let is_deleted = disposition.action(1) == AckAction::Delete;
            assert_eq!(
                (disposition.is_done(), disposition.is_poison()),
                (is_deleted, disposition.ack_label() == "poison")
            );
        }
    }
}
