//! The workload: API calls that create something, API calls that do not, and poison messages.

use std::time::{Duration, SystemTime};

use autotag_fake_aws::{Image, Instance, InstanceState, NetworkInterface, RegionHandle, Snapshot, Volume};
use serde_json::{Value, json};

use super::actors::{USERS, User};
use super::world::{Later, Tags, World, device};

const NOW: Duration = Duration::ZERO;
const AN_HOUR: Duration = Duration::from_secs(3_600);

/// One kind of step of the workload.
type Happening = fn(&mut World<'_>, &RegionHandle, &'static User);

/// The steps, and their frequencies per thousand.
const MIX: [(u64, Happening); 8] = [
    (300, run_instances),
    (280, create_volume),
    (100, create_snapshot),
    (60, create_snapshots),
    (110, create_image),
    (125, nothing_for_us),
    (18, poison),
    (7, refused),
];

/// Makes the next step, and sends its event.
pub(super) fn next(world: &mut World<'_>) {
    let account_region = &world.account_regions.tagged[world.random.below(4) as usize].clone();
    let user = &USERS[world.random.below(USERS.len() as u64) as usize];
    let mut chance = world.random.below(MIX.iter().map(|(weight, _)| weight).sum());
    for (weight, happen) in MIX {
        if chance < weight {
            return happen(world, account_region, user);
        }
        chance -= weight;
    }
}

fn run_instances(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) {
    let instances: Vec<_> = (0..=world.random.below(2)).map(|_| launch(world, account_region, user)).collect();
    let mut event =
        world.event(account_region, user, "RunInstances", NOW, json!({"instancesSet": {"items": instances}}));
    // A launch template can bring along an interface that the request does not name.
    event["detail"]["requestParameters"] = json!({"launchTemplate": {"launchTemplateId": "lt-0123456789abcdef0"}});
    world.send(&event.to_string());
}

/// One instance of a launch, as in the answer.
fn launch(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) -> Value {
    let id = world.id("i");
    let interfaces: Vec<_> = (0..world.random.below(3)).map(|_| world.id("eni")).collect();
    let volumes: Vec<_> = (0..=world.random.below(3)).map(|_| world.id("vol")).collect();
    let is_pending = world.random.happens(0.3);
    let mut instance = Instance::new(&id);
    for interface in &interfaces {
        instance = instance.network_interface(interface);
    }
    if is_pending {
        account_region.put_instance(instance.state(InstanceState::Pending));
    } else {
        for (number, volume) in volumes.iter().enumerate() {
            instance = instance.volume(volume, &device(number));
        }
        account_region.put_instance(instance);
    }
    for named in [&id].into_iter().chain(&interfaces) {
        world.expect(account_region, named, user.tags());
        world.come_late(account_region, named);
    }
    for volume in &volumes {
        world.expect(account_region, volume, user.tags());
        if !is_pending {
            world.come_late(account_region, volume);
        }
    }
    if is_pending {
        world.later(Later::Start { account_region: account_region.clone(), instance: id.clone(), volumes });
    }
    let interface =
        |id: &String, ends: bool| json!({"networkInterfaceId": id, "attachment": {"deleteOnTermination": ends}});
    let own = interfaces.iter().map(|id| interface(id, true));
    let interfaces: Vec<_> =
        own.chain(things_of_others(world, account_region, &id).iter().map(|id| interface(id, false))).collect();
    json!({"instanceId": id, "networkInterfaceSet": {"items": interfaces}})
}

/// Attaches to some instances what their launch has not created: an old volume, or another user's interface, which a
/// launch template brings along, so that the answer names it.
fn things_of_others(world: &mut World<'_>, account_region: &RegionHandle, instance: &str) -> Option<String> {
    let now = SystemTime::now();
    let other = &USERS[world.random.below(USERS.len() as u64) as usize];
    match world.random.below(20) {
        0 | 1 => {
            let id = world.id("vol");
            account_region.put_volume(Volume::new(&id).created(now - 2 * AN_HOUR).attached(instance, "/dev/xvdz", now));
            world.expect(account_region, &id, Tags::new());
            None
        }
        2 => {
            let id = world.id("eni");
            let interface = NetworkInterface::new(&id).attached(instance, 7, now);
            // An identity that no user of the workload has, so that no launcher can be the owner.
            let principal_id = format!("{}-OF-BEFORE", other.principal_id);
            account_region.put_network_interface(interface.tag("Owner", other.owner).tag("PrincipalId", &principal_id));
            let tags = [("Owner", other.owner), ("PrincipalId", &principal_id)];
            world.expect(account_region, &id, tags.map(|(key, value)| (key.into(), value.into())).into());
            Some(id)
        }
        _ => None,
    }
}

fn create_volume(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) {
    let id = world.id("vol");
    let (mut volume, mut tags) = (Volume::new(&id), user.tags());
    // An owner that was written by hand is meant.
    if world.random.happens(0.05) {
        volume = volume.tag("Owner", "by hand");
        tags.insert("Owner".into(), "by hand".into());
    }
    account_region.put_volume(volume);
    world.expect(account_region, &id, tags);
    world.come_late(account_region, &id);
    send(world, account_region, user, "CreateVolume", json!({"volumeId": id}));
}

fn create_snapshot(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) {
    let id = snapshot(world, account_region, user);
    send(world, account_region, user, "CreateSnapshot", json!({"snapshotId": id}));
}

fn create_snapshots(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) {
    let ids = (0..2 + world.random.below(3)).map(|_| json!({"snapshotId": snapshot(world, account_region, user)}));
    let ids: Vec<_> = ids.collect();
    send(world, account_region, user, "CreateSnapshots", json!({"snapshotSet": {"items": ids}}));
}

fn snapshot(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) -> String {
    let id = world.id("snap");
    account_region.put_snapshot(Snapshot::new(&id));
    world.expect(account_region, &id, user.tags());
    world.come_late(account_region, &id);
    id
}

fn create_image(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) {
    let id = world.id("ami");
    let count = 1 + world.random.below(2) as usize;
    let mut image = Image::new(&id);
    if world.random.happens(0.3) {
        let snapshots: Vec<_> = (0..count).map(|_| world.id("snap")).collect();
        for (number, snapshot) in snapshots.iter().enumerate() {
            image = image.device(&device(number));
            world.expect(account_region, snapshot, user.tags());
        }
        image = image.state("pending");
        world.later(Later::Finish { account_region: account_region.clone(), image: id.clone(), snapshots });
    } else {
        for number in 0..count {
            image = image.snapshot(&device(number), &snapshot(world, account_region, user));
        }
    }
    account_region.put_image(image);
    world.expect(account_region, &id, user.tags());
    world.come_late(account_region, &id);
    send(world, account_region, user, "CreateImage", json!({"imageId": id}));
}

/// An API call that has created nothing, or only reads, and names something that must stay as it is; or one whose
/// instance is long gone.
fn nothing_for_us(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) {
    let id = world.id("vol");
    if world.random.happens(0.1) {
        let (instance, interface) = (world.id("i"), world.id("eni"));
        let items = json!([{
            "instanceId": instance,
            "networkInterfaceSet": {"items": [{"networkInterfaceId": interface}]},
        }]);
        let event =
            world.event(account_region, user, "RunInstances", AN_HOUR, json!({"instancesSet": {"items": items}}));
        world.send(&event.to_string());
        return;
    }
    account_region.put_volume(Volume::new(&id));
    world.expect(account_region, &id, Tags::new());
    let kind = world.random.below(3);
    let name = if kind == 0 { "AttachVolume" } else { "CreateVolume" };
    let mut event = world.event(account_region, user, name, NOW, json!({"volumeId": id}));
    match kind {
        0 => event["detail"]["errorCode"] = "Client.VolumeInUse".into(),
        1 => event["detail"]["errorCode"] = "Client.VolumeLimitExceeded".into(),
        _ => {
            event["source"] = "aws.imagebuilder".into();
            event["detail"]["readOnly"] = true.into();
        }
    }
    world.send(&event.to_string());
}

/// A poison message.
fn poison(world: &mut World<'_>, account_region: &RegionHandle, user: &'static User) {
    let volume = world.id("vol");
    match world.random.below(3) {
        0 => world.send_doomed(r#"{"detail-type": "AWS API Call"#, "no JSON"),
        1 => {
            let foreign = world.account_regions.foreign.clone();
            // If a host tags it here by mistake, the verdict finds it.
            for account_region in [account_region, &foreign] {
                account_region.put_volume(Volume::new(&volume));
                world.expect(account_region, &volume, Tags::new());
            }
            let mut event = world.event(&foreign, user, "CreateVolume", NOW, json!({"volumeId": volume}));
            event["region"] = account_region.region().into();
            world.send_doomed(&event.to_string(), "an account that is not allowed");
        }
        _ => {
            account_region.put_volume(Volume::new(&volume));
            world.expect(account_region, &volume, Tags::new());
            let event = world.event(account_region, user, "AttachVolume", AN_HOUR, json!({"volumeId": volume}));
            world.send_doomed(&event.to_string(), "a call that no plugin wants");
        }
    }
}

/// An API call in the account that refuses the host.
fn refused(world: &mut World<'_>, _: &RegionHandle, user: &'static User) {
    let account_region = world.account_regions.refusing.clone();
    let id = world.id("vol");
    account_region.put_volume(Volume::new(&id));
    world.expect(&account_region, &id, Tags::new());
    let event = world.event(&account_region, user, "CreateVolume", NOW, json!({"volumeId": id}));
    world.send_doomed(&event.to_string(), "an account that always refuses");
}

fn send(world: &mut World<'_>, account_region: &RegionHandle, user: &User, name: &str, response: Value) {
    let event = world.event(account_region, user, name, NOW, response);
    world.send(&event.to_string());
}
