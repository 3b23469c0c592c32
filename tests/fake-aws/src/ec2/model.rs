//! Resources: what a test puts, and what the fake keeps of it.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

/// Tags of one resource, those of AWS itself not counted.
pub(in super::super) const MAX_TAGS: usize = 50;
/// What the keys of AWS's own tags begin with.
pub(in super::super) const RESERVED: &str = "aws:";

/// Tags by key.
pub(in super::super) type Tags = BTreeMap<String, String>;

/// A resource in the fake.
pub(in super::super) struct Resource {
    pub tags: Tags,
    pub detail: Detail,
    /// Every call answers `NotFound` before this.
    pub describable_from: Option<Instant>,
    /// CreateTags answers `NotFound` before this, and TagResources that there is no such resource.
    pub taggable_from: Option<Instant>,
    /// Neither DescribeTags nor GetResources show any of its tags before this.
    pub tags_shown_from: Option<Instant>,
}

/// What is particular to a kind of resource.
pub(in super::super) enum Detail {
    Instance(Instance),
    Volume(Volume),
    NetworkInterface(NetworkInterface),
    Image(Image),
    Snapshot(Snapshot),
    Other(Other),
}

/// What is known of a resource of any other kind, or of another service than EC2, beside its tags.
pub(in super::super) struct Other {
    pub created: SystemTime,
    /// Of those whose state a call shows.
    pub state: Option<String>,
    /// Of fleets alone: `instant`, `request` or `maintain`.
    pub fleet_type: Option<String>,
    /// What tells it from another one of its name, before and after it. A test may choose it; else it follows from the
    /// serial, which nothing else has.
    pub unique_id: Option<String>,
    /// When an RDS snapshot was taken, if later than it was asked for.
    pub taken: Option<SystemTime>,
    pub serial: u64,
}

impl Other {
    /// Made now.
    pub fn new(serial: u64, state: Option<&str>) -> Self {
        let (created, state) = (SystemTime::now(), state.map(str::to_owned));
        Self { created, state, fleet_type: None, unique_id: None, taken: None, serial }
    }
}

impl Resource {
    pub fn new(tags: Tags, detail: Detail) -> Self {
        Self { tags, detail, describable_from: None, taggable_from: None, tags_shown_from: None }
    }

    /// Whether only calls that name it show it.
    pub fn unlisted(&self) -> bool {
        matches!(&self.detail, Detail::Other(other) if other.fleet_type.as_deref() == Some("instant"))
    }

    pub fn describable(&self, now: Instant) -> bool {
        self.describable_from.is_none_or(|from| now >= from)
    }

    pub fn taggable(&self, now: Instant) -> bool {
        self.describable(now) && self.taggable_from.is_none_or(|from| now >= from)
    }

    pub fn tags_shown(&self, now: Instant) -> bool {
        self.describable(now) && self.tags_shown_from.is_none_or(|from| now >= from)
    }

    /// Whether it may get tags with these keys, each given once: a full one may still have its own overwritten.
    pub fn has_room<'a>(&self, keys: impl Iterator<Item = &'a str>) -> bool {
        let own = self.tags.keys().filter(|key| !key.starts_with(RESERVED)).count();
        let new = keys.filter(|key| !self.tags.contains_key(*key)).count();
        new == 0 || own + new <= MAX_TAGS
    }
}

/// The state of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// Just launched.
    Pending,
    /// Up.
    Running,
    /// On its way to `Terminated`.
    ShuttingDown,
    /// Gone, but still described.
    Terminated,
    /// On its way to `Stopped`.
    Stopping,
    /// Down, may be started again.
    Stopped,
}

impl InstanceState {
    /// EC2's code and name.
    pub(super) fn code_and_name(self) -> (u8, &'static str) {
        match self {
            Self::Pending => (0, "pending"),
            Self::Running => (16, "running"),
            Self::ShuttingDown => (32, "shutting-down"),
            Self::Terminated => (48, "terminated"),
            Self::Stopping => (64, "stopping"),
            Self::Stopped => (80, "stopped"),
        }
    }
}

/// An instance. As new: running, launched now, root device `/dev/xvda`, no volumes, no network interfaces.
#[derive(Clone, Debug)]
pub struct Instance {
    pub(super) id: String,
    pub(super) state: InstanceState,
    pub(super) launched: SystemTime,
    pub(super) root_device: String,
    pub(super) image: String,
    pub(super) volumes: Vec<(String, String)>,
    pub(super) network_interfaces: Vec<String>,
    pub(super) spot_request: Option<String>,
    pub(super) client_token: String,
    pub(super) tags: Tags,
}

impl Instance {
    /// An instance with this id.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: InstanceState::Running,
            launched: SystemTime::now(),
            root_device: "/dev/xvda".to_owned(),
            image: "ami-0123456789abcdef0".to_owned(),
            volumes: Vec::new(),
            network_interfaces: Vec::new(),
            spot_request: None,
            client_token: String::new(),
            tags: Tags::new(),
        }
    }

    /// Its state.
    pub fn state(mut self, state: InstanceState) -> Self {
        self.state = state;
        self
    }

    /// When it was launched, which is also when the volumes and network interfaces named here were made and attached.
    pub fn launched(mut self, at: SystemTime) -> Self {
        self.launched = at;
        self
    }

    /// The device name of its root volume; say it before [`Instance::root_volume`].
    pub fn root_device(mut self, device: &str) -> Self {
        self.root_device = device.to_owned();
        self
    }

    /// A new volume, made at launch, as its root device. It goes with the instance.
    pub fn root_volume(self, volume: &str) -> Self {
        let device = self.root_device.clone();
        self.volume(volume, &device)
    }

    /// A new volume, made at launch. Put a [`Volume`] instead for one with a time of its own.
    pub fn volume(mut self, volume: &str, device: &str) -> Self {
        self.volumes.push((volume.to_owned(), device.to_owned()));
        self
    }

    /// A new network interface, made at launch.
    pub fn network_interface(mut self, id: &str) -> Self {
        self.network_interfaces.push(id.to_owned());
        self
    }

    /// The spot request (`sir-…`) that it was launched for. The request itself is put apart, by
    /// [`put_resource`](super::super::AccountRegion::put_resource).
    pub fn spot_request(mut self, id: &str) -> Self {
        self.spot_request = Some(id.to_owned());
        self
    }

    /// The client token of the request that launched it, as in CloudTrail's `clientToken`. Instances of one request have the
    /// same one.
    pub fn client_token(mut self, token: &str) -> Self {
        self.client_token = token.to_owned();
        self
    }

    /// A tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// That a volume or a network interface belongs to an instance.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub instance: String,
    /// The device name of a volume, the index of a network interface.
    pub device: String,
    pub attached: SystemTime,
    pub delete_on_termination: bool,
}

/// A volume. As new: 8 GiB, created now, not attached.
#[derive(Clone, Debug)]
pub struct Volume {
    pub(super) id: String,
    pub(super) created: SystemTime,
    pub(super) size_gib: u32,
    pub(super) snapshot: Option<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) tags: Tags,
}

impl Volume {
    /// A volume with this id.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            created: SystemTime::now(),
            size_gib: 8,
            snapshot: None,
            attachments: Vec::new(),
            tags: Tags::new(),
        }
    }

    /// When it was created.
    pub fn created(mut self, at: SystemTime) -> Self {
        self.created = at;
        self
    }

    /// The snapshot that it was made from.
    pub fn from_snapshot(mut self, snapshot: &str) -> Self {
        self.snapshot = Some(snapshot.to_owned());
        self
    }

    /// Attached to an instance under a device name at this time; outlives the instance.
    pub fn attached(mut self, instance: &str, device: &str, at: SystemTime) -> Self {
        let (instance, device) = (instance.to_owned(), device.to_owned());
        self.attachments.push(Attachment { instance, device, attached: at, delete_on_termination: false });
        self
    }

    /// Ends with the instances that it is attached to, as anybody may say of it who may modify those.
    pub fn ends_with_instance(mut self) -> Self {
        self.attachments.iter_mut().for_each(|attachment| attachment.delete_on_termination = true);
        self
    }

    /// A tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// A network interface. As new: not attached.
#[derive(Clone, Debug)]
pub struct NetworkInterface {
    pub(super) id: String,
    pub(super) attachment: Option<Attachment>,
    pub(super) tags: Tags,
}

impl NetworkInterface {
    /// A network interface with this id.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), attachment: None, tags: Tags::new() }
    }

    /// Attached to an instance at this time, at a device index that is 0 for the primary one.
    pub fn attached(mut self, instance: &str, index: u8, at: SystemTime) -> Self {
        let (instance, device) = (instance.to_owned(), index.to_string());
        self.attachment = Some(Attachment { instance, device, attached: at, delete_on_termination: false });
        self
    }

    /// Ends with the instance that it is attached to, as anybody may say of it who may modify it.
    pub fn ends_with_instance(mut self) -> Self {
        self.attachment.iter_mut().for_each(|attachment| attachment.delete_on_termination = true);
        self
    }

    /// A tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// An image. As new: `available`, created now, no snapshots.
#[derive(Clone, Debug)]
pub struct Image {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) created: SystemTime,
    pub(super) snapshots: Vec<(String, Option<String>)>,
    pub(super) tags: Tags,
}

impl Image {
    /// An image with this id.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: "available".to_owned(),
            created: SystemTime::now(),
            snapshots: Vec::new(),
            tags: Tags::new(),
        }
    }

    /// Its state, such as `pending`.
    pub fn state(mut self, state: &str) -> Self {
        self.state = state.to_owned();
        self
    }

    /// When it was created.
    pub fn created(mut self, at: SystemTime) -> Self {
        self.created = at;
        self
    }

    /// A device that it maps to a snapshot. The snapshot is not put: put a [`Snapshot`] for that.
    pub fn snapshot(mut self, device: &str, snapshot: &str) -> Self {
        self.snapshots.push((device.to_owned(), Some(snapshot.to_owned())));
        self
    }

    /// A device whose snapshot is not known yet, as while the image is pending.
    pub fn device(mut self, device: &str) -> Self {
        self.snapshots.push((device.to_owned(), None));
        self
    }

    /// A tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// A snapshot. As new: `completed`, started now, of no known volume.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) started: SystemTime,
    pub(super) volume: String,
    pub(super) description: String,
    pub(super) tags: Tags,
}

impl Snapshot {
    /// A snapshot with this id.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: "completed".to_owned(),
            started: SystemTime::now(),
            // What EC2 says of a snapshot that was copied.
            volume: "vol-ffffffff".to_owned(),
            description: String::new(),
            tags: Tags::new(),
        }
    }

    /// Its state, such as `pending`.
    pub fn state(mut self, state: &str) -> Self {
        self.state = state.to_owned();
        self
    }

    /// When it was started.
    pub fn started(mut self, at: SystemTime) -> Self {
        self.started = at;
        self
    }

    /// The volume that it is of.
    pub fn of_volume(mut self, volume: &str) -> Self {
        self.volume = volume.to_owned();
        self
    }

    /// Its description.
    pub fn description(mut self, description: &str) -> Self {
        self.description = description.to_owned();
        self
    }

    /// A tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}
