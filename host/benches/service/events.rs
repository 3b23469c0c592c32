//! Events to measure with: recorded shapes, whose resources are put into the fake AWS.

use std::collections::BTreeMap;
use std::time::SystemTime;

use autotag_fake_aws::{DEFAULT_ACCOUNT, DEFAULT_REGION, FakeAws, Image, Instance, RegionHandle, Snapshot, Volume};
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};

/// How many users make the API calls.
pub const USERS: usize = 10;

/// A kind of API call that a user makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One instance with one interface and this many volumes.
    RunInstances {
        volumes: usize,
    },
    CreateVolume,
    CreateSnapshot,
    /// An image with one snapshot.
    CreateImage,
    /// A database, which has a plugin of its own.
    CreateDbInstance,
    /// A bucket, which has a plugin of its own.
    CreateBucket,
    /// Not for the host: no plugin wants it, and it failed.
    StopInstances,
    /// A launch that failed: nothing is created.
    FailedRunInstances,
}

/// Twenty API calls of a busy day, which come in this order again and again. A quarter is not for the host.
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
/// [`MIX`] as text, for the report.
pub const MIX_IN_WORDS: &str = "of 20 events 8 RunInstances (an instance, an interface, a volume each), 3 CreateVolume, \
    3 CreateSnapshot, 1 CreateImage (with a snapshot), 4 StopInstances and 1 RunInstances that failed";

/// An API call of a user in an account and Region.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub kind: Kind,
    pub account_region: &'a RegionHandle,
    pub user: usize,
    /// Unique: what the API call creates is named by it.
    pub number: usize,
}

impl Call<'_> {
    /// Puts what the API call creates into its account and Region, and returns the names.
    pub fn create(&self) -> Vec<String> {
        let (account_region, resource) = (self.account_region, self.resource());
        match self.kind {
            Kind::RunInstances { volumes } => {
                let mut launched = Instance::new(&resource).tag("Name", "build-runner").tag("team", "platform");
                launched = launched.network_interface(&self.interface());
                let mut created = vec![resource, self.interface()];
                for volume in 0..volumes {
                    let name = self.id("vol", volume + 1);
                    launched = launched.volume(&name, &format!("/dev/xvd{volume}"));
                    created.push(name);
                }
                account_region.put_instance(launched);
                created
            }
            Kind::CreateVolume => {
                account_region.put_volume(Volume::new(&resource));
                vec![resource]
            }
            Kind::CreateSnapshot => {
                account_region.put_snapshot(Snapshot::new(&resource));
                vec![resource]
            }
            Kind::CreateImage => {
                let snapshot = self.id("snap", 1);
                account_region.put_snapshot(Snapshot::new(&snapshot));
                account_region.put_image(Image::new(&resource).snapshot("/dev/xvda", &snapshot));
                vec![resource, snapshot]
            }
            Kind::CreateDbInstance => {
                let arn = format!("arn:aws:rds:{}:{}:db:{resource}", account_region.region(), account_region.account());
                account_region.put_arn(&arn, &[]);
                account_region.unique_id(&arn, &self.unique_id());
                vec![arn]
            }
            Kind::CreateBucket => {
                let arn = format!("arn:aws:s3:::{resource}");
                account_region.put_arn(&arn, &[]);
                vec![arn]
            }
            Kind::StopInstances | Kind::FailedRunInstances => Vec::new(),
        }
    }

    /// The body of the message about the API call, made at the time `called`.
    pub fn body(&self, called: DateTime) -> String {
        let template = match self.kind {
            Kind::RunInstances { .. } => include_str!("events/run-instances.json"),
            Kind::CreateVolume => include_str!("events/create-volume.json"),
            Kind::CreateSnapshot => include_str!("events/create-snapshot.json"),
            Kind::CreateImage => include_str!("events/create-image.json"),
            Kind::CreateDbInstance => include_str!("events/create-db-instance.json"),
            Kind::CreateBucket => include_str!("events/create-bucket.json"),
            Kind::StopInstances => include_str!("events/stop-instances.json"),
            Kind::FailedRunInstances => include_str!("events/run-instances-failed.json"),
        };
        template
            .trim()
            .replace("IDENTITY", include_str!("events/identity.json").trim())
            .replace("USER", &name(self.user))
            .replace("TIME", &called.fmt(DateTimeFormat::DateTime).expect("a time of this century"))
            // The resource's creation time is the time of the API call.
            .replace("MILLIS", &called.to_millis().expect("a time of this century").to_string())
            .replace("RESOURCE", &self.resource())
            .replace("INTERFACE", &self.interface())
            .replace("UNIQUE", &self.unique_id())
            .replace(DEFAULT_ACCOUNT, self.account_region.account())
            .replace(DEFAULT_REGION, self.account_region.region())
    }

    /// The name of the first resource that the API call is about.
    pub fn resource(&self) -> String {
        match self.kind {
            Kind::RunInstances { .. } | Kind::StopInstances => self.id("i", 0),
            Kind::CreateVolume => self.id("vol", 0),
            Kind::CreateSnapshot => self.id("snap", 0),
            Kind::CreateImage => self.id("ami", 0),
            Kind::CreateDbInstance => format!("orders-{}", self.number),
            Kind::CreateBucket => format!("archive-{}", self.number),
            Kind::FailedRunInstances => String::new(),
        }
    }

    fn interface(&self) -> String {
        self.id("eni", 0)
    }

    /// A database's unique id. Its name can be given to another database later.
    fn unique_id(&self) -> String {
        format!("db-{:026X}", self.number)
    }

    fn id(&self, prefix: &str, part: usize) -> String {
        format!("{prefix}-{:017x}", (self.number << 8) + part)
    }
}

/// Makes events, and keeps who owns what they created.
#[derive(Default)]
pub struct Events {
    serial: usize,
    owners: BTreeMap<String, usize>,
}

impl Events {
    /// The body of the next message, about an API call that was made just now. What it created exists.
    pub fn next(&mut self, account_region: &RegionHandle, kind: Kind) -> String {
        let number = self.serial;
        self.serial += 1;
        // A mix has its kinds at fixed indexes: the shift gives each kind to every user in turn.
        let user = (number + number / MIX.len()) % USERS;
        let call = Call { kind, account_region, user, number };
        self.owners.extend(call.create().into_iter().map(|id| (id, user)));
        call.body(now())
    }

    /// How many resources the events so far created.
    pub fn resources(&self) -> usize {
        self.owners.len()
    }

    /// Fails unless each resource carries its creator's tags and no other resource does.
    pub fn check(&self, aws: &FakeAws) {
        for (id, tags) in aws.tags_of_all() {
            let owner = self.owners.get(&id).copied();
            assert!(is_right(&tags, owner), "{id}, which {owner:?} created, has {tags:?}");
        }
    }
}

/// Whether a resource with these tags carries those of its owner; or no owner's, if it must have none.
pub fn is_right(tags: &BTreeMap<String, String>, owner: Option<usize>) -> bool {
    let owner = owner.map(name);
    let principal = owner.as_ref().map(|name| format!("AROAEXAMPLEEXAMPLEEXA:{name}"));
    (tags.get("Owner"), tags.get("PrincipalId")) == (owner.as_ref(), principal.as_ref())
}

fn name(user: usize) -> String {
    format!("user-{user}@example.com")
}

/// The time as CloudTrail writes it, in whole seconds.
pub fn now() -> DateTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("the clock is right").as_secs();
    DateTime::from_secs(i64::try_from(now).expect("the clock is right"))
}
