//! A strict fake of the parts of AWS that the service uses: SQS, EC2, STS, the Resource Groups Tagging API, Auto
//! Scaling, EventBridge, CloudTrail, KMS, RDS and S3, over real HTTP on 127.0.0.1.
//!
//! The real `host` binary and the real AWS SDK run against it: [`FakeAws::environment`] is all that they need. It
//! enforces the rules that emulators let pass: stale receipt handles delete nothing, one unknown id fails a whole
//! CreateTags, `aws:` keys are refused, and so on. It refuses what it does not model, so that no test passes because a
//! parameter was ignored. Signatures are not verified.
//!
//! ```
//! use autotag_fake_aws::FakeAws;
//!
//! let aws = FakeAws::start();
//! aws.create_queue("events");
//! aws.send("events", "hello");
//! assert_eq!(aws.counts("events").visible, 1);
//! ```
//!
//! # Where state lives
//!
//! All state belongs to an account and Region. A request's Region is the one that it was signed for. Its account is
//! that of the role whose session AssumeRole gave the access key for ([`FakeAws::put_role`]), or the one that the key
//! was registered for ([`FakeAws::register_access_key`]), else [`DEFAULT_ACCOUNT`]. `FakeAws` dereferences to the
//! [`RegionHandle`] of [`DEFAULT_ACCOUNT`] and [`DEFAULT_REGION`]; [`FakeAws::at`] returns any other.
//!
//! All services share one resource: what a test has put by an id (`put_instance`, [`RegionHandle::put_resource`]) is
//! tagged by EC2, shown by its Describe requests and found by the Resource Groups Tagging API; what it has put by an
//! ARN ([`RegionHandle::put_arn`]) is tagged by that API, and shown by RDS or S3 if it is theirs. Describe requests
//! and S3 show the current state; only lists of tags can be eventually consistent
//! ([`RegionHandle::tags_shown_after`]).
//!
//! # The path of a request
//!
//! Every request is logged ([`FakeAws::requests`]), passes the faults that a test has set ([`FakeAws::fault`],
//! [`FakeAws::gate`]), takes effect in one atomic step, passes the faults again, and is answered. A request whose
//! client disconnects before its effect has none.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod auto_scaling;
mod cloud_trail;
mod counters;
mod cut_body;
mod ec2;
mod event_bridge;
mod faults;
mod kms;
mod log;
mod page;
mod pipeline;
pub mod random;
mod rds;
mod reply;
mod request;
mod s3;
mod server;
mod service;
mod shared;
mod sqs;
mod sts;
mod tagging;
mod validation;
mod world;
mod xml;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

pub use cloud_trail::model::{EventSelector, Selectors, Trail};
pub use counters::Counters;
pub use ec2::model::{Image, Instance, InstanceState, NetworkInterface, Snapshot, Volume};
pub use event_bridge::model::{RetryPolicy, Rule, Target};
pub use faults::fault::Fault;
pub use faults::gate::{Gate, GateAt};
pub use faults::on::On;
pub use faults::rule::FaultRule;
pub use kms::model::{Key, KeyManager};
pub use log::{LoggedRequest, Outcome};
pub use sqs::control::QueueSpec;
pub use sqs::queue::{Counts, QueuedMessage};
pub use world::RegionHandle;

use server::Server;
use shared::Shared;

/// The account of every access key that no test has registered and STS has not issued.
pub const DEFAULT_ACCOUNT: &str = "111122223333";

/// The Region of the [`RegionHandle`] that [`FakeAws`] dereferences to.
pub const DEFAULT_REGION: &str = "us-east-1";

/// A running fake AWS; it stops, and closes its connections, when dropped. See the [module](self).
pub struct FakeAws {
    default_region: RegionHandle,
    shared: Arc<Shared>,
    server: Server,
}

impl FakeAws {
    /// Starts a server on a free port of 127.0.0.1, on a thread of its own.
    ///
    /// # Panics
    ///
    /// If no port or thread is available.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::new());
        let server = Server::start(Arc::clone(&shared)).expect("the fake AWS could not start");
        let default_region = RegionHandle::new(Arc::clone(&shared), server.address(), DEFAULT_ACCOUNT, DEFAULT_REGION);
        Self { default_region, shared, server }
    }

    /// Like [`FakeAws::start`], but keeps only the latest few requests and counts the rest: for tests with too many
    /// requests to record each.
    pub fn start_quiet() -> Self {
        let aws = Self::start();
        aws.shared.update(|world| world.log.keep(log::LATEST));
        aws
    }

    /// What `AWS_ENDPOINT_URL` must be set to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The environment in which a process with an AWS SDK in it talks to this fake and to nothing else, as
    /// [`DEFAULT_ACCOUNT`] in [`DEFAULT_REGION`]. Give the process no other `AWS_…` variable.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_REGION", DEFAULT_REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIDFAKEAWS".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            // The developer may have profiles, and the machine may be an EC2 instance.
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Controls another account and Region.
    pub fn at(&self, account: &str, region: &str) -> RegionHandle {
        RegionHandle::new(Arc::clone(&self.shared), self.address(), account, region)
    }

    /// Makes requests signed with `access_key_id` act in `account`.
    pub fn register_access_key(&self, access_key_id: &str, account: &str) {
        self.shared.update(|world| world.access_keys.insert(access_key_id.to_owned(), account.to_owned()));
    }

    /// Every request so far in the order of arrival, of all accounts and Regions, including those still open. A quiet
    /// fake returns only the latest.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.read(|world| world.log.requests())
    }

    /// The requests so far of one API action, such as `CreateTags`. A quiet fake returns only those among its latest.
    pub fn requests_of(&self, action: &str) -> Vec<LoggedRequest> {
        self.shared.read(|world| world.log.requests_of(action))
    }

    /// How many requests of one API action there were so far, including those still open.
    pub fn count_of(&self, action: &str) -> usize {
        self.shared.read(|world| world.log.counters_by_action().get(action).map_or(0, |counters| counters.requests))
    }

    /// How the requests of one API action ended so far.
    pub fn counters(&self, action: &str) -> Counters {
        self.shared.read(|world| world.log.counters_by_action().get(action).cloned().unwrap_or_default())
    }

    /// How all requests so far ended, by API action.
    pub fn counters_by_action(&self) -> BTreeMap<String, Counters> {
        self.shared.read(|world| world.log.counters_by_action().clone())
    }

    /// Makes `fault` happen to the requests that `on` picks, from now on. If several rules pick a request, all apply,
    /// in the order in which they were set.
    pub fn fault(&self, on: On, fault: Fault) -> FaultRule {
        FaultRule::set(&self.shared, on, fault)
    }

    /// Holds the requests that `on` picks, before or after their effect, until the gate is opened or dropped.
    pub fn gate(&self, on: On, at: GateAt) -> Gate {
        Gate::set(&self.shared, on, at)
    }

    /// Waits until `condition` holds. It is evaluated soon after every change and whenever time alone changes
    /// something, each time on one consistent state: nothing changes while it runs. Many changes at once cause one
    /// evaluation.
    ///
    /// # Panics
    ///
    /// After `timeout`, with the state and the latest requests.
    #[track_caller]
    pub fn wait_until(&self, condition: impl Fn(&FakeAws) -> bool, timeout: Duration) {
        if !self.shared.wait(|| condition(self), timeout) {
            panic!("the condition did not hold within {timeout:?}\n{self:?}");
        }
    }
}

impl Deref for FakeAws {
    type Target = RegionHandle;

    fn deref(&self) -> &RegionHandle {
        &self.default_region
    }
}

/// The state and the latest requests, for a failed test's message.
impl fmt::Debug for FakeAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.read(|world| world.fmt(f))
    }
}
