use serde_json::json;

use super::*;
use crate::deployed::InputTransformation;

const QUEUE: &str = "arn:aws:sqs:eu-central-1:111122223333:autotag";

fn required() -> Vec<Rule> {
    let rule = |name: &str, plugin: &str, service: &str, calls: &[&str]| Rule {
        name: name.into(),
        plugin: plugin.into(),
        pattern: json!({
            "source": [format!("aws.{service}")],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "eventSource": [format!("{service}.amazonaws.com")],
                "eventName": calls,
                "errorCode": [{"exists": false}],
            },
            "replay-name": [{"exists": false}],
        }),
    };
    vec![
        rule("Ec2Rule1", "ec2", "ec2", &["CopyImage", "CreateVolume"]),
        rule("Ec2Rule2", "ec2", "ec2", &["RunInstances"]),
        rule("S3Rule", "s3", "s3", &["CreateBucket"]),
    ]
}

fn deployed(name: &str, pattern: &Value) -> DeployedRule {
    DeployedRule {
        name: name.into(),
        arn: format!("arn:aws:events:eu-central-1:111122223333:rule/{name}"),
        event_bus: "default".into(),
        enabled: true,
        pattern: Some(pattern.to_string()),
        targets: vec![Target {
            id: "queue".into(),
            arn: QUEUE.into(),
            input_transformation: None,
            dead_letter_arn: None,
        }],
    }
}

/// The required rules, deployed without a difference.
fn good() -> Vec<DeployedRule> {
    required().iter().map(|rule| deployed(&rule.name, &rule.pattern)).collect()
}

fn compared(deployed: &[DeployedRule]) -> Comparison {
    let origin = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
    compare(&required(), deployed, &origin, Some(QUEUE)).unwrap()
}

fn missing(comparison: &Comparison) -> Vec<String> {
    comparison.missing.iter().map(|missing| missing.kind.to_string()).collect()
}

fn surplus(comparison: &Comparison) -> Vec<String> {
    comparison.surplus.iter().map(|surplus| format!("{}: {}", surplus.rule, surplus.kind)).collect()
}

#[track_caller]
fn assert_says(comparison: &Comparison, what: &str, problem: &str, fix: &str) {
    let findings = comparison.findings();
    let says = |finding: &super::super::RuleFinding| {
        finding.difference.to_string() == what && finding.problem.contains(problem) && finding.fix.contains(fix)
    };
    assert!(findings.iter().any(says), "{findings:#?}");
    assert!(!comparison.is_same());
}

#[test]
fn rules_as_they_should_be_are_the_same_and_so_are_rules_that_match_the_same() {
    assert_eq!(compared(&good()), Comparison::default());
    let all = json!({"source": ["aws.ec2", "aws.s3"], "detail": {
        "$or": [
            {"eventSource": ["ec2.amazonaws.com"], "eventName": ["CreateVolume", "RunInstances", "CopyImage"]},
            {"eventSource": ["s3.amazonaws.com"], "eventName": ["CreateBucket"]},
        ],
        "errorCode": [{"exists": false}],
    }, "replay-name": [{"exists": false}]});
    let comparison = compared(&[deployed("all", &all)]);
    assert!(comparison.is_same() && comparison.findings().is_empty(), "{comparison:#?}");
}

#[test]
fn what_no_rule_matches_is_missing_by_its_kind() {
    let mut rules = good();
    rules.remove(1);
    rules[0].pattern = rules[0].pattern.take().map(|pattern| pattern.replace(r#","CreateVolume""#, ""));
    let comparison = compared(&rules);
    assert_eq!(missing(&comparison), ["ec2.amazonaws.com CreateVolume", "ec2.amazonaws.com RunInstances"]);
    assert_eq!(surplus(&comparison), [""; 0]);
    assert_says(
        &comparison,
        "missing",
        "no rule matches ec2.amazonaws.com CreateVolume, RunInstances, which the plugin ec2 wants",
        "host rule --format cloudformation",
    );
    assert_eq!(missing(&compared(&[])).len(), 4);
}

#[test]
fn what_a_rule_matches_only_of_some_people_or_places_is_missing_too() {
    for narrower in [
        json!({"source": ["aws.s3"], "account": ["444455556666"], "detail": {"eventName": ["CreateBucket"]}}),
        json!({"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"], "userIdentity": {"type": ["Root"]}}}),
        json!({"source": ["aws.s3"], "region": ["us-east-1"], "detail": {"eventName": ["CreateBucket"]}}),
    ] {
        let mut rules = good();
        rules[2].pattern = Some(narrower.to_string());
        assert_eq!(missing(&compared(&rules)), ["s3.amazonaws.com CreateBucket"], "{narrower}");
    }
}

#[test]
fn what_no_plugin_wants_is_surplus_by_the_rules_alternatives() {
    let mut rules = good();
    let successful = json!([{"exists": false}]);
    rules.push(deployed(
        "more",
        &json!({"source": ["aws.ec2"], "detail": {
        "eventName": ["StopInstances", "RunInstances", {"prefix": "Delete"}], "errorCode": successful}}),
    ));
    rules.push(deployed("all-of-rds", &json!({"source": ["aws.rds"]})));
    let comparison = compared(&rules);
    assert_eq!(
        surplus(&comparison),
        [
            "all-of-rds: rds.amazonaws.com any call",
            "more: ec2.amazonaws.com StopInstances",
            r#"more: ec2.amazonaws.com {"prefix":"Delete"}"#,
        ]
    );
    assert_eq!(missing(&comparison), [""; 0]);
    assert_says(
        &comparison,
        "surplus",
        r#"more matches ec2.amazonaws.com StopInstances, {"prefix":"Delete"}"#,
        "host rule",
    );
}

#[test]
fn a_rule_that_matches_failed_calls_is_named() {
    let mut rules = good();
    rules[2].pattern = Some(json!({"source": ["aws.s3"], "detail": {"eventName": ["CreateBucket"]}}).to_string());
    let comparison = compared(&rules);
    assert_eq!(comparison.with_failed_calls, ["S3Rule"]);
    assert_says(&comparison, "surplus", "S3Rule matches calls that failed", r#""errorCode": [{"exists": false}]"#);
}

/// A rule for buckets, with one field beside the rest of the pattern.
fn of_buckets(field: &str, alternatives: &Value) -> Value {
    let mut pattern = required()[2].pattern.clone();
    pattern[field] = alternatives.clone();
    pattern
}

#[test]
fn a_rule_that_matches_replays_is_named_and_that_is_all_that_is_wrong_with_it() {
    let mut rules = good();
    let mut pattern = required()[2].pattern.clone();
    pattern.as_object_mut().unwrap().remove("replay-name");
    rules[2].pattern = Some(pattern.to_string());
    let comparison = compared(&rules);
    assert_eq!(comparison, Comparison { with_replays: vec!["S3Rule".into()], ..Comparison::default() });
    assert_says(
        &comparison,
        "surplus",
        "S3Rule matches events that are replayed from an archive, too",
        r#""replay-name": [{"exists": false}]"#,
    );
    // A rule that matches only some replays is named, too.
    rules[2].pattern = Some(of_buckets("replay-name", &json!([{"exists": false}, {"prefix": "ex"}])).to_string());
    assert!(!compared(&rules).is_same());
}

#[test]
fn a_rule_that_brings_replays_alone_lacks_the_events_themselves() {
    let mut rules = good();
    rules[2].pattern = Some(of_buckets("replay-name", &json!([{"exists": true}])).to_string());
    let comparison = compared(&rules);
    assert_eq!(missing(&comparison), ["s3.amazonaws.com CreateBucket"]);
    assert_eq!(surplus(&comparison), ["S3Rule: s3.amazonaws.com CreateBucket"]);
}

#[test]
fn where_replays_are_wanted_a_rule_that_leaves_them_out_lacks_them() {
    let mut wanted = required();
    for rule in &mut wanted {
        rule.pattern.as_object_mut().unwrap().remove("replay-name");
    }
    let origin = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
    let comparison = compare(&wanted, &good(), &origin, Some(QUEUE)).unwrap();
    assert_eq!(missing(&comparison)[0], "ec2.amazonaws.com CopyImage with replay-name");
    assert_eq!((missing(&comparison).len(), surplus(&comparison)), (4, vec![]));
    let through: Vec<_> = wanted.iter().map(|rule| deployed(&rule.name, &rule.pattern)).collect();
    assert!(compare(&wanted, &through, &origin, Some(QUEUE)).unwrap().is_same());
    // A kind that is missing as a whole is reported once.
    assert_eq!(missing(&compare(&wanted, &[], &origin, Some(QUEUE)).unwrap()).len(), 4);
    assert!(!missing(&compare(&wanted, &[], &origin, Some(QUEUE)).unwrap())[0].contains("replay"));
}

#[test]
fn patterns_that_name_no_source_are_compared_too() {
    let exists = |exists: bool| json!([{"exists": exists}]);
    for detail in [
        json!({"eventName": ["A"], "responseElements": {"keyPairId": exists(true)}}),
        json!({"eventName": ["A"], "errorCode": exists(false)}),
        json!({"errorCode": exists(false)}),
    ] {
        let pattern = json!({"detail": detail, "replay-name": exists(false)});
        let rule = Rule { name: "X".into(), plugin: "x".into(), pattern: pattern.clone() };
        let origin = AccountRegion { account: "1".into(), region: "r".into() };
        let comparison = compare(&[rule], &[deployed("x", &pattern)], &origin, None).unwrap();
        assert_eq!(comparison, Comparison::default(), "{pattern}");
    }
}

#[test]
fn a_disabled_rule_is_named_with_what_would_come_if_it_were_not() {
    let mut rules = good();
    rules[0].enabled = false;
    rules[0].event_bus = "central".into();
    let comparison = compared(&rules);
    assert_eq!(comparison.disabled, ["central/Ec2Rule1"]);
    assert!(comparison.missing.iter().all(|missing| missing.disabled_rules == ["central/Ec2Rule1"]), "{comparison:?}");
    assert_says(
        &comparison,
        "disabled",
        "central/Ec2Rule1 is disabled",
        "enable-rule --name Ec2Rule1 --event-bus-name central",
    );
    assert_says(&comparison, "missing", "no rule but the disabled central/Ec2Rule1 matches", "enable central/Ec2Rule1");
}

#[test]
fn a_target_that_gets_something_else_than_the_event_is_named() {
    let mut rules = good();
    rules[1].targets[0].input_transformation = Some(InputTransformation::InputPath);
    let elsewhere = Target { arn: "arn:aws:sns:eu-central-1:111122223333:t".into(), ..rules[1].targets[0].clone() };
    rules[0].targets.push(elsewhere);
    let comparison = compared(&rules);
    let altered = AlteredTarget { rule: "Ec2Rule2".into(), target: "queue".into(), by: InputTransformation::InputPath };
    assert_eq!(comparison.altered, [altered]);
    assert_says(&comparison, "altered", "the target queue of Ec2Rule2", "without InputPath");
}

#[test]
fn a_rule_that_sends_elsewhere_brings_nothing() {
    let mut rules = good();
    rules[2].targets[0].arn += "-other";
    let comparison = compared(&rules);
    assert_eq!((comparison.not_to_queue.as_slice(), missing(&comparison).len()), (&["S3Rule".to_owned()][..], 1));
    assert_says(&comparison, "not to the queue", "S3Rule does not send to the queue", "add the queue to its targets");
    let origin = AccountRegion { account: "111122223333".into(), region: "eu-central-1".into() };
    assert!(compare(&required(), &rules, &origin, None).unwrap().is_same());
}

#[test]
fn a_rule_that_the_host_cannot_match_is_named_with_the_reason() {
    let mut rules = good();
    rules.push(deployed("odd", &json!({"$or": [{"source": ["aws.ec2"]}]})));
    rules.push(DeployedRule { pattern: None, ..deployed("cron", &json!({})) });
    let comparison = compared(&rules);
    let unreadable: Vec<_> = comparison.unreadable.iter().map(|rule| rule.rule.as_str()).collect();
    assert_eq!(unreadable, ["odd", "cron"]);
    assert_says(&comparison, "unreadable", "what odd matches, the host cannot say: ", "as `host rule` prints");
    assert_says(&comparison, "unreadable", "it has no event pattern, but a schedule", "");
}

#[test]
fn many_events_of_one_cause_are_one_finding_that_says_how_many_they_are() {
    let names: Vec<_> = (10..40).map(|number| format!("Create{number}")).collect();
    let rule = Rule {
        name: "X".into(),
        plugin: "x".into(),
        pattern: json!({"source": ["aws.x"], "detail": {"eventName": names}}),
    };
    let origin = AccountRegion { account: "1".into(), region: "r".into() };
    let findings = compare(&[rule], &[], &origin, None).unwrap().findings();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].problem.contains("Create21, and 18 more, which the plugin x wants"), "{findings:?}");
}

fn narrower(comparison: &Comparison) -> Vec<String> {
    let said = comparison.narrower.iter().map(|one| format!("{}: {} by {}", one.rule, one.kind, one.fields.join(", ")));
    said.collect()
}

#[test]
fn a_rule_that_asks_for_a_field_more_is_narrower_whatever_it_asks() {
    for (path, alternatives) in [
        ("userIdentity.type", json!(["IAMUser"])),
        ("userIdentity.type", json!([{"anything-but": "AssumedRole"}])),
        ("userIdentity.userName", json!([{"exists": true}])),
        ("userIdentity.sessionContext.attributes.mfaAuthenticated", json!([{"exists": false}])),
        ("userIdentity.invokedBy", json!([{"exists": false}])),
        ("vpcEndpointId", json!([{"exists": false}])),
        ("readOnly", json!([false])),
        ("managementEvent", json!([true])),
        ("sourceIPAddress", json!([{"cidr": "192.0.2.0/24"}])),
        ("sourceIPAddress", json!([{"anything-but": ["autoscaling.amazonaws.com"]}])),
        ("recipientAccountId", json!(["111122223333"])),
        ("eventVersion", json!(["1.11"])),
        ("eventVersion", json!([{"anything-but": "1.10"}])),
        ("eventType", json!(["AwsApiCall"])),
        ("userAgent", json!([{"prefix": "ex"}])),
        ("userAgent", json!([{"anything-but": ["console.amazonaws.com"]}])),
        ("errorMessage", json!([{"exists": false}])),
        ("responseElements.bucketArn", json!([{"exists": false}])),
        ("requestParameters", json!([{"exists": false}])),
    ] {
        let mut pattern = required()[2].pattern.clone();
        let field = path.split('.').fold(&mut pattern["detail"], |object, name| {
            if !object.is_object() {
                *object = json!({});
            }
            &mut object[name]
        });
        *field = alternatives;
        let mut rules = good();
        rules[2] = deployed("S3Rule", &pattern);
        let comparison = compared(&rules);
        let is_said = narrower(&comparison) == [format!("S3Rule: s3.amazonaws.com CreateBucket by detail.{path}")];
        assert!(is_said || !missing(&comparison).is_empty(), "{pattern}: {comparison:#?}");
        assert!(!comparison.is_same());
        // Beside a rule that matches all, it does no harm.
        rules.push(deployed("whole", &required()[2].pattern));
        assert!(compared(&rules).is_same(), "{pattern}");
    }
}

#[test]
fn what_a_narrower_rule_costs_and_what_to_do_is_said() {
    let mut rules = good();
    let mut pattern = required()[0].pattern.clone();
    pattern["detail"]["userIdentity"] = json!({"type": ["IAMUser"]});
    rules[0] = deployed("Ec2Rule1", &pattern);
    assert_says(
        &compared(&rules),
        "narrower",
        "Ec2Rule1 matches ec2.amazonaws.com CopyImage, CreateVolume only where it likes detail.userIdentity.type",
        "take detail.userIdentity.type out of the pattern of Ec2Rule1",
    );
}

#[test]
fn a_rule_with_other_alternatives_for_an_operator_lacks_what_they_leave_out() {
    let of_calls = |calls: Value| json!({"source": ["aws.ec2"], "detail": {"eventName": calls}});
    for (wanted, deployed_alternatives, is_all) in [
        (json!([{"prefix": "Create"}]), json!(["Create"]), false),
        (json!([{"prefix": "Create"}]), json!(["Create", "Createx"]), false),
        (json!([{"wildcard": "Create*"}]), json!(["Createx"]), false),
        (json!([{"wildcard": "Create*"}]), json!([{"prefix": "Create"}]), true),
        (json!([{"prefix": "Create"}]), json!([{"wildcard": "C*"}]), true),
        (json!([{"prefix": "Create"}]), json!([{"anything-but": "CreateVolume"}]), false),
        (json!([{"anything-but": ["A", "B"]}]), json!([{"anything-but": ["A", "B", "CreateVolume"]}]), false),
        (json!([{"anything-but": ["A", "B"]}]), json!([{"anything-but": ["A"]}]), true),
        (
            json!([{"anything-but": ["DeleteVolume", "DeleteSnapshot", "DeleteVpc"]}]),
            json!([{"anything-but": ["DeleteVolume", "DeleteSnapshot", "DeleteVpc", "CreateVolume"]}]),
            false,
        ),
        (json!([{"exists": true}]), json!([{"anything-but": {"suffix": "Tags"}}]), false),
        (json!([{"numeric": [">", 0]}]), json!([{"numeric": [">", 0.001]}]), false),
        (json!([{"numeric": [">", 0]}]), json!([{"numeric": [">=", 0]}]), true),
        (json!([{"cidr": "10.0.0.0/8"}]), json!([{"cidr": "10.0.0.0/9"}]), false),
        (json!([{"cidr": "10.0.0.0/8"}]), json!([{"cidr": "10.0.0.0/9"}, {"cidr": "10.128.0.0/9"}]), true),
    ] {
        let required = Rule { name: "X".into(), plugin: "x".into(), pattern: of_calls(wanted.clone()) };
        let origin = AccountRegion { account: "1".into(), region: "r".into() };
        let rule = deployed("X", &of_calls(deployed_alternatives.clone()));
        let comparison = compare(&[required], &[rule], &origin, None).unwrap();
        assert_eq!(comparison.missing.is_empty(), is_all, "{wanted} as {deployed_alternatives}: {comparison:#?}");
    }
}

#[test]
fn alternatives_of_two_fields_are_compared_together() {
    let pattern = |x: Value, y: Value| json!({"detail": {"eventName": ["A"], "x": x, "y": y}});
    let required = Rule { name: "X".into(), plugin: "x".into(), pattern: pattern(json!([1, 2]), json!([1, 2])) };
    let origin = AccountRegion { account: "1".into(), region: "r".into() };
    let rules =
        [deployed("one", &pattern(json!([1]), json!([1, 2]))), deployed("other", &pattern(json!([1, 2]), json!([1])))];
    assert_eq!(compare(&[required], &rules, &origin, None).unwrap().missing.len(), 1);
}
