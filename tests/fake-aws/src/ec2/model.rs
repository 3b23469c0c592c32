//! Resources: what a test puts, and what the fake stores of it.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

/// The most tags of one resource, AWS's own not counted.
pub(in super::super) const MAX_TAGS: usize = 50;
/// The prefix of the keys of AWS's own tags.
pub(in super::super) const RESERVED: &str = "aws:";

/// Values by key.
pub(in super::super) type Tags = BTreeMap<String, String>;

/// A stored resource.
pub(in super::super) struct Resource {
    pub tags: Tags,
    pub detail: Detail,
    /// Every request gets `NotFound` before this.
    pub describable_from: Option<Instant>,
    /// CreateTags gets `NotFound` before this, and TagResources the like.
    pub taggable_from: Option<Instant>,
    /// Neither DescribeTags nor GetResources shows any of its tags before this.
    pub tags_shown_from: Option<Instant>,
}

/// What is specific to a resource type.
pub(in super::super) enum Detail {
    Instance(Instance),
    Volume(Volume),
    NetworkInterface(NetworkInterface),
    Image(Image),
    Snapshot(Snapshot),
    Other(Other),
}

/// What the fake models of a resource of any other type, or of another service than EC2, beside its tags.
pub(in super::super) struct Other {
    pub created: SystemTime,
    /// For the resource types whose state a request shows.
    pub state: Option<String>,
    /// For fleets alone: `instant`, `request` or `maintain`.
    pub fleet_type: Option<String>,
    /// Tells it from earlier and later resources of its name. A test may choose it; otherwise it follows from the
    /// serial, which is unique.
    pub unique_id: Option<String>,
    /// When an RDS snapshot was taken, if that is later than it was requested.
    pub taken: Option<SystemTime>,
    pub serial: u64,
}

impl Other {
    /// Created now.
    pub fn new(serial: u64, state: Option<&str>) -> Self {
        let (created, state) = (SystemTime::now(), state.map(str::to_owned));
        Self { created, state, fleet_type: None, unique_id: None, taken: None, serial }
    }
}

impl Resource {
    pub fn new(tags: Tags, detail: Detail) -> Self {
        Self { tags, detail, describable_from: None, taggable_from: None, tags_shown_from: None }
    }

    /// Whether only a request that names it shows it.
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

    /// Whether tags with these keys, each given once, fit. A full resource may still have existing tags overwritten.
    pub fn has_room<'a>(&self, keys: impl Iterator<Item = &'a str>) -> bool {
        let own = self.tags.keys().filter(|key| !key.starts_with(RESERVED)).count();
        let new = keys.filter(|key| !self.tags.contains_key(*key)).count();
        new == 0 || own + new <= MAX_TAGS
    }
}

/// How far an instance is in its life, as DescribeInstances shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// Launched, and not up yet.
    Pending,
    /// Up.
    Running,
    /// Shutting down: `Terminated` comes next.
    ShuttingDown,
    /// Gone, but still described.
    Terminated,
    /// `Stopped` comes next.
    Stopping,
    /// Down; it may be started again.
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

/// An instance. By default: running, launched now, root device `/dev/xvda`, no volumes, no network interfaces.
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
    /// An instance with the defaults of [`Instance`].
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

    /// Sets the state, `Running` by default.
    pub fn state(mut self, state: InstanceState) -> Self {
        self.state = state;
        self
    }

    /// Sets when it was launched, which is also when the volumes and network interfaces named here were created and
    /// attached.
    pub fn launched(mut self, at: SystemTime) -> Self {
        self.launched = at;
        self
    }

    /// Sets the device name of its root volume. Set it before [`Instance::root_volume`].
    pub fn root_device(mut self, device: &str) -> Self {
        self.root_device = device.to_owned();
        self
    }

    /// Adds a new volume, created at launch, as its root device. It is deleted with the instance.
    pub fn root_volume(self, volume: &str) -> Self {
        let device = self.root_device.clone();
        self.volume(volume, &device)
    }

    /// Adds a new volume, created at launch. Put a [`Volume`] instead for one with its own time of creation.
    pub fn volume(mut self, volume: &str, device: &str) -> Self {
        self.volumes.push((volume.to_owned(), device.to_owned()));
        self
    }

    /// Adds a new network interface, created at launch.
    pub fn network_interface(mut self, id: &str) -> Self {
        self.network_interfaces.push(id.to_owned());
        self
    }

    /// The spot request (`sir-…`) that it was launched for. Put the request itself separately, by
    /// [`put_resource`](super::super::RegionHandle::put_resource).
    pub fn spot_request(mut self, id: &str) -> Self {
        self.spot_request = Some(id.to_owned());
        self
    }

    /// The client token of the request that launched it, as in CloudTrail's `clientToken`. Instances of one request
    /// share it.
    pub fn client_token(mut self, token: &str) -> Self {
        self.client_token = token.to_owned();
        self
    }

    /// Adds a tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// The attachment of a volume or a network interface to an instance.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub instance: String,
    /// The device name of a volume, or the device index of a network interface.
    pub device: String,
    pub attached: SystemTime,
    pub delete_on_termination: bool,
}

/// A volume. By default: 8 GiB, created now, not attached.
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
    /// A volume with the defaults of [`Volume`].
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

    /// Sets when it was created.
    pub fn created(mut self, at: SystemTime) -> Self {
        self.created = at;
        self
    }

    /// Sets the snapshot that it was created from.
    pub fn from_snapshot(mut self, snapshot: &str) -> Self {
        self.snapshot = Some(snapshot.to_owned());
        self
    }

    /// Attaches it to an instance under a device name at this time. It outlives the instance.
    pub fn attached(mut self, instance: &str, device: &str, at: SystemTime) -> Self {
        let (instance, device) = (instance.to_owned(), device.to_owned());
        self.attachments.push(Attachment { instance, device, attached: at, delete_on_termination: false });
        self
    }

    /// Deletes it on termination of the instances that it is attached to. A principal who may modify those can set
    /// that.
    pub fn ends_with_instance(mut self) -> Self {
        self.attachments.iter_mut().for_each(|attachment| attachment.delete_on_termination = true);
        self
    }

    /// Adds a tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// A network interface. By default: not attached.
#[derive(Clone, Debug)]
pub struct NetworkInterface {
    pub(super) id: String,
    pub(super) attachment: Option<Attachment>,
    pub(super) tags: Tags,
}

impl NetworkInterface {
    /// A network interface with the defaults of [`NetworkInterface`].
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), attachment: None, tags: Tags::new() }
    }

    /// Attaches it to an instance at this time. The device index of the primary interface is 0.
    pub fn attached(mut self, instance: &str, index: u8, at: SystemTime) -> Self {
        let (instance, device) = (instance.to_owned(), index.to_string());
        self.attachment = Some(Attachment { instance, device, attached: at, delete_on_termination: false });
        self
    }

    /// Deletes it on termination of the instance that it is attached to. A principal who may modify it can set that.
    pub fn ends_with_instance(mut self) -> Self {
        self.attachment.iter_mut().for_each(|attachment| attachment.delete_on_termination = true);
        self
    }

    /// Adds a tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// An image. By default: `available`, created now, no snapshots.
#[derive(Clone, Debug)]
pub struct Image {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) created: SystemTime,
    pub(super) snapshots: Vec<(String, Option<String>)>,
    pub(super) tags: Tags,
}

impl Image {
    /// An image with the defaults of [`Image`].
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: "available".to_owned(),
            created: SystemTime::now(),
            snapshots: Vec::new(),
            tags: Tags::new(),
        }
    }

    /// Sets its state, such as `pending`.
    pub fn state(mut self, state: &str) -> Self {
        self.state = state.to_owned();
        self
    }

    /// Sets when it was created.
    pub fn created(mut self, at: SystemTime) -> Self {
        self.created = at;
        self
    }

    /// Maps a device to a snapshot. The snapshot itself is not put: put a [`Snapshot`] for that.
    pub fn snapshot(mut self, device: &str, snapshot: &str) -> Self {
        self.snapshots.push((device.to_owned(), Some(snapshot.to_owned())));
        self
    }

    /// Adds a device whose snapshot is not known yet, as while the image is pending.
    pub fn device(mut self, device: &str) -> Self {
        self.snapshots.push((device.to_owned(), None));
        self
    }

    /// Adds a tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// A snapshot. By default: `completed`, started now, of no known volume.
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
    /// A snapshot with the defaults of [`Snapshot`].
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: "completed".to_owned(),
            started: SystemTime::now(),
            // EC2 shows this id for a copied snapshot.
            volume: "vol-ffffffff".to_owned(),
            description: String::new(),
            tags: Tags::new(),
        }
    }

    /// Sets its state, such as `pending`.
    pub fn state(mut self, state: &str) -> Self {
        self.state = state.to_owned();
        self
    }

    /// Sets when it was started.
    pub fn started(mut self, at: SystemTime) -> Self {
        self.started = at;
        self
    }

    /// Sets the volume that it was taken from.
    pub fn of_volume(mut self, volume: &str) -> Self {
        self.volume = volume.to_owned();
        self
    }

    /// Sets its description, which DescribeSnapshots shows and filters by.
    pub fn description(mut self, description: &str) -> Self {
        self.description = description.to_owned();
        self
    }

    /// Adds a tag, which may be one of AWS's own (`aws:…`).
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}
