//! `host rule --diff`, against the rules that are deployed in the fake AWS.

use autotag_fake_aws::{FakeAws, Fault, On, RegionHandle, Rule, Target};
use autotag_tests::host::{self, Replay};
use serde_json::{Value, json};

use super::{command, rule};

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:events";

/// An AWS in which the rules are deployed that the plugins need.
fn deployed() -> FakeAws {
    let aws = FakeAws::start();
    for rule in rule(&host::plugins(), ["--format", "json"]).result()["rules"].as_array().unwrap() {
        let name = rule["name"].as_str().unwrap();
        aws.put_rule(Rule::new(name, rule["pattern"].clone()).target(Target::new("queue", QUEUE)));
    }
    aws
}

/// Runs `host rule --diff` with a queue and these arguments.
fn diff(aws: &FakeAws, arguments: &[&str]) -> Replay {
    let queue_url = format!("{}/111122223333/events", aws.endpoint());
    diff_without_queue(aws, &[arguments, &["--queue-url", &queue_url]].concat())
}

fn diff_without_queue(aws: &FakeAws, arguments: &[&str]) -> Replay {
    let mut command = command(&host::plugins());
    Replay::of(command.arg("--diff").args(arguments).envs(aws.environment()).output().unwrap())
}

/// The differences, of which there must be some.
#[track_caller]
fn differences(aws: &FakeAws, arguments: &[&str]) -> Value {
    let printed = diff(aws, &[arguments, &["--format", "json"]].concat());
    assert_eq!((printed.status, printed.stderr.as_str()), (1, ""));
    let result = printed.result();
    assert_eq!(result["same"], false);
    result
}

/// Kinds of events, by source and name.
fn kinds(list: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(|kind| format!("{} {}", text(&kind["source"]), text(&kind["name"]))).collect()
}

/// Changes the API calls that a rule names.
fn change_calls(region: &RegionHandle, rule: &str, change: impl FnOnce(&mut Vec<Value>)) {
    region.update_rule(rule, |rule| change(rule.pattern["detail"]["eventName"].as_array_mut().unwrap()));
}

#[test]
fn rules_as_the_plugins_need_them_are_the_same() {
    let aws = deployed();
    let printed = diff(&aws, &[]);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""), "{}", printed.stdout);
    assert!(
        printed.stdout.starts_with("Compared with 5 rules: arn:aws:events:us-east-1:111122223333:rule/"),
        "{printed:?}"
    );
    assert!(
        printed.stdout.contains("\nThe same: all that the plugins want arrives, and nothing else.\n"),
        "{printed:?}"
    );
    let result = diff(&aws, &["--format", "json"]).result();
    assert_eq!((&result["same"], &result["queue"]), (&json!(true), &json!(QUEUE)));
    for list in ["missing", "narrower", "surplus", "with_failed_calls", "with_replays", "disabled", "altered"] {
        assert_eq!(result[list], json!([]), "{list}");
    }
    for list in ["not_to_queue", "unreadable", "not_compared"] {
        assert_eq!(result[list], json!([]), "{list}");
    }
    let actions = ["ListRuleNamesByTarget", "DescribeRule", "ListTargetsByRule"];
    assert!(aws.requests().iter().all(|request| actions.contains(&&*request.action)), "it only reads");
}

#[test]
fn what_no_rule_matches_is_named_with_what_to_do() {
    let aws = deployed();
    change_calls(&aws, "Ec2Rule2", |calls| calls.retain(|call| call != "RunInstances"));
    aws.delete_rule("S3ExpressRule");
    let missing = &differences(&aws, &[])["missing"];
    let expected = [
        "ec2.amazonaws.com RunInstances",
        "s3express.amazonaws.com CreateAccessPoint",
        "s3express.amazonaws.com CreateBucket",
    ];
    assert_eq!(kinds(missing), expected);
    assert_eq!((&missing[0]["plugin"], &missing[1]["plugin"]), (&json!("ec2"), &json!("s3")));
    let printed = diff(&aws, &[]);
    for words in [
        "missing: no rule matches ec2.amazonaws.com RunInstances, which the plugin ec2 wants\n",
        "missing: no rule matches s3express.amazonaws.com CreateAccessPoint, CreateBucket, which the plugin s3 wants\n",
        "  fix: deploy what `host rule --format cloudformation` prints\n",
        "\nDifferent: the plugins need 5 rules",
    ] {
        assert!(printed.stdout.contains(words), "{words}: {}", printed.stdout);
    }
}

#[test]
fn a_rule_that_matches_some_people_alone_is_narrower_and_its_fields_are_named() {
    let aws = deployed();
    aws.update_rule("S3Rule", |rule| rule.pattern["detail"]["userIdentity"] = json!({"type": ["IAMUser"]}));
    let different = differences(&aws, &[]);
    assert_eq!((&different["missing"], &different["surplus"]), (&json!([]), &json!([])));
    let narrower = &different["narrower"];
    assert_eq!(kinds(narrower), ["s3.amazonaws.com CreateAccessPoint", "s3.amazonaws.com CreateBucket"]);
    assert_eq!(
        (&narrower[0]["rule"], &narrower[0]["fields"]),
        (&json!("S3Rule"), &json!(["detail.userIdentity.type"]))
    );
    let printed = diff(&aws, &[]);
    for words in [
        "narrower: S3Rule matches s3.amazonaws.com CreateAccessPoint, CreateBucket only where it likes detail.userIdentity.type, ",
        "  fix: take detail.userIdentity.type out of the pattern of S3Rule, as `host rule` prints it\n",
    ] {
        assert!(printed.stdout.contains(words), "{words}: {}", printed.stdout);
    }
}

#[test]
fn without_any_rule_everything_is_missing_and_the_queue_is_named() {
    let printed = diff(&FakeAws::start(), &[]);
    assert_eq!((printed.status, printed.stderr.as_str()), (1, ""));
    assert!(printed.stdout.starts_with(&format!("No rule sends to {QUEUE}.\n")), "{}", printed.stdout);
    assert!(printed.stdout.contains("no rule matches ec2.amazonaws.com AllocateAddress, "), "{}", printed.stdout);
    assert!(printed.stdout.contains(" more, which the plugin ec2 wants"), "{}", printed.stdout);
}

#[test]
fn what_no_plugin_wants_is_named_with_its_rule() {
    let aws = deployed();
    change_calls(&aws, "RdsRule", |calls| calls.push(json!("StopDBInstance")));
    let everything = Rule::new("everything", json!({"source": [{"prefix": "aws."}]}));
    aws.put_rule(everything.target(Target::new("queue", QUEUE)));
    let different = differences(&aws, &[]);
    let surplus = &different["surplus"];
    assert_eq!(kinds(surplus), ["rds.amazonaws.com StopDBInstance", r#"{"prefix":"aws."} any call"#]);
    assert_eq!((&surplus[0]["rule"], &surplus[1]["rule"]), (&json!("RdsRule"), &json!("everything")));
    assert_eq!(different["missing"], json!([]));
    let printed = diff(&aws, &[]).stdout;
    assert!(
        printed.contains("surplus: RdsRule matches rds.amazonaws.com StopDBInstance, which no plugin wants"),
        "{printed}"
    );
}

#[test]
fn a_rule_that_lets_failed_calls_through_is_named() {
    let aws = deployed();
    aws.update_rule("S3Rule", |rule| drop(rule.pattern["detail"].as_object_mut().unwrap().remove("errorCode")));
    assert_eq!(differences(&aws, &[])["with_failed_calls"], json!(["S3Rule"]));
}

#[test]
fn a_rule_that_lets_replays_through_is_named_unless_they_are_allowed() {
    let aws = deployed();
    aws.update_rule("S3Rule", |rule| drop(rule.pattern.as_object_mut().unwrap().remove("replay-name")));
    let different = differences(&aws, &[]);
    assert_eq!((&different["with_replays"], &different["surplus"]), (&json!(["S3Rule"]), &json!([])));
    let printed = diff(&aws, &[]).stdout;
    let words = "surplus: S3Rule matches events that are replayed from an archive, too: the host refuses them, and they end among the dead letters\n";
    assert!(printed.contains(words), "{printed}");
    // The other way round, the deployed rules lack them.
    let different = differences(&aws, &["--allow-replays"]);
    assert_eq!(different["with_replays"], json!([]));
    let missing = different["missing"].as_array().unwrap();
    assert!(missing.iter().all(|kind| kind["with"] == "replay-name"), "{missing:?}");
    assert!(missing.iter().all(|kind| kind["source"] != "s3.amazonaws.com"), "{missing:?}");
    let sources = ["ec2.amazonaws.com", "rds.amazonaws.com", "s3express.amazonaws.com"];
    assert!(sources.iter().all(|source| missing.iter().any(|kind| kind["source"] == *source)), "{missing:?}");
}

#[test]
fn a_disabled_rule_and_one_that_changes_the_event_are_named_with_the_command_that_mends_them() {
    let aws = deployed();
    aws.update_rule("S3Rule", |rule| rule.state = "DISABLED".into());
    aws.update_rule("RdsRule", |rule| rule.targets[0].input_path = Some("$.detail".into()));
    aws.update_rule("Ec2Rule1", |rule| rule.targets[0].input_transformer = true);
    aws.update_rule("Ec2Rule2", |rule| rule.targets[0].input_path = Some("$".into()));
    let different = differences(&aws, &[]);
    assert_eq!(different["disabled"], json!(["S3Rule"]));
    assert_eq!(different["missing"][0]["in_disabled"], json!(["S3Rule"]));
    assert_eq!(
        different["altered"],
        json!([
            {"rule": "Ec2Rule1", "target": "queue", "by": "InputTransformer"},
            {"rule": "RdsRule", "target": "queue", "by": "InputPath"},
        ])
    );
    let printed = diff(&aws, &[]).stdout;
    assert!(printed.contains("fix: aws events enable-rule --name S3Rule\n"), "{printed}");
    assert!(printed.contains("no rule but the disabled S3Rule matches s3.amazonaws.com"), "{printed}");
    assert!(
        printed.contains("the target queue of RdsRule sends something else than the event, by its InputPath"),
        "{printed}"
    );
}

#[test]
fn rules_can_be_named_by_name_or_arn_and_need_not_send_to_a_queue_if_none_is_configured() {
    let aws = deployed();
    aws.put_event_bus("central", None);
    let pattern = json!({"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket", "CreateAccessPoint"],
        "eventSource": ["s3.amazonaws.com"], "errorCode": [{"exists": false}]}, "replay-name": [{"exists": false}]});
    let arn = aws.put_rule(Rule { event_bus: "central".into(), ..Rule::new("buckets", pattern) });
    let names = ["Ec2Rule1", "Ec2Rule2", "RdsRule", "S3ExpressRule", &arn];
    let printed = diff_without_queue(&aws, &names);
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""), "{}", printed.stdout);
    assert_eq!(differences(&aws, &names)["not_to_queue"], json!(["central/buckets"]));
    let different = differences(&aws, &["Ec2Rule1", "Ec2Rule2", "RdsRule", "S3Rule"]);
    assert_eq!(kinds(&different["missing"]).len(), 2);
    let on_bus = diff_without_queue(&aws, &["buckets", "--event-bus", "central", "--format", "json"]);
    assert_eq!(on_bus.result()["compared"], json!([arn]));
}

#[test]
fn rules_of_another_bus_that_send_to_the_queue_are_found_there() {
    let aws = deployed();
    aws.put_event_bus("central", None);
    let own = Rule { event_bus: "central".into(), ..Rule::new("own", json!({"source": ["my.app"]})) };
    aws.put_rule(own.target(Target::new("queue", QUEUE)));
    let different = differences(&aws, &["--event-bus", "central"]);
    assert_eq!(different["compared"], json!(["arn:aws:events:us-east-1:111122223333:rule/central/own"]));
    assert_eq!(different["surplus"][0]["rule"], "central/own");
}

#[test]
fn all_rules_are_read_however_many_they_are() {
    let aws = deployed();
    for number in 0..150 {
        let rule = Rule::new(&format!("A{number:03}"), json!({"source": [format!("my.app{number}")]}));
        aws.put_rule(rule.target(Target::new("queue", QUEUE)));
    }
    let different = differences(&aws, &[]);
    assert_eq!(different["compared"].as_array().unwrap().len(), 155);
    assert_eq!((different["surplus"].as_array().unwrap().len(), &different["missing"]), (150, &json!([])));
}

#[test]
fn what_cannot_be_read_is_an_error_that_says_what_to_do() {
    let aws = deployed();
    for (arguments, words) in [
        (
            &["nobody"][..],
            "there is no rule nobody on the event bus default: check the name, the Region and the account",
        ),
        (&["--event-bus", "nowhere"], "there is no event bus nowhere"),
        (
            &["arn:aws:events:us-east-1:444455556666:rule/S3Rule"],
            "not for arn:aws:events:us-east-1:444455556666:rule/S3Rule",
        ),
        (&["arn:aws:sqs:r:1:q"], "is not an ARN of a rule, which looks like arn:aws:events:"),
        (&[""], "a rule's name is empty"),
    ] {
        let printed = diff(&aws, arguments);
        assert_eq!((printed.status, printed.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(printed.stderr.contains(words), "{arguments:?}: {}", printed.stderr);
    }
    let printed = diff_without_queue(&aws, &[]);
    assert_eq!(printed.status, 2);
    assert!(printed.stderr.contains("the queue is not known: set AUTOTAG_QUEUE_URL"), "{}", printed.stderr);
    let printed = rule(&host::plugins(), ["--diff", "x"]);
    assert!(printed.status == 2 && printed.stderr.contains("set AWS_REGION"), "{}", printed.stderr);
    for action in ["ListRuleNamesByTarget", "DescribeRule", "ListTargetsByRule"] {
        let fault = aws.fault(On::action(action), Fault::AccessDenied);
        let printed = diff(&aws, &[]);
        assert_eq!((printed.status, printed.stdout.as_str()), (2, ""), "{action}");
        let words = format!("allow events:{action}");
        assert!(printed.stderr.contains(&words), "{action}: {}", printed.stderr);
        fault.remove();
    }
}
