//! Events to measure with: recorded shapes, with the resources that they tell of put into the fake AWS.

use std::collections::BTreeMap;
use std::time::SystemTime;

use autotag_tests::fake_aws::{FakeAws, Image, Instance, Snapshot, Volume};
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};

/// How many people make the calls.
pub const USERS: usize = 10;

/// A kind of call that somebody makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One instance with one interface and so many volumes.
    RunInstances {
        volumes: usize,
    },
    CreateVolume,
    CreateSnapshot,
    /// An image with one snapshot.
    CreateImage,
    /// Not for us: no plugin wants it, and it failed.
    StopInstances,
    /// A launch that failed: nothing is created either.
    FailedRunInstances,
}

/// The calls of a busy day, twenty of them; they come in this order again and again. A quarter is not for us.
pub const MIX: [Kind; 20] = {
    use Kind::{CreateImage, CreateSnapshot, CreateVolume, FailedRunInstances, RunInstances, StopInstances};
    const LAUNCH: Kind = RunInstances { volumes: 1 };
    [
        LAUNCH,
        CreateVolume,
        StopInstances,
        LAUNCH,
        CreateSnapshot,
        LAUNCH,
        FailedRunInstances,
        CreateVolume,
        LAUNCH,
        StopInstances,
        LAUNCH,
        CreateSnapshot,
        CreateVolume,
        LAUNCH,
        CreateImage,
        LAUNCH,
        StopInstances,
        CreateSnapshot,
        LAUNCH,
        StopInstances,
    ]
};
/// What [`MIX`] is, in words.
pub const MIX_IN_WORDS: &str = "of 20 events 8 RunInstances (an instance, an interface, a volume each), 3 CreateVolume, \
    3 CreateSnapshot, 1 CreateImage (with a snapshot), 4 StopInstances and 1 RunInstances that failed";

/// Makes events, and remembers what is to become of what they created.
#[derive(Default)]
pub struct Events {
    serial: usize,
    owners: BTreeMap<String, usize>,
}

impl Events {
    /// The body of the next message, about a call that was made just now. What it created is there.
    pub fn next(&mut self, aws: &FakeAws, kind: Kind) -> String {
        let number = self.serial;
        self.serial += 1;
        // The kinds of a mix come at fixed places, and each is to be everybody's.
        let user = (number + number / MIX.len()) % USERS;
        let id = |prefix: &str, part: usize| format!("{prefix}-{:017x}", (number << 8) + part);
        let mut created = Vec::new();
        let (template, resource) = match kind {
            Kind::RunInstances { volumes } => {
                let (instance, interface) = (id("i", 0), id("eni", 0));
                let mut launched = Instance::new(&instance).tag("Name", "build-runner").tag("team", "platform");
                launched = launched.network_interface(&interface);
                for volume in 0..volumes {
                    let name = id("vol", volume + 1);
                    launched = launched.volume(&name, &format!("/dev/xvd{volume}"));
                    created.push(name);
                }
                aws.put_instance(launched);
                created.extend([instance.clone(), interface]);
                (include_str!("events/run-instances.json"), instance)
            }
            Kind::CreateVolume => {
                let volume = id("vol", 0);
                aws.put_volume(Volume::new(&volume));
                created.push(volume.clone());
                (include_str!("events/create-volume.json"), volume)
            }
            Kind::CreateSnapshot => {
                let snapshot = id("snap", 0);
                aws.put_snapshot(Snapshot::new(&snapshot));
                created.push(snapshot.clone());
                (include_str!("events/create-snapshot.json"), snapshot)
            }
            Kind::CreateImage => {
                let (image, snapshot) = (id("ami", 0), id("snap", 1));
                aws.put_snapshot(Snapshot::new(&snapshot));
                aws.put_image(Image::new(&image).snapshot("/dev/xvda", &snapshot));
                created.extend([image.clone(), snapshot]);
                (include_str!("events/create-image.json"), image)
            }
            Kind::StopInstances => (include_str!("events/stop-instances.json"), id("i", 0)),
            Kind::FailedRunInstances => (include_str!("events/run-instances-failed.json"), String::new()),
        };
        self.owners.extend(created.into_iter().map(|id| (id, user)));
        let now = now();
        template
            .trim()
            .replace("IDENTITY", include_str!("events/identity.json").trim())
            .replace("USER", &name(user))
            .replace("TIME", &now.fmt(DateTimeFormat::DateTime).expect("a time of this century"))
            // What a call creates is created when it is made.
            .replace("MILLIS", &now.to_millis().expect("a time of this century").to_string())
            .replace("RESOURCE", &resource)
            .replace("INTERFACE", &id("eni", 0))
    }

    /// How many resources the events so far created.
    pub fn resources(&self) -> usize {
        self.owners.len()
    }

    /// Fails unless each resource carries its creator's tags and no other resource does.
    pub fn check(&self, aws: &FakeAws) {
        for (id, tags) in aws.tags_of_all() {
            let tag = |key: &str| tags.get(key).cloned();
            let owner = self.owners.get(&id).map(|user| name(*user));
            assert_eq!(tag("PrincipalId"), owner.as_ref().map(|name| format!("AROAEXAMPLEEXAMPLEEXA:{name}")), "{id}");
            assert_eq!(tag("Owner"), owner, "{id}");
        }
    }
}

fn name(user: usize) -> String {
    format!("user-{user}@example.com")
}

/// As CloudTrail writes it, in whole seconds.
fn now() -> DateTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("the clock is right").as_secs();
    DateTime::from_secs(i64::try_from(now).expect("the clock is right"))
}
