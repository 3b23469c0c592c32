//! What tests do with resources: EC2's by their ids, those of all other services by their ARNs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use super::super::world::{Region, RegionHandle};
use super::ids::ResourceType;
use super::model::{
    Attachment, Detail, Image, Instance, InstanceState, NetworkInterface, Other, Resource, Snapshot, Tags, Volume,
};
use super::simple_resource_types;

/// Resources: EC2's by their ids, and those that [`RegionHandle::put_arn`] has put by their ARNs. Putting a resource
/// replaces the one of that id.
///
/// A method that puts a resource panics if the id is malformed. One that changes a resource panics if it does not
/// exist.
impl RegionHandle {
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

    /// Puts a volume. The instance that it is attached to need not exist.
    #[track_caller]
    pub fn put_volume(&self, mut volume: Volume) {
        let (id, tags) = (volume.id.clone(), std::mem::take(&mut volume.tags));
        self.put(&id, tags, Detail::Volume(volume));
    }

    /// Puts a network interface. The instance that it is attached to need not exist.
    #[track_caller]
    pub fn put_network_interface(&self, mut interface: NetworkInterface) {
        let (id, tags) = (interface.id.clone(), std::mem::take(&mut interface.tags));
        self.put(&id, tags, Detail::NetworkInterface(interface));
    }

    /// Puts an image. Its snapshots are put separately.
    #[track_caller]
    pub fn put_image(&self, mut image: Image) {
        let (id, tags) = (image.id.clone(), std::mem::take(&mut image.tags));
        self.put(&id, tags, Detail::Image(image));
    }

    /// Puts a snapshot. The volume that it was taken from need not exist.
    #[track_caller]
    pub fn put_snapshot(&self, mut snapshot: Snapshot) {
        let (id, tags) = (snapshot.id.clone(), std::mem::take(&mut snapshot.tags));
        self.put(&id, tags, Detail::Snapshot(snapshot));
    }

    /// Puts a resource of any other type that EC2 tags, such as `sg-…` or `rtb-…`. It can be tagged, and DescribeTags
    /// shows its tags. A Describe request shows the resource itself if `ec2/simple_resource_types.rs` has its type. It
    /// is created now ([`RegionHandle::born`] changes that), in the state that AWS's resources have in the end
    /// ([`RegionHandle::set_state`]). A fleet is of the type `maintain` ([`RegionHandle::put_fleet`]).
    #[track_caller]
    pub fn put_resource(&self, id: &str) {
        let described = ["i", "vol", "eni", "ami", "snap"].iter().any(|prefix| id.starts_with(&format!("{prefix}-")));
        assert!(!described, "{id} has a method of its own to be put with");
        self.put(id, Tags::new(), Detail::Other(self.other(id)));
    }

    /// Puts a fleet of EC2 of a type: `instant`, `request` or `maintain`. DescribeFleets shows an `instant` one only to
    /// requests that name it.
    #[track_caller]
    pub fn put_fleet(&self, id: &str, fleet_type: &str) {
        assert!(["instant", "request", "maintain"].contains(&fleet_type), "{fleet_type} is no type of a fleet");
        assert!(id.starts_with("fleet-"), "{id} is no fleet of EC2");
        let other = Other { fleet_type: Some(fleet_type.to_owned()), ..self.other(id) };
        self.put(id, Tags::new(), Detail::Other(other));
    }

    /// Sets when a resource was created, as its Describe request shows it: an instance's launch, a snapshot's start,
    /// the creation of anything else. What was attached at the old time is now attached since the new one. EC2 shows no
    /// such time for some resource types, such as route tables; the fake keeps it but does not show it.
    ///
    /// # Panics
    ///
    /// For a network interface, which has no such time in the fake.
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

    /// Removes a resource; requests that name it fail as not found from now on.
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

    /// Sets the state of an image or a snapshot, such as from `pending` to `available` or `completed`, or of any other
    /// resource whose state a request shows, such as `creating` of a database, named by its ARN.
    #[track_caller]
    pub fn set_state(&self, id: &str, state: &str) {
        self.change(id, |resource| match &mut resource.detail {
            Detail::Image(image) => state.clone_into(&mut image.state),
            Detail::Snapshot(snapshot) => state.clone_into(&mut snapshot.state),
            Detail::Other(Other { state: Some(known), .. }) => state.clone_into(known),
            _ => panic!("no request shows such a state of {id}"),
        });
    }

    /// Makes an image name the snapshot of a device, such as one that [`Image::device`] has added.
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

    /// Detaches a volume from all instances.
    #[track_caller]
    pub fn detach_volume(&self, volume: &str) {
        self.change(volume, |resource| match &mut resource.detail {
            Detail::Volume(volume) => volume.attachments.clear(),
            _ => panic!("{volume} is no volume"),
        });
    }

    /// Hides a resource from every request until `delay` from now, in lists too: EC2 is eventually consistent.
    #[track_caller]
    pub fn appear_after(&self, id: &str, delay: Duration) {
        let at = self.alarm(delay);
        self.change(id, |resource| resource.describable_from = Some(at));
    }

    /// Makes CreateTags, or TagResources, answer "not found" until `delay` from now, while Describe requests and
    /// GetResources show the resource: the parts of AWS are eventually consistent with each other.
    #[track_caller]
    pub fn taggable_after(&self, id: &str, delay: Duration) {
        let at = self.alarm(delay);
        self.change(id, |resource| resource.taggable_from = Some(at));
    }

    /// Keeps all tags of a resource out of DescribeTags and GetResources until `delay` from now, while it can be
    /// tagged: the index of tags is eventually consistent with the writes.
    #[track_caller]
    pub fn tags_shown_after(&self, id: &str, delay: Duration) {
        let at = self.alarm(delay);
        self.change(id, |resource| resource.tags_shown_from = Some(at));
    }

    /// The tags of a resource, by key, including AWS's own.
    #[track_caller]
    pub fn tags(&self, id: &str) -> BTreeMap<String, String> {
        self.read(|region| found(region.resources.get(id), id).tags.clone())
    }

    /// The ids and ARNs of all resources here.
    pub fn resource_ids(&self) -> BTreeSet<String> {
        self.read(|region| region.resources.iter().map(|(id, _)| id.clone()).collect())
    }

    /// The tags of all resources here, by id or ARN and by key, in one consistent snapshot.
    pub fn tags_of_all(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.read(|region| region.resources.iter().map(|(id, resource)| (id.clone(), resource.tags.clone())).collect())
    }

    /// Sets a tag of a resource without AWS's checks.
    #[track_caller]
    pub fn set_tag(&self, id: &str, key: &str, value: &str) {
        self.change(id, |resource| resource.tags.insert(key.to_owned(), value.to_owned()));
    }

    /// A new resource of one of the types of which the fake models little.
    fn other(&self, id: &str) -> Other {
        let prefix = ResourceType::of(id).map_or("", |resource_type| resource_type.prefix);
        let state = simple_resource_types::first_state(prefix);
        let mut other = Other::new(self.shared.update(|world| world.next_serial()), state);
        other.fleet_type = (prefix == "fleet").then(|| "maintain".to_owned());
        other
    }

    #[track_caller]
    fn put(&self, id: &str, tags: Tags, detail: Detail) {
        if let Err(error) = ResourceType::of(id) {
            panic!("{id}: {}", error.message);
        }
        self.update(|region| region.resources.insert(id, Resource::new(tags, detail)));
    }

    #[track_caller]
    pub(in super::super) fn change<T>(&self, id: &str, change: impl FnOnce(&mut Resource) -> T) -> T {
        found(self.update(|region| region.resources.change(id, change)), id)
    }

    /// Makes waiting tests look again after `delay`.
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
