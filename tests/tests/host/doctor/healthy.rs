//! Accounts in which nothing is wrong.

use std::collections::BTreeSet;

use autotag_tests::host;

use super::world::{DEAD, VOLUME, World};

#[test]
fn all_is_well_where_all_is_as_the_template_makes_it_and_nothing_is_changed() {
    let world = World::new();
    let diagnosis = world.examined();
    assert_eq!((diagnosis.troubles(), diagnosis.status), (vec![], 0), "{diagnosis:#?}");
    assert_eq!(world.aws.tags(VOLUME).len(), 0);
    for action in ["SendMessage", "AssumeRole"] {
        assert_eq!(world.aws.count_of(action), 0, "{action}");
    }
}

#[test]
fn every_check_is_made_and_the_guide_says_what_each_is_about() {
    let diagnosis = World::new().examined();
    let made: BTreeSet<&str> = diagnosis.findings().iter().map(|finding| finding["check"].as_str().unwrap()).collect();
    let always = [
        "accounts",
        "backlog",
        "create-tags",
        "credentials",
        "dead-letter-queue",
        "dead-letters",
        "delay",
        "describe",
        "plugin-folder",
        "plugins",
        "queue",
        "queue-endpoint",
        "queue-encryption",
        "queue-permissions",
        "queue-policy",
        "region",
        "retention",
        "rule-pattern",
        "rule-state",
        "rule-target",
        "rules",
        "session-names",
        "tagging-api",
        "trail",
        "visibility",
    ];
    assert_eq!(made, always.into());
    let guide = include_str!("../../../../infra/README.md");
    for check in always.into_iter().chain(["assume-role", "probe-message", "probe-pattern"]) {
        assert!(guide.contains(&format!("| `{check}` |")), "infra/README.md does not explain {check}");
    }
}

#[test]
fn what_a_service_made_has_no_identity_and_nothing_is_wrong_with_that() {
    let world = World::new();
    world.aws.set_tag(VOLUME, "Owner", "autoscaling.amazonaws.com");
    let diagnosis = world.examined();
    assert_eq!(diagnosis.troubles(), []);
    diagnosis.assert_says("create-tags", "ok", VOLUME, "");
}

#[test]
fn a_person_reads_one_line_for_each_step_and_what_to_do_first() {
    let (status, printed) = World::new().printed(&[]);
    assert_eq!(status, 0);
    assert!(printed.contains("the trail all-calls logs management events in us-east-1"), "{printed}");
    assert!(printed.contains("Everything that was looked at is as it should be"), "{printed}");
    let world = World::new();
    world.aws.delete_queue(DEAD);
    let (status, printed) = world.printed(&[]);
    assert_eq!(status, 1);
    assert!(
        printed.trim_end().lines().last().unwrap().starts_with("1 wrong (dead-letter-queue), 0 cannot tell"),
        "{printed}"
    );
    let wrong: Vec<&str> = printed.lines().filter(|line| line.starts_with("wrong\tdead-letter-queue\t")).collect();
    assert!(matches!(wrong[..], [line] if line.contains("\tMake the dead-letter queue again")), "{printed}");
}

#[test]
fn without_a_queue_there_is_nothing_to_examine_and_the_error_says_how_to_name_one() {
    let output = host::command().args(["doctor", "--plugins"]).arg(host::plugins()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("set AUTOTAG_QUEUE_URL"), "{stderr}");
}
