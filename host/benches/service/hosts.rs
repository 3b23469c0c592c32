//! The host that is measured: the release binary, `host run`, as a process of its own.

use autotag_tests::fake_aws::FakeAws;
use autotag_tests::host::Service;
use tempfile::TempDir;

use crate::world::{QUEUE, World};

/// Starts hosts.
pub struct Hosts {
    /// The compiled plugins, so that no host compiles them while it is measured.
    cache: TempDir,
}

impl Hosts {
    /// Fills the cache.
    pub fn new() -> Self {
        let hosts = Self { cache: tempfile::tempdir().expect("a folder") };
        let aws = FakeAws::start_quiet();
        aws.create_queue(QUEUE);
        let first = hosts.service(&aws).listening().start();
        first.wait_until(|readyz| readyz["ready"] == true);
        first.stop();
        hosts
    }

    /// A host as it is by default, except that a receive waits for no more than a second, so that measurements end sooner, and
    /// that it does not log what went well.
    pub fn of(&self, world: &World) -> Service {
        self.service(&world.aws)
    }

    /// The same, for an EC2 that never throttles.
    pub fn unlimited(&self, world: &World) -> Service {
        ["CREATE_TAGS_BURST", "CREATE_TAGS_PER_SECOND", "DESCRIBE_BURST", "DESCRIBE_PER_SECOND"]
            .iter()
            .fold(self.of(world), |service, setting| service.env(&format!("AUTOTAG_{setting}"), "1000000"))
    }

    fn service(&self, aws: &FakeAws) -> Service {
        Service::new(aws, QUEUE)
            .env("AUTOTAG_CACHE", &self.cache.path().display().to_string())
            .env("AUTOTAG_VISIBILITY_SECONDS", "60")
            .env("AUTOTAG_LOG", "warn")
    }
}
