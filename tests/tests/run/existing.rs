//! Tags that are there already.

use std::time::Duration;

use autotag_tests::fake_aws::InstanceState;

use crate::world::{DATA, INSTANCE, INTERFACE, ROOT, World};

#[test]
fn an_owner_that_is_there_stays_and_the_principal_id_is_overwritten() {
    let world = World::with_queue(Duration::from_secs(2), 5);
    let ids = world.create_volumes(3);
    world.launch(InstanceState::Running);
    for id in [ids[0].as_str(), INSTANCE, ROOT] {
        world.ec2.set_tag(id, "Owner", "team-red");
    }
    for id in [ids[1].as_str(), INSTANCE] {
        world.ec2.set_tag(id, "PrincipalId", "AIDAALICE");
    }
    world.send_launch();
    let service = world.service().start();
    world.wait_until(|| world.is_done());
    for id in [ids[0].as_str(), INSTANCE, ROOT] {
        let tags = world.ec2.tags(id);
        assert_eq!((&*tags["Owner"], &*tags["PrincipalId"]), ("team-red", "AIDABOBBOBBOBBOBBOBBO"), "{id}");
    }
    assert!([ids[1].as_str(), &ids[2], DATA, INTERFACE].iter().all(|id| world.is_bobs(id)), "{:?}", world.aws);
    drop(service);
}

#[test]
fn which_keys_stay_is_the_operators_choice() {
    let world = World::with_queue(Duration::from_secs(2), 5);
    let ids = world.create_volumes(1);
    world.ec2.set_tag(&ids[0], "Owner", "team-red");
    let service = world.service().env("AUTOTAG_KEEP_KEYS", "").start();
    world.wait_until(|| world.is_done());
    assert!(world.are_bobs(&ids), "{:?}", world.aws);
    assert_eq!(world.aws.calls_of("DescribeTags").len(), 0, "nothing is looked up in vain");
    drop(service);
}
