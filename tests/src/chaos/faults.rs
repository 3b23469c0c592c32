//! All the faults of AWS, at once.

use std::collections::BTreeMap;
use std::time::Duration;

use autotag_fake_aws::{FakeAws, Fault, FaultRule, On};

use super::QUEUE;

pub(super) struct Faults {
    rules: Vec<(&'static str, FaultRule)>,
}

impl Faults {
    /// Sets all faults. Which requests they pick, in the order of their arrival, follows from the seed.
    pub(super) fn set(aws: &FakeAws, seed: u64) -> Self {
        let mut rules = Vec::new();
        let mut seeds = seed.wrapping_mul(1_000)..;
        let mut next_seed = || seeds.next().unwrap();
        let mut latency = |service, median, p99| {
            let (median, p99) = (Duration::from_millis(median), Duration::from_millis(p99));
            let fault = Fault::Latency { median, p99, seed: next_seed() };
            rules.push(("requests of a random duration", aws.fault(On::service(service), fault)));
        };
        latency("ec2", 20, 500);
        latency("sqs", 5, 100);
        latency("sts", 20, 500);
        let bucket = Fault::Throttle { burst: 10, per_second: 5.0 };
        rules.push(("throttled by an empty bucket", aws.fault(On::service("ec2"), bucket)));
        for action in ["DeleteMessageBatch", "ChangeMessageVisibilityBatch"] {
            let fault =
                Fault::FailEntriesByChance { probability: 0.03, seed: next_seed(), code: "InternalError".into() };
            rules.push(("batches of which a part failed", aws.fault(On::action(action), fault)));
        }
        let unavailable = Fault::ErrorAfterEffect { status: 503, code: "ServiceUnavailable".into() };
        for (name, probability, fault) in [
            ("errors before the effect", 0.01, Fault::error(500, "InternalError")),
            ("errors after the effect", 0.01, unavailable),
            ("resets before the effect", 0.01, Fault::DropBeforeEffect),
            ("resets after the effect", 0.01, Fault::DropAfterEffect),
            ("resets in the middle of the answer", 0.01, Fault::CutReply),
            // Each holds its messages until the host's request times out.
            ("never answered, without effect", 0.0007, Fault::HalfOpenBeforeEffect),
            ("never answered, with effect", 0.0007, Fault::HalfOpenAfterEffect),
        ] {
            rules.push((name, aws.fault(On::any().chance(probability, next_seed()), fault)));
        }
        aws.set_token_lifetime(Duration::from_secs(5));
        aws.duplicate(QUEUE, 0.05, next_seed());
        aws.reorder(QUEUE, next_seed());
        Self { rules }
    }

    /// How often each kind of fault has struck so far.
    pub(super) fn struck(&self, aws: &FakeAws) -> BTreeMap<String, usize> {
        let mut struck: BTreeMap<String, usize> = BTreeMap::new();
        for (name, rule) in &self.rules {
            *struck.entry((*name).to_owned()).or_default() += rule.struck();
        }
        struck.insert("messages delivered once more".into(), aws.copies(QUEUE));
        let by_action = aws.counters_by_action();
        struck.insert("tokens given that live five seconds".into(), aws.counters("AssumeRole").succeeded);
        for counters in by_action.values() {
            for (code, count) in &counters.errors {
                let name = match code.rsplit('.').next().unwrap_or_default() {
                    "NotFound" => "resources not found (yet)",
                    "AccessDenied" => "refused by an account",
                    "NonExistentQueue" => "requests while the queue was away",
                    "RequestExpired" | "ExpiredToken" => "tokens that had expired",
                    _ => continue,
                };
                *struck.entry(name.to_owned()).or_default() += count;
            }
        }
        struck
    }
}
