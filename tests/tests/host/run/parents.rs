//! Launches by a service on behalf of a principal, and who owns the instances.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use autotag_fake_aws::{Fault, Instance, InstanceState, On};
use autotag_tests::events::{call, envelope, run_instances_of};
use autotag_tests::host::Service;
use serde_json::{Value, json};

use super::world::{DATA, INSTANCE, INTERFACE, LONG, ROOT, World, ago, each, now, outcomes};

const FLEET: &str = "fleet-12a34b55-67cd-8ef9-ba9b-9208dddddddd";
const SPOT_FLEET: &str = "sfr-73fbd2ce-aa30-494c-8788-1cee4eeeeeee";
const SPOT_REQUEST: &str = "sir-abcd1efg";
const TEMPLATE: &str = "lt-0123456789abcdef0";

/// A launch by Auto Scaling.
fn launch_by_auto_scaling(time: &str) -> Value {
    let mut record = run_instances_of(INSTANCE, INTERFACE, time);
    record["userIdentity"] = json!({
        "type": "AssumedRole",
        "principalId": "AROAAUTOSCALING:AutoScaling",
        "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling",
        "accountId": "111122223333",
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "AWSServiceRoleForAutoScaling"}},
        "invokedBy": "autoscaling.amazonaws.com",
    });
    envelope(&record)
}

fn instance() -> Instance {
    let instance = Instance::new(INSTANCE).state(InstanceState::Running).root_volume(ROOT).volume(DATA, "/dev/xvdb");
    instance.network_interface(INTERFACE)
}

fn world() -> World {
    World::with_queue(Duration::from_secs(2), 20)
}

/// The service with the setting.
fn inheriting(world: &World, settings: &Path) -> Service {
    fs::write(settings, r#"{"ec2": {"inherit": true}}"#).unwrap();
    world.service().env("AUTOTAG_SETTINGS", settings.to_str().unwrap())
}

fn owners(world: &World) -> Vec<(String, String)> {
    let owner = |id: &&str| {
        let mut tags = world.ec2.tags(id);
        (tags.remove("Owner").unwrap_or_default(), tags.remove("PrincipalId").unwrap_or_default())
    };
    [INSTANCE, INTERFACE, ROOT, DATA].iter().map(owner).collect()
}

fn all(owner: &str, principal_id: &str) -> Vec<(String, String)> {
    vec![(owner.into(), principal_id.into()); 4]
}

#[test]
fn what_a_service_launches_is_whose_it_was_launched_for_with_everything_that_belongs_to_it() {
    each(&["group", FLEET, SPOT_FLEET, SPOT_REQUEST], |&parent| {
        let (world, folder) = (world(), tempfile::tempdir().unwrap());
        let instance = match parent {
            "group" => instance().tag("aws:autoscaling:groupName", "web"),
            FLEET => instance().tag("aws:ec2:fleet-id", FLEET),
            SPOT_FLEET => instance().tag("aws:ec2spot:fleet-request-id", SPOT_FLEET),
            _ => instance().spot_request(SPOT_REQUEST),
        };
        world.ec2.put_instance(instance);
        if parent == "group" {
            world
                .ec2
                .put_auto_scaling_group("web", &[("Owner", "alice"), ("PrincipalId", "AIDAALICE"), ("Team", "red")]);
        } else {
            world.ec2.put_resource(parent);
            world.ec2.set_tag(parent, "Owner", "alice");
            world.ec2.set_tag(parent, "PrincipalId", "AIDAALICE");
        }
        world.send(&launch_by_auto_scaling(&now()));
        let service = inheriting(&world, &folder.path().join("settings.json")).start();
        world.wait_until(|| world.is_done());
        assert_eq!(owners(&world), all("alice", "AIDAALICE"), "{parent}: {:?}", world.aws);
        assert!(!world.ec2.tags(INSTANCE).contains_key("Team"), "only the creator is inherited");
        assert_eq!(world.dead(), 0);
        drop(service);
    });
}

#[test]
fn the_group_comes_before_the_fleet_and_a_parent_without_owner_before_none() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let instance = instance().tag("aws:ec2launchtemplate:id", TEMPLATE).tag("aws:autoscaling:groupName", "web");
    world.ec2.put_instance(instance.tag("aws:ec2:fleet-id", FLEET));
    world.ec2.put_auto_scaling_group("web", &[("Team", "red")]);
    world.ec2.put_resource(FLEET);
    world.ec2.set_tag(FLEET, "PrincipalId", "AIDACAROL");
    world.ec2.put_resource(TEMPLATE);
    world.ec2.set_tag(TEMPLATE, "Owner", "alice");
    world.send(&launch_by_auto_scaling(&now()));
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.is_done());
    // The fleet is the first parent that has any of the keys. It has no owner, and the service's name does not go with
    // its identity.
    assert_eq!(owners(&world), all("", "AIDACAROL"), "{:?}", world.aws);
    drop(service);
}

#[test]
fn a_parent_that_says_who_comes_before_one_that_has_only_an_owner() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let instance = instance().tag("aws:ec2:fleet-id", FLEET).tag("aws:autoscaling:groupName", "web");
    world.ec2.put_instance(instance);
    world.ec2.put_auto_scaling_group("web", &[("Owner", "team-red")]);
    world.ec2.put_resource(FLEET);
    world.ec2.set_tag(FLEET, "Owner", "alice");
    world.ec2.set_tag(FLEET, "PrincipalId", "AIDAALICE");
    world.send(&launch_by_auto_scaling(&now()));
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.is_done());
    assert_eq!(owners(&world), all("alice", "AIDAALICE"), "{:?}", world.aws);
    drop(service);
}

#[test]
fn the_author_of_a_launch_template_does_not_own_what_others_launch_by_it() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    world.ec2.put_instance(instance().tag("aws:ec2launchtemplate:id", TEMPLATE));
    world.ec2.put_resource(TEMPLATE);
    world.ec2.set_tag(TEMPLATE, "Owner", "alice");
    world.ec2.set_tag(TEMPLATE, "PrincipalId", "AIDAALICE");
    world.send(&launch_by_auto_scaling(&now()));
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.is_done());
    assert_eq!(owners(&world), all("autoscaling.amazonaws.com", ""), "{:?}", world.aws);
    drop(service);
}

#[test]
fn an_instance_that_has_ended_already_says_nothing_against_what_the_others_say() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let ended = "i-0000000000000000e";
    world.ec2.put_instance(instance().tag("aws:autoscaling:groupName", "web"));
    world.ec2.put_instance(Instance::new(ended).state(InstanceState::Terminated));
    world.ec2.put_auto_scaling_group("web", &[("Owner", "alice"), ("PrincipalId", "AIDAALICE")]);
    let mut event = launch_by_auto_scaling(&now());
    let instances = &mut event["detail"]["responseElements"]["instancesSet"]["items"];
    instances.as_array_mut().unwrap().push(json!({"instanceId": ended}));
    world.send(&event);
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.is_done());
    assert_eq!(owners(&world), all("alice", "AIDAALICE"), "{:?}", world.aws);
    drop(service);
}

/// An instant fleet's own event and its service's event name the same instance.
#[test]
fn what_a_service_makes_for_a_user_that_its_event_names_is_theirs_whichever_event_comes_first() {
    each(&[(true, false), (false, false), (true, true), (false, true)], |&(persons_first, inherits)| {
        let (world, folder) = (world(), tempfile::tempdir().unwrap());
        world.ec2.put_instance(instance().tag("aws:ec2:fleet-id", FLEET));
        world.ec2.put_resource(FLEET);
        let instances = json!({"item": {"instanceIds": {"item": INSTANCE}}});
        let response =
            json!({"CreateFleetResponse": {"fleetId": FLEET, "fleetInstanceSet": instances, "errorSet": ""}});
        let persons = envelope(&call("CreateFleet", &now(), response));
        let services = launch_by_auto_scaling(&now());
        let settings = folder.path().join("settings.json");
        let service = if inherits { inheriting(&world, &settings) } else { world.service() }.start();
        let events = if persons_first { [&persons, &services] } else { [&services, &persons] };
        for event in events {
            world.send(event);
            // With the setting, the service's event waits for the owner of the fleet, which is as young as the
            // instance.
            world.wait_until(|| world.is_done() || world.aws.count_of("DescribeFleets") > 0);
        }
        world.wait_until(|| world.is_done());
        let case = format!("persons_first: {persons_first}, inherits: {inherits}: {:?}", world.aws);
        assert_eq!(owners(&world), all("bob", "AIDABOBBOBBOBBOBBOBBO"), "{case}");
        drop(service);
    });
}

#[test]
fn without_the_setting_or_a_parent_that_says_it_the_launch_is_the_services() {
    each(&[true, false], |&inherits| {
        let (world, folder) = (world(), tempfile::tempdir().unwrap());
        let group = if inherits { "unknown" } else { "web" };
        world.ec2.put_instance(instance().tag("aws:autoscaling:groupName", group));
        world.ec2.put_auto_scaling_group("web", &[("Owner", "alice"), ("PrincipalId", "AIDAALICE")]);
        world.send(&launch_by_auto_scaling(&now()));
        let settings = folder.path().join("settings.json");
        let service = if inherits { inheriting(&world, &settings) } else { world.service() }.start();
        world.wait_until(|| world.is_done());
        assert_eq!(
            owners(&world),
            all("autoscaling.amazonaws.com", ""),
            "the owner is not the service: {:?}",
            world.aws
        );
        assert_eq!(world.aws.count_of("DescribeTags") > 0, inherits);
        drop(service);
    });
}

#[test]
fn nothing_is_tagged_before_it_is_known_whose_it_is() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    world.ec2.put_instance(instance().tag("aws:autoscaling:groupName", "web"));
    world.ec2.put_auto_scaling_group("web", &[("Owner", "alice"), ("PrincipalId", "AIDAALICE")]);
    world.ec2.appear_after(INSTANCE, LONG);
    let denied = world.aws.fault(On::service("autoscaling").next(1), Fault::error(403, "AccessDenied"));
    world.send(&launch_by_auto_scaling(&now()));
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.aws.count_of("ChangeMessageVisibilityBatch") > 0);
    world.ec2.appear_after(INSTANCE, Duration::ZERO);
    world.wait_until(|| world.is_done());
    assert_eq!(owners(&world), all("alice", "AIDAALICE"), "{:?}", world.aws);
    drop(denied);
    for request in world.aws.requests_of("CreateTags") {
        assert!(!request.parameters.to_string().contains("autoscaling.amazonaws.com"), "{request:?}");
    }
    drop(service);
}

#[test]
fn a_parent_as_young_as_its_instances_is_waited_for_until_it_has_its_owner() {
    each(&[(FLEET, false), (FLEET, true), (SPOT_FLEET, false)], |&(parent, has_owner)| {
        let (world, folder) = (world(), tempfile::tempdir().unwrap());
        let tag = if parent == FLEET { "aws:ec2:fleet-id" } else { "aws:ec2spot:fleet-request-id" };
        world.ec2.put_instance(instance().tag(tag, parent));
        world.ec2.put_resource(parent);
        if has_owner {
            // Put on by the API call that created the parent: the identity is still to come.
            world.ec2.set_tag(parent, "Owner", "alice");
        }
        world.send(&launch_by_auto_scaling(&now()));
        let service = inheriting(&world, &folder.path().join("settings.json")).start();
        world.wait_until(|| world.aws.count_of("ChangeMessageVisibilityBatch") > 0);
        assert!(world.aws.requests_of("CreateTags").is_empty(), "{:?}", world.aws);
        world.ec2.set_tag(parent, "Owner", "alice");
        world.ec2.set_tag(parent, "PrincipalId", "AIDAALICE");
        world.wait_until(|| world.is_done());
        assert_eq!(owners(&world), all("alice", "AIDAALICE"), "{parent}: {:?}", world.aws);
        drop(service);
    });
}

#[test]
fn a_fleet_from_before_that_has_no_owner_is_not_waited_for() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    world.ec2.put_instance(instance().tag("aws:ec2:fleet-id", FLEET));
    world.ec2.put_resource(FLEET);
    world.ec2.born(FLEET, SystemTime::now() - Duration::from_secs(3600));
    world.send(&launch_by_auto_scaling(&now()));
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.is_done());
    assert_eq!(owners(&world), all("autoscaling.amazonaws.com", ""), "{:?}", world.aws);
    let (_, log) = service.stop();
    assert!(outcomes(&log, "retry").is_empty(), "{log}");
}

#[test]
fn instances_of_a_services_launch_whose_answer_is_omitted_inherit_as_well() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    world.ec2.put_instance(instance().client_token("t").tag("aws:autoscaling:groupName", "web"));
    world.ec2.put_auto_scaling_group("web", &[("Owner", "alice"), ("PrincipalId", "AIDAALICE")]);
    let mut event = launch_by_auto_scaling(&now());
    event["detail"]["requestParameters"]["clientToken"] = "t".into();
    event["detail"]["responseElements"] =
        json!({"omitted": true, "originalSize": 139_021, "reason": "responseElements too large"});
    world.send(&event);
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.is_done());
    assert_eq!(owners(&world), all("alice", "AIDAALICE"), "{:?}", world.aws);
    drop(service);
}

#[test]
fn what_is_made_with_an_instance_that_is_never_shown_is_the_services_in_the_end() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    world.ec2.put_instance(instance().tag("aws:autoscaling:groupName", "web"));
    world.ec2.put_auto_scaling_group("web", &[("Owner", "alice"), ("PrincipalId", "AIDAALICE")]);
    world.ec2.appear_after(INSTANCE, Duration::from_secs(3600));
    // Long enough ago that EC2 shows all that it ever will.
    world.send(&launch_by_auto_scaling(&ago(Duration::from_secs(3600))));
    let service = inheriting(&world, &folder.path().join("settings.json")).start();
    world.wait_until(|| world.is_done());
    assert_eq!(world.ec2.tags(INTERFACE)["Owner"], "autoscaling.amazonaws.com", "{:?}", world.aws);
    drop(service);
}
