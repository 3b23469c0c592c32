//! The world that a host is measured in: a fake AWS with a queue, events in it, and a latency on every request.

use std::thread;
use std::time::{Duration, Instant};

use autotag_fake_aws::{FakeAws, Fault, FaultRule, On, QueueSpec};

use crate::events::{Events, Kind};

/// The queue that hosts receive from.
pub const QUEUE: &str = "events";
/// The dead-letter queue, for what cannot be tagged.
pub const DEAD: &str = "dead";
/// The default latency of each request.
pub const LATENCY: Duration = Duration::from_millis(5);
/// How long anything may take before something is broken.
const DEADLINE: Duration = Duration::from_secs(300);

/// A fake AWS, and the events that are sent to its queue.
pub struct World {
    pub aws: FakeAws,
    pub events: Events,
    _latency: [FaultRule; 2],
}

impl World {
    /// With this latency on each request: in SQS after the request's effect, in EC2 before it. So what was received or
    /// tagged is visible to all when the latency is over.
    pub fn new(latency: Duration) -> Self {
        Self::of(FakeAws::start_quiet(), latency)
    }

    /// The same, with a record of every request.
    pub fn with_log(latency: Duration) -> Self {
        Self::of(FakeAws::start(), latency)
    }

    fn of(aws: FakeAws, latency: Duration) -> Self {
        aws.create_queue(DEAD);
        aws.create_queue_with(QueueSpec::named(QUEUE).dead_letters(DEAD, 3));
        let sqs = aws.fault(On::service("sqs"), Fault::DelayAfterEffect(latency));
        let ec2 = aws.fault(On::service("ec2"), Fault::DelayBeforeEffect(latency));
        Self { aws, events: Events::default(), _latency: [sqs, ec2] }
    }

    /// Makes an API call, and sends the message about it.
    pub fn send(&mut self, kind: Kind) {
        let body = self.events.next(&self.aws, kind);
        self.aws.send(QUEUE, &body);
    }

    /// Makes `count` API calls of these kinds in turn, and sends their messages.
    pub fn send_many(&mut self, kinds: &[Kind], count: usize) {
        kinds.iter().cycle().take(count).for_each(|kind| self.send(*kind));
    }

    /// How many messages are in the queue, visible or not.
    pub fn left(&self) -> usize {
        self.aws.counts(QUEUE).total()
    }

    /// Waits until every message is deleted, and returns how long it took.
    pub fn wait_until_done(&self) -> Duration {
        let begin = Instant::now();
        self.wait(|world| world.left() == 0);
        begin.elapsed()
    }

    /// Waits until the condition holds.
    pub fn wait(&self, is_so: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            // Something is broken, and the fake's state says what.
            assert!(begin.elapsed() < DEADLINE, "it does not come to an end:\n{:?}", self.aws);
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Fails unless all is tagged as it should be, and nothing is in the dead-letter queue.
    pub fn check(&self) {
        assert_eq!(self.aws.counts(DEAD).total(), 0, "messages in the dead-letter queue");
        self.events.check(&self.aws);
    }

    /// How many requests to EC2 there were.
    pub fn ec2_requests(&self) -> usize {
        let of_ec2 = |action: &str| action == "CreateTags" || action.starts_with("Describe");
        self.aws
            .counters_by_action()
            .iter()
            .filter(|(action, _)| of_ec2(action))
            .map(|(_, counters)| counters.requests)
            .sum()
    }
}
