//! EventBridge's rules.

use autotag_fake_aws::{Fault, On, Rule, Target};
use serde_json::json;

use super::world::{EVENTS, UNDELIVERED, World, each, queue_arn, rule};

const RULES: [&str; 5] = ["Ec2Rule1", "Ec2Rule2", "RdsRule", "S3Rule", "S3ExpressRule"];

type Break = fn(&World);

#[test]
fn without_a_rule_nothing_comes_to_the_queue() {
    let world = World::new();
    RULES.iter().for_each(|logical| world.aws.delete_rule(&rule(logical)));
    let diagnosis = world.examined();
    diagnosis.assert_says("rules", "wrong", "no rule of the event bus default sends to", "infra/autotag.yaml");
    // The checks that need the rules do not call anything wrong as well.
    assert_eq!(diagnosis.troubles(), [("rules", "wrong"), ("queue-policy", "cannot_tell")]);
}

#[test]
fn what_is_wrong_with_a_rule_is_found_and_nothing_else() {
    let cases: [(Break, &str, &str, &str); 9] = [
        (
            |world| world.aws.update_rule(&rule("RdsRule"), |rule| rule.state = "DISABLED".into()),
            "rule-state",
            "RdsRule",
            "aws events enable-rule --name autotag-RdsRule-",
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
        (|world| world.aws.delete_rule(&rule("RdsRule")), "rule-pattern", "rds.amazonaws.com", "host rule"),
        (
            |world| {
                world.aws.update_rule(&rule("Ec2Rule2"), |rule| {
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
                world.aws.update_rule(&rule("S3Rule"), |rule| {
                    rule.pattern["detail"]["eventName"] = json!(["CreateAccessPoint"])
                })
            },
            "rule-pattern",
            "CreateBucket",
            "host rule",
        ),
        (
            |world| world.aws.update_rule(&rule("S3Rule"), |rule| rule.pattern["detail"]["readOnly"] = json!([false])),
            "rule-pattern",
            "CreateBucket only where it likes detail.readOnly",
            "take detail.readOnly out",
        ),
    ];
    each(&cases, |(break_it, check, says, fix)| {
        let world = World::new();
        break_it(&world);
        world.examined().assert_only(check, "wrong", says, fix);
    });
}

fn target(world: &World, change: fn(&mut Target)) {
    world.aws.update_rule(&rule("RdsRule"), |rule| change(&mut rule.targets[0]));
}

#[test]
fn a_rule_that_lets_more_through_than_is_asked_for_is_wrong_since_that_ends_among_the_dead_letters() {
    let world = World::new();
    let target = Target { dead_letter_arn: Some(queue_arn(UNDELIVERED)), ..Target::new("queue", &queue_arn(EVENTS)) };
    let everything =
        world.aws.put_rule(Rule::new("everything", json!({"source": [{"prefix": "aws."}]})).target(target));
    for queue in [EVENTS, UNDELIVERED] {
        let everything = everything.as_str().into();
        world.change_policy(queue, |statement| statement["Condition"]["ArnEquals"]["aws:SourceArn"] = everything);
    }
    RULES.iter().for_each(|logical| world.aws.delete_rule(&rule(logical)));
    world.examined().assert_only("rule-pattern", "wrong", "everything matches", "the pattern that `host rule` prints");
}

#[test]
fn a_rule_that_lets_replays_through_is_wrong_since_the_host_refuses_them() {
    let world = World::new();
    world.aws.update_rule(&rule("S3Rule"), |rule| drop(rule.pattern.as_object_mut().unwrap().remove("replay-name")));
    let says = format!("{} matches events that are replayed from an archive, too", rule("S3Rule"));
    world.examined().assert_only("rule-pattern", "wrong", &says, r#"add "replay-name""#);
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
fn rules_of_several_buses_count_and_a_bus_that_is_not_there_is_wrong() {
    let world = World::new().arg("--event-bus=default").arg("--event-bus=members");
    world.examined().assert_says("rules", "wrong", "there is no event bus members", "--event-bus");
    world.aws.put_event_bus("members", None);
    assert_eq!(world.examined().troubles(), []);
    RULES.iter().for_each(|logical| world.aws.delete_rule(&rule(logical)));
    let says = "no rule of the event bus default, members";
    world.examined().assert_says("rules", "wrong", says, "infra/autotag.yaml");
}

#[test]
fn all_buses_are_looked_at_and_it_is_said_if_they_cannot_be() {
    let world = World::new();
    world.aws.put_event_bus("members", None);
    let target = Target { dead_letter_arn: Some(queue_arn(UNDELIVERED)), ..Target::new("queue", &queue_arn(EVENTS)) };
    let forwarded = Rule { event_bus: "members".into(), ..Rule::new("forwarded", json!({"source": ["aws.ec2"]})) };
    world.aws.put_rule(Rule { state: "DISABLED".into(), ..forwarded.target(target) });
    world.examined().assert_says("rule-state", "wrong", "members/forwarded", "--event-bus-name members");
    let world = World::new();
    world.aws.fault(On::action("ListEventBuses"), Fault::AccessDenied);
    world.examined().assert_only(
        "rules",
        "cannot_tell",
        "only rules of the event bus default",
        "events:ListEventBuses",
    );
}

#[test]
fn where_not_all_rules_can_be_seen_none_is_said_to_be_missing() {
    for action in ["ListEventBuses", "ListRuleNamesByTarget"] {
        let world = World::new().arg("--probe");
        world.aws.delete_rule(&rule("RdsRule"));
        world.aws.fault(On::action(action), Fault::AccessDenied);
        let diagnosis = world.examined();
        let of_rules =
            diagnosis.troubles().into_iter().filter(|(check, _)| check.contains("rule") || check.contains("pattern"));
        assert!(of_rules.clone().all(|(_, verdict)| verdict == "cannot_tell"), "{diagnosis:#?}");
        diagnosis.assert_says("probe-pattern", "cannot_tell", "no rule that could be seen matches", "first");
    }
}

#[test]
fn a_pattern_that_the_host_cannot_read_is_not_called_wrong() {
    let world = World::new();
    let odd = json!({"detail": {"eventName": ["A"], "$or": [{"eventName": ["B"]}, {"readOnly": [true]}]}});
    world.aws.update_rule(&rule("S3ExpressRule"), |rule| rule.pattern = odd.clone());
    let diagnosis = world.examined();
    diagnosis.assert_says("rule-pattern", "cannot_tell", "S3ExpressRule", "`host rule` prints");
    // Neither are the events that it may match after all.
    diagnosis.assert_says("rule-pattern", "cannot_tell", "s3express.amazonaws.com", "first");
    assert_eq!(diagnosis.status, 0, "{diagnosis:#?}");
}
