//! EventBridge: buses, rules and their targets.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autotag_fake_aws::{DEFAULT_REGION, FakeAws, Fault, On, RetryPolicy, Rule, Target};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::RuleState;
use serde_json::json;

use crate::clients::{code, config, status_and_code};

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:events";
const DEAD: &str = "arn:aws:sqs:us-east-1:111122223333:dead";

async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    let client = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    (aws, client)
}

fn rule(name: &str) -> Rule {
    Rule::new(name, json!({ "source": ["aws.ec2"] }))
}

#[tokio::test]
async fn a_rule_is_described_as_it_was_put() {
    let (aws, client) = bench().await;
    let arn = aws.put_rule(rule("autotag-ec2"));

    let found = client.describe_rule().name("autotag-ec2").send().await.unwrap();

    assert_eq!(arn, "arn:aws:events:us-east-1:111122223333:rule/autotag-ec2");
    assert_eq!((found.name(), found.arn()), (Some("autotag-ec2"), Some(arn.as_str())));
    assert_eq!(found.event_pattern(), Some("{\"source\":[\"aws.ec2\"]}"));
    assert_eq!((found.state(), found.event_bus_name()), (Some(&RuleState::Enabled), Some("default")));
}

#[tokio::test]
async fn a_rule_of_another_bus_is_found_there_alone_by_the_buss_name_or_its_arn() {
    let (aws, client) = bench().await;
    aws.put_event_bus("central", None);
    aws.put_rule(rule("same"));
    let arn = aws.put_rule(Rule { event_bus: "central".to_owned(), state: "DISABLED".to_owned(), ..rule("same") });
    let bus = "arn:aws:events:us-east-1:111122223333:event-bus/central";
    let describe = |bus: &str| client.describe_rule().name("same").event_bus_name(bus).send();

    let (by_name, by_arn) = (describe("central").await.unwrap(), describe(bus).await.unwrap());
    let listed = client.list_rules().event_bus_name("central").send().await.unwrap();
    let of_another_region = describe("arn:aws:events:eu-west-1:111122223333:event-bus/central").await;

    assert_eq!(arn, "arn:aws:events:us-east-1:111122223333:rule/central/same");
    assert_eq!((by_name.arn(), by_arn.arn()), (Some(arn.as_str()), Some(arn.as_str())));
    assert_eq!(by_name.state(), Some(&RuleState::Disabled));
    assert_eq!(client.describe_rule().name("same").send().await.unwrap().state(), Some(&RuleState::Enabled));
    assert_eq!((listed.rules().len(), listed.rules()[0].arn()), (1, Some(arn.as_str())));
    assert_eq!(code(of_another_region), "ResourceNotFoundException");
}

#[tokio::test]
async fn buses_are_listed_and_the_default_one_is_always_there() {
    let (aws, client) = bench().await;
    aws.put_event_bus("central", Some("{\"Statement\":[]}"));

    let buses = client.list_event_buses().send().await.unwrap();
    let some = client.list_event_buses().name_prefix("def").send().await.unwrap();

    let names: Vec<_> = buses.event_buses().iter().map(|bus| (bus.name().unwrap(), bus.policy())).collect();
    assert_eq!(names, [("central", Some("{\"Statement\":[]}")), ("default", None)]);
    assert_eq!(some.event_buses()[0].arn(), Some("arn:aws:events:us-east-1:111122223333:event-bus/default"));
    assert_eq!(some.event_buses().len(), 1);
}

#[tokio::test]
async fn the_rules_of_a_target_are_found_by_its_arn() {
    let (aws, client) = bench().await;
    aws.put_event_bus("central", None);
    let names = ["b", "a", "elsewhere", "none"];
    let [b, a, elsewhere, none] = names.map(rule);
    aws.put_rule(b.target(Target::new("1", QUEUE)).target(Target::new("2", DEAD)));
    aws.put_rule(a.target(Target::new("1", QUEUE)));
    aws.put_rule(Rule { event_bus: "central".to_owned(), ..elsewhere.target(Target::new("1", QUEUE)) });
    aws.put_rule(none);
    let found = async |target: &str, bus: Option<&str>| {
        let list = client.list_rule_names_by_target().target_arn(target).set_event_bus_name(bus.map(str::to_owned));
        list.send().await.unwrap().rule_names.unwrap_or_default()
    };

    assert_eq!(found(QUEUE, None).await, ["a", "b"]);
    assert_eq!(found(DEAD, Some("default")).await, ["b"]);
    assert_eq!(found(QUEUE, Some("central")).await, ["elsewhere"]);
    assert!(found("arn:aws:sqs:us-east-1:111122223333:other", None).await.is_empty());
}

#[tokio::test]
async fn a_target_is_listed_with_all_that_it_was_put_with() {
    let (aws, client) = bench().await;
    let retry = RetryPolicy { maximum_event_age_in_seconds: 3_600, maximum_retry_attempts: 185 };
    let queue = Target { dead_letter_arn: Some(DEAD.to_owned()), retry: Some(retry), ..Target::new("queue", QUEUE) };
    let fixed = Target { input: Some("{}".to_owned()), ..Target::new("fixed", QUEUE) };
    let part = Target { input_path: Some("$.detail".to_owned()), ..Target::new("part", QUEUE) };
    let made = Target { input_transformer: true, ..Target::new("made", QUEUE) };
    aws.put_rule(rule("autotag").target(queue).target(fixed).target(part).target(made));

    let answer = client.list_targets_by_rule().rule("autotag").send().await.unwrap();

    let [fixed, made, part, queue] = answer.targets() else { panic!("{answer:?}") };
    assert_eq!((fixed.id(), fixed.arn(), fixed.input()), ("fixed", QUEUE, Some("{}")));
    assert!(made.input_transformer().is_some() && made.input().is_none());
    assert_eq!((part.id(), part.input_path()), ("part", Some("$.detail")));
    assert!(queue.input().is_none() && queue.input_path().is_none() && queue.input_transformer().is_none());
    assert_eq!(queue.dead_letter_config().unwrap().arn(), Some(DEAD));
    let retry = queue.retry_policy().unwrap();
    assert_eq!((retry.maximum_event_age_in_seconds(), retry.maximum_retry_attempts()), (Some(3_600), Some(185)));
    assert!(fixed.dead_letter_config().is_none() && fixed.retry_policy().is_none());
}

#[tokio::test]
async fn a_rule_can_be_changed_and_taken_away() {
    let (aws, client) = bench().await;
    aws.put_event_bus("central", None);
    aws.put_rule(rule("one").target(Target::new("1", QUEUE)));
    aws.put_rule(Rule { event_bus: "central".to_owned(), ..rule("two") });

    aws.update_rule("one", |rule| {
        rule.state = "DISABLED".to_owned();
        rule.targets.clear();
    });
    aws.delete_rule("central/two");
    let one = client.describe_rule().name("one").send().await.unwrap();
    let targets = client.list_targets_by_rule().rule("one").send().await.unwrap();
    let two = client.describe_rule().name("two").event_bus_name("central").send().await;

    assert_eq!(one.state(), Some(&RuleState::Disabled));
    assert!(targets.targets().is_empty());
    assert_eq!(status_and_code(two), (400, "ResourceNotFoundException".to_owned()));
}

#[tokio::test]
async fn rules_are_in_their_own_account_and_region_alone() {
    let (aws, client) = bench().await;
    aws.at("444455556666", DEFAULT_REGION).put_rule(rule("autotag"));
    let arn = aws.at("111122223333", "eu-west-1").put_rule(rule("autotag"));
    let there = Client::new(&config(&aws, "AKIDANYONE", "eu-west-1").await);

    assert_eq!(code(client.describe_rule().name("autotag").send().await), "ResourceNotFoundException");
    assert_eq!(there.describe_rule().name("autotag").send().await.unwrap().arn(), Some(arn.as_str()));
    assert_eq!(arn, "arn:aws:events:eu-west-1:111122223333:rule/autotag");
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let (aws, client) = bench().await;
    for n in 0..7 {
        aws.put_rule(rule(&format!("autotag-{n}")).target(Target::new("1", QUEUE)));
    }
    aws.put_rule(rule("other"));
    let (mut listed, mut sizes, mut token) = (Vec::new(), Vec::new(), None);
    loop {
        let list = client.list_rules().name_prefix("autotag-").limit(3).set_next_token(token);
        let page = list.send().await.unwrap();
        sizes.push(page.rules().len());
        listed.extend(page.rules().iter().map(|rule| rule.name().unwrap().to_owned()));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let names = client.list_rule_names_by_target().target_arn(QUEUE).limit(5).send().await.unwrap();
    let rest = client.list_rule_names_by_target().target_arn(QUEUE).set_next_token(names.next_token.clone());

    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(listed, (0..7).map(|n| format!("autotag-{n}")).collect::<Vec<_>>());
    assert_eq!(names.rule_names().len(), 5);
    assert_eq!(rest.send().await.unwrap().rule_names(), ["autotag-5", "autotag-6"]);
}

#[tokio::test]
async fn what_eventbridge_would_refuse_is_refused() {
    let (_aws, client) = bench().await;
    let bus = client.list_rules().event_bus_name("unknown").send().await;
    let targets = client.list_targets_by_rule().rule("unknown").send().await;

    assert!(bus.unwrap_err().into_service_error().is_resource_not_found_exception());
    assert_eq!(targets.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 400);
    let error = targets.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    assert_eq!(error.meta().message(), Some("Rule unknown does not exist on EventBus default."));
    assert_eq!(code(client.list_rules().limit(101).send().await), "ValidationException");
    assert_eq!(code(client.list_rules().next_token("no token").send().await), "ValidationException");
    assert_eq!(code(client.list_rule_names_by_target().target_arn("").send().await), "ValidationException");
    assert_eq!(code(client.list_archives().send().await), "UnknownOperationException");
}

#[test]
fn a_rule_that_eventbridge_would_refuse_cannot_be_put() {
    let aws = FakeAws::start();
    let target = || Target::new("1", QUEUE);
    let with = |target: Target| rule("autotag").target(target);
    let retry = RetryPolicy { maximum_event_age_in_seconds: 59, maximum_retry_attempts: 1 };
    let long: Vec<String> = (0..300).map(|n| format!("name-{n}")).collect();
    for (refused, reason) in [
        (rule("two words"), "is no name of a rule"),
        (Rule { state: "ON".to_owned(), ..rule("autotag") }, "is no state of a rule"),
        (Rule { event_bus: "unknown".to_owned(), ..rule("autotag") }, "no event bus unknown"),
        (Rule::new("autotag", json!({ "source": "aws.ec2" })), "\"source\" must be an object or an array"),
        (Rule::new("autotag", json!({ "source": long })), "characters, and may have 2048"),
        (
            (0..6).fold(rule("autotag"), |rule, n| rule.target(Target::new(&n.to_string(), QUEUE))),
            "there are 6 targets",
        ),
        (with(target()).target(target()), "two targets of the id 1"),
        (with(Target::new("1", "events")), "its ARN is none"),
        (with(Target { input: Some("{}".to_owned()), input_transformer: true, ..target() }), "only one of"),
        (with(Target { input: Some("{".to_owned()), ..target() }), "no JSON"),
        (
            with(Target { dead_letter_arn: Some("arn:aws:sns:us-east-1:1:a".to_owned()), ..target() }),
            "an SQS queue only",
        ),
        (with(Target { retry: Some(retry), ..target() }), "60 to 86400 seconds"),
    ] {
        let panic = catch_unwind(AssertUnwindSafe(|| aws.put_rule(refused))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn faults_happen_to_eventbridge_too() {
    let (aws, client) = bench().await;
    aws.put_rule(rule("one"));
    aws.put_rule(rule("two"));
    aws.fault(On::service("events").touching("one"), Fault::AccessDenied);
    aws.fault(On::action("DescribeRule").touching("two"), Fault::Throttle { burst: 1, per_second: 0.0 });
    let describe = |name: &str| client.describe_rule().name(name).send();

    let denied = describe("one").await;
    let allowed = describe("two").await;
    let throttled = describe("two").await;

    assert_eq!(status_and_code(denied), (400, "AccessDeniedException".to_owned()));
    assert!(allowed.is_ok());
    assert_eq!(status_and_code(throttled), (400, "ThrottlingException".to_owned()));
    assert_eq!(aws.requests()[0].resources, ["one"]);
}
