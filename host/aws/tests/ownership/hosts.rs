//! Several hosts in this process: the real guard and tagger, without a queue.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use autotag_aws::connections;
use autotag_aws::metrics::ServiceMetrics;
use autotag_aws::tagger::{Credentials, Rate, Rates, Tagger};
use autotag_core::event::decode_message;
use autotag_core::guard::{Checked, Guard, PluginScope};
use autotag_core::ownership::rule::TagPolicy;
use autotag_core::tagging::ProposedTagging;
use autotag_fake_aws::{FakeAws, RegionHandle};
use aws_config::{BehaviorVersion, Region};
use serde_json::Value;

use crate::history::History;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-central-1";
/// For how long an event is young.
pub(crate) const FRESH: Duration = Duration::from_secs(3_600);

/// The account and Region in which everything happens.
pub(crate) fn account_region(aws: &FakeAws) -> RegionHandle {
    aws.at(ACCOUNT, REGION)
}

/// Hosts that share nothing but AWS.
pub(crate) struct Hosts {
    guard: Arc<Guard>,
    taggers: Vec<Arc<Tagger>>,
}

impl Hosts {
    pub(crate) fn start(aws: &FakeAws, count: usize) -> Self {
        let keys = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<BTreeSet<_>>();
        let policy = TagPolicy { access_keys: keys(&["PrincipalId"]), keep_keys: keys(&["Owner"]) };
        let many = Rate { burst: 1e6, per_second: 1e6 };
        let rates = Rates {
            create_tags: many,
            describe: many,
            tag_resources: many,
            get_resources: many,
            resources_per_call: 200,
        };
        let sdk = aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(connections::unbounded())
            .endpoint_url(aws.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(aws_sdk_sqs::config::SharedCredentialsProvider::new(
                aws_sdk_sqs::config::Credentials::new("AKID", "secret", None, None, "test"),
            ))
            .build();
        let tagger = || {
            let credentials = Credentials::new(sdk.clone(), None);
            Arc::new(Tagger::new(credentials, rates, policy.clone(), FRESH, 10_000, ServiceMetrics::default()))
        };
        // Even where the guard lets it pass, a replay must not change anything.
        let guard = Guard { allow_replays: true, ..Guard::default() };
        Self { guard: Arc::new(guard), taggers: (0..count).map(|_| tagger()).collect() }
    }

    /// Works on all events at once, which the hosts share round-robin.
    pub(crate) async fn work_on(self, histories: &[History]) {
        let mut tasks = tokio::task::JoinSet::new();
        let events = histories.iter().flat_map(|history| {
            let resource = history.resource();
            history.events().into_iter().map(move |event| (event, resource.clone()))
        });
        for ((event, resource), number) in events.zip(0..) {
            let tagger = Arc::clone(&self.taggers[number % self.taggers.len()]);
            let guard = Arc::clone(&self.guard);
            tasks.spawn(async move { work(&guard, &tagger, &event, &resource).await });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    }
}

/// What a host does about an event, until it is done.
async fn work(guard: &Guard, tagger: &Tagger, event: &Value, resource: &str) {
    let event = decode_message(&event.to_string()).unwrap();
    let record = event.record().unwrap();
    if guard.admit(&event, &record).is_err() {
        return;
    }
    let principal = record.principal_id.clone().unwrap().into_owned();
    let owner = principal.trim_start_matches("AIDA").to_lowercase();
    let proposed = ProposedTagging {
        resources: vec![resource.to_owned()],
        related: Vec::new(),
        tags: vec![("Owner".into(), owner), ("PrincipalId".into(), principal)],
    };
    let declared = ["Owner", "PrincipalId"].map(Into::into).into();
    let scope = PluginScope { tag_keys: &declared, is_chosen: false };
    let Checked { taggings, .. } = guard.check(&event, &record, scope, vec![proposed]).unwrap();
    while let Err(error) = tagger.tag(&event, &taggings).await.problem {
        assert!(!error.kind.disposition().is_poison(), "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
