//! The host that is measured: the release binary, `host run`, as a process of its own.

use std::path::Path;

use autotag_fake_aws::FakeAws;
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
        let first = hosts.on(&aws).listening().start();
        first.wait_until(|readyz| readyz["ready"] == true);
        first.stop();
        hosts
    }

    /// A host as it is by default, except that a receive waits for no more than a second, so that measurements end
    /// sooner, and that it does not log what went well.
    pub fn of(&self, world: &World) -> Service {
        self.on(&world.aws)
    }

    /// The same, with the host's own rate limits for EC2 out of the way, for an EC2 that never throttles.
    pub fn unlimited(&self, world: &World) -> Service {
        fast(self.of(world), &["CREATE_TAGS", "DESCRIBE"])
    }

    /// The same as by default, on the queue of any fake AWS.
    pub fn on(&self, aws: &FakeAws) -> Service {
        Service::new(aws, QUEUE)
            .env("AUTOTAG_CACHE", &self.cache.path().display().to_string())
            .env("AUTOTAG_VISIBILITY_SECONDS", "60")
            .env("AUTOTAG_LOG", "warn")
    }

    /// Where these hosts keep compiled plugins.
    pub fn cache(&self) -> &Path {
        self.cache.path()
    }
}

/// A host whose token buckets for these requests are too large to ever be empty.
pub fn fast(service: Service, calls: &[&str]) -> Service {
    let settings = calls.iter().flat_map(|calls| ["BURST", "PER_SECOND"].map(|part| format!("AUTOTAG_{calls}_{part}")));
    settings.fold(service, |service, setting| service.env(&setting, "1000000"))
}
