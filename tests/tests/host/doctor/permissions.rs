//! The host's identity and permissions.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use autotag_fake_aws::{Fault, LoggedRequest, On};
use autotag_tests::host;
use autotag_tests::wat_plugin::WatPlugin;
use tempfile::tempdir;

use super::world::{World, each};

/// Another account than the host's.
const OTHER: &str = "444455556666";

#[test]
fn without_credentials_that_aws_takes_nothing_else_is_asked() {
    let world = World::new();
    world.aws.fault(On::action("GetCallerIdentity"), Fault::error(403, "InvalidClientTokenId"));
    let diagnosis = world.examined();
    diagnosis.assert_only("credentials", "wrong", "InvalidClientTokenId", "AWS_PROFILE");
    assert!(diagnosis.findings().iter().all(|finding| finding["check"] != "queue"));

    let world = World::new().env("AWS_ACCESS_KEY_ID", "").env("AWS_SECRET_ACCESS_KEY", "");
    world.examined().assert_only("credentials", "wrong", "GetCallerIdentity", "AWS_PROFILE");
}

#[test]
fn without_a_region_nothing_on_aws_is_asked() {
    let world = World::new().env("AWS_REGION", "");
    world.examined().assert_only("region", "wrong", "neither the queue's URL nor AWS_REGION", "Set AWS_REGION");
}

#[test]
fn an_endpoint_that_does_not_answer_is_the_networks_fault() {
    let world = World::new().env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    world.examined().assert_only("credentials", "wrong", "GetCallerIdentity", "AWS_ENDPOINT_URL");
}

#[test]
fn plugins_that_do_not_load_are_wrong_and_the_way_through_aws_is_walked_all_the_same() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("broken.wasm"), "no plugin").unwrap();
    let folder = folder.path().display().to_string();
    let diagnosis = World::new().env("AUTOTAG_PLUGINS", &folder).examined();
    diagnosis.assert_says("plugins", "wrong", "broken.wasm", "host plugin list");
    diagnosis.assert_says("rule-pattern", "cannot_tell", "plugins", "first");
    diagnosis.assert_says("trail", "ok", "all-calls", "");
    assert_eq!(diagnosis.status, 1);
}

#[test]
fn a_pin_that_does_not_hold_is_wrong() {
    let diagnosis = World::new().env("AUTOTAG_REQUIRE_PINS", "true").examined();
    diagnosis.assert_says("plugins", "wrong", "sha256", "host plugin list");
}

#[test]
fn plugins_that_another_user_of_the_machine_could_change_are_wrong_unless_they_are_pinned() {
    let folder = tempdir().unwrap();
    let plugin = folder.path().join("ec2.wasm");
    fs::copy(host::plugins().join("ec2.wasm"), &plugin).unwrap();
    fs::set_permissions(&plugin, fs::Permissions::from_mode(0o666)).unwrap();
    let place = folder.path().display().to_string();
    let diagnosis = World::new().env("AUTOTAG_PLUGINS", &place).examined();
    diagnosis.assert_says("plugin-folder", "wrong", "ec2.wasm can be written to by others (mode 666)", "require_pins");
    let pinned = World::new().env("AUTOTAG_PLUGINS", &place).env("AUTOTAG_REQUIRE_PINS", "true").examined();
    pinned.assert_says("plugin-folder", "ok", "only pinned plugins are loaded", "");
}

#[test]
fn each_permission_that_is_missing_is_named() {
    let world = World::new();
    assert_eq!(world.examined().status, 0);
    let is_asked = |request: &LoggedRequest| request.service == "ec2" && request.action.starts_with("Describe");
    let asked: BTreeSet<_> = world.aws.requests().into_iter().filter(is_asked).map(|request| request.action).collect();
    // What the host looks up, the host may look up, and the doctor tries; nothing else is allowed.
    let actions = world.stack.actions("HostPolicy", "LookUpWhatACallCreated");
    let allowed: BTreeSet<_> = actions.iter().filter_map(|action| action.strip_prefix("ec2:")).collect();
    assert_eq!(asked.iter().map(String::as_str).collect::<BTreeSet<_>>(), allowed);
    each(&Vec::from_iter(allowed), |action| {
        let world = World::new();
        world.aws.fault(On::request("ec2", action), Fault::AccessDenied);
        world.examined().assert_only("describe", "wrong", &format!("ec2:{action}"), &format!("Allow ec2:{action}"));
    });
    let world = World::new();
    world.aws.fault(On::action("CreateTags"), Fault::AccessDenied);
    world.examined().assert_only("create-tags", "wrong", "UnauthorizedOperation", "TagKeys");
    each(&["GetResources", "TagResources"], |action| {
        let world = World::new();
        world.aws.fault(On::action(action), Fault::AccessDenied);
        world.examined().assert_only("tagging-api", "wrong", "AccessDenied", "HostPolicy");
    });
    let others = [
        ("rds", "DescribeDBInstances", "rds:DescribeDBInstances"),
        ("rds", "DescribeDBClusters", "rds:DescribeDBClusters"),
        ("rds", "DescribeDBSnapshots", "rds:DescribeDBSnapshots"),
        ("rds", "DescribeDBClusterSnapshots", "rds:DescribeDBClusterSnapshots"),
        ("rds", "ListTagsForResource", "rds:ListTagsForResource"),
        ("s3", "ListBuckets", "s3:ListAllMyBuckets"),
    ];
    each(&others, |(service, call, action)| {
        let world = World::new();
        world.aws.fault(On::request(service, call), Fault::AccessDenied);
        world.examined().assert_only("tagging-api", "wrong", action, &format!("Allow {action}"));
    });
}

#[test]
fn the_services_own_permission_behind_the_tagging_api_is_asked_for() {
    let world = World::new();
    let denied = Fault::FailEntries { positions: vec![0], code: "AccessDeniedException".into() };
    world.aws.fault(On::action("TagResources").next(1), denied);
    world.examined().assert_only("tagging-api", "wrong", "rds:AddTagsToResource", "Allow rds:AddTagsToResource");
}

#[test]
fn auto_scaling_is_asked_only_if_owners_are_inherited() {
    let folder = tempdir().unwrap();
    let config = folder.path().join("host.toml");
    fs::write(&config, "[plugin.ec2.settings]\ninherit = true\n").unwrap();
    let denied = || {
        let world = World::new();
        world.aws.fault(On::service("autoscaling"), Fault::AccessDenied);
        world
    };
    assert_eq!(denied().examined().troubles(), []);
    let world = denied().env("AUTOTAG_CONFIG", &config.display().to_string());
    world.examined().assert_only("describe", "wrong", "autoscaling:DescribeTags", "Allow autoscaling:DescribeTags");
}

#[test]
fn plugins_for_ec2_alone_need_no_tagging_api() {
    let folder = tempdir().unwrap();
    fs::copy(host::plugins().join("ec2.wasm"), folder.path().join("ec2.wasm")).unwrap();
    let world = World::new().env("AUTOTAG_PLUGINS", &folder.path().display().to_string());
    world.aws.fault(On::service("tagging"), Fault::AccessDenied);
    let diagnosis = world.examined();
    assert!(diagnosis.findings().iter().all(|finding| finding["check"] != "tagging-api"), "{diagnosis:#?}");
}

#[test]
fn where_nothing_is_to_try_it_on_a_dry_run_on_nothing_still_says_what_is_not_allowed() {
    let world = World::new();
    world.aws.fault(On::action("CreateTags"), Fault::AccessDenied);
    world.env("AUTOTAG_ACCOUNTS", "111122223333").arg("--regions").arg("eu-central-1").examined().assert_says(
        "create-tags",
        "wrong",
        "111122223333 in eu-central-1: not allowed",
        "ec2:CreateTags",
    );
}

#[test]
fn accounts_that_no_credentials_reach_are_wrong() {
    let world = World::new().env("AUTOTAG_ACCOUNTS", &format!("111122223333,{OTHER}"));
    world.examined().assert_only("accounts", "wrong", OTHER, "assume_role");
}

fn with_role(world: World) -> World {
    world.env("AUTOTAG_ACCOUNTS", &format!("111122223333,{OTHER}")).env("AUTOTAG_ASSUME_ROLE", "service/autotag")
}

#[test]
fn a_role_that_is_there_is_assumed_and_what_it_may_do_is_asked_with_it() {
    let world = with_role(World::new());
    world.aws.put_role(OTHER, "service/autotag", None);
    let diagnosis = world.examined();
    assert_eq!(diagnosis.troubles(), [], "{diagnosis:#?}");
    diagnosis.assert_says("assume-role", "ok", "assumed-role/autotag", "");
    diagnosis.assert_says("describe", "ok", &format!("{OTHER} in us-east-1"), "");

    let world = with_role(World::new());
    world.aws.put_role(OTHER, "service/autotag", None);
    world.aws.fault(On::action("CreateTags").account(OTHER), Fault::AccessDenied);
    world.examined().assert_only("create-tags", "wrong", &format!("{OTHER} in us-east-1"), "ec2:CreateTags");
}

#[test]
fn a_role_that_cannot_be_assumed_is_wrong() {
    with_role(World::new()).examined().assert_only("assume-role", "wrong", OTHER, "trust policy");
    let world = with_role(World::new());
    world.aws.put_role(OTHER, "service/autotag", Some("secret"));
    world.examined().assert_only("assume-role", "wrong", "service/autotag", "external_id");
}

#[test]
fn where_there_is_nothing_to_try_it_on_create_tags_may_not_be_told() {
    let world = World::new().arg("--regions").arg("eu-central-1");
    world.aws.fault(On::action("CreateTags"), Fault::error(400, "InvalidInstanceID.NotFound"));
    world.examined().assert_only("create-tags", "cannot_tell", "nothing to try it on", "Make any volume there");
}

#[test]
fn a_service_of_which_no_resource_can_be_made_up_is_said_to_be_unknown() {
    let folder = tempdir().unwrap();
    let pattern = r#"{"source": ["aws.dynamodb"], "detail": {"eventSource": ["dynamodb.amazonaws.com"]}}"#;
    WatPlugin { event_patterns: vec![pattern.into()], ..WatPlugin::new("tables") }.write(folder.path());
    let diagnosis = World::new().env("AUTOTAG_PLUGINS", &folder.path().display().to_string()).examined();
    diagnosis.assert_says("tagging-api", "cannot_tell", "resources of dynamodb", "tag:TagResources");
    diagnosis.assert_says("rule-pattern", "wrong", "dynamodb.amazonaws.com", "host rule");
}

#[test]
fn a_region_that_is_none_is_refused() {
    let (status, _, stderr) = World::new().run(&["--regions", "us-east1"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("`us-east1` is not the name of a Region"), "{stderr}");
}
