//! A strict fake of the parts of AWS that the service uses: SQS, EC2 and STS, over real HTTP on 127.0.0.1.
//!
//! The real `host` binary and the real AWS SDK run against it: [`FakeAws::environment`] is all that they need. It
//! enforces the rules that emulators let pass: stale receipt handles delete nothing, one
//! unknown id fails a whole CreateTags, `aws:` keys are refused, and so on. What it does not model it refuses, so
//! that a test never passes because a parameter was ignored. Signatures are not verified.
//!
//! ```
//! use autotag_tests::fake_aws::FakeAws;
//!
//! let aws = FakeAws::start();
//! aws.create_queue("events");
//! aws.send("events", "hello");
//! assert_eq!(aws.counts("events").visible, 1);
//! ```
//!
//! # Where state lives
//!
//! All state belongs to a place, an (account, Region). A request's Region is the one that it was signed for; its
//! account is that of the role which its access key was given for by AssumeRole ([`FakeAws::put_role`]), or the one that
//! the key was registered for with [`FakeAws::register_access_key`], else [`DEFAULT_ACCOUNT`]. `FakeAws` dereferences to the [`Place`] of [`DEFAULT_ACCOUNT`] and [`DEFAULT_REGION`];
//! [`FakeAws::at`] gives any other.
//!
//! # The way of a request
//!
//! Every request is logged ([`FakeAws::calls`]), passes the faults that a test has set ([`FakeAws::fault`],
//! [`FakeAws::gate`]), takes effect in one atomic step, passes the faults again, and is answered. A request whose
//! client disconnects before its effect has none.

mod call;
mod cut_body;
mod ec2;
mod faults;
mod log;
mod pipeline;
mod random;
mod reply;
mod server;
mod service;
mod shared;
mod sqs;
mod sts;
mod world;
mod xml;

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

pub use ec2::model::{Image, Instance, InstanceState, NetworkInterface, Snapshot, Volume};
pub use faults::fault::Fault;
pub use faults::gate::{Gate, GateAt};
pub use faults::on::On;
pub use faults::rule::Rule;
pub use log::{Call, Outcome};
pub use sqs::control::QueueSpec;
pub use sqs::queue::{Counts, QueuedMessage};
pub use world::Place;

use server::Server;
use shared::Shared;

/// The account of every access key that no test has registered and STS has not given.
pub const DEFAULT_ACCOUNT: &str = "111122223333";

/// The Region of the [`Place`] that [`FakeAws`] dereferences to.
pub const DEFAULT_REGION: &str = "us-east-1";

/// A running fake AWS; it stops, and closes its connections, when dropped. See the [module](self).
pub struct FakeAws {
    place: Place,
    shared: Arc<Shared>,
    server: Server,
}

impl FakeAws {
    /// Starts a server on a free port of 127.0.0.1, on a thread of its own.
    ///
    /// # Panics
    ///
    /// If no port or thread is to be had.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::new());
        let server = Server::start(Arc::clone(&shared)).expect("the fake AWS could not start");
        let place = Place::new(Arc::clone(&shared), server.address(), DEFAULT_ACCOUNT, DEFAULT_REGION);
        Self { place, shared, server }
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
            // Whoever runs the tests may have profiles, and may be on an EC2 instance.
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The control of another account and Region.
    pub fn at(&self, account: &str, region: &str) -> Place {
        Place::new(Arc::clone(&self.shared), self.address(), account, region)
    }

    /// Makes requests signed with `access_key_id` act in `account`.
    pub fn register_access_key(&self, access_key_id: &str, account: &str) {
        self.shared.update(|world| world.accounts.insert(access_key_id.to_owned(), account.to_owned()));
    }

    /// Every request so far in the order of arrival, of all accounts and Regions, those still open included.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.read(|world| world.log.calls().to_vec())
    }

    /// The requests so far for one API action, such as `CreateTags`.
    pub fn calls_of(&self, action: &str) -> Vec<Call> {
        self.shared.read(|world| world.log.calls().iter().filter(|call| call.action == action).cloned().collect())
    }

    /// Lets `fault` happen to the calls that `on` picks, from now on. Of several rules that pick a call, all apply;
    /// the rule set first goes first.
    pub fn fault(&self, on: On, fault: Fault) -> Rule {
        Rule::set(&self.shared, on, fault)
    }

    /// Holds the calls that `on` picks, before or after their effect, until the gate is opened or dropped.
    pub fn gate(&self, on: On, at: GateAt) -> Gate {
        Gate::set(&self.shared, on, at)
    }

    /// Waits until `condition` holds. It is looked at after every change and whenever time alone changes something,
    /// each time on one consistent state: nothing changes while it runs.
    ///
    /// # Panics
    ///
    /// After `timeout`, with the state and the latest calls.
    #[track_caller]
    pub fn wait_until(&self, condition: impl Fn(&FakeAws) -> bool, timeout: Duration) {
        if !self.shared.wait(|| condition(self), timeout) {
            panic!("the condition did not hold within {timeout:?}\n{self:?}");
        }
    }
}

impl Deref for FakeAws {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

/// The state and the latest calls, for a failed test's message.
impl fmt::Debug for FakeAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.read(|world| world.fmt(f))
    }
}
