//! What tests do with resources: EC2's, by their ids, and those of all other services, by their ARNs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use super::super::world::{AccountRegion, Region};
use super::ids::Kind;
use super::model::{
    Attachment, Detail, Image, Instance, InstanceState, NetworkInterface, Other, Resource, Snapshot, Tags, Volume,
};
use super::simple;

/// Resources: EC2's, by their ids, and those that [`AccountRegion::put_arn`] has put, by their ARNs. Putting a resource replaces the
/// one of that id.
///
/// Methods that put one panic if the id is not well-formed, those that change one if it is not there.
impl AccountRegion {
    /// Puts an instance, and the volumes and network interfaces that it names.
    #[track_caller]
    pub fn put_instance(&self, mut instance: Instance) {
        let attachment = |instance: &Instance, device: String| Attachment {
            instance: instance.id.clone(),
            device,
            attached: instance.launched,
            delete_on_termination: true,
        };
        for (id, device) in std::mem::take(&mut instance.volumes) {
            let mut volume = Volume::new(&id).created(instance.launched);
            volume.attachments.push(attachment(&instance, device));
            self.put_volume(volume);
        }
        for (index, id) in std::mem::take(&mut instance.network_interfaces).into_iter().enumerate() {
            let mut interface = NetworkInterface::new(&id);
            interface.attachment = Some(attachment(&instance, index.to_string()));
            self.put_network_interface(interface);
        }
        let (id, tags) = (instance.id.clone(), std::mem::take(&mut instance.tags));
        self.put(&id, tags, Detail::Instance(instance));
    }

    /// Puts a volume. The instance that it is attached to need not be there.
    #[track_caller]
    pub fn put_volume(&self, mut volume: Volume) {
        let (id, tags) = (volume.id.clone(), std::mem::take(&mut volume.tags));
        self.put(&id, tags, Detail::Volume(volume));
    }

    /// Puts a network interface. The instance that it is attached to need not be there.
    #[track_caller]
    pub fn put_network_interface(&self, mut interface: NetworkInterface) {
        let (id, tags) = (interface.id.clone(), std::mem::take(&mut interface.tags));
        self.put(&id, tags, Detail::NetworkInterface(interface));
    }

    /// Puts an image. Its snapshots are put apart.
    #[track_caller]
    pub fn put_image(&self, mut image: Image) {
        let (id, tags) = (image.id.clone(), std::mem::take(&mut image.tags));
        self.put(&id, tags, Detail::Image(image));
    }

    /// Puts a snapshot.
    #[track_caller]
    pub fn put_snapshot(&self, mut snapshot: Snapshot) {
        let (id, tags) = (snapshot.id.clone(), std::mem::take(&mut snapshot.tags));
        self.put(&id, tags, Detail::Snapshot(snapshot));
    }

    /// Puts a resource of any other kind that EC2 tags, such as `sg-…` or `rtb-…`. It can be tagged, and its tags can be
    /// described by DescribeTags; it itself can if it is of one of the kinds that `ec2/simple.rs` lists. It is made now
    /// ([`AccountRegion::born`] says otherwise), and in the state that AWS's have in the end ([`AccountRegion::set_state`]). A fleet is one
    /// of the type `maintain` ([`AccountRegion::put_fleet`]).
    #[track_caller]
    pub fn put_resource(&self, id: &str) {
        let described = ["i", "vol", "eni", "ami", "snap"].iter().any(|prefix| id.starts_with(&format!("{prefix}-")));
        assert!(!described, "{id} has a method of its own to be put with");
        self.put(id, Tags::new(), Detail::Other(self.other(id)));
    }

    /// Puts a fleet of EC2 of a type: `instant`, `request` or `maintain`. DescribeFleets shows those of `instant` only to
    /// calls that name them.
    #[track_caller]
    pub fn put_fleet(&self, id: &str, fleet_type: &str) {
        assert!(["instant", "request", "maintain"].contains(&fleet_type), "{fleet_type} is no type of a fleet");
        assert!(id.starts_with("fleet-"), "{id} is no fleet of EC2");
        let other = Other { fleet_type: Some(fleet_type.to_owned()), ..self.other(id) };
        self.put(id, Tags::new(), Detail::Other(other));
    }

    /// Says when a resource was made, as its Describe call tells: an instance's launch, a snapshot's start, the creation of
    /// anything else. What was attached at that time stays attached since then. EC2 tells no such time of some kinds, such
    /// as route tables; theirs is kept to itself.
    ///
    /// # Panics
    ///
    /// For a network interface, of which the fake keeps no such time.
    #[track_caller]
    pub fn born(&self, id: &str, created: SystemTime) {
        self.change(id, |resource| match &mut resource.detail {
            Detail::Instance(instance) => instance.launched = created,
            Detail::Volume(volume) => volume.created = created,
            Detail::Image(image) => image.created = created,
            Detail::Snapshot(snapshot) => snapshot.started = created,
            Detail::Other(other) => other.created = created,
            Detail::NetworkInterface(_) => panic!("{id} is a network interface"),
        });
    }

    /// Takes a resource away; calls that name it answer from now on that there is none.
    #[track_caller]
    pub fn remove_resource(&self, id: &str) {
        found(self.update(|region: &mut Region| region.resources.remove(id)), id);
    }

    /// Changes the state of an instance.
    #[track_caller]
    pub fn set_instance_state(&self, id: &str, state: InstanceState) {
        self.change(id, |resource| match &mut resource.detail {
            Detail::Instance(instance) => instance.state = state,
            _ => panic!("{id} is no instance"),
        });
    }

    /// Changes the state of an image or a snapshot, such as from `pending` to `available` or `completed`, or of any other
    /// resource whose state a call shows, such as `creating` of a database, named by its ARN.
    #[track_caller]
    pub fn set_state(&self, id: &str, state: &str) {
        self.change(id, |resource| match &mut resource.detail {
            Detail::Image(image) => state.clone_into(&mut image.state),
            Detail::Snapshot(snapshot) => state.clone_into(&mut snapshot.state),
            Detail::Other(Other { state: Some(known), .. }) => state.clone_into(known),
            _ => panic!("no call shows such a state of {id}"),
        });
    }

    /// Makes an image name the snapshot of a device, which must be one of [`Image::device`] until then.
    #[track_caller]
    pub fn name_snapshot(&self, image: &str, device: &str, snapshot: &str) {
        self.change(image, |resource| match &mut resource.detail {
            Detail::Image(image) => match image.snapshots.iter_mut().find(|(known, _)| known == device) {
                Some((_, named)) => *named = Some(snapshot.to_owned()),
                None => panic!("the image has no device {device}"),
            },
            _ => panic!("{image} is no image"),
        });
    }

    /// Attaches a volume to an instance under a device name, as of `at`.
    #[track_caller]
    pub fn attach_volume(&self, volume: &str, instance: &str, device: &str, at: SystemTime) {
        self.change(volume, |resource| match &mut resource.detail {
            Detail::Volume(volume) => *volume = volume.clone().attached(instance, device, at),
            _ => panic!("{volume} is no volume"),
        });
    }

    /// Detaches a volume from every instance.
    #[track_caller]
    pub fn detach_volume(&self, volume: &str) {
        self.change(volume, |resource| match &mut resource.detail {
            Detail::Volume(volume) => volume.attachments.clear(),
            _ => panic!("{volume} is no volume"),
        });
    }

    /// Hides a resource from every call for `delay` from now: as if it were not there, and missing from lists.
    #[track_caller]
    pub fn appear_after(&self, id: &str, delay: Duration) {
        let at = self.alarm(delay);
        self.change(id, |resource| resource.describable_from = Some(at));
    }

    /// Makes CreateTags, or TagResources, answer that there is no such resource for `delay` from now, while Describe calls and
    /// GetResources show it: AWS's parts learn of a new resource one after the other.
    #[track_caller]
    pub fn taggable_after(&self, id: &str, delay: Duration) {
        let at = self.alarm(delay);
        self.change(id, |resource| resource.taggable_from = Some(at));
    }

    /// Keeps all tags of a resource out of DescribeTags and GetResources for `delay` from now, while it can be tagged: what
    /// lists tags learns of them later than what puts them on.
    #[track_caller]
    pub fn tags_shown_after(&self, id: &str, delay: Duration) {
        let at = self.alarm(delay);
        self.change(id, |resource| resource.tags_shown_from = Some(at));
    }

    /// The tags of a resource, by key, those of AWS's own included.
    #[track_caller]
    pub fn tags(&self, id: &str) -> BTreeMap<String, String> {
        self.read(|region| found(region.resources.get(id), id).tags.clone())
    }

    /// The ids and ARNs of all resources here.
    pub fn resource_ids(&self) -> BTreeSet<String> {
        self.read(|region| region.resources.iter().map(|(id, _)| id.clone()).collect())
    }

    /// The tags of all resources here, by id or ARN and by key, as they are at one moment.
    pub fn tags_of_all(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.read(|region| region.resources.iter().map(|(id, resource)| (id.clone(), resource.tags.clone())).collect())
    }

    /// Sets a tag of a resource, without any of AWS's checks.
    #[track_caller]
    pub fn set_tag(&self, id: &str, key: &str, value: &str) {
        self.change(id, |resource| resource.tags.insert(key.to_owned(), value.to_owned()));
    }

    /// A new resource of one of the kinds that the fake knows little of.
    fn other(&self, id: &str) -> Other {
        let prefix = Kind::of(id).map_or("", |kind| kind.prefix);
        let mut other = Other::new(self.shared.update(|world| world.next_serial()), simple::first_state(prefix));
        other.fleet_type = (prefix == "fleet").then(|| "maintain".to_owned());
        other
    }

    #[track_caller]
    fn put(&self, id: &str, tags: Tags, detail: Detail) {
        if let Err(error) = Kind::of(id) {
            panic!("{id}: {}", error.message);
        }
        self.update(|region| region.resources.insert(id, Resource::new(tags, detail)));
    }

    #[track_caller]
    pub(in super::super) fn change<T>(&self, id: &str, change: impl FnOnce(&mut Resource) -> T) -> T {
        found(self.update(|region| region.resources.change(id, change)), id)
    }

    /// Lets waiting tests look again after `delay`.
    fn alarm(&self, delay: Duration) -> Instant {
        let at = Instant::now() + delay;
        self.shared.update(|world| world.alarms.insert(at));
        at
    }
}

#[track_caller]
fn found<T>(resource: Option<T>, id: &str) -> T {
    resource.unwrap_or_else(|| panic!("the test has put no resource {id} here"))
}
