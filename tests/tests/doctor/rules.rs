//! EventBridge's rules.

use autotag_tests::fake_aws::{Fault, On, Rule, Target};
use serde_json::json;

use crate::world::{QUEUE, RULES, World, each};

type Break = fn(&World);

#[test]
fn without_a_rule_nothing_comes_to_the_queue() {
    let world = World::new();
    RULES.iter().for_each(|rule| world.aws.delete_rule(rule));
    let diagnosis = world.examined();
    diagnosis.assert_says("rules", "wrong", "no rule of the event bus default sends to", "infra/autotag.yaml");
    // What they would be needed for is not called wrong besides.
    assert_eq!(diagnosis.troubles(), [("rules", "wrong"), ("queue-policy", "cannot_tell")]);
}

#[test]
fn what_is_wrong_with_a_rule_is_found_and_nothing_else() {
    let cases: [(Break, &str, &str, &str); 8] = [
        (
            |world| world.aws.update_rule("RdsRule", |rule| rule.state = "DISABLED".into()),
            "rule-state",
            "RdsRule",
            "aws events enable-rule --name RdsRule",
        ),
        (
            |world| target(world, |target| target.input = Some("{}".into())),
            "rule-target",
            "RdsRule",
            "the host reads events as EventBridge makes them",
        ),
        (
            |world| target(world, |target| target.input_path = Some("$.detail".into())),
            "rule-target",
            "RdsRule",
            "the host reads events as EventBridge makes them",
        ),
        (
            |world| target(world, |target| target.input_transformer = true),
            "rule-target",
            "RdsRule",
            "the host reads events as EventBridge makes them",
        ),
        (|world| target(world, |target| target.dead_letter_arn = None), "rule-target", "RdsRule", "dead-letter queue"),
        (|world| world.aws.delete_rule("RdsRule"), "rule-pattern", "rds.amazonaws.com", "host rule"),
        (
            |world| {
                world.aws.update_rule("Ec2Rule2", |rule| {
                    let names = rule.pattern["detail"]["eventName"].as_array_mut().unwrap();
                    names.retain(|name| name != "RunInstances");
                });
            },
            "rule-pattern",
            "RunInstances",
            "host rule",
        ),
        (
            |world| {
                world
                    .aws
                    .update_rule("S3Rule", |rule| rule.pattern["detail"]["eventSource"] = json!(["s3.example.com"]))
            },
            "rule-pattern",
            "CreateBucket",
            "host rule",
        ),
    ];
    each(&cases, |(break_it, check, says, fix)| {
        let world = World::new();
        break_it(&world);
        world.examined().assert_only(check, "wrong", says, fix);
    });
}

fn target(world: &World, change: fn(&mut Target)) {
    world.aws.update_rule("RdsRule", |rule| change(&mut rule.targets[0]));
}

#[test]
fn a_rule_that_lets_more_through_than_is_asked_for_is_not_wrong() {
    let world = World::new();
    world.aws.put_rule(
        Rule::new("everything", json!({"source": [{"prefix": "aws."}]}))
            .target(Target { dead_letter_arn: Some(crate::world::UNDELIVERED.into()), ..Target::new("queue", QUEUE) }),
    );
    let arns = RULES
        .iter()
        .chain(["everything"].iter())
        .map(|name| format!("arn:aws:events:us-east-1:111122223333:rule/{name}"));
    let change = json!({"Condition": {"ArnEquals": {"aws:SourceArn": arns.collect::<Vec<_>>()}}});
    world.aws.set_queue_attribute("events", "Policy", &crate::world::policy(&change).to_string());
    RULES.iter().for_each(|rule| world.aws.delete_rule(rule));
    assert_eq!(world.examined().troubles(), []);
}

#[test]
fn what_may_not_be_seen_is_not_called_wrong_and_the_permission_is_named() {
    each(&["ListRuleNamesByTarget", "DescribeRule", "ListTargetsByRule"], |action| {
        let world = World::new();
        world.aws.fault(On::action(action), Fault::AccessDenied);
        world.examined().assert_says(
            "rules",
            "cannot_tell",
            &format!("{action} is not allowed"),
            &format!("Allow events:{action}"),
        );
    });
}

#[test]
fn the_rules_of_another_bus_are_looked_at_where_the_queue_is_fed_by_it() {
    let world = World::new().arg("--event-bus").arg("members");
    world.aws.put_event_bus("members", None);
    let diagnosis = world.examined();
    diagnosis.assert_says("rules", "wrong", "no rule of the event bus members", "");
}
